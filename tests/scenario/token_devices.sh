#!/usr/bin/env bash
# Tokens of TDs with GPUs: the verdict of an attested channel, and evidence that curl brings, become
# tokens with a submodule of each device. Devices that are missing, too many, of another host, or
# there twice are refused with their reasons, and get none (T31, T48).
. "$(dirname "$0")/lib.sh"

ports attested any
platform server client
sim_gpu="sim-nvidia:pki=$work/pki-gpu"
zeros=$(printf '00%.0s' $(seq 32))
"$ratls" attest --attester sim-nvidia --attester-options "pki=$work/pki-gpu" --report-data "$zeros" \
    --insecure-sim-root-out root-gpu -o gpu.cbor || exit 2
cat root-client.pem root-gpu >roots.pem
cat >two.json <<END
{"tees": {"tdx": {"measurements": ["$code_C"], "tcb_status": ["not_evaluated"], "insecure_simulated": true},
          "nvidia": {"insecure_any_measurement": true, "insecure_simulated": true}},
 "devices": {"nvidia": 2}}
END
policy policy-of-client.json "$code_S"
openssl ecparam -name prime256v1 -genkey -noout -out as.key 2>openssl.out && chmod 600 as.key
self_signed web 'subjectAltName = DNS:as.example,IP:127.0.0.1'
chmod 600 web.key

endpoint() { # NAME LINE...: of as.conf
    printf '%s\n' "[$1]" "accept = 127.0.0.1:${port[$1]}" 'mode = token' 'token-issuer = https://as.example' \
        'token-audience = api' "token-key = $work/as.key" 'token-claims = raw' "policy = $work/two.json" \
        "insecure-sim-roots = $work/roots.pem" "${@:2}" >>as.conf
}
config as server "$code_S" two.json roots.pem
sed -i '/^\(attester\|attester-options\|insecure-allow-sim-attester\|policy\|insecure-sim-roots\) *=/d' as.conf
endpoint attested 'attester = sim-tdx' "attester-options = pki=$work/pki-server,mrtd=$code_S" 'insecure-allow-sim-attester = yes'
endpoint any 'token-clients = any' 'token-evidence = yes' 'max-connections-per-source = 100' "cert = $work/web.pem" "key = $work/web.key"
start_proxy as

part() { cut -d . -f "$2" <<<"$1" | jq -Rr '@base64d'; }
grant=(-d grant_type=urn:ietf:params:oauth:grant-type:token-exchange)

# ---- by the channel ----

client() { # NAME [DEVICE...]: a proxy in a TD with these GPUs
    local name=$1 device
    shift
    ports "from-$name"
    config "from-$name" client "$code_C" policy-of-client.json root-server.pem
    service "from-$name" tokens "127.0.0.1:${port[from-$name]}" "127.0.0.1:${port[attested]}" 'client = yes'
    for device; do printf 'device = %s\n' "$device" >>"from-$name.conf"; done
    start_proxy "from-$name"
}
exchange() { # NAME
    get "http://127.0.0.1:${port[from-$1]}/token" "${grant[@]}" \
        -d subject_token_type=tag:ratls.invalid,2026:token-type:channel
}
told() { # TOKEN
    part "$1" 2 | jq -c '[(.submods | keys | join("+")), (.submods | .gpu0, .gpu1 |
        [."ratls.device", .ear_status, ."ratls.simulated", ."ratls.claims".device_ids[0]])]'
}
of_both='["gpu0+gpu1+tdx",["nvidia","none",true,"NVIDIA:GH100:5151515100000000"],["nvidia","none",true,"NVIDIA:GH100:5151515100000001"]]'
client two "$sim_gpu,device=0" "$sim_gpu,device=1"
token=$(exchange two | jq -r .access_token)
check 'a channel with two GPUs becomes a token that says so' equal "$(told "$token")" "$of_both"
"$ratls" token jwks as.key -o as.jwks >jwks.out
printf %s "$token" >token.jws
check 'jose verifies it' jose jws ver -i token.jws -k as.jwks -O verified.json
part "$token" 2 >payload.json
check 'a GPU has its digest, and no single measurement' equal \
    "$(jq -r '.submods.gpu0."ratls.claims" | (.measurement | length), (keys | map(select(test("[.]measurement|nonce|report_data"))) | length)' payload.json |
        tr '\n' ' ')" '96 0 '
