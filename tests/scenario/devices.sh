#!/usr/bin/env bash
# Composite evidence: a TD with two GPUs, in tunnels of both roles and in files. Whoever shows too few of
# them, one of another host, or one twice, reaches no backend (T31).
. "$(dirname "$0")/lib.sh"

ports web count two td client
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server client
sim_gpu="sim-nvidia:pki=$work/pki-gpu"
zeros=$(printf '00%.0s' $(seq 32))
"$ratls" attest --attester sim-nvidia --attester-options "pki=$work/pki-gpu" --report-data "$zeros" \
    --insecure-sim-root-out root-gpu -o gpu.cbor || exit 2
cat root-client.pem root-gpu >roots-of-host.pem
cat root-server.pem root-gpu >roots-of-td.pem

# wants FILE MEASUREMENT DEVICES [MORE]: a policy for a TD with devices
wants() {
    cat >"$1" <<END
{"tees": {"tdx": {"measurements": ["$2"], "tcb_status": ["not_evaluated"], "insecure_simulated": true},
          "nvidia": {"insecure_any_measurement": true, "insecure_simulated": true ${4:+, $4}}},
 "devices": $3}
END
}
wants two.json "$code_C" '{"nvidia": 2}'
wants known.json "$code_C" '{"nvidia": [0, 2]}' '"rules": [{"claim": "nvidia.driver_version", "equals": "570.10"}]'
policy policy-of-client.json "$code_S"

# ---- a client with GPUs ----

# server NAME POLICY BACKEND
server() {
    config "$1" server "$code_S" "$2" roots-of-host.pem
    service "$1" session "127.0.0.1:${port[$1]}" "127.0.0.1:${port[$3]}"
}
server two two.json web
start_proxy two
# client NAME [DEVICE...]: a proxy in a TD with these GPUs, asking `two`
client() {
    local name=$1 device
    shift
    ports "from-$name"
    config "from-$name" client "$code_C" policy-of-client.json root-server.pem
    service "from-$name" session "127.0.0.1:${port[from-$name]}" "127.0.0.1:${port[two]}" 'client = yes'
    for device; do printf 'device = %s\n' "$device" >>"from-$name.conf"; done
    start_proxy "from-$name"
}
client two "$sim_gpu,device=0" "$sim_gpu,device=1"
check 'a TD with two GPUs reaches the page' equal "$(get "${port[from-two]}")" hello
wait_for two.log '"event":"connection"' 1 >/dev/null
check 'as a TD, with both' equal "$(member two tee) $(member two devices)" 'tdx 2'
check 'at level session' equal "$(member two level)" session
check 'once more' equal "$(get "${port[from-two]}")" hello

stop two TERM >/dev/null
rm -f two.log
server two two.json count
start_proxy two
client none
expect_reason 'without GPUs: refused' two device_missing get "${port[from-none]}"
client one "$sim_gpu,device=0"
expect_reason 'with one GPU: refused' two device_missing get "${port[from-one]}"
client alien "$sim_gpu,device=0" "$sim_gpu,device=1,nonce=$zeros"
expect_reason 'with a GPU of another host: refused' two binding_mismatch get "${port[from-alien]}"
client same "$sim_gpu,device=0" "$sim_gpu,device=0"
expect_reason 'with one GPU twice: refused' two duplicate_device get "${port[from-same]}"
client more "$sim_gpu,device=0" "$sim_gpu,device=1" "$sim_gpu,device=2"
expect_reason 'with three GPUs: refused' two device_unexpected get "${port[from-more]}"
check 'none of them reached the backend' untouched

# ---- the policy changes under a connection that lives ----

cp two.json live.json
config live server "$code_S" live.json roots-of-host.pem
ports live from-live
service live session "127.0.0.1:${port[live]}" "127.0.0.1:${port[web]}"
start_proxy live
config from-live client "$code_C" policy-of-client.json root-server.pem
service from-live session "127.0.0.1:${port[from-live]}" "127.0.0.1:${port[live]}" 'client = yes' \
    "device = $sim_gpu,device=0" "device = $sim_gpu,device=1"
