#!/usr/bin/env bash
# Trust that changes while connections are open (T45, T55, T75): whoever left it is cut off by its
# reason, within a second, and nobody else notices. Broken or older trust is refused.
. "$(dirname "$0")/lib.sh"

ports web tls tls_kept tls_old plain_a plain_b plain_old
start_nginx "${port[web]}"
platform server client
policy policy-of-server.json "$code_C\", \"$code_X"
policy policy-of-client.json "$code_S"
config server server "$code_S" policy-of-server.json root-client.pem
config a client "$code_C" policy-of-client.json root-server.pem
config b client "$code_X" policy-of-client.json root-server.pem
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}"
service a svc "127.0.0.1:${port[plain_a]}" "127.0.0.1:${port[tls]}" 'client = yes'
service b svc "127.0.0.1:${port[plain_b]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server a b

events() { # name, event: how many
    grep -c "\"event\":\"$2\"" "$1.log"
}
replace() { # file: stdin takes its place at once
    cat >"$1.new" && mv "$1.new" "$1"
}

# ---- a measurement leaves the policy ----
exec 5<>"/dev/tcp/127.0.0.1/${port[plain_a]}" 6<>"/dev/tcp/127.0.0.1/${port[plain_b]}"
check 'a connection of one measurement is open' ask 5
check 'and one of another' ask 6
since=$(now_ms)
policy policy.tmp "$code_C" && mv policy.tmp policy-of-server.json
check 'whose measurement left the policy is cut off within a second' closed_within 6 "$since" 1000
echo "    from the edit to the end of the connection: $took ms"
check 'the change is logged' wait_for server.log '"event":"trust","generation":2,"why":"file"'
check 'the connection has the reason' wait_for server.log '"result":"deny","reason":"measurement_mismatch"'
check 'and is named' equal "$(member server measurement)" "$code_X"
check 'the other one stays' ask 5
check 'a new one of the measurement is refused' refuse get "${port[plain_b]}" -f
check 'a new one of the other is served' equal "$(get "${port[plain_a]}")" hello
exec 6>&-

# ---- broken, and repaired ----
refused=$(events server trust_refused)
echo '{"tees": {' | replace policy-of-server.json
check 'a broken policy is refused, loudly' wait_for server.log \
    '"event":"trust_refused","level":"error","reason":"policy_malformed".*policy-of-server.json.*"generation":2'
check 'the old one stays in force' ask 5
check 'for new ones too' equal "$(get "${port[plain_a]}")" hello
sleep 1
check 'it is said once' equal "$(events server trust_refused)" $((refused + 1))
rm policy-of-server.json
check 'a missing policy is refused as well' wait_for server.log '"event":"trust_refused".*"io_error"'
policy policy-of-server.json "$code_C\", \"$code_X"
check 'a repaired one is taken' wait_for server.log '"event":"trust","generation":3'
check 'and who is in it again is served' equal "$(get "${port[plain_b]}")" hello

# ---- roots ----
exec 6<>"/dev/tcp/127.0.0.1/${port[plain_b]}"
check 'a connection is open' ask 6
cp root-client.pem root-client.keep
since=$(now_ms)
replace root-client.pem <root-server.pem
check 'under a root that left it is cut off' closed_within 6 "$since" 1000
echo "    from the change of roots to the end of the connection: $took ms"
check 'by its evidence' wait_for server.log '"result":"deny","reason":"evidence_root"'
exec 5>&- 6>&-
replace root-client.pem <root-client.keep
check 'the root comes back' wait_for server.log '"event":"trust","generation":5'
check 'and its peers are served' equal "$(get "${port[plain_a]}")" hello

# ---- a level is raised ----
exec 5<>"/dev/tcp/127.0.0.1/${port[plain_a]}"
check 'a connection at level session is open' ask 5
policy policy.tmp "$code_C" quote && mv policy.tmp policy-of-server.json
check 'below a level that was raised it is cut off' closed_within 5 "$(now_ms)" 1000
check 'with the reason' wait_for server.log '"result":"deny","reason":"binding_level"'
exec 5>&-
policy policy.tmp "$code_C" && mv policy.tmp policy-of-server.json
check 'the level is lowered' wait_for server.log '"event":"trust","generation":7'

# ---- workers that die are born with the newest trust ----
workers() { pgrep -P "${pid[server]}" | sort -n; }
policy policy.tmp "$code_X" && mv policy.tmp policy-of-server.json
check 'the measurements change' wait_for server.log '"event":"trust","generation":8'
for worker in $(workers); do kill -KILL "$worker"; done
check 'the workers are replaced' wait_for server.log worker_exit 2
for _ in $(seq 100); do
    [ "$(get "${port[plain_b]}" 2>get.out)" = hello ] && break
    sleep 0.1
