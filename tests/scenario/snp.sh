#!/usr/bin/env bash
# A tunnel between a machine of Intel and machines of AMD: what a policy says of SEV-SNP is asked at
# every level of binding, and each refusal has its reason and reaches no backend (T28, T129).
. "$(dirname "$0")/lib.sh"
collateral=$helpers/collateral

ports web count server quote
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server
"$ratls" attest --attester sim-snp --attester-options "pki=$work/pki-amd" \
    --insecure-sim-root-out root-amd.pem --insecure-sim-collateral-out amd.json -o guest.bin \
    >platform-amd.out || exit 2
mkdir good other
cp amd.json good/
"$collateral" sim-snp pki-amd old.json 6 3000000 || exit 2

snp_policy() { # FILE [MEMBERS]: good enough is a guest that runs code C
    cat >"$1" <<END
{"tees": {"snp": {"measurements": ["$code_C"], "insecure_simulated": true${2:+, $2}}}}
END
}
snp_policy usual.json
snp_policy floor.json '"min_tcb": {"Milan": {"bootloader": 4, "snp": 24, "microcode": 219}}'
snp_policy vmpl.json '"vmpl": [0, 2]'
policy policy-of-client.json "$code_S"

# server POLICY COLLATERAL ROOTS -> server.conf with a service of level session and one of level quote
server() {
    config server server "$code_S" "$1" "$3"
    echo "collateral = $work/$2" >>server.conf
    service server session "127.0.0.1:${port[server]}" "127.0.0.1:$4"
    service server quote "127.0.0.1:${port[quote]}" "127.0.0.1:$4" 'binding = quote'
}
# client NAME OPTIONS: a proxy on a guest with code C, asking for level session and quote
client() {
    ports "$1" "$1-quote"
    config "$1" amd "$code_C" policy-of-client.json root-server.pem
    sed -i "s/^attester = .*/attester = sim-snp/; s/^attester-options = .*/attester-options = pki=${work//\//\\/}\/pki-amd,$2/" "$1.conf"
    service "$1" session "127.0.0.1:${port[$1]}" "127.0.0.1:${port[server]}" 'client = yes'
    service "$1" quote "127.0.0.1:${port[$1-quote]}" "127.0.0.1:${port[quote]}" 'client = yes' 'proof = quote'
    start_proxy "$1"
}
again() { # POLICY COLLATERAL ROOTS [BACKEND]: the server once more, by default with one that counts
    stop server TERM >/dev/null
    rm -f server.log
    server "$1" "$2" "$3" "${port[${4:-count}]}"
    start_proxy server
}

server usual.json good root-amd.pem "${port[web]}"
start_proxy server
client usual "measurement=$code_C"
client vlek "measurement=$code_C,key=vlek"
client turin "measurement=$code_C,product=Turin"

check 'a guest reaches the page' equal "$(get "${port[usual]}")" hello
wait_for server.log '"event":"connection"' 1 >/dev/null
check 'as an AMD guest, simulated' equal "$(member server tee) $(member server simulated)" 'snp true'
check 'at level session' equal "$(member server level)" session
check 'the guest judged a TD' equal "$(member usual tee)" tdx
check 'a quote of this channel works too' equal "$(get "${port[usual-quote]}")" hello
check 'at level quote' wait_for server.log '"result":"allow".*"level":"quote"'
expect_reason 'for a VLEK there is another list: that for VCEKs says nothing of it' server \
    collateral_mismatch get "${port[vlek]}"
expect_reason 'Turin is another generation: collateral of Milan says nothing of it' server \
    collateral_mismatch get "${port[turin]}"

again usual.json good root-amd.pem
for flaw in "code measurement=$code_X measurement_mismatch" \
    "debug measurement=$code_C,debug=yes debug" \
    "vmpl measurement=$code_C,vmpl=1 vmpl" \
    "agent measurement=$code_C,migrate_ma=yes migration_agent"; do
    read -r name options reason <<<"$flaw"
    client "$name" "$options"
    expect_reason "$name: refused" server "$reason" get "${port[$name]}"
    expect_reason "$name: refused at level quote" server "$reason" get "${port[$name-quote]}"
done
check 'none of them reached the backend' untouched

again floor.json good root-amd.pem web
expect_reason 'a TCB at the floor is good enough' server ok get "${port[usual]}"
sed -i 's/219/220/' floor.json
again floor.json good root-amd.pem
expect_reason 'a TCB below the floor is refused' server tcb_minimum get "${port[usual]}"
again vmpl.json good root-amd.pem
expect_reason 'VMPL 1 is still not listed' server vmpl get "${port[vmpl]}"
cp old.json other/
again usual.json other root-amd.pem
expect_reason 'a list out of its dates is refused' server collateral_time get "${port[usual]}"
"$ratls" attest --attester sim-snp --insecure-sim-root-out root-stranger.pem -o x >x.out || exit 2
config server server "$code_S" usual.json root-stranger.pem
stop server TERM >/dev/null
rm -f server.log
service server session "127.0.0.1:${port[server]}" "127.0.0.1:${port[count]}"
start_proxy server
expect_reason 'the root of another machine is refused' server evidence_root get "${port[usual]}"
