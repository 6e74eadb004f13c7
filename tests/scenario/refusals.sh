#!/usr/bin/env bash
# Peers that must be refused (T09, T10, T11, T13, T14, T16, T21, T27, T32): each with its own reason
# in the access log, and without a byte or even a connection at the backend.
. "$(dirname "$0")/lib.sh"

ports count tls plain bad
start_counter "${port[count]}"
usual_pair
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[count]}" 'handshake-timeout = 5s'
start_proxy server

through() { # TEXT: a line through the plain side of the proxy under test
    exec 3<>"/dev/tcp/127.0.0.1/${port[bad]}" || return
    printf '%s\n' "$1" >&3
    timeout 20 cat <&3
    exec 3>&-
}

bad_client() { # FACT REASON PLATFORM MEASUREMENT[,OPTIONS]
    config bad "$3" "$4" policy-of-client.json root-server.pem
    service bad svc "127.0.0.1:${port[bad]}" "127.0.0.1:${port[tls]}" 'client = yes'
    start_proxy bad
    expect_reason "$1" server "$2" through 'not for the backend'
    check "$1: the client learns of it" wait_for bad.log '"result":"deny","reason":"peer_denied"'
    check "$1: and ends in order" stop bad
    rm -f bad.log
}

platform other
bad_client 'a wrong measurement is refused' measurement_mismatch client "$code_X"
bad_client 'a debuggable TEE is refused' debug client "$code_C,debug=yes"
bad_client 'a simulated platform without a trusted root is refused' evidence_root other "$code_C"

# ---- certificates shown by openssl ----

s_client() { # CERT KEY [OPTION...]
    echo 'not for the backend' | timeout 20 openssl s_client -connect "127.0.0.1:${port[tls]}" \
        -tls1_3 -cert "$1" -key "$2" -quiet "${@:3}"
}
cert() { # NAME [OPTION...]
    "$ratls" cert --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" \
        -o "$1.pem" --key "$1.key" "${@:2}" >cert.out
}
self_signed plain
expect_reason 'a certificate without evidence is refused' server no_evidence s_client plain.pem plain.key

openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout hostile.key \
    -out hostile.pem -subj "/CN=a"$'\r\n\e[2J{"event":"forged"}' -days 1 2>openssl.out
expect_reason 'a certificate with control characters in its name is refused' server \
    certificate_usage s_client hostile.pem hostile.key
check 'its name forges no log line' refuse grep -q '^{"event":"forged"' server.log

cert genuine
oid=2.23.133.5.4.9
evidence=$(openssl asn1parse -in genuine.pem | grep -A2 -F ":$oid" | sed -n 's/.*HEX DUMP\]://p' | head -n 1)
[ -n "$evidence" ] || not_ok "evidence is found under $oid"
self_signed stolen "$oid = DER:$evidence"
expect_reason 'the evidence of another key is refused' server binding_mismatch s_client stolen.pem stolen.key
cert brief --lifetime 1
sleep 2
expect_reason 'an expired certificate is refused' server certificate_expired s_client brief.pem brief.key

# The level-1 certificate is good in itself: it is the frames that are missing.
expect_reason 'genuine evidence without a session proof is refused' server binding_level \
    s_client genuine.pem genuine.key

# ---- a client with genuine evidence that breaks the protocol ----

rogue() { "$helpers/rogue" "$1" "${port[tls]}" "$work/pki-client" "$code_C"; }
expect_reason 'a proof of an earlier connection is refused' server proof_signature rogue replay
expect_reason 'the own frames coming back are refused' server reflection rogue mirror
expect_reason 'a proof in the role of the server is refused' server proof_signature rogue role
expect_reason 'data in place of the verdict is refused' server early_data rogue early
expect_reason 'data behind an ALLOW before the own one is refused' server early_data rogue eager
expect_reason 'silence ends at the timer' server timeout rogue silent

check 'nobody reached the backend' equal "$(grep -c opened counter.out)" 0

# ---- controls: what is refused above passes when it is right ----

check 'the same rogue is allowed when it behaves' equal "$(rogue good)" 'verdict: allow'
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy client
say() {
    exec 3<>"/dev/tcp/127.0.0.1/${port[plain]}" || return
    echo hello >&3
    exec 3>&-
}
say
check 'the right client reaches the backend' wait_for counter.out 'closed after 6 bytes'
