#!/usr/bin/env bash
# A tunnel between a machine of Intel and a TA under iTrustee, in both roles: each refusal has its
# reason and reaches no backend (T27, T143).
. "$(dirname "$0")/lib.sh"

img_C=$(printf 'c1%.0s' $(seq 32))
img_X=$(printf 'bad0%.0s' $(seq 16))

ports web count server ta td
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server
"$ratls" attest --attester sim-itrustee --attester-options "pki=$work/pki-itrustee" \
    --insecure-sim-root-out root-itrustee -o report.json >platform-itrustee.out || exit 2

cat >usual.json <<END
{"tees": {"itrustee": {"measurements": ["$img_C"], "tcb_status": ["not_evaluated"], "insecure_simulated": true}}}
END
policy policy-of-client.json "$code_S"

# server BACKEND: a proxy on Intel's machine
server() {
    if [ -e server.log ]; then
        stop server TERM >/dev/null
        rm -f server.log
    fi
    config server server "$code_S" usual.json root-itrustee
    service server session "127.0.0.1:${port[server]}" "127.0.0.1:${port[$1]}"
    start_proxy server
}
# in_ta NAME OPTIONS: the beginning of a configuration there
in_ta() {
    config "$1" itrustee "$img_C" policy-of-client.json root-server.pem
    sed -i "s/^attester = .*/attester = sim-itrustee/; s|^attester-options = .*|attester-options = pki=$work/pki-itrustee,$2|" "$1.conf"
}
# client NAME OPTIONS: a proxy there
client() {
    ports "$1"
    in_ta "$@"
    service "$1" session "127.0.0.1:${port[$1]}" "127.0.0.1:${port[server]}" 'client = yes'
    start_proxy "$1"
}

server web
client usual "ta_img=$img_C"
check 'a TA reaches the page' equal "$(get "${port[usual]}")" hello
wait_for server.log '"event":"connection"' 1 >/dev/null
check 'as one of iTrustee, simulated' equal "$(member server tee) $(member server simulated)" 'itrustee true'
check 'it judged a TD' equal "$(member usual tee)" tdx
server count
client code "ta_img=$img_X"
expect_reason 'another TA is refused' server measurement_mismatch get "${port[code]}"
check 'it did not reach the backend' untouched

in_ta ta "ta_img=$img_C"
service ta session "127.0.0.1:${port[ta]}" "127.0.0.1:${port[web]}"
start_proxy ta
config td server "$code_S" usual.json root-itrustee
service td session "127.0.0.1:${port[td]}" "127.0.0.1:${port[ta]}" 'client = yes'
start_proxy td
check 'a TD reaches the page of a TA' equal "$(get "${port[td]}")" hello
wait_for ta.log '"event":"connection"' 1 >/dev/null
check 'which it judged' equal "$(member td tee)" itrustee
check 'and which judged it' equal "$(member ta tee)" tdx
