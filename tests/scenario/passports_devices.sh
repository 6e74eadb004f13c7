#!/usr/bin/env bash
# Passports of TDs with GPUs: a token service appraises both, and peers of either role believe its word
# about each. Who has too few, or others than the policy wants, reaches no backend; a GPU of another
# host gets no passport at all (T31).
. "$(dirname "$0")/lib.sh"

ports web count as server strict known td client
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform as client server
sim_gpu="sim-nvidia:pki=$work/pki-gpu"
zeros=$(printf '00%.0s' $(seq 32))
"$ratls" attest --attester sim-nvidia --attester-options "pki=$work/pki-gpu" --report-data "$zeros" \
    --insecure-sim-root-out root-gpu -o gpu.cbor || exit 2
cat root-client.pem root-server.pem root-gpu >roots-of-as.pem

# wants FILE MEASUREMENT DEVICES [MEMBER [MORE OF NVIDIA]]
wants() {
    cat >"$1" <<END
{"tees": {"tdx": {"measurements": ["$2"], "tcb_status": ["not_evaluated"], "insecure_simulated": true},
          "nvidia": {"insecure_any_measurement": true, "insecure_simulated": true${5:+, $5}}},
 "devices": $3${4:+, $4}}
END
}
policy policy-of-as.json "$code_X"
wants policy-of-clients.json "$code_C" '{"nvidia": [0, 16]}'
sed -i "s/\[\"$code_C\"\]/[\"$code_C\", \"$code_S\"]/" policy-of-clients.json
wants two.json "$code_C" '{"nvidia": 2}' '"passports": "required"'
wants known.json "$code_C" '{"nvidia": 2}' '"passports": "required"' '"rules": [{"claim": "nvidia.driver_version", "equals": "570.10"}]'
wants of-server.json "$code_S" '{}' '"passports": "required"'
wants of-td.json "$code_S" '{"nvidia": 1}' '"passports": "required"'

openssl ecparam -name prime256v1 -genkey -noout -out as.key 2>openssl.out && chmod 600 as.key
"$ratls" token jwks as.key -o as.jwks >jwks.out || exit 2
config as as "$code_X" policy-of-clients.json roots-of-as.pem
printf '%s\n' '[tokens]' "accept = 127.0.0.1:${port[as]}" 'mode = token' 'token-issuer = https://as.example' \
    'token-audience = mesh' 'token-claims = raw' "token-key = $work/as.key" >>as.conf
start_proxy as

# holder NAME PLATFORM MEASUREMENT POLICY: believes in passports, and shows one.
holder() {
    config "$1" "$2" "$3" "$4" root-as.pem
    cat >>"$1.conf" <<END
passport-issuer = https://as.example $work/as.jwks
passport-audience = mesh
passport-from = https://127.0.0.1:${port[as]}/token
passport-policy = $work/policy-of-as.json
END
}
server() { # NAME POLICY BACKEND [LINE...]
    holder "$1" server "$code_S" "$2"
    service "$1" web "127.0.0.1:${port[$1]}" "127.0.0.1:${port[$3]}" "${@:4}"
    start_proxy "$1"
}
client() { # NAME SERVER [DEVICE...]
    local name=$1 to=$2 device
    shift 2
    ports "from-$name"
    holder "from-$name" client "$code_C" of-server.json
    service "from-$name" web "127.0.0.1:${port[from-$name]}" "127.0.0.1:${port[$to]}" 'client = yes'
    for device; do printf 'device = %s\n' "$device" >>"from-$name.conf"; done
}
page() { get "${port[from-$1]}"; }

# ---- a client with GPUs ----

server server two.json web
client two server "$sim_gpu,device=0" "$sim_gpu,device=1"
start_proxy from-two
check 'a TD with two GPUs reaches the page' equal "$(page two)" hello
wait_for server.log '"event":"connection"' >/dev/null
check 'by a passport that tells of both' equal \
    "$(member server tee) $(member server devices) $(member server appraiser)" 'tdx 2 https://as.example'
