#!/usr/bin/env bash
# Floods of handshakes that cannot succeed (T57, T58, T59, T169): each kind is refused by its reason,
# nobody reaches the backend, no proof or quote is made for them, and a good client is served throughout.
. "$(dirname "$0")/lib.sh"

seconds=3
[ -z "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ] || seconds=1
ports echo tls plain
launch echo "$helpers/load" echo "127.0.0.1:${port[echo]}"
wait_for echo.out listening || exit 2
usual_pair
platform other
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[echo]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server client

launch good "$helpers/load" pulse "127.0.0.1:${port[plain]}" 4 $((seconds * 5 + 6))
check 'a good client is there' wait_for good.out 'answered 4'

memory() { # KiB of the server's workers
    local worker sum=0
    for worker in $(pgrep -P "${pid[server]}"); do
        sum=$((sum + $(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$worker/status")))
    done
    echo $sum
}
flood() { # NAME REASON [OPTION...]: full handshakes by openssl, as fast as it can
    local before after kib
    before=$(connections server "\"reason\":\"$2\"")
    kib=$(memory)
    timeout $((seconds + 10)) openssl s_time -connect "127.0.0.1:${port[tls]}" -new -tls1_3 \
        -time $seconds "${@:3}" >s_time.out 2>&1
    exec 5<>"/dev/tcp/127.0.0.1/${port[plain]}"
    echo hello >&5
    check "$1: a good client comes in at once" read -r -t 5 -u 5 _
    exec 5>&-
    after=$(connections server "\"reason\":\"$2\"")
    check "$1: refused with $2 ($((after - before)) times)" test $((after - before)) -ge 20
    [ -n "${RATLS_SANITIZED:-}" ] ||
        check "$1: memory stays where it was" test $(($(memory) - kib)) -lt 16384
}
flood 'no certificate' no_certificate
junk() { # NAME BYTES: a certificate whose evidence is an OCTET STRING of junk
    self_signed "$1" "2.23.133.5.4.9 = DER:$(printf '0482%04x' "$2")$(head -c "$2" /dev/urandom | od -An -v -tx1 | tr -d ' \n')"
}
junk junk 8000
flood 'junk for evidence' evidence_malformed -cert junk.pem -key junk.key
junk huge 60000
flood 'a certificate of 60 KB' tls_failed -cert huge.pem -key huge.key
# Genuine evidence of a platform that nobody trusts: the most that a stranger makes us compute.
"$ratls" cert --attester sim-tdx --attester-options "pki=$work/pki-other,mrtd=$code_C" \
    -o foreign.pem --key foreign.key >cert.out 2>&1
flood 'evidence under a foreign root' evidence_root -cert foreign.pem -key foreign.key

# ---- a chain of a hundred certificates ----
for _ in $(seq 100); do cat foreign.pem; done >chain.pem
long_chain() {
    timeout 10 openssl s_client -connect "127.0.0.1:${port[tls]}" -tls1_3 -cert foreign.pem -key foreign.key \
        -cert_chain chain.pem -quiet </dev/null
}
expect_reason 'a chain of a hundred certificates is refused' server tls_failed long_chain

wait "${pid[good]}"
unset 'pid[good]'
check 'the good client was served throughout, on the same connections' \
    equal "$(sed -n 's/^\(unbroken .*\) answers.*/\1/p' good.out)" 'unbroken 4 open 4'
answers=$(sed -n 's/.* answers \([0-9]*\)/\1/p' good.out)
check "and got its answers ($answers)" test "$answers" -ge $((seconds * 40))
check 'no identity was made for the others' equal "$(grep -c '"event":"identity"' server.log)" 1
check 'nobody else reached the backend' equal "$(connections server '"result":"allow"')" \
    "$(connections client '"result":"allow"')"
