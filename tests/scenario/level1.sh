#!/usr/bin/env bash
# Programs that know nothing but TLS, with a certificate of `ratls cert`: allowed where the
# configuration and the policy name level key, refused elsewhere (T04, T05, T08).
. "$(dirname "$0")/lib.sh"

ports web key session policy plain classic
start_nginx "${port[web]}"
platform server client
policy policy-key.json "$code_C" key
policy policy-session.json "$code_C" session
policy policy-server.json "$code_S" key
config key server "$code_S" policy-key.json root-client.pem
echo 'proof = key' >>key.conf
service key key "127.0.0.1:${port[key]}" "127.0.0.1:${port[web]}" 'binding = key'
service key session "127.0.0.1:${port[session]}" "127.0.0.1:${port[web]}" 'binding = session'
service key policy "127.0.0.1:${port[policy]}" "127.0.0.1:${port[web]}" 'binding = key' \
    "policy = $work/policy-session.json"
start_proxy key

"$ratls" cert --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" \
    -o cert.pem --key key.pem >cert.out || exit 2

s_client() { # PORT [OPTION...]: prints what the backend answers
    printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 openssl s_client -connect "127.0.0.1:$1" \
        -quiet "${@:2}" 2>s_client.out
}
shown=(-cert cert.pem -key key.pem)
last() { s_client "$@" | tail -n 1; }
requests() { grep -c . nginx-access.log; }

check 'openssl s_client gets the page at level key' equal "$(last "${port[key]}" "${shown[@]}")" hello
check 'the level is logged' wait_for key.log '"service":"key".*"result":"allow".*"level":"key"'
check 'curl gets the page with --cert' \
    equal "$(curl -sS -k --cert cert.pem --key key.pem "https://127.0.0.1:${port[key]}/")" hello
s_client "${port[key]}" "${shown[@]}" -sess_out session.pem >/dev/null
check 'no ticket is handed out to resume with' refuse test -s session.pem
served=$(requests)

expect_reason 'the configuration demands a session proof: refused' key binding_level \
    s_client "${port[session]}" "${shown[@]}"
expect_reason 'the policy demands a session proof: refused' key binding_level \
    s_client "${port[policy]}" "${shown[@]}"
expect_reason 'no client certificate: refused' key no_certificate s_client "${port[key]}"
check 'and the client is told so' grep -q 'certificate required' s_client.out
expect_reason 'TLS 1.2: refused' key tls_version s_client "${port[key]}" "${shown[@]}" -tls1_2
expect_reason 'TLS 1.1: refused' key tls_version s_client "${port[key]}" "${shown[@]}" -tls1_1 \
    -cipher 'DEFAULT@SECLEVEL=0'
expect_reason 'a suite off the list (CCM): refused' key tls_failed s_client "${port[key]}" \
    "${shown[@]}" -ciphersuites TLS_AES_128_CCM_SHA256

# A ClientHello that offers the suites without encryption, made of one that offers CCM.
offer() { # HEX: a suite, in place of CCM
    ports tap
    launch tap "$helpers/tcp" record "127.0.0.1:${port[tap]}" "127.0.0.1:${port[key]}" hello.bin
    wait_for tap.out listening
    s_client "${port[tap]}" -tls1_3 -ciphersuites TLS_AES_128_CCM_SHA256
    perl -0pi -e "s/\\x13\\x04/\\x${1:0:2}\\x${1:2:2}/" hello.bin
    exec 3<>"/dev/tcp/127.0.0.1/${port[key]}"
    cat hello.bin >&3
    timeout 5 od -An -tx1 -N7 <&3 | tr -d ' \n'
    exec 3>&-
}
for suite in c0b4 c0b5; do
    check "the NULL suite $suite is answered with handshake_failure" equal "$(offer $suite)" 15030300020228
done
check 'nobody who was refused reached nginx' equal "$(requests)" "$served"

# ---- the other direction: a TLS server that knows no frames ----
"$ratls" cert --attester sim-tdx --attester-options "pki=$work/pki-server,mrtd=$code_S" \
    -o server-cert.pem --key server-key.pem >cert.out || exit 2
launch tls openssl s_server -accept "127.0.0.1:${port[classic]}" -tls1_3 -www \
    -cert server-cert.pem -key server-key.pem
wait_for tls.out ACCEPT
cat >verify.conf <<END
workers = 1
output = $work/verify.log
policy = $work/policy-server.json
insecure-sim-roots = $work/root-server.pem
END
service verify out "127.0.0.1:${port[plain]}" "127.0.0.1:${port[classic]}" 'client = yes' \
    'mode = verify' 'binding = key'
start_proxy verify
check 'a client without a TEE reads from a classic RA-TLS server' \
    grep -q 'TLS_AES_128_GCM_SHA256' <(get "${port[plain]}")
check 'and logs level key' wait_for verify.log '"result":"allow".*"level":"key"'
