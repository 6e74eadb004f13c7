#!/usr/bin/env bash
# The programs in examples/ do what they say, with each other and with the proxy; and the quick
# start runs.
. "$(dirname "$0")/lib.sh"

examples=$build/examples
ports plain
platform server client
"$ratls" inspect pki-server/quote --json >quote.json
usual=$(sed -n 's/.*"measurement":"\([0-9a-f]*\)".*/\1/p' quote.json)
policy policy.json "$usual"

for server in nonblocking wolfssl_server; do
    ports at
    launch $server "$examples/$server" "${port[at]}" policy.json root-client.pem pki-server
    wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[at]}")" || not_ok "$server listens"
    check "blocking talks to $server" equal \
        "$("$examples/blocking" "${port[at]}" policy.json root-server.pem pki-client | tail -n 1)" hello
    check "$server ends in order" stop $server CONT
done

ports at
launch nonblocking "$examples/nonblocking" "${port[at]}" policy.json root-client.pem pki-server
config client client "$usual" policy.json root-server.pem
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[at]}" 'client = yes'
start_proxy client
say() {
    exec 3<>"/dev/tcp/127.0.0.1/${port[plain]}"
    echo "$1" >&3
    head -n 1 <&3
    exec 3>&-
}
check 'a plain program talks through the proxy to nonblocking' equal "$(say 'hello you')" 'hello you'

for file in "$here"/../../examples/*.c; do
    check "$(basename "$file") has at most 60 lines" test "$(wc -l <"$file")" -le 60
done

if [ -n "${RATLS_SANITIZED:-}" ]; then
    skip 'the quick start runs' 'it uses the ordinary build'
else
    check 'the quick start runs' env RATLS_BUILD="$build" "$here/../../examples/quickstart.sh"
fi
