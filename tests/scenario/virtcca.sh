#!/usr/bin/env bash
# A tunnel between a machine of Intel and machines of Arm: a guest under virtCCA and a realm under
# CCA, each judged by its own policy, in both roles and at every level of binding. What a sender
# leaves out is missed unless the policy says otherwise, and each refusal has its reason and reaches
# no backend (T27, T143, T147).
. "$(dirname "$0")/lib.sh"

rim_C=$(printf 'c1%.0s' $(seq 32))
rim_X=$(printf 'bad0%.0s' $(seq 16))

ports web count server quote guest td
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server
for tee in virtcca cca; do
    "$ratls" attest --attester sim-$tee --attester-options "pki=$work/pki-$tee" \
        --insecure-sim-root-out root-$tee -o $tee.bin >platform-$tee.out || exit 2
done
"$ratls" attest --attester sim-virtcca --attester-options "pki=$work/pki-rsa,key=rsa" \
    --insecure-sim-root-out root-rsa -o rsa.bin >platform-rsa.out || exit 2
"$ratls" attest --attester sim-virtcca --insecure-sim-root-out root-stranger -o x >x.out || exit 2

arm_policy() { # FILE [MEMBERS of virtcca]: good enough is a guest or realm that runs code C
    cat >"$1" <<END
{"tees": {"virtcca": {"measurements": ["$rim_C"], "tcb_status": ["not_evaluated"],
                      "insecure_simulated": true${2:+, $2}},
          "cca": {"measurements": ["$rim_C"], "insecure_simulated": true}}}
END
}
optional='"event_log": "optional", "ima_log": "optional"'
arm_policy strict.json
arm_policy usual.json "$optional"
arm_policy stripped.json "$optional, \"platform_token\": \"optional\""
policy policy-of-client.json "$code_S"

# server POLICY ROOTS BACKEND [LINE]: a proxy on Intel's machine, with a service of level session and
# of quote
server() {
    if [ -e server.log ]; then
        stop server TERM >/dev/null
        rm -f server.log
    fi
    config server server "$code_S" "$1" "root-$2"
    [ $# -lt 4 ] || echo "$4" >>server.conf
    service server session "127.0.0.1:${port[server]}" "127.0.0.1:${port[$3]}"
    service server quote "127.0.0.1:${port[quote]}" "127.0.0.1:${port[$3]}" 'binding = quote'
    start_proxy server
}
# on_arm NAME TEE OPTIONS [PKI]: the beginning of a configuration on a machine of Arm
on_arm() {
    config "$1" "$2" "$rim_C" policy-of-client.json root-server.pem
    sed -i "s/^attester = .*/attester = sim-$2/; s|^attester-options = .*|attester-options = pki=$work/${4:-pki-$2},$3|" "$1.conf"
}
# client NAME TEE OPTIONS [PKI]: a proxy there, asking for level session and quote
client() {
    ports "$1" "$1-quote"
    on_arm "$@"
    service "$1" session "127.0.0.1:${port[$1]}" "127.0.0.1:${port[server]}" 'client = yes'
    service "$1" quote "127.0.0.1:${port[$1-quote]}" "127.0.0.1:${port[quote]}" 'client = yes' 'proof = quote'
    start_proxy "$1"
}

# ---- virtCCA ----

server strict.json virtcca web
client whole virtcca "rim=$rim_C,eventlog=yes,ima_log=yes"
client usual virtcca "rim=$rim_C"
check 'a guest with all of its evidence reaches the page' equal "$(get "${port[whole]}")" hello
wait_for server.log '"event":"connection"' 1 >/dev/null
check 'as a guest under virtCCA, simulated' equal "$(member server tee) $(member server simulated)" 'virtcca true'
check 'at level session' equal "$(member server level)" session
check 'the guest judged a TD' equal "$(member whole tee)" tdx
check 'a quote of this channel works too' equal "$(get "${port[whole-quote]}")" hello
check 'at level quote' wait_for server.log '"result":"allow".*"level":"quote"'
server strict.json virtcca count
expect_reason 'without its event log it is refused' server event_log_missing get "${port[usual]}"
client no-ima virtcca "rim=$rim_C,eventlog=yes"
expect_reason 'without its IMA log it is refused' server ima_log_missing get "${port[no-ima]}"
server usual.json virtcca web
expect_reason 'unless the policy calls both optional' server ok get "${port[usual]}"

server usual.json rsa web
client rsa virtcca "rim=$rim_C,key=rsa" pki-rsa
expect_reason 'evidence with keys of RSA fits into certificates' server ok get "${port[rsa]}"

server usual.json virtcca count
for flaw in "code rim=$rim_X measurement_mismatch" \
    "stripped rim=$rim_C,platform_token=no platform_token_missing" \
    "lifecycle rim=$rim_C,lifecycle=5000 lifecycle_not_secured"; do
    read -r name options reason <<<"$flaw"
    client "$name" virtcca "$options"
    expect_reason "$name: refused" server "$reason" get "${port[$name]}"
    expect_reason "$name: refused at level quote" server "$reason" get "${port[$name-quote]}"
done
server usual.json stranger count
expect_reason 'the root of another machine bears the name, but did not sign' server evidence_chain get "${port[usual]}"
check 'none of them reached the backend' untouched
server stripped.json virtcca web
expect_reason 'no platform token where the policy accepts that' server ok get "${port[stripped]}"

# ---- the other way round: a TD asks a guest under virtCCA ----

on_arm guest virtcca "rim=$rim_C"
service guest session "127.0.0.1:${port[guest]}" "127.0.0.1:${port[web]}"
start_proxy guest
config td server "$code_S" usual.json root-virtcca
service td session "127.0.0.1:${port[td]}" "127.0.0.1:${port[guest]}" 'client = yes'
start_proxy td
check 'a TD reaches the page of a guest' equal "$(get "${port[td]}")" hello
wait_for guest.log '"event":"connection"' 1 >/dev/null
check 'which it judged' equal "$(member td tee)" virtcca
check 'and which judged it' equal "$(member guest tee)" tdx

# ---- CCA ----

server usual.json cca web
client realm cca "rim=$rim_C"
check 'a realm reaches the page' equal "$(get "${port[realm]}")" hello
wait_for server.log '"event":"connection"' 1 >/dev/null
check 'as a realm under CCA' equal "$(member server tee) $(member server simulated)" 'cca true'
check 'at level quote as well' equal "$(get "${port[realm-quote]}")" hello
server usual.json cca count
client realm-code cca "rim=$rim_X"
client realm-debug cca "rim=$rim_C,lifecycle=4000"
expect_reason 'a realm with other code is refused' server measurement_mismatch get "${port[realm-code]}"
expect_reason 'so is one on a platform in debug' server lifecycle_not_secured get "${port[realm-debug]}"
expect_reason 'and a guest whose root is not trusted' server evidence_root get "${port[usual]}"
cat >refvals.json <<END
{"platform": [{"implementation-id": "$(printf 'RATLS simulated TEE - evidence o' | od -An -tx1 -v | tr -d ' \n')",
               "sw-components": [{"measurement-value": "$rim_X", "signer-id": "$rim_X"}]}],
 "realm": [{"initial-measurement": "$rim_C"}]}
END
server usual.json cca count "reference-values = $work/refvals.json"
expect_reason 'so is one on firmware that is no reference value' server measurement_mismatch get "${port[realm]}"
server usual.json virtcca count
expect_reason 'a realm whose key is not trusted is refused' server no_trust_anchor get "${port[realm]}"
check 'none of them reached the backend' untouched
