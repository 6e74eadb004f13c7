#!/usr/bin/env bash
# Tunnels between a simulated TD and a machine with a TPM, a real one in software (swtpm): its key is
# pinned, another key and other PCRs are refused and reach no backend (T143, T150, T152). Then a guest
# of Azure, simulated, in both roles.
. "$(dirname "$0")/lib.sh"

has_tpm || { skip 'tunnels of a machine with a TPM' 'this build talks to none'; exit; }
ports web count server td machine azure-server
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server

start_tpm
{ make_ak rsa 0x81010002 rsa rsassa && make_ak ecc 0x81010003 ecc ecdsa &&
    tpm2_createprimary -Q -C o -g sha256 -G ecc:ecdsa -c free.ctx \
        -a 'fixedtpm|fixedparent|sensitivedataorigin|userwithauth|sign' && tpm2_flushcontext -t &&
    tpm2_evictcontrol -Q -c free.ctx 0x81010004; } >keys.out 2>&1 || { cat keys.out; exit 2; }

# ---- evidence ----

data=$(printf 'ab%.0s' $(seq 64))
# attest KEY: KEY.json; judge KEY PIN: a verdict about it, in KEY.verdict
declare -A handle=([rsa]=0x81010002 [ecc]=0x81010003 [free]=0x81010004)
attest() {
    "$ratls" attest --attester tpm --attester-options "tcti=$tcti,ak=${handle[$1]}" --report-data "$data" \
        -o "$1.json"
}
judge() {
    "$ratls" verify --json --authenticity-only --tee tpm --evidence "$1.json" --anchors "$2.pem" \
        --report-data "$data" >"$1.verdict"
}
found() { grep -o "\"$2\":\"[^\"]*\"" "$1.verdict" | head -n 1 | cut -d '"' -f 4; }
for key in rsa ecc; do
    check "$key: the TPM quotes" attest $key
    check "$key: by the key that is pinned" judge $key $key
    check "$key: its trust is a pin" equal "$(found $key tpm.ak_trust)" pin
    check "$key: 64 bytes are quoted as they are" equal "$(found $key tpm.extra_data)" "$data"
done
check 'hardware is not affirmed' refuse grep -q '"hardware":2' rsa.verdict
check 'not by another key' refuse judge rsa ecc
check 'nobody vouches for it' equal "$(found rsa reason)" no_trust_anchor
check 'a key that is no attestation key is not used' refuse attest free
check 'nor one that is not there' refuse "$ratls" attest --attester tpm --attester-options \
    "tcti=$tcti,ak=0x81010009" -o none.json
judge ecc ecc
measurement=$(found ecc measurement)

# ---- tunnels ----

cat >usual.json <<END
{"tees": {"tpm": {"measurements": ["$measurement"]}}}
END
policy policy-of-client.json "$code_S"

# server PIN BACKEND: a TD that asks for a TPM
server() {
    if [ -e server.log ]; then
        stop server TERM >/dev/null
        rm -f server.log
    fi
    config server server "$code_S" usual.json root-server.pem
    sed -i "s|^insecure-sim-roots = .*|roots = $work/$1.pem|" server.conf
    service server session "127.0.0.1:${port[server]}" "127.0.0.1:${port[$2]}"
    start_proxy server
}
# on_machine NAME: the beginning of a configuration there
on_machine() {
    config "$1" tpm - policy-of-client.json root-server.pem
    sed -i "/^insecure-allow-sim-attester/d; s/^attester = .*/attester = tpm/
        s|^attester-options = .*|attester-options = tcti=$tcti,ak=0x81010003|" "$1.conf"
}
ports client
on_machine client
service client session "127.0.0.1:${port[client]}" "127.0.0.1:${port[server]}" 'client = yes'
server ecc web
start_proxy client
check 'a machine with a TPM reaches the page' equal "$(get "${port[client]}")" hello
wait_for server.log '"event":"connection"' 1 >/dev/null
check 'as a TPM, not simulated' equal "$(member server tee) $(member server simulated)" 'tpm false'
check 'it judged a TD' equal "$(member client tee)" tdx
server rsa count
expect_reason 'another key is refused' server no_trust_anchor get "${port[client]}"

