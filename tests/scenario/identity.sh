#!/usr/bin/env bash
# Ordinary certificates beside and without attestation, with the tools that people have: openssl
# s_client and s_server, stunnel, curl. Wrong CA, wrong name, revoked, expired, another key: each
# refused by its reason (T62, T64, T100, T107); and what a reload revokes ends (T55).
. "$(dirname "$0")/lib.sh"

ports web tls_none tls_attest tls_verify tls_pin back plain plain_pin plain_ip stunnel stunnel_two stunnel_in
start_nginx "${port[web]}"
platform server client
policy policy-of-server.json "$code_C" key
policy policy-of-client.json "$code_S" key

# ---- a PKI: ca (with a database, for revocation), other of the same name ----
cat >pki.cnf <<END
[req]
prompt = no
distinguished_name = dn
[dn]
CN = CA
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = DNS:web.example,IP:127.0.0.1,email:ops@web.example
[ca]
default_ca = db
[db]
database = $work/db
crlnumber = $work/crlnumber
new_certs_dir = $work
default_md = sha256
crl_extensions = crl
[crl]
authorityKeyIdentifier = keyid
END
touch db
echo 01 >crlnumber
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)
for ca in ca other; do
    openssl req -new -x509 -config pki.cnf -extensions root -days 1 "${ec[@]}" -keyout $ca.key -out $ca.pem
done 2>openssl.out
leaf() { # NAME CA [DAYS]: of that CA
    openssl req -new -config pki.cnf "${ec[@]}" -keyout "$1.key" -subj "/CN=$1" 2>openssl.out |
        openssl x509 -req -CA "$2.pem" -CAkey "$2.key" -CAcreateserial -extfile pki.cnf -extensions leaf \
            -days "${3:-1}" -out "$1.pem" 2>openssl.out || { cat openssl.out; exit 2; }
    chmod 600 "$1.key"
}
leaf own ca # of the proxies: who meets its own key refuses (reflection)
leaf good ca
leaf second ca
leaf revoked ca
leaf foreign other
leaf late ca -1
crl() { # FILE [OPTION...]
    openssl ca -gencrl -config pki.cnf -keyfile ca.key -cert ca.pem -out "$1" "${@:2}" 2>openssl.out
}
openssl ca -config pki.cnf -keyfile ca.key -cert ca.pem -revoke revoked.pem 2>openssl.out
crl ca.crl -crldays 1
crl old.crl -crlsec 1
mkdir cas crls
cp ca.pem cas/
cp ca.crl crls/ca.pem
spki() { openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -c 1-64; }

# ---- certificates that are no start ----
plain=('mode = none' 'insecure-no-attestation = yes')
no_start() { # FACT WORDS LINE...
    { echo 'output = x'; } >bad.conf
    service bad svc 127.0.0.1:1 127.0.0.1:2 "${@:3}"
    check "$1" status 2 "$build/ratls-proxy" --check bad.conf
    check "$1: and why" grep -q -- "$2" command.out
}
no_start 'no attestation by mode alone' 'needs insecure-no-attestation' 'mode = none' \
    "cert = $work/good.pem" "key = $work/good.key"
no_start 'the key of another certificate' 'bad.conf:2: .*not that of the certificate' "${plain[@]}" \
    "cert = $work/good.pem" "key = $work/late.key"
no_start 'a certificate that has ended' 'was valid until' "${plain[@]}" \
    "cert = $work/late.pem" "key = $work/late.key"
openssl req -new -x509 -config pki.cnf -extensions root -days 1 -newkey rsa:3072 -nodes -keyout rsa.key \
    -out rsa.pem 2>openssl.out
leaf mixed rsa
no_start 'a certificate that no peer of ours takes' 'signed by other than ECDSA' "${plain[@]}" \
    "cert = $work/mixed.pem" "key = $work/mixed.key"
openssl req -new -config pki.cnf -newkey rsa:3072 -nodes -keyout own-rsa.key -subj /CN=own 2>openssl.out |
    openssl x509 -req -CA ca.pem -CAkey ca.key -CAcreateserial -extfile pki.cnf -extensions leaf -days 1 \
        -out own-rsa.pem 2>openssl.out
chmod 600 own-rsa.key
no_start 'an RSA key' 'bad.conf:2: .*only EC keys are supported' "${plain[@]}" \
    "cert = $work/own-rsa.pem" "key = $work/own-rsa.key"
cp good.key open.key
chmod 644 open.key
no_start 'a key for all to read' 'chmod 600' "${plain[@]}" "cert = $work/good.pem" "key = $work/open.key"

