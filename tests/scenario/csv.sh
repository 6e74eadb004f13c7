#!/usr/bin/env bash
# A tunnel between a machine of Intel and one of Hygon, in both roles, both versions of reports and at
# every level of binding: each refusal has its reason and reaches no backend (T27, T143, T148).
. "$(dirname "$0")/lib.sh"

measure_C=$(printf 'c1%.0s' $(seq 32))
measure_X=$(printf 'bad0%.0s' $(seq 16))
rtmr2=$(printf '72%.0s' $(seq 32)) # of the simulator

ports web count server quote guest td
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server
"$ratls" attest --attester sim-csv --attester-options "pki=$work/pki-csv" \
    --insecure-sim-root-out root-csv -o csv.bin >platform-csv.out || exit 2
"$ratls" attest --attester sim-csv --insecure-sim-root-out root-stranger -o x >x.out || exit 2

cat >usual.json <<END
{"tees": {"csv": {"measurements": ["$measure_C"], "insecure_simulated": true}}}
END
cat >rtmr.json <<END
{"tees": {"csv": {"measurements": ["$measure_C"], "registers": {"csv.rtmr2": ["$rtmr2"]}, "insecure_simulated": true}}}
END
cat >lax.json <<END
{"tees": {"csv": {"insecure_any_measurement": true, "insecure_debug": true, "insecure_simulated": true}}}
END
policy policy-of-client.json "$code_S"

# server POLICY ROOTS BACKEND: a proxy on Intel's machine, with a service of level session and of quote
server() {
    if [ -e server.log ]; then
        stop server TERM >/dev/null
        rm -f server.log
    fi
    config server server "$code_S" "$1" "root-$2"
    service server session "127.0.0.1:${port[server]}" "127.0.0.1:${port[$3]}"
    service server quote "127.0.0.1:${port[quote]}" "127.0.0.1:${port[$3]}" 'binding = quote'
    start_proxy server
}
# in_guest NAME OPTIONS: the beginning of a configuration there
in_guest() {
    config "$1" csv "$measure_C" policy-of-client.json root-server.pem
    sed -i "s/^attester = .*/attester = sim-csv/; s|^attester-options = .*|attester-options = pki=$work/pki-csv,$2|" "$1.conf"
}
# client NAME OPTIONS: a proxy there, asking for level session and quote
client() {
    ports "$1" "$1-quote"
    in_guest "$@"
    service "$1" session "127.0.0.1:${port[$1]}" "127.0.0.1:${port[server]}" 'client = yes'
    service "$1" quote "127.0.0.1:${port[$1-quote]}" "127.0.0.1:${port[quote]}" 'client = yes' 'proof = quote'
    start_proxy "$1"
}

server usual.json csv web
client usual "measure=$measure_C"
check 'a guest reaches the page' equal "$(get "${port[usual]}")" hello
wait_for server.log '"event":"connection"' 1 >/dev/null
check 'as a guest of CSV, simulated' equal "$(member server tee) $(member server simulated)" 'csv true'
check 'at level session' equal "$(member server level)" session
check 'the guest judged a TD' equal "$(member usual tee)" tdx
check 'a quote of this channel works too' equal "$(get "${port[usual-quote]}")" hello
check 'at level quote' wait_for server.log '"result":"allow".*"level":"quote"'

server rtmr.json csv web
client two "measure=$measure_C,version=2"
check 'a report of version 2, with the register asked for' equal "$(get "${port[two]}")" hello
check 'and of this channel' equal "$(get "${port[two-quote]}")" hello
server rtmr.json csv count
expect_reason 'version 1 has no such register' server measurement_mismatch get "${port[usual]}"
server usual.json csv count
for flaw in "code measure=$measure_X measurement_mismatch" "debug measure=$measure_C,debug=yes debug"; do
    read -r name options reason <<<"$flaw"
    client "$name" "$options"
    expect_reason "$name: refused" server "$reason" get "${port[$name]}"
    expect_reason "$name: refused at level quote" server "$reason" get "${port[$name-quote]}"
done
server usual.json stranger count
expect_reason 'a guest whose root is not trusted is refused' server evidence_root get "${port[usual]}"
check 'none of them reached the backend' untouched
server lax.json csv web
expect_reason 'debugging where the policy accepts that' server ok get "${port[debug]}"

# ---- the other way round: a TD asks a guest ----

in_guest guest "measure=$measure_C"
service guest session "127.0.0.1:${port[guest]}" "127.0.0.1:${port[web]}"
start_proxy guest
config td server "$code_S" usual.json root-csv
service td session "127.0.0.1:${port[td]}" "127.0.0.1:${port[guest]}" 'client = yes'
start_proxy td
check 'a TD reaches the page of a guest' equal "$(get "${port[td]}")" hello
wait_for guest.log '"event":"connection"' 1 >/dev/null
check 'which it judged' equal "$(member td tee)" csv
check 'and which judged it' equal "$(member guest tee)" tdx

# ---- the root in a store, as Hygon gives roots ----

sed '/-----/d' root-csv | base64 -d >root-csv.bin
store=$work/store
"$ratls" store init "$store" >init.out 2>&1
check 'the root of a simulator is taken as such alone' refuse "$ratls" anchor add --store "$store" \
    --tee csv --name insecure_hrk root-csv.bin
check 'and then as it is' "$ratls" anchor add --store "$store" --tee csv --name insecure_hrk \
    --insecure-sim-root root-csv.bin
