#!/usr/bin/env bash
# SIGHUP: another configuration takes the place of the present one, whole or not at all (T75), while
# connections of the old one go on without a lost byte. Nothing is left behind by many of them
# (T179).
# Plain builds only, unless asked for: it is a matter of time and numbers.
. "$(dirname "$0")/lib.sh"

ports web echo tls tls_moved tls_more taken wait plain plain_web plain_moved plain_more plain_wait
start_nginx "${port[web]}"
launch echo "$helpers/stream" echo "127.0.0.1:${port[echo]}"
wait_for echo.out listening
connections_open=500 reloads=100
[ -z "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ] || connections_open=100 reloads=20
usual_pair
policy policy-both.json "$code_C\", \"$code_X"
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[echo]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service client moved "127.0.0.1:${port[plain_moved]}" "127.0.0.1:${port[tls_moved]}" 'client = yes'
service client more "127.0.0.1:${port[plain_more]}" "127.0.0.1:${port[tls_more]}" 'client = yes'
service client wait "127.0.0.1:${port[plain_wait]}" "127.0.0.1:${port[wait]}" 'client = yes'
start_proxy server client
cp server.conf base.conf

events() { grep -c "\"event\":\"$2\"" "$1.log"; }
hup() { # name: until it says what came of it
    local before=$(($(events "$1" reload) + $(events "$1" reload_refused)))
    kill -HUP "${pid[$1]}"
    for _ in $(seq 400); do
        [ $(($(events "$1" reload) + $(events "$1" reload_refused))) -le $before ] || return 0
        sleep 0.02
    done
    echo "no answer to SIGHUP: $(tail -n 3 "$1.log")"
    return 1
}
generation() { sed -n 's/.*"event":"reload","generation":\([0-9]*\).*/\1/p' server.log | tail -n 1; }
taken() { # FACT: server.conf is taken
    local before=${now:-1}
    check "$1: SIGHUP is answered" hup server
    now=$(generation)
    check "$1: taken" equal "${now:-none}" $((before + 1))
}
refused() { # FACT REASON DETAIL: server.conf is not, and nothing changed
    local serial=${now:-1}
    check "$1: SIGHUP is answered" hup server
    check "$1: refused" equal "$(grep '"event":"reload' server.log | tail -n 1 |
        grep -c "\"reload_refused\",\"level\":\"error\",\"reason\":\"$2\",\"detail\":\"[^\"]*$3.*\"generation\":$serial}")" 1
    check "$1: what was there serves" equal "$(get "${port[plain_web]}")" hello
}
open_files() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }
workers() { pgrep -P "${pid[server]}" | sort -n; }
old_workers=$(workers)

# ---- load, until all of that is over ----
launch load "$helpers/stream" run "127.0.0.1:${port[plain]}" $connections_open load.stop
check "$connections_open connections are open" wait_for load.out open

# ---- another backend, another accept ----
sed "s/:${port[echo]}/:${port[web]}/" base.conf >server.conf
taken 'another backend'
sed -i "s/:${port[plain]}\$/:${port[plain_web]}/" client.conf
check 'the client moves its accept' hup client
check 'nobody listens where it was' refuse get "${port[plain]}"
check 'new connections reach the new backend' equal "$(get "${port[plain_web]}")" hello
cp server.conf web.conf

# ---- a service comes, moves, goes ----
service server more "127.0.0.1:${port[tls_moved]}" "127.0.0.1:${port[web]}" 'max-lifetime = 1h'
taken 'a service more'
check 'it serves' equal "$(get "${port[plain_moved]}")" hello
exec 5<>"/dev/tcp/127.0.0.1/${port[plain_moved]}"
check 'a connection of it is open' ask 5
sed -i "s/:${port[tls_moved]}/:${port[tls_more]}/" server.conf
taken 'it listens elsewhere'
check 'it serves there' equal "$(get "${port[plain_more]}")" hello
check 'and not where it was' refuse get "${port[plain_moved]}" -f
check 'the open connection goes on' ask 5
{ sed 's/^drain-timeout.*/drain-timeout = 1s/' web.conf; } >server.conf
since=$(now_ms)
taken 'the service is gone'
check 'its connection has drain-timeout' closed_within 5 "$since" 4000
check 'and says why it ended' wait_for server.log '"reason":"service_removed"'
check 'nobody is served any more' refuse get "${port[plain_more]}" -f
exec 5>&-

# ---- policy, attester, timeouts ----
sed 's/policy-of-server/policy-both/; s/^drain-timeout.*/drain-timeout = 7s\ntrust-check = 1s/' web.conf >server.conf
taken 'another policy'
launch wait "$helpers/tcp" wait "127.0.0.1:${port[wait]}" "127.0.0.1:${port[tls]}" go
wait_for wait.out listening
launch early get "${port[plain_wait]}"
check 'a handshake has begun' wait_for wait.out waiting
before=$(events server identity)
sed -i "s/mrtd=$code_S/mrtd=$code_S,xfam=00/; s/^workers/identity-lifetime = 30m\nworkers/" server.conf
sed -i 's/,xfam=00//' server.conf
taken 'another identity'
check 'has new keys' equal "$(events server identity)" $((before + 1))
touch go
check 'the handshake that began before is proven by the former ones' wait_for early.out hello
check 'and serves' equal "$(get "${port[plain_web]}")" hello
printf 'TIMEOUTidle = 1s\nhandshake-timeout = 3s\n' >>server.conf
before=$(events server identity)
taken 'other timeouts'
check 'keep their keys' equal "$(events server identity)" "$before"
check 'and serve' equal "$(get "${port[plain_web]}")" hello
cp web.conf server.conf
taken 'and back'

