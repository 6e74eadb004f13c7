#!/usr/bin/env bash
# A tunnel between a machine of Intel and an enclave of AWS, in both roles and at every level of
# binding: each refusal has its reason and reaches no backend (T27, T143, T151).
. "$(dirname "$0")/lib.sh"

pcr_C=$(printf 'c1%.0s' $(seq 48))
pcr_X=$(printf 'bad0%.0s' $(seq 24))

ports web count server quote enclave td
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server
"$ratls" attest --attester sim-nitro --attester-options "pki=$work/pki-nitro" \
    --insecure-sim-root-out root-nitro -o nitro.bin >platform-nitro.out || exit 2
"$ratls" attest --attester sim-nitro --insecure-sim-root-out root-stranger -o x >x.out || exit 2

cat >usual.json <<END
{"tees": {"nitro": {"measurements": ["$pcr_C"], "insecure_simulated": true}}}
END
cat >lax.json <<END
{"tees": {"nitro": {"insecure_any_measurement": true, "insecure_debug": true, "insecure_simulated": true}}}
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
# in_enclave NAME OPTIONS: the beginning of a configuration there
in_enclave() {
    config "$1" nitro "$pcr_C" policy-of-client.json root-server.pem
    sed -i "s/^attester = .*/attester = sim-nitro/; s|^attester-options = .*|attester-options = pki=$work/pki-nitro,$2|" "$1.conf"
}
# client NAME OPTIONS: a proxy there, asking for level session and quote
client() {
    ports "$1" "$1-quote"
    in_enclave "$@"
    service "$1" session "127.0.0.1:${port[$1]}" "127.0.0.1:${port[server]}" 'client = yes'
    service "$1" quote "127.0.0.1:${port[$1-quote]}" "127.0.0.1:${port[quote]}" 'client = yes' 'proof = quote'
    start_proxy "$1"
}

server usual.json nitro web
client usual "pcr0=$pcr_C"
check 'an enclave reaches the page' equal "$(get "${port[usual]}")" hello
wait_for server.log '"event":"connection"' 1 >/dev/null
check 'as an enclave of Nitro, simulated' equal "$(member server tee) $(member server simulated)" 'nitro true'
check 'at level session' equal "$(member server level)" session
check 'the enclave judged a TD' equal "$(member usual tee)" tdx
check 'a quote of this channel works too' equal "$(get "${port[usual-quote]}")" hello
check 'at level quote' wait_for server.log '"result":"allow".*"level":"quote"'

server usual.json nitro count
for flaw in "code pcr0=$pcr_X measurement_mismatch" "debug debug=yes debug"; do
    read -r name options reason <<<"$flaw"
    client "$name" "$options"
    expect_reason "$name: refused" server "$reason" get "${port[$name]}"
    expect_reason "$name: refused at level quote" server "$reason" get "${port[$name-quote]}"
done
server usual.json stranger count
expect_reason 'an enclave whose root is not trusted is refused' server evidence_root get "${port[usual]}"
check 'none of them reached the backend' untouched
server lax.json nitro web
expect_reason 'debug mode where the policy accepts that' server ok get "${port[debug]}"

# ---- the other way round: a TD asks an enclave ----

in_enclave enclave "pcr0=$pcr_C"
service enclave session "127.0.0.1:${port[enclave]}" "127.0.0.1:${port[web]}"
start_proxy enclave
config td server "$code_S" usual.json root-nitro
service td session "127.0.0.1:${port[td]}" "127.0.0.1:${port[enclave]}" 'client = yes'
start_proxy td
check 'a TD reaches the page of an enclave' equal "$(get "${port[td]}")" hello
wait_for enclave.log '"event":"connection"' 1 >/dev/null
check 'which it judged' equal "$(member td tee)" nitro
check 'and which judged it' equal "$(member enclave tee)" tdx