start_proxy from-live
exec {held}<>"/dev/tcp/127.0.0.1/${port[from-live]}"
check 'a tunnel is held open' wait_for live.log '"event":"agreed"\|"event":"identity"'
printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' >&"$held"
read -r -t 5 answer <&"$held"
check 'and answers' equal "${answer%$'\r'}" 'HTTP/1.1 200 OK'
cp known.json live.json
kill -HUP "${pid[live]}"
check 'GPUs that the new policy does not know end it' wait_for live.log '"reason":"policy_rule"'
exec {held}>&-

# ---- a server with GPUs ----

config td client "$code_C" policy-of-client.json root-server.pem
service td session "127.0.0.1:${port[td]}" "127.0.0.1:${port[web]}" \
    "device = $sim_gpu,device=0" "device = $sim_gpu,device=1"
start_proxy td
config client server "$code_S" two.json roots-of-host.pem
service client session "127.0.0.1:${port[client]}" "127.0.0.1:${port[td]}" 'client = yes'
start_proxy client
check 'a server with two GPUs is reached' equal "$(get "${port[client]}")" hello
check 'which the client judged' equal "$(member client devices)" 2

# ---- what cannot be configured ----

# refused TEXT LINE...: --check says TEXT
refused() {
    config bad client "$code_C" policy-of-client.json root-server.pem
    service bad session 127.0.0.1:1 127.0.0.1:2 'client = yes' "${@:2}"
    ! "$build/ratls-proxy" --check bad.conf >bad.out 2>&1 && grep -q "$1" bad.out
}
check 'devices need a proof' refused 'has no effect with proof = key' "device = $sim_gpu" 'proof = key' 'binding = key'
check 'an attester that is not there' refused 'no attester' 'device = nothing'
check 'an attester of a CPU' refused 'sim-tdx attests no device' 'device = sim-tdx'
check 'options that it does not know' refused 'unknown option' "device = $sim_gpu,colour=red"

# ---- files ----

challenge=$(printf '11%.0s' $(seq 64))
"$ratls" attest --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --report-data "$challenge" \
    --device "$sim_gpu,device=0" --device "$sim_gpu,device=1" -o both.cbor || exit 2
"$ratls" attest --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --report-data "$challenge" \
    --device "$sim_gpu,device=0" --device "$sim_gpu,device=1,nonce=$zeros" -o alien.cbor || exit 2
# verify FILE OPTIONS
verify() {
    "$ratls" verify --json --evidence "$1" --insecure-sim-roots roots-of-host.pem --report-data "$challenge" \
        "${@:2}" 2>>verify.err | jq -r '[.verdict, .reason, ((.devices // {}) | keys | join("+"))] | join(" ")'
}
check 'a file with all parts' equal "$(verify both.cbor --policy two.json)" 'allow ok gpu0+gpu1'
check 'by itself' equal "$(verify both.cbor --authenticity-only)" 'allow ok gpu0+gpu1'
"$ratls" verify --evidence both.cbor --insecure-sim-roots roots-of-host.pem --report-data "$challenge" --policy two.json \
    >both.out 2>>verify.err
check 'for people, too' equal "$(grep -c '^device: *gpu[01]$' both.out)" 2
"$ratls" inspect both.cbor >look.out
check 'and looked at' equal "$(grep -c '^gpu[01]\.tee: *nvidia$' look.out)" 2
check 'the default policy refuses simulated TEEs' equal "$(verify both.cbor)" 'deny simulated '
check 'a GPU of another host' equal "$(verify alien.cbor --authenticity-only)" 'deny binding_mismatch '

# ---- what devices are asked by hand ----

# attest_refused TEXT OPTIONS: ratls attest ends with that
attest_refused() {
    "$ratls" attest -o no.cbor "${@:2}" >attest.out 2>&1
    [ $? -eq 2 ] && [ ! -e no.cbor ] && grep -q "$1" attest.out
}
check 'a CPU is no device' attest_refused 'sim-sgx attests no device' --attester sim-tdx --device sim-sgx
check 'a device has none beside it' attest_refused 'sim-nvidia attests a device itself' \
    --attester sim-nvidia --device "$sim_gpu"
check 'a device is asked something random' "$ratls" attest --attester sim-nvidia -o gpu.cbor