done
check 'new workers serve whom the newest trust allows' equal "$(get "${port[plain_b]}")" hello
check 'and nobody else' refuse get "${port[plain_a]}" -f
policy policy.tmp "$code_C\", \"$code_X" && mv policy.tmp policy-of-server.json
check 'and take the next one' wait_for server.log '"event":"trust","generation":9'
check 'that allows both' equal "$(get "${port[plain_a]}")$(get "${port[plain_b]}")" hellohello

# ---- many reloads under load ----
open_files() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }
load_of() { # for a while: one download after the other, each whole
    local good=0
    while [ ! -e load.stop ]; do
        [ "$(get "${port[plain_a]}")" = hello ] || { echo "after $good" >>load.bad; break; }
        good=$((good + 1))
    done
    echo $good >>load.good
}
head -c 8M /dev/urandom >www/large
: >load.bad
before=0
for process in ${pid[server]} $(workers); do before=$((before + $(open_files "$process"))); done
get "http://127.0.0.1:${port[plain_b]}/large" --limit-rate 1m -o large.bin &
download=$!
loads=()
for _ in 1 2 3; do
    load_of &
    loads+=($!)
done
generation=$(events server trust)
for i in $(seq 20); do
    printf '{"tees": {"tdx": {"measurements": ["%s", "%s"], "tcb_status": ["not_evaluated"], "insecure_simulated": true}}, "max_evidence_age_s": %d}' \
        "$code_C" "$code_X" $((3600 + i)) | replace policy-of-server.json
    wait_for server.log '"event":"trust"' $((generation + i)) >wait.out || break
done
check '20 reloads are taken' equal "$(events server trust)" $((generation + 20))
touch load.stop
wait "${loads[@]}"
check "no request failed ($(($(paste -sd+ load.good))) succeeded)" equal "$(cat load.bad)" ''
wait $download
check 'the download that saw them all is whole' cmp www/large large.bin
settled() {
    local now process
    for _ in $(seq 100); do
        now=0
        for process in ${pid[server]} $(workers); do now=$((now + $(open_files "$process"))); done
        [ $now -gt "$before" ] || return 0
        sleep 0.1
    done
    echo "$now descriptors are open, $before were"
    return 1
}
check 'no descriptor leaks' settled

# ---- collateral that goes back (T26) ----
collateral_of_client() { # FILE: as it is issued now
    "$ratls" attest --attester sim-tdx --attester-options "pki=$work/pki-client" \
        --insecure-sim-collateral-out "$1" -o quote >collateral.out 2>&1
}
mkdir collateral
collateral_of_client older.json
sleep 1.1
collateral_of_client newer.json
cp older.json collateral/client.json
sed "s/server.log/kept.log/; s/:${port[tls]}/:${port[tls_kept]}/" server.conf >kept.conf
echo "collateral = $work/collateral" >>kept.conf
start_proxy kept
replace collateral/client.json <newer.json
check 'newer collateral is taken' wait_for kept.log '"event":"trust","generation":2'
replace collateral/client.json <older.json
check 'older collateral is refused' wait_for kept.log '"event":"trust_refused".*"collateral_rollback"'
cp newer.json collateral/another.json
check 'beside that in use it does no harm' wait_for kept.log '"event":"trust","generation":3'

# ---- SIGHUP, and nothing else, where trust-check is 0 ----
sed 's/^workers/trust-check = 0\nworkers/; s/tls/tls/' server.conf | sed "s/:${port[tls]}/:${port[tls_old]}/; s/server.log/quiet.log/" >quiet.conf
sed "s/:${port[plain_a]}/:${port[plain_old]}/; s/:${port[tls]}/:${port[tls_old]}/; s/a.log/old.log/" a.conf >old.conf
start_proxy quiet old
check 'a service without checks serves' equal "$(get "${port[plain_old]}")" hello
policy policy.tmp "$code_X" && mv policy.tmp policy-of-server.json
check 'the other takes a change' wait_for server.log '"event":"trust","generation":30'
sleep 0.5
check 'it does not' equal "$(events quiet trust)" 0
check 'and serves on' equal "$(get "${port[plain_old]}")" hello
kill -HUP "${pid[quiet]}"
check 'SIGHUP makes it' wait_for quiet.log '"event":"trust","generation":2,"why":"signal"'
check 'and who left is refused' refuse get "${port[plain_old]}" -f
kill -HUP "${pid[quiet]}"
check 'SIGHUP takes what did not change too' wait_for quiet.log '"event":"trust","generation":3,"why":"signal"'
echo '{' | replace policy-of-server.json
kill -HUP "${pid[quiet]}"
check 'and refuses what is broken' wait_for quiet.log \
    '"event":"reload_refused","level":"error","reason":"policy_malformed".*policy-of-server.json.*"why":"signal","generation":3'
