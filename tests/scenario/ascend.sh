#!/usr/bin/env bash
# A TD with the NPUs of a simulated host beside it: its files decide whether a tunnel is opened.
. "$(dirname "$0")/lib.sh"

ports web due
start_nginx "${port[web]}"
platform server client
sim_npu="sim-ascend:pki=$work/pki-npu"
zeros=$(printf '00%.0s' $(seq 32))
"$ratls" attest --attester sim-ascend --attester-options "pki=$work/pki-npu" --report-data "$zeros" \
    --insecure-sim-root-out root-npu -o npu.json || exit 2
cat root-client.pem root-npu >roots-of-host.pem

# ---- files ----
# verify OPTIONS: what the command says of the evidence, in one line
verify() {
    "$ratls" verify --json --evidence npu.json --insecure-sim-roots root-npu --nonce "$zeros" "$@" \
        2>>verify.err | tee verdict.json | jq -r '.verdict + " " + .reason'
}
check 'the default policy refuses a device alone' equal "$(verify)" 'deny device_without_cpu'
check 'it is genuine' equal "$(verify --authenticity-only)" 'allow ok'
measurement=$(jq -r .claims.measurement verdict.json)
check 'and has a measurement' equal "${#measurement}" 96
check 'it signs no more than a nonce' refuse "$ratls" attest --attester sim-ascend \
    --report-data "$(printf '01%.0s' $(seq 64))" -o none

# ---- tunnels ----
cat >npu.policy <<END
{"tees": {"tdx": {"measurements": ["$code_C"], "tcb_status": ["not_evaluated"], "insecure_simulated": true},
          "ascend_npu": {"measurements": ["$measurement"], "tcb_status": ["unrated"], "insecure_simulated": true}},
 "devices": {"ascend_npu": 1}}
END
policy policy-of-client.json "$code_S"
config due server "$code_S" npu.policy roots-of-host.pem
service due session "127.0.0.1:${port[due]}" "127.0.0.1:${port[web]}"
start_proxy due
# client NAME [DEVICE...]
client() {
    local name=$1 device
    shift
    ports "from-$name"
    config "from-$name" client "$code_C" policy-of-client.json root-server.pem
    service "from-$name" session "127.0.0.1:${port[from-$name]}" "127.0.0.1:${port[due]}" 'client = yes'
    for device; do printf 'device = %s\n' "$device" >>"from-$name.conf"; done
    start_proxy "from-$name"
}
client good "$sim_npu"
check 'a TD with the files that are due reaches the page' equal "$(get "${port[from-good]}")" hello
client none
expect_reason 'without NPUs: refused' due device_missing get "${port[from-none]}"
client other "$sim_npu,firmware=another"
expect_reason 'with other firmware: refused' due measurement_mismatch get "${port[from-other]}"

# ---- a host with a TPM: a real one, in software, extended as a kernel would ----
has_tpm || { skip 'a host with a TPM' 'this build talks to none'; exit; }
start_tpm
make_ak ecc 0x81010003 ecc ecdsa >keys.out 2>&1 || { cat keys.out; exit 2; }
jq -r '.logs[0].log_data' npu.json | base64 -d >ima.log
number() { od -An -tu4 -j "$1" -N 4 ima.log | tr -d ' '; }
measure() { # each entry of the log, into PCR 10 (Linux, Documentation/security/IMA-templates.rst)
    local at=0 name data
    while [ $at -lt "$(stat -c %s ima.log)" ]; do
        name=$(number $((at + 24)))
        data=$(number $((at + 28 + name)))
        tpm2_pcrextend "10:sha256=$(tail -c +$((at + 33 + name)) ima.log | head -c "$data" | sha256sum | cut -d ' ' -f 1)"
        at=$((at + 32 + name + data))
    done
}
check 'the log is measured' measure
host="tcti=$tcti,ak=0x81010003,ima_log=$work/ima.log"
check 'the host is asked' "$ratls" attest --attester ascend --attester-options "$host" --report-data "$zeros" -o host.json
judged() { # as verify() above
    "$ratls" verify --json --authenticity-only --evidence host.json --anchors ecc.pem --nonce "$zeros" \
        2>>verify.err | tee verdict.json | jq -r '.verdict + " " + .reason'
}
check 'it is genuine, by the key that is pinned' equal "$(judged)" 'allow ok'
check 'and measured the same files' equal "$(jq -r .claims.measurement verdict.json)" "$measurement"
sed '/"ascend_npu":/s/, "insecure_simulated": true//' npu.policy >host.policy
ports pinned
config pinned server "$code_S" host.policy root-client.pem
echo "roots = $work/ecc.pem" >>pinned.conf
service pinned session "127.0.0.1:${port[pinned]}" "127.0.0.1:${port[web]}"
start_proxy pinned
port[due]=${port[pinned]}
client host "ascend:$host"
check 'a TD on it reaches the page' equal "$(get "${port[from-host]}")" hello
tpm2_pcrextend "10:sha256=$(printf 'ab%.0s' $(seq 32))"
"$ratls" attest --attester ascend --attester-options "$host" --report-data "$zeros" -o host.json
check 'not with a file that is not in the log' equal "$(judged)" 'deny event_log_mismatch'
