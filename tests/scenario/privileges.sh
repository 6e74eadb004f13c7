#!/usr/bin/env bash
# What a worker, which faces the network, can do and what it knows (T70, T71, T178).
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
    skip 'workers give up their privileges' 'not root'
    exit 0
fi
ports web tls plain
start_nginx "${port[web]}"
usual_pair
openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
    -subj /CN=canary-ca -addext keyUsage=critical,keyCertSign -days 1 2>openssl.out
chmod 600 ca.key
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}" \
    "identity-ca-cert = $work/ca.pem" "identity-ca-key = $work/ca.key"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes' \
    "CAfile = $work/ca.pem"
cp server.conf limited.conf
sed -i "1i lock-memory = yes\npid = $work/limited.pid" limited.conf
check 'lock-memory = yes below the limit is refused' status 1 \
    prlimit --memlock=65536:65536 setpriv --bounding-set=-sys_resource --inh-caps=-sys_resource \
    "$build/ratls-proxy" limited.conf
check 'and says so' grep -q 'RLIMIT_MEMLOCK is not unlimited' command.out
locks=
if prlimit --memlock=unlimited:unlimited true 2>prlimit.out && [ -z "${RATLS_SANITIZED:-}" ]; then
    locks=yes
    sed -i '1i lock-memory = yes' server.conf
else
    skip 'lock-memory = yes locks memory' "$(head -1 prlimit.out) or a sanitizer"
fi
start_proxy server client
check 'the CA-signed identity works' equal "$(get "${port[plain]}")" hello

status() { sed -n "s/^$2:[[:space:]]*\([0-9a-fx]*\).*/\1/p" "/proc/$1/status"; }
nobody=$(id -u nobody)
locked() { # PID: is most of its resident memory locked?
    awk '/^VmRSS/{rss = $2} /^VmLck/{locked = $2} END {exit !(locked > rss / 2)}' "/proc/$1/status"
}
[ -z "$locks" ] || check 'lock-memory = yes: that of the master is locked' locked "${pid[server]}"
check 'without it, that of a master is not' refuse locked "${pid[client]}"
for worker in $(pgrep -P "${pid[server]}"); do
    check 'a worker runs as nobody' equal "$(status "$worker" Uid) $(status "$worker" Gid)" \
        "$nobody $(id -g nobody)"
    check 'a worker has no capability' equal "$(status "$worker" CapPrm)$(status "$worker" CapEff)" \
        00000000000000000000000000000000
    check 'a worker cannot gain privileges' equal "$(status "$worker" NoNewPrivs)" 1
    [ -z "$locks" ] || check 'the memory of a worker is locked, too' locked "$worker"
    check 'a worker leaves no core' grep -q 'Max core file size *0 *0' "/proc/$worker/limits"
    [ -n "${RATLS_SANITIZED:-}" ] && continue
    check 'a worker cannot be traced by its own user' equal "$(stat -c %U "/proc/$worker/mem")" root
done
[ -n "${RATLS_SANITIZED:-}" ] && skip 'a worker cannot be traced' 'the leak check needs it'
check 'no file of the server but sockets, log and pipes is open in a worker' \
    equal "$(find "/proc/$worker/fd" -lname "$work/*" -printf '%l\n' | grep -v '/server\.\(log\|out\)$')" ''

# ---- what is in the memory of a process ----
text_hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
if [ -z "${RATLS_SANITIZED:-}" ]; then
    check 'control: a worker knows the name of the CA' knows "$worker" "$(text_hex canary-ca)"
    check 'control: the master knows the key of the platform' \
        knows "${pid[server]}" "$(scalar pki-server/pck.key)"
    for worker in $(pgrep -P "${pid[server]}"); do
        check 'a worker does not know the key of the CA' refuse knows "$worker" "$(scalar ca.key)"
        for key in root ca pck; do
            check "a worker does not know the simulated platform's $key key" \
                refuse knows "$worker" "$(scalar pki-server/$key.key)"
        done
    done
else
    skip 'what is in the memory of a worker' 'too much of it under a sanitizer'
fi

# ---- randomness: no two processes have the same, before and after a respawn ----
hello_random() { # of one ServerHello, hex
    openssl s_client -connect "127.0.0.1:${port[tls]}" -tls1_3 -alpn ratls/1 -msg </dev/null 2>/dev/null |
        sed -n '/<<< .*ServerHello/,/^[<>]/s/^  *//p' | tr -d ' \n' | cut -c13-76
}
collect() { for _ in $(seq "$1"); do hello_random; done >>randoms; }
: >randoms
collect 12
mapfile -t before < <(pgrep -P "${pid[server]}")
kill -KILL "${before[@]}"
wait_for server.log '"event":"worker_exit"' 2
for _ in $(seq 100); do
    [ "$(pgrep -P "${pid[server]}" | wc -l)" -eq 2 ] && get "${port[plain]}" >/dev/null 2>&1 && break
    sleep 0.05
done
collect 12
check 'every ServerHello has 32 random bytes' equal "$(grep -cE '^[0-9a-f]{64}$' randoms)" 24
check 'and none those of another, across workers and their successors' equal "$(sort -u randoms | wc -l)" 24
