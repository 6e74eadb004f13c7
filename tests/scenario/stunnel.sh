#!/usr/bin/env bash
# A real stunnel, with a certificate of `ratls cert`, at both ends of a tunnel at level key.
. "$(dirname "$0")/lib.sh"

if ! command -v stunnel4 >/dev/null && ! command -v stunnel >/dev/null; then
    skip 'stunnel talks to ratls-proxy' 'stunnel is not installed'
    exit 0
fi
stunnel=$(command -v stunnel4 || command -v stunnel)
ports web tls plain tls_back plain_back
start_nginx "${port[web]}"
platform server client
policy policy-client.json "$code_C" key
policy policy-server.json "$code_S" key
cert() { # NAME PLATFORM MEASUREMENT
    "$ratls" cert --attester sim-tdx --attester-options "pki=$work/pki-$2,mrtd=$3" \
        -o "$1.pem" --key "$1.key" >cert.out
}
cert client client "$code_C"
cert server server "$code_S"

# ---- stunnel as client ----
config proxy server "$code_S" policy-client.json root-client.pem
echo 'proof = key' >>proxy.conf
service proxy svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}" 'binding = key'
# ---- stunnel as server ----
config back client "$code_C" policy-server.json root-server.pem
echo 'proof = key' >>back.conf
service back svc "127.0.0.1:${port[plain_back]}" "127.0.0.1:${port[tls_back]}" 'client = yes' \
    'binding = key'
start_proxy proxy back

cat >stunnel.conf <<END
foreground = yes
pid =
sslVersion = TLSv1.3
[client]
client = yes
accept = 127.0.0.1:${port[plain]}
connect = 127.0.0.1:${port[tls]}
cert = $work/client.pem
key = $work/client.key
[server]
accept = 127.0.0.1:${port[tls_back]}
connect = 127.0.0.1:${port[web]}
cert = $work/server.pem
key = $work/server.key
END
launch stunnel "$stunnel" stunnel.conf
wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[plain]}")" || not_ok 'stunnel starts'

check 'curl -> stunnel -> ratls-proxy -> nginx' equal "$(get "${port[plain]}")" hello
check 'at level key, with the measurement of the certificate' wait_for proxy.log \
    "\"result\":\"allow\".*\"measurement\":\"$code_C\",\"level\":\"key\""
check 'curl -> ratls-proxy -> stunnel -> nginx' equal "$(get "${port[plain_back]}")" hello
check 'at level key, with the measurement of that certificate' wait_for back.log \
    "\"result\":\"allow\".*\"measurement\":\"$code_S\",\"level\":\"key\""
