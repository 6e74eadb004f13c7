#!/usr/bin/env bash
# Workers that die: others go on, and new ones take their place, with proofs. Identities are renewed
# without a connection noticing (T114, T115).
. "$(dirname "$0")/lib.sh"

ports web tls plain short plain_short
start_nginx "${port[web]}"
head -c 20M /dev/urandom >www/large
usual_pair
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}"
service server short "127.0.0.1:${port[short]}" "127.0.0.1:${port[web]}" 'identity-lifetime = 1m'
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service client short "127.0.0.1:${port[plain_short]}" "127.0.0.1:${port[short]}" 'client = yes'
start_proxy server client
rotation_begins=$SECONDS
workers() { pgrep -P "${pid[server]}" | sort -n; }

check 'two workers run' equal "$(workers | wc -l)" 2
get "http://127.0.0.1:${port[plain]}/large" -o large.bin &
download=$!
sleep 1

# The worker that does not carry the download: it has no connection to nginx.
busy=
for worker in $(workers); do
    if ss -tnpH "dport = :${port[web]}" | grep -q "pid=$worker,"; then busy=$worker; fi
done
victim=$(workers | grep -vx "${busy:-none}" | head -n 1)
check 'one worker carries the download' test -n "$busy" -a "$victim" != "$busy"
kill -KILL "$victim"
check 'the death of a worker is logged' wait_for server.log "worker_exit.*\"pid\":$victim,\"how\":\"signal 9\""
served=0
for _ in $(seq 20); do
    [ "$(get "${port[plain]}" 2>get.out)" = hello ] && served=$((served + 1))
done
check 'connections are served at once after it' equal $served 20
respawned() {
    for _ in $(seq 100); do
        [ "$(workers | wc -l)" -eq 2 ] && return
        sleep 0.1
    done
    return 1
}
check 'another worker takes its place' respawned
wait $download
check 'the connection of the other worker did not notice' \
    equal "$(stat -c %s large.bin)" $((20 << 20))

for worker in $(workers); do kill -KILL "$worker"; done
check 'both are replaced when both die' respawned
sleep 1
check 'and serve with fresh proofs' equal "$(get "${port[plain]}")" hello

# ---- one that dies again and again: the longer it is away, the more would wait for it ----
stable=$(workers | head -n 1)
for _ in $(seq 5); do
    check 'the other worker is there' respawned
    kill -KILL "$(workers | grep -vx "$stable" | head -n 1)"
done
slow=0
for _ in $(seq 20); do
    [ "$(get "${port[plain]}" --max-time 2 2>get.out)" = hello ] || slow=$((slow + 1))
done
check 'what the kernel gives to its queue is served by the other' equal $slow 0
check 'which is the only one meanwhile' equal "$(workers)" "$stable"

# ---- renewal at half life, 30 s ----
if [ -n "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ]; then
    skip 'identities are renewed at half life' 'takes 30 s, left to full runs'
    exit 0
fi
exec 5<>"/dev/tcp/127.0.0.1/${port[plain_short]}"
check 'a connection is open before the renewal' ask 5
check 'the identity is renewed' wait_for server.log '"event":"identity","service":"short"' 2 60
age=$((SECONDS - rotation_begins))
check "at half life (after $age s)" test $age -ge 25 -a $age -le 40
check 'with another key' equal "$(grep '"service":"short","spki"' server.log |
    sed 's/.*"spki":"\([0-9a-f]*\)".*/\1/' | sort -u | wc -l)" 2
check 'the open connection lives on' ask 5
check 'new connections prove with the new keys' equal "$(get "${port[plain_short]}")" hello
exec 5>&-