# ---- servers: without attestation, attesting, verifying ----
judged=("CAfile = $work/ca.pem" "CRLfile = $work/ca.crl" 'checkHost = web.example')
folders=("CApath = $work/cas" "CRLpath = $work/crls" 'checkHost = web.example')
config server server "$code_S" policy-of-server.json root-client.pem
sed -i '/^policy/d; /^insecure-sim-roots/d; /^attester/d; /^insecure-allow/d' server.conf
show=('attester = sim-tdx' "attester-options = pki=$work/pki-server,mrtd=$code_S"
    'insecure-allow-sim-attester = yes')
web=127.0.0.1:${port[web]}
service server none "127.0.0.1:${port[tls_none]}" "$web" "${plain[@]}" \
    "cert = $work/own.pem" "key = $work/own.key" "${judged[@]}"
service server attest "127.0.0.1:${port[tls_attest]}" "$web" 'mode = attest' "${show[@]}" "${folders[@]}"
service server pin "127.0.0.1:${port[tls_pin]}" "$web" 'mode = attest' 'proof = key' "${show[@]}" \
    "peer-spki = $(spki good.pem)"
service server verify "127.0.0.1:${port[tls_verify]}" "$web" 'mode = verify' 'binding = key' \
    "policy = $work/policy-of-server.json" "insecure-sim-roots = $work/root-client.pem" \
    "cert = $work/own.pem" "key = $work/own.key"
check '--check says that nobody is attested' status 0 "$build/ratls-proxy" --check server.conf
check 'in the line of the service' grep -q '^\[none\] TLS without attestation (level none)' command.out
start_proxy server
check 'and the start says it' grep -q 'service none: insecure-no-attestation is in use' server.log

fetch() { # PORT CLIENT-CERT: a page by curl, the server's name checked
    curl -sS --max-time 10 --connect-to "web.example:443:127.0.0.1:${port[$1]}" https://web.example/ \
        --cacert ca.pem ${2:+--cert "$2.pem" --key "$2.key"} "${@:3}"
}
check 'curl, without attestation, with the certificate of a CA at each end' \
    equal "$(fetch tls_none good)" hello
check 'the access log says level none' wait_for server.log '"service":"none".*"result":"allow".*"level":"none"'
check 'curl with its certificate, to an attesting server' equal "$(fetch tls_attest good -k)" hello
check 'curl with a pinned key' equal "$(fetch tls_pin good -k)" hello
for svc in none attest; do
    expect_reason "$svc: a certificate of another CA" server signature fetch "tls_$svc" foreign -k
    expect_reason "$svc: a revoked one" server certificate_revoked fetch "tls_$svc" revoked -k
    expect_reason "$svc: one that has ended" server certificate_expired fetch "tls_$svc" late -k
    expect_reason "$svc: none at all" server no_certificate fetch "tls_$svc" '' -k
done
expect_reason 'another key than that pinned' server pin_mismatch fetch tls_pin revoked -k
"$ratls" cert --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" \
    -o attested.pem --key attested.key >cert.out
check 'curl with evidence sees the ordinary certificate of a verifying server' \
    equal "$(fetch tls_verify attested)" hello
expect_reason 'an ordinary certificate where evidence is due' server no_evidence fetch tls_verify good
expect_reason 'evidence where attestation is off' server attestation_mode fetch tls_none attested -k

# ---- stunnel, which asks for the name ----
cat >stunnel.conf <<END
foreground = yes
pid =
sslVersion = TLSv1.3
verifyChain = yes
CAfile = $work/ca.pem
cert = $work/good.pem
key = $work/good.key
[client]
client = yes
accept = 127.0.0.1:${port[stunnel]}
connect = 127.0.0.1:${port[tls_none]}
checkHost = web.example
[two]
client = yes
accept = 127.0.0.1:${port[stunnel_two]}
connect = 127.0.0.1:${port[tls_none]}
checkHost = web.example
cert = $work/second.pem
key = $work/second.key
[server]
accept = 127.0.0.1:${port[stunnel_in]}
connect = $web
requireCert = yes
END
launch stunnel stunnel4 stunnel.conf
wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[stunnel_in]}")" || not_ok 'stunnel starts'
check 'curl -> stunnel -> ratls-proxy -> nginx' equal "$(get "${port[stunnel]}")" hello

