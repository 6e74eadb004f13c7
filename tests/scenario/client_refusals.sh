#!/usr/bin/env bash
# What the client side refuses: servers that are not what they should be. The plain side gets no
# byte, and none of its bytes leave.
. "$(dirname "$0")/lib.sh"

ports count tls plain
start_counter "${port[count]}"
usual_pair
platform other
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes' \
    'handshake-timeout = 5s'
start_proxy client

through() {
    exec 3<>"/dev/tcp/127.0.0.1/${port[plain]}" || return
    echo secret 2>/dev/null >&3 # it may be closed by now
    timeout 20 cat <&3 2>/dev/null
    exec 3>&-
}

bad_server() { # FACT REASON PLATFORM MEASUREMENT[,OPTIONS]
    config bad "$3" "$4" policy-of-server.json root-client.pem
    service bad svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[count]}"
    start_proxy bad
    expect_reason "$1" client "$2" through
    check "$1: it sends nothing" equal "$(cat command.out)" ''
    check "$1: and ends in order" stop bad
    rm -f bad.log
}
bad_server 'a server with a wrong measurement is refused' measurement_mismatch server "$code_X"
bad_server 'a server in debug mode is refused' debug server "$code_S,debug=yes"
bad_server 'a server of an unknown platform is refused' evidence_root other "$code_S"

# A plain TLS server with a certificate that proves nothing.
self_signed plain
mkfifo quiet # an input that neither ends nor says anything
exec 4<>quiet
tls_server() { # [OPTION...]
    launch tls openssl s_server -accept "127.0.0.1:${port[tls]}" -cert plain.pem -key plain.key "$@" <&4
    wait_for tls.out ACCEPT
}
tls_server -tls1_3
expect_reason 'a server without evidence is refused' client no_evidence through
check 'and hears nothing of the plain side' refuse grep -q secret tls.out
stop tls
tls_server -tls1_2
expect_reason 'a server that speaks TLS 1.2 only is refused' client tls_failed through
stop tls
expect_reason 'a server that is not there is an error of its own' client io_error through
check 'nobody reached the backend' untouched