"$ratls" token verify --json "$token" --issuer https://as.example=as.jwks --audience api --allow-bearer \
    --insecure-allow-none >verified.json
check 'the command tells the GPUs from the TD' equal \
    "$(jq -c '[.claims."ear.tee", (.devices | keys[]), .devices.gpu1.kind, .devices.gpu1.claims.device_ids[0]]' verified.json)" \
    '["tdx","gpu0","gpu1","nvidia","NVIDIA:GH100:5151515100000001"]'
client none
expect_reason 'without GPUs there is none' as device_missing exchange none
client alien "$sim_gpu,device=0" "$sim_gpu,device=1,nonce=$zeros"
expect_reason 'nor with a GPU of another host' as binding_mismatch exchange alien
client same "$sim_gpu,device=0" "$sim_gpu,device=0"
expect_reason 'nor with one that is there twice' as duplicate_device exchange same
client more "$sim_gpu,device=0" "$sim_gpu,device=1" "$sim_gpu,device=2"
expect_reason 'nor with one too many' as device_unexpected exchange more
check 'one token was given' equal "$(grep -c '"event":"token"' as.log)" 1

# ---- by evidence, over ordinary TLS ----

base=https://127.0.0.1:${port[any]}
ask() { curl -sS --max-time 20 --cacert web.pem "$@"; }
url() { basenc --base64url -w 0 | tr -d =; }
hex() { local t=$1; printf '%s' "$t$(printf '%.*s' $(((4 - ${#t} % 4) % 4)) ===)" | basenc --base64url -d | od -An -v -tx1 | tr -d ' \n'; }
bring() { # ATTESTER-OPTION...: evidence over a nonce of the endpoint, exchanged: answer.json
    local nonce data
    nonce=$(ask -X POST "$base/nonce" | jq -r .nonce)
    data=$(hex "$nonce")
    "$ratls" attest --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --report-data "$data$data" \
        "$@" -o evidence.cbor >attest.out || return
    url <evidence.cbor >subject
    ask -D head.out "${grant[@]}" -d 'subject_token_type=tag:ratls.invalid,2026:token-type:evidence' -d "nonce=$nonce" \
        --data-urlencode subject_token@subject "$base/token" >answer.json
}
gpus() { # DEVICE-OPTIONS...
    local device brought=()
    for device; do brought+=(--device "$sim_gpu,$device"); done
    bring "${brought[@]}"
}
gpus device=0 device=1
check 'composite evidence becomes such a token' equal "$(told "$(jq -r .access_token answer.json)")" "$of_both"
wrong() { # FACT DESCRIPTION LOGGED DEVICE-OPTIONS...
    gpus "${@:4}"
    check "$1: refused" equal "$(sed -n '1s/[^ ]* \([0-9]*\).*/\1/p' head.out) $(
        jq -r '"\(.access_token) \(.error): \(.error_description)"' answer.json)" "400 null invalid_request: $2"
    check "$1: the log has more" grep -q "$3" <<<"$(jq -r 'select(.event == "token_refused").detail' as.log | tail -n 1)"
}
missing='fewer devices than the policy demands'
wrong 'no GPU' "$missing" "^0 of the 2 'nvidia'"
wrong 'one GPU' "$missing" "^1 of the 2 'nvidia'" device=0
wrong 'three GPUs' 'more devices than the policy wants, or another' "^3 'nvidia' devices, at most 2" device=0 device=1 device=2
wrong 'one twice' 'a device is there twice' '^gpu1: ' device=0 device=0
wrong 'a GPU of another host' 'the evidence is for another key or channel' '^gpu1: ' device=0 "device=1,nonce=$zeros"
check 'they got nothing, and the log counts those of the others' equal \
    "$(jq -c 'select(.event == "token") | [.subject, .devices]' as.log | tr '\n' ' ')" '["channel",2] ["evidence",2] '