# ---- clients: plain and attesting ones, of a server that openssl or stunnel is ----
serve() { # NAME: openssl s_server with that certificate
    [ -z "${pid[s_server]:-}" ] || stop s_server
    launch s_server openssl s_server -accept "127.0.0.1:${port[back]}" -tls1_3 -www \
        -cert "$1.pem" -key "$1.key" -Verify 1 -CAfile ca.pem
    wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[back]}")" || exit 2
}
echo "output = $work/client.log" >client.conf
to=127.0.0.1:${port[back]}
shown=("cert = $work/own.pem" "key = $work/own.key" 'client = yes' "${plain[@]}")
service client plain "127.0.0.1:${port[plain]}" "$to" "${shown[@]}" "${judged[@]}"
service client pin "127.0.0.1:${port[plain_pin]}" "$to" "${shown[@]}" "peer-spki = $(spki good.pem)"
service client ip "127.0.0.1:${port[plain_ip]}" "127.0.0.1:${port[stunnel_in]}" "${shown[@]}" \
    "CAfile = $work/ca.pem" 'checkIP = 127.0.0.1'
start_proxy client
check 'curl -> ratls-proxy -> stunnel, known by its address' equal "$(get "${port[plain_ip]}")" hello
page() { get "${port[$1]}" | grep -c 'TLSv1.3'; }
serve good
check 'curl -> ratls-proxy -> openssl s_server' test "$(page plain)" -gt 0
check 'and by its key' test "$(page plain_pin)" -gt 0
serve revoked
expect_reason 'a server whose certificate is revoked' client certificate_revoked page plain
expect_reason 'a server with another key' client pin_mismatch page plain_pin
serve foreign
expect_reason 'a server of another CA' client signature page plain
serve late
expect_reason 'a server whose certificate has ended' client certificate_expired page plain
serve attested
expect_reason 'a server with evidence, which is off' client attestation_mode page plain

# ---- lists and names that nobody has ----
stop client || not_ok 'client ends in order'
sed -i "s/ca.crl/old.crl/; s/checkIP = 127.0.0.1/checkEmail = dev@web.example/" client.conf
start_proxy client
serve good
expect_reason 'a list of the CA that is out of date' client crl_time page plain
expect_reason 'a server with another mailbox' client identity_mismatch get "${port[plain_ip]}"

# ---- a certificate that was renewed: the next reload has it ----
leaf own ca
kill -HUP "${pid[server]}"
check 'a reload reads the certificate anew' wait_for server.log "\"event\":\"identity\".*$(spki own.pem)"
renewed() {
    for _ in $(seq 100); do
        openssl s_client -connect "127.0.0.1:${port[tls_none]}" -cert good.pem -key good.key </dev/null 2>/dev/null |
            openssl x509 >served.pem 2>/dev/null && [ "$(spki served.pem)" = "$(spki own.pem)" ] && return
        sleep 0.1
    done
    echo 'still the old one'
    return 1
}
check 'and new connections have it' renewed

# ---- a certificate that is revoked meanwhile ----
check 'a certificate that no list has is taken' equal "$(fetch tls_attest good -k)" hello
openssl ca -config pki.cnf -keyfile ca.key -cert ca.pem -revoke good.pem 2>openssl.out
crl crls/ca.pem -crldays 1
kill -HUP "${pid[server]}"
wait_for server.log '"event":"reload"' 2 || not_ok 'the lists are read anew'
expect_reason 'a reload reads the lists of CRLpath anew' server certificate_revoked fetch tls_attest good -k

# ---- a certificate that is revoked: its open connection ends with the next reload ----
reloads() { wait_for server.log '"event":"reload"' "$1"; }
exec 5<>"/dev/tcp/127.0.0.1/${port[stunnel]}" 6<>"/dev/tcp/127.0.0.1/${port[stunnel_two]}"
check 'a client with a certificate' ask 5
check 'and another one' ask 6
kill -HUP "${pid[server]}"
check 'a reload that changes nothing' reloads 3
check 'leaves the first' ask 5
check 'and the other one' ask 6
crl ca.crl -crldays 1
since=$(now_ms)
kill -HUP "${pid[server]}"
check 'a list with the certificate of the first ends its connection' closed_within 5 "$since" 4000
check 'with the reason' wait_for server.log '"service":"none".*"result":"deny","reason":"certificate_revoked"' 2
check 'the other one goes on' ask 6
sed -i 's/^checkHost = web.example/checkHost = other.example/' server.conf
since=$(now_ms)
kill -HUP "${pid[server]}"
check 'a name that it does not have ends it' closed_within 6 "$since" 4000
check 'with that reason' wait_for server.log '"service":"none".*"result":"deny","reason":"identity_mismatch"'
exec 5>&- 6>&-
