#!/usr/bin/env bash
# The signed header that tells an HTTP backend who the attested peer is, and that no one else can
# (T68, T69, T171): real nginx behind, curl and raw bytes in front.
. "$(dirname "$0")/lib.sh"

ports web record tls tls_raw plain plain_raw bad
usual_pair
openssl ecparam -name prime256v1 -genkey -noout -out header.key 2>openssl.out
openssl ec -in header.key -pubout -out header.pub 2>openssl.out
chmod 600 header.key
mkdir www
echo hello >www/index.html
run_nginx "${port[web]}" <<END
    log_format seen '\$request|\$status|\$http_ratls_identity|\$connection';
    access_log $work/seen.log seen;
    underscores_in_headers on;
    server {
        listen 127.0.0.1:${port[web]};
        root $work/www;
        location = /upload { proxy_pass http://127.0.0.1:${port[web]}/took; }
        location = /took { return 204; }
    }
END
header=("identity-header = Ratls-Identity" "identity-header-key = $work/header.key")
service server web "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}" "${header[@]}" \
    'identity-header-audience = https://web.example'
service server raw "127.0.0.1:${port[tls_raw]}" "127.0.0.1:${port[record]}" "${header[@]}"
service client web "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service client raw "127.0.0.1:${port[plain_raw]}" "127.0.0.1:${port[tls_raw]}" 'client = yes'

# ---- what is no such service ----

fails_check() { # FACT TEXT LINE...: of a server service
    cp server.conf wrong.conf
    printf '%s\n' '[wrong]' "accept = 127.0.0.1:${port[bad]}" "connect = 127.0.0.1:${port[web]}" \
        "${@:3}" >>wrong.conf
    status 2 "$build/ratls-proxy" --check wrong.conf || { not_ok "$1" "$(cat command.out)"; return; }
    check "$1" grep -q -- "$2" command.out
}
cp header.key open.key
chmod 640 open.key
openssl ecparam -name secp384r1 -genkey -noout -out p384.key 2>openssl.out
chmod 600 p384.key
fails_check 'a key that others may read is refused' 'chmod 600' "${header[0]}" \
    "identity-header-key = $work/open.key"
fails_check 'a key on another curve is refused' 'not on P-256' "${header[0]}" \
    "identity-header-key = $work/p384.key"
fails_check 'a header that HTTP needs is refused' 'HTTP itself' 'identity-header = host' "${header[1]}"
fails_check 'where nobody is judged it is refused' 'nobody is judged' "${header[@]}" 'mode = attest'
check 'the configuration is good without these' status 0 "$build/ratls-proxy" --check server.conf

sed -i "1i admin = unix:$work/admin.sock" server.conf
start_proxy server client

# ---- a token, verified by openssl ----

seen() { # PATH: what nginx saw in our header in the last request of it; it answers first
    wait_for seen.log "^[A-Z]* $1 HTTP" >wait.out
    grep "^[A-Z]* $1 HTTP" seen.log | tail -n 1 | cut -d '|' -f 3
}
ask_seen() { # DESCRIPTOR: one more request, which nginx has logged
    local before
    before=$(wc -l <seen.log)
    ask "$1" && wait_for seen.log '' $((before + 1))
}
unbase64url() { # TEXT: bytes to stdout
    local text=${1//-/+}
    text=${text//_//}
    while [ $((${#text} % 4)) -ne 0 ]; do text+='='; done
    openssl base64 -d -A <<<"$text"
}
verifies() { # TOKEN KEY: ES256 (RFC 7518 s.3.4), r and s made a SEQUENCE for openssl
    local signed=${1%.*} hex
    hex=$(unbase64url "${1##*.}" | od -An -v -tx1 | tr -d ' \n')
    [ ${#hex} -eq 128 ] || { echo "a signature of ${#hex} digits"; return 1; }
    printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${hex:0:64}" "${hex:64}" >sig.cnf
    openssl asn1parse -genconf sig.cnf -noout -out sig.der || return
    printf %s "$signed" | openssl dgst -sha256 -verify "$2" -signature sig.der
}
claim() { # TOKEN NAME
    local payload=${1#*.}
    unbase64url "${payload%%.*}" | sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p"
    echo
}

check 'curl reads the page' equal "$(get "http://127.0.0.1:${port[plain]}/?one")" hello
token=$(seen '/?one')
check 'the token verifies under the public key' verifies "$token" header.pub
check 'the token does not verify when a character changes' refuse verifies "${token/.e/.f}" header.pub
openssl ec -in p384.key -pubout -out p384.pub 2>openssl.out
check 'the token does not verify under another key' refuse verifies "$token" p384.pub
check 'its type is that of no other token' equal \
    "$(unbase64url "${token%%.*}" | grep -c '"alg":"ES256","typ":"ratls-identity+jwt"')" 1
check 'the measurement is that of the client' equal "$(claim "$token" measurement)" "$code_C"
for pair in verdict=allow tee=tdx level=session simulated=true policy=file:policy-of-server.json \
    iss=ratls-proxy/web aud=https://web.example; do
    check "the token says $pair" equal "$(claim "$token" "${pair%%=*}")" "${pair#*=}"
done
check 'the token says for how long, a minute at most' \
    test $(($(claim "$token" exp) - $(claim "$token" iat))) -le 60 -a "$(claim "$token" exp)" -gt "$(date +%s)"
check 'the key of the peer is named by its hash' equal "$(claim "$token" peer_spki | tr -d 0-9a-f | wc -c)" 1

# ---- copies of others ----

spoof=(-H 'Ratls-Identity: forged' -H 'ratls_identity: forged' -H 'RATLS-IDENTITY: forged'
    -H 'Ratls.Identity: forged')
launch record "$helpers/tcp" record "127.0.0.1:${port[record]}" "127.0.0.1:${port[web]}" record.raw
wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[record]}")" || exit 2
url=http://127.0.0.1:${port[plain_raw]}
head -c 70000 /dev/zero >upload
check 'three requests go over one connection' equal \
    "$(curl -sS --max-time 20 "${spoof[@]}" "$url/?a" "$url/?b" \
        --next -sS "${spoof[@]}" -T - -H Expect: -w '%{http_code}' "$url/upload" <upload)" \
    $'hello\nhello\n204'
wait_for server.log '"service":"raw"' || not_ok 'the connection ends'
check 'the backend sees our header once in each of them' \
    equal "$(grep -aci '^ratls[-_.]identity:' record.raw)" 3
check 'and nothing forged' equal "$(grep -ac forged record.raw)" 0
check 'one token serves one connection' \
    equal "$(grep -a '^Ratls-Identity:' record.raw | sort -u | wc -l)" 1
check 'everything else passes as it was' \
    equal "$(grep -ac "^User-Agent: curl/" record.raw) $(tr -dc '\0' <record.raw | wc -c)" '3 70000'
check 'the default audience is the service' \
    equal "$(claim "$(sed -n 's/^Ratls-Identity: //p' record.raw | head -n 1 | tr -d '\r')" aud)" raw

# ---- smuggling ----

raw() { # BYTES (as for printf %b): through the client's plain side; the answer in raw.out
    exec 4<>"/dev/tcp/127.0.0.1/${port[plain]}" || return
    printf %b "$1" >&4
    timeout 20 cat <&4 >raw.out 2>/dev/null
    exec 4>&-
}
host='Host: a\r\n'
hidden='GET /hidden HTTP/1.1\r\nHost: a\r\nRatls-Identity: forged\r\n\r\n'
refused() { # FACT STATUS BYTES
    expect_reason "$1 is refused" server http_refused raw "$3"
    check "$1 is answered with $2" equal "$(head -n 1 raw.out | cut -d ' ' -f 2)" "$2"
}
refused 'Content-Length beside Transfer-Encoding' 400 \
    "POST /hidden HTTP/1.1\r\n${host}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n$hidden"
refused 'a bare LF' 400 "GET /hidden HTTP/1.1\n${host}Ratls-Identity: forged\r\n\r\n"
refused 'a space before the colon' 400 "GET /hidden HTTP/1.1\r\n${host}Ratls-Identity : forged\r\n\r\n"
refused 'Upgrade' 501 "GET /hidden HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n$hidden"
refused 'a head too large' 431 "GET /hidden HTTP/1.1\r\n${host}X: $(printf '%016500d' 0)\r\n\r\n"
refused 'the preface of HTTP/2' 400 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
expect_reason 'a request refused behind a good one ends the stream' server http_refused \
    raw "GET /?good HTTP/1.1\r\n${host}\r\nGET /hidden HTTP/1.1\r\nRatls-Identity: forged\r\n\r\n"
check 'metrics count them' equal "$(curl -s -m 10 --unix-socket admin.sock http://x/metrics |
    awk '/^ratls_proxy_http_refused_total/ {n += $2} END {print n}')" \
    "$(connections server '"reason":"http_refused"')"
check 'the good one is answered, and nothing follows' \
    equal "$(grep -c '^HTTP/1.1' raw.out) $(tail -n 1 raw.out)" '1 hello'
length=$(printf %b "${hidden//forged/x}" | wc -c)
raw "POST /x HTTP/1.1\r\n${host}Content-Length: $length\r\n\r\n${hidden//forged/x}GET /?behind HTTP/1.1\r\n${host}Connection: close\r\n\r\n"
wait_for seen.log '^GET /?behind HTTP' >wait.out # nginx answers first
check 'what stands in a body is no head, what stands behind it is' \
    equal "$(grep -c '^POST /x HTTP/1.1|404|ey' seen.log) $(grep -c '^GET /?behind HTTP/1.1|200|ey' seen.log)" '1 1'
check 'the backend saw nothing of these' refuse grep -q hidden seen.log
check 'nor anything forged' refuse grep -q forged seen.log

# ---- who is not allowed ----

config bad client "$code_X" policy-of-client.json root-server.pem
service bad web "127.0.0.1:${port[bad]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy bad
expect_reason 'a peer with another measurement is refused' server measurement_mismatch \
    get "http://127.0.0.1:${port[bad]}/denied" "${spoof[@]}"
expect_reason 'a peer without evidence is refused' server no_certificate \
    openssl s_client -connect "127.0.0.1:${port[tls]}" -tls1_3 -quiet -no_ign_eof
check 'their requests reached nobody' refuse grep -q denied seen.log

# ---- a peer that is judged again ----

exec 3<>"/dev/tcp/127.0.0.1/${port[plain]}"
check 'a connection asks once' ask_seen 3
check 'and twice' ask_seen 3
mapfile -t jti < <(tail -n 2 seen.log | cut -d '|' -f 3 | while read -r t; do claim "$t" jti; done)
check 'with the same token' equal "${jti[1]}" "${jti[0]}"
policy policy-of-server.json "$code_C\", \"$code_X"
check 'trust changes' wait_for server.log '"event":"trust"'
sleep 0.5
check 'the connection asks again' ask_seen 3
check 'by another token' refuse equal "$(claim "$(tail -n 1 seen.log | cut -d '|' -f 3)" jti)" "${jti[0]}"
exec 3>&-

# ---- another key ----

cp p384.key header.key
kill -HUP "${pid[server]}"
check 'a reload refuses a key of another kind' wait_for server.log 'reload_refused.*not on P-256'
check 'the former key goes on' get "http://127.0.0.1:${port[plain]}/?former"
check 'and signs' verifies "$(seen '/?former')" header.pub
openssl ecparam -name prime256v1 -genkey -noout -out header.key 2>openssl.out
openssl ec -in header.key -pubout -out new.pub 2>openssl.out
kill -HUP "${pid[server]}"
check 'a reload takes a new key' wait_for server.log '"event":"reload"'
check 'it is used' get "http://127.0.0.1:${port[plain]}/?new"
check 'and signs, in the place of the former' verifies "$(seen '/?new')" new.pub

# ---- a service that is gone: who is still here has tokens until it is drained ----

connected() { # to the backend, without a request: no token was needed yet
    exec 3<>"/dev/tcp/127.0.0.1/${port[plain]}"
    for _ in $(seq 200); do
        grep -q "$(printf ':%04X [0-9A-F]*:[0-9A-F]* 01 ' "${port[web]}")" /proc/net/tcp && return
        sleep 0.05
    done
    return 1
}
cp server.conf whole.conf
check 'a connection is open' connected
sed -i '/^\[web\]/,/^\[raw\]/{/^\[raw\]/!d}' server.conf
kill -HUP "${pid[server]}"
check 'a reload takes the service away' wait_for server.log '"event":"reload".*"services":1'
check 'its connection still gets an answer' ask_seen 3
check 'with a token of the service that it was' verifies "$(tail -n 1 seen.log | cut -d '|' -f 3)" new.pub
check 'which names it' equal "$(claim "$(tail -n 1 seen.log | cut -d '|' -f 3)" iss)" ratls-proxy/web
exec 3>&-
cp whole.conf server.conf
kill -HUP "${pid[server]}"
check 'the service is back' wait_for server.log '"event":"reload".*"services":2' 2
check 'a connection is open' connected
sed -i '/^identity-header/d; s/^drain-timeout.*/drain-timeout = 1s/' server.conf
kill -HUP "${pid[server]}"
check 'a reload takes the header away' wait_for server.log '"event":"reload".*"services":2' 3
sleep 1.1
check 'who needs a token after drain-timeout gets none' refuse ask 3
check 'and the log says why' wait_for server.log '"service":"web".*"result":"allow","reason":"service_removed"'
exec 3>&-

check 'every request had a token of the right length' \
    equal "$(cut -d '|' -f 3 seen.log | grep -vcE '^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}$')" 0