# ---- refusals ----
{ cat web.conf && echo 'acept = 1'; } >server.conf
refused 'a key that is none' config_invalid "server.conf:$(wc -l <server.conf): "
echo '{"tees": {' >broken.json
sed 's/policy-of-server/broken/' web.conf >server.conf
refused 'a broken policy' policy_malformed 'broken.json'
{ cat web.conf && echo "CAfile = $work/broken.json"; } >server.conf
refused 'a CAfile that is none' '[a-z_]*' 'CAfile'
launch count "$helpers/tcp" count "127.0.0.1:${port[taken]}"
wait_for count.out listening
cp web.conf server.conf
service server more "127.0.0.1:${port[taken]}" "127.0.0.1:${port[web]}"
refused 'an address that is taken' io_error ":${port[taken]}: "
sed "s/^accept = 127.0.0.1:/accept = /" web.conf >server.conf
refused 'an address that overlaps the former one' io_error "${port[tls]}: "
sed 's/^workers = 2/workers = 3/' web.conf >server.conf
refused 'another number of workers' config_invalid 'workers changed: needs a restart'
sed "s/pki=[^,]*/pki=\/dev\/null/; s/^workers/san = x\nworkers/" web.conf >server.conf
refused 'an attester that fails' '[a-z_]*' ''
rm server.conf
refused 'no file at all' io_error 'server.conf: cannot be read'
cp web.conf server.conf
check 'the workers are the same' equal "$(workers)" "$old_workers"

# ---- not a byte is missing ----
touch load.stop
wait "${pid[load]}"
unset 'pid[load]'
check "not one byte of them is lost ($(tail -n 1 load.out))" \
    grep -q "connections $connections_open lost 0 " load.out

# ---- peers of former configurations are judged by the trust in force ----
exec 6<>"/dev/tcp/127.0.0.1/${port[plain_web]}"
check 'a connection is open' ask 6
sed 's/^workers/TIMEOUTclose = 8\nworkers/' web.conf >server.conf
taken 'a later configuration'
check 'it goes on' ask 6
policy policy-other.json "$code_X"
sed 's/policy-of-server/policy-other/' web.conf >server.conf
since=$(now_ms)
taken 'a policy without its peer'
check 'it is cut off' closed_within 6 "$since" 4000
check 'with the reason' wait_for server.log '"result":"deny","reason":"measurement_mismatch"'
exec 6>&-
cp web.conf server.conf
taken 'back again'

# ---- many ----
sum_of() { # COMMAND: over master and workers
    local total=0 process
    for process in ${pid[server]} $(workers); do total=$((total + $($1 "$process"))); done
    echo $total
}
resident() { awk '/^VmRSS/ {print $2}' "/proc/$1/status"; }
many() {
    local i
    for i in $(seq "$1"); do
        if [ $((i % 2)) -eq 0 ]; then cp web.conf server.conf; else cp other.conf server.conf; fi
        hup server || return 1
    done
}
cp web.conf other.conf
sed -i 's/^workers/TIMEOUTclose = 9\nworkers/' other.conf
printf '[x]\naccept = 127.0.0.1:%s\nconnect = 1\nhandshake-timeout = 1\n' "${port[tls_more]}" >>other.conf
# The first ones find the most that is alive at once: issuers retire for a while.
warm=60
[ -z "${RATLS_SANITIZED:-}" ] || warm=6
many $warm
sleep 2.5
files=$(sum_of open_files) memory=$(sum_of resident) first=$(generation)
check "$reloads reloads" many $reloads
check 'each is taken' equal "$(generation)" $((first + reloads))
settled() {
    for _ in $(seq 100); do
        [ "$(sum_of open_files)" -gt "$files" ] || return 0
        sleep 0.1
    done
    echo "$(sum_of open_files) descriptors are open, $files were"
    return 1
}
check 'no descriptor leaks' settled
grown=$(($(sum_of resident) - memory)) # retired issuers are gone with their descriptors
[ -n "${RATLS_SANITIZED:-}" ] || check "memory stays (${grown} KiB more of $memory)" test $grown -lt $((memory / 8))
echo "# the master has $(resident "${pid[server]}") KiB"
check 'no zombie is left' equal "$(pgrep -c -P "${pid[server]}" -r Z)" 0
check 'the workers are still the same' equal "$(workers)" "$old_workers"

# ---- several at once become one more; none while it ends ----
first=$(generation)
for _ in $(seq 50); do kill -HUP "${pid[server]}"; done
sleep 1
check 'fifty at once are fewer' test "$(generation)" -gt "$first" -a "$(generation)" -le $((first + 10))