check 'which its issuer saw' equal "$(jq -c 'select(.event == "token" and .measurement == "'"$code_C"'").devices' as.log)" 2
check 'once more' equal "$(page two)" hello

server known known.json count
client known known "$sim_gpu,device=0" "$sim_gpu,device=1"
start_proxy from-known
expect_reason 'a server whose policy knows no such GPUs refuses them' known policy_rule page known
server strict two.json count
client none strict
client one strict "$sim_gpu,device=0"
client more strict "$sim_gpu,device=0" "$sim_gpu,device=1" "$sim_gpu,device=2"
start_proxy from-none from-one from-more
expect_reason 'a passport without GPUs' strict device_missing page none
expect_reason 'with one' strict device_missing page one
expect_reason 'with three' strict device_unexpected page more
check 'none of them reached the backend' untouched

# refused NAME TEXT: who gets no passport does not start, and says why
refused() {
    launch "$1" "$build/ratls-proxy" "$1.conf"
    for _ in $(seq 200); do ended "$1" && break; sleep 0.1; done
    equal "$(stop "$1"; echo $?)" 1 && grep -q 'no new identity: peer_denied: passport: ' "$1.log"
}
client alien server "$sim_gpu,device=0" "$sim_gpu,device=1,nonce=$zeros"
check 'a GPU of another host gets no passport' refused from-alien
check 'for its nonce' wait_for as.log '"reason":"binding_mismatch"'
client same server "$sim_gpu,device=0" "$sim_gpu,device=0"
check 'nor does one that is there twice' refused from-same
check 'for that' wait_for as.log '"reason":"duplicate_device"'

# ---- a server with GPUs ----

server td two.json web "device = $sim_gpu,device=3"
holder client client "$code_C" of-td.json
service client web "127.0.0.1:${port[client]}" "127.0.0.1:${port[td]}" 'client = yes' \
    "device = $sim_gpu,device=0" "device = $sim_gpu,device=1"
start_proxy client
check 'both sides have GPUs' equal "$(get "${port[client]}")" hello
wait_for client.log '"event":"connection"' >/dev/null
check 'and judged those of the other' equal "$(member td devices) $(member client devices)" '2 1'

# ---- the policy changes under a connection that lives ----

cp two.json live.json
ports live
server live live.json web
client live live "$sim_gpu,device=0" "$sim_gpu,device=1"
start_proxy from-live
exec 5<>"/dev/tcp/127.0.0.1/${port[from-live]}"
check 'a connection is open' ask 5
cp known.json live.json
kill -HUP "${pid[live]}"
check 'GPUs that the new policy does not know end it' wait_for live.log '"reason":"policy_rule"'
exec 5>&-

# ---- by the command ----

openssl s_client -connect "127.0.0.1:${port[td]}" -showcerts </dev/null 2>/dev/null | openssl x509 >shown.pem
"$ratls" inspect shown.pem --json >inspect.json
check 'inspection tells what the passport says' equal \
    "$(jq -c '.claims | [."passport.tee", ."passport.devices"[]]' inspect.json)" '["tdx","gpu0: nvidia, none"]'
verify() { # POLICY
    "$ratls" verify --json --evidence shown.pem --policy "$1" --passport-issuer https://as.example=as.jwks \
        --passport-audience mesh 2>>verify.err | jq -c '[.verdict, .reason, ((.devices // {}) | keys[])]'
}
check 'verification judges the GPU' equal "$(verify of-td.json)" '["allow","ok","gpu0"]'
check 'and wants no other' equal "$(verify of-server.json)" '["deny","device_unexpected","gpu0"]'
sed 's/"insecure_any_measurement": true, "insecure_simulated": true/"insecure_any_measurement": true/' of-td.json >real.json
check 'a simulated one is refused as such' equal "$(verify real.json)" '["deny","simulated"]'