on_machine machine
service machine session "127.0.0.1:${port[machine]}" "127.0.0.1:${port[web]}"
start_proxy machine
config td server "$code_S" usual.json root-server.pem
sed -i "s|^insecure-sim-roots = .*|roots = $work/ecc.pem|" td.conf
service td session "127.0.0.1:${port[td]}" "127.0.0.1:${port[machine]}" 'client = yes'
start_proxy td
check 'a TD reaches the page of a machine with a TPM' equal "$(get "${port[td]}")" hello
wait_for td.log '"event":"connection"' 1 >/dev/null
check 'which it judged' equal "$(member td tee)" tpm

server ecc count
check 'a PCR is extended' tpm2_pcrextend "8:sha256=$(printf 'ee%.0s' $(seq 32))"
ports changed
on_machine changed
service changed session "127.0.0.1:${port[changed]}" "127.0.0.1:${port[server]}" 'client = yes'
start_proxy changed
expect_reason 'the same machine with another PCR is refused' server measurement_mismatch get "${port[changed]}"
check 'none of them reached the backend' untouched

# ---- Azure ----

"$ratls" attest --attester sim-az-tdx --attester-options "pki=$work/pki-azure" \
    --insecure-sim-root-out root-azure.pem -o azure.json >azure.out || exit 2
pcr4=$(printf '44%.0s' $(seq 32))
mrtd=$(printf '51%.0s' $(seq 48)) # of the simulator
cat >azure-policy.json <<END
{"tees": {"az_tdx_vtpm": {"measurements": ["$mrtd"], "registers": {"tpm.pcr04": ["$pcr4"]},
          "tcb_status": ["not_evaluated"], "insecure_simulated": true}}}
END
# azure NAME OPTIONS: a guest there, asking a TD
azure() {
    ports "$1"
    config "$1" azure - policy-of-client.json root-server.pem
    sed -i "s/^attester = .*/attester = sim-az-tdx/; s/,mrtd=-$/,$2/" "$1.conf"
    service "$1" session "127.0.0.1:${port[$1]}" "127.0.0.1:${port[azure-server]}" 'client = yes'
    start_proxy "$1"
}
config azure-server server "$code_S" azure-policy.json root-azure.pem
service azure-server session "127.0.0.1:${port[azure-server]}" "127.0.0.1:${port[web]}"
start_proxy azure-server
azure az-good "pcr04=$pcr4"
check 'a guest of Azure reaches the page' equal "$(get "${port[az-good]}")" hello
wait_for azure-server.log '"event":"connection"' 1 >/dev/null
check 'as a TD with the TPM of a paravisor' equal "$(member azure-server tee)" az_tdx_vtpm
azure az-bad 'debug=no'
expect_reason 'one that booted something else is refused' azure-server measurement_mismatch get "${port[az-bad]}"

# ---- init data (PCR 8) ----

printf 'algorithm = "sha256"\n' >init-data
digest=$(sha256sum <init-data | cut -d ' ' -f 1)
pcr8=$(printf '%064d%s' 0 "$digest" | xxd -r -p | sha256sum | cut -d ' ' -f 1) # as POLICY.md says
sed "s/\(\"registers\": {\)/\1\"tpm.pcr08\": [\"$pcr8\"], /" azure-policy.json >init-policy.json
initialized() { # PCR8: the verdict on a guest that has it, in init.verdict
    "$ratls" attest --attester sim-az-tdx --attester-options "pki=$work/pki-azure,pcr04=$pcr4,pcr08=$1" \
        --report-data "$data" -o init.json &&
        "$ratls" verify --json --policy init-policy.json --insecure-sim-roots root-azure.pem --evidence init.json \
            --report-data "$data" >init.verdict
}
check 'a guest with the init data that are listed' initialized "$pcr8"
check 'one with others' refuse initialized "$pcr4"
check 'is refused for them' equal "$(found init reason)" measurement_mismatch
