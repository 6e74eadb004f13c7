#!/usr/bin/env bash
# Tokens for whoever brings evidence (token-clients = any): curl over ordinary TLS fetches a nonce,
# has evidence made over it and a key, and exchanges it (RFC 8693). Debian's jose verifies the token,
# bound to that key and no other; a simulated TEE is never affirming. Whoever asks wrongly gets the
# error of the standard (T48), nonces are good once, here, and for the evidence about them (T49).
. "$(dirname "$0")/lib.sh"

ports tls other attested
usual_pair
openssl ecparam -name prime256v1 -genkey -noout -out sign.key 2>openssl.out && chmod 600 sign.key
self_signed web 'subjectAltName = DNS:as.example,IP:127.0.0.1'
chmod 600 web.key
"$ratls" attest --attester sim-sgx --insecure-sim-root-out root-sgx.pem -o sgx.quote --attester-options "pki=$work/pki-sgx" >attest.out
cat root-client.pem root-sgx.pem >roots.pem
policy evidence.json "$code_C"
jose jwk gen -i '{"alg":"ES256","kid":"k1"}' -o first.jwk
jq '{keys: [{kty, crv, x, y, alg, kid}]}' first.jwk >first.jwks
endpoint() { # NAME PORT LINE...: of server.conf
    printf '%s\n' "[$1]" "accept = 127.0.0.1:$2" 'mode = token' "policy = $work/evidence.json" \
        'token-issuer = https://as.example' 'token-audience = api' "token-key = $work/sign.key" \
        "insecure-sim-roots = $work/roots.pem" "${@:3}" >>server.conf
}
sed -i '/^\(attester\|attester-options\|insecure-allow-sim-attester\|policy\|insecure-sim-roots\) *=/d' server.conf
any=('token-clients = any' 'token-evidence = yes' 'max-connections-per-source = 100'
    "cert = $work/web.pem" "key = $work/web.key")
endpoint tokens "${port[tls]}" "${any[@]}" "token-trusts = https://first.example $work/first.jwks"
openssl req -new -x509 -days 1 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -subj /CN=CA \
    -addext 'keyUsage = critical,keyCertSign' 2>openssl.out
chmod 600 ca.key
endpoint other "${port[other]}" "${any[@]:0:3}" 'attester = sim-tdx' "attester-options = pki=$work/pki-server,mrtd=$code_S" \
    'insecure-allow-sim-attester = yes' 'san = 127.0.0.1' "identity-ca-cert = $work/ca.pem" "identity-ca-key = $work/ca.key"
endpoint attested "${port[attested]}" 'token-evidence = yes' 'attester = sim-tdx' \
    "attester-options = pki=$work/pki-server,mrtd=$code_S" 'insecure-allow-sim-attester = yes'
start_proxy server
base=https://127.0.0.1:${port[tls]}

ask() { curl -sS --max-time 20 --cacert web.pem "$@"; }
nonce() { ask -X POST "$base/nonce" | jq -r .nonce; }
url() { basenc --base64url -w 0 | tr -d =; }
unurl() { local t; t=$(cat); printf '%s' "$t$(printf '%.*s' $(((4 - ${#t} % 4) % 4)) ===)" | basenc --base64url -d; }
hex() { od -An -v -tx1 | tr -d ' \n'; }
thumb() { # KEY: RFC 7638, by jose
    openssl ec -in "$1" -pubout -outform DER 2>openssl.out | tail -c 64 >point
    echo "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$(head -c 32 point | url)\",\"y\":\"$(tail -c 32 point | url)\"}" >own.jwk
    jose jwk thp -i own.jwk
}
openssl ecparam -name prime256v1 -genkey -noout -out own.key 2>openssl.out
openssl ecparam -name prime256v1 -genkey -noout -out other.key 2>openssl.out
cnf_key=$(openssl ec -in own.key -pubout -outform DER 2>openssl.out | url)
jkt=$(thumb own.key)
evidence() { # NONCE [THUMBPRINT [ATTESTER [OPTIONS]]]: base64url
    "$ratls" attest --attester "${3:-sim-tdx}" --attester-options "${4:-pki=$work/pki-client,mrtd=$code_C}" -o quote \
        --report-data "$(printf %s "$1" | unurl | hex)$(printf %s "${2:-$1}" | unurl | hex)" >attest.out && url <quote
}
grant=(-d grant_type=urn:ietf:params:oauth:grant-type:token-exchange)
brings=("${grant[@]}" -d 'subject_token_type=tag:ratls.invalid,2026:token-type:evidence')
post() { ask -D head.out "$@" "$base/token" >answer.json; }
part() { cut -d . -f "$2" <<<"$1" | jq -Rr '@base64d'; }
verifies() { # TOKEN
    printf %s "$1" >token.jws
    ask "$base/jwks" >jwks.json
    jose jws ver -i token.jws -k jwks.json -O verified.json && equal "$(<verified.json)" "$(part "$1" 2)"
}

# ---- a token ----

check 'metadata say what is taken' equal "$(ask "$base/.well-known/oauth-authorization-server" | jq -c \
    '[.subject_token_types_supported[], .token_endpoint_auth_methods_supported[]]')" \
    '["urn:ietf:params:oauth:token-type:jwt","tag:ratls.invalid,2026:token-type:evidence","none"]'
nonce=$(nonce)
token=$(evidence "$nonce" "$jkt")
post "${brings[@]}" -d "nonce=$nonce" -d "cnf_key=$cnf_key" -d "subject_token=$token"
check 'evidence becomes a token that jose verifies' verifies "$(jq -r .access_token answer.json)"
check 'kept by no cache' grep -qi '^cache-control: no-store' head.out
check 'about the evidence, the nonce and the key, as jose has it' equal \
    "$(jq -c '[.iss, .aud, .eat_nonce, .cnf.jkt, .submods.tdx."ratls.level"]' verified.json)" \
    "[\"https://as.example\",\"api\",\"$nonce\",\"$jkt\",0]"
check 'a simulated TEE is never affirming' equal \
    "$(jq -c '.submods.tdx | [.ear_status, .ear_trustworthiness_vector, ."ratls.simulated"]' verified.json)" '["none",{},true]'
check 'the log says whose' equal "$(jq -r 'select(.event == "token") | .subject + .measurement' server.log)" \
    "evidence$code_C"
first_nonce=$nonce first_token=$token
nonce=$(nonce)
post "${brings[@]}" -d "nonce=$nonce" -d "subject_token=$(evidence "$nonce")"
check 'without a key it is bound to none' equal "$(part "$(jq -r .access_token answer.json)" 2 | jq -c '[.eat_nonce, .cnf]')" \
    "[\"$nonce\",null]"

# ---- who asks wrongly (T48, T49) ----

wrong() { # FACT STATUS ERROR DESCRIPTION CURL OPTION...
    post "${@:5}"
    check "$1: $2 $3, $4; no-store, and no token" equal \
        "$(sed -n '1s/[^ ]* \([0-9]*\).*/\1/p; s/^Cache-Control: \(no-store\)\r/\1/p' head.out | tr '\n' ' ')$(
            jq -r '"\(.access_token) \(.error): \(.error_description)"' answer.json)" "$2 no-store null $3: $4"
}
with() { # NONCE ARGUMENT...: of evidence()
    brought=("${brings[@]}" -d "nonce=$1" -d "cnf_key=$cnf_key" -d "subject_token=$(evidence "$@")")
}
wrong 'the same again' 400 invalid_request 'the nonce was used' "${brings[@]}" -d "nonce=$first_nonce" \
    -d "cnf_key=$cnf_key" -d "subject_token=$first_token"
wrong 'with a fresh nonce beside' 400 invalid_request 'the evidence is for another key or channel' "${brings[@]}" \
    -d "nonce=$(nonce)" -d "cnf_key=$cnf_key" -d "subject_token=$first_token"
wrong 'without a nonce' 400 invalid_request 'evidence needs a nonce of this server' "${brings[@]}" -d "subject_token=$first_token"
cat ca.pem >>web.pem # a server that shows evidence, to curl as any other
nonce=$(base=https://127.0.0.1:${port[other]} nonce)
with "$nonce" "$jkt"
wrong 'the nonce of another endpoint' 400 invalid_request 'the nonce is none of this peer' "${brought[@]}"
with "$(nonce)" "$(thumb other.key)"
wrong 'evidence that names another key' 400 invalid_request 'the evidence is for another key or channel' "${brought[@]}"
with "$(nonce)"
wrong 'evidence that names none' 400 invalid_request 'the evidence is for another key or channel' "${brought[@]}"
with "$(nonce)" "$jkt" sim-tdx "pki=$work/pki-client,mrtd=$code_X"
wrong 'another measurement' 400 invalid_request 'the measurement is not accepted' "${brought[@]}"
check 'the log says why' equal "$(jq -r 'select(.event == "token_refused").reason' server.log | tail -n 1)" invalid_request
with "$(nonce)" "$jkt" sim-tdx "pki=$work/pki-server,mrtd=$code_C"
wrong 'a root that is not trusted' 400 invalid_request "the evidence's root is not trusted" "${brought[@]}"
nonce=$(nonce)
wrong 'evidence of a TEE without policy' 400 invalid_request 'this kind of TEE is not allowed' "${brings[@]}" \
    -d "nonce=$nonce" -d "subject_token=$(evidence "$nonce" '' sim-sgx "pki=$work/pki-sgx")"
wrong 'what is no evidence' 400 invalid_request 'no verifier knows this evidence' "${brings[@]}" -d "nonce=$(nonce)" \
    -d "subject_token=$(echo 'no evidence' | url)"
with "$(nonce)" "$jkt"
wrong 'evidence that is cut' 400 invalid_request 'the evidence is malformed' "${brought[@]:0:8}" -d "subject_token=$(head -c 700 quote | url)"
wrong 'what is no base64url' 400 invalid_request 'the evidence is malformed' "${brings[@]}" -d "nonce=$(nonce)" -d 'subject_token=a%2Bb'
wrong 'a key that is none' 400 invalid_request 'the certificate is malformed' "${brings[@]}" -d "nonce=$(nonce)" \
    -d cnf_key=AAAA -d "subject_token=$first_token"
"$ratls" cert --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" -o cert.pem --key cert.key >cert.out
wrong 'a certificate' 400 invalid_request 'the evidence is for another key or channel' "${brings[@]}" -d "nonce=$(nonce)" \
    -d "subject_token=$(openssl x509 -in cert.pem -outform DER | url)"
head -c 150000 /dev/zero | tr '\0' a >large
wrong 'too much of it' 400 invalid_request 'the evidence is too large' "${brings[@]}" -d "nonce=$(nonce)" --data-urlencode subject_token@large
wrong 'in chunks' 400 invalid_request 'evidence needs a Content-Length' -H 'Transfer-Encoding: chunked' "${brings[@]}" \
    -d "nonce=$(nonce)" -d subject_token=AAAA
wrong 'the channel as subject' 400 invalid_request 'this channel says nothing of its client' "${grant[@]}" \
    -d subject_token_type=tag:ratls.invalid,2026:token-type:channel -d "nonce=$(nonce)"
wrong 'another kind of subject' 400 invalid_request 'no such subject_token_type' "${grant[@]}" \
    -d subject_token_type=urn:ietf:params:oauth:token-type:saml2 -d subject_token=x
wrong 'a foreign audience' 400 invalid_target 'no tokens are for this target' "${brings[@]}" -d "nonce=$(nonce)" \
    -d subject_token=AAAA -d audience=https://evil.example
field=$(printf '%064d' 0).$(printf '00%.0s' $(seq 80))
for name in Ratls-Peer ratls_peer; do # T171
    wrong "who sends $name" 400 invalid_request 'this channel says nothing of its client' -H "$name: $field" "${grant[@]}" \
        -d subject_token_type=tag:ratls.invalid,2026:token-type:channel
done

# ---- results of another issuer ----

say() { # NONCE
    jq -c --arg nonce "$1" '.iss = "https://first.example" | .aud = "https://as.example" | .eat_nonce = $nonce |
        .iat = (now | floor) | .nbf = .iat | .exp = .iat + 60' verified.json >first.json
    jose jws sig -I first.json -k first.jwk -c -s '{"protected":{"alg":"ES256","typ":"eat+jwt","kid":"k1"}}'
}
result=("${grant[@]}" -d subject_token_type=urn:ietf:params:oauth:token-type:jwt)
nonce=$(nonce)
post "${result[@]}" -d "nonce=$nonce" -d "cnf_key=$cnf_key" -d "subject_token=$(say "$nonce")"
check 'a result becomes a token for the same key' equal \
    "$(part "$(jq -r .access_token answer.json)" 2 | jq -c '[.cnf.jkt, .submods.tdx."ratls.appraisers"]')" "[\"$jkt\",[\"https://first.example\"]]"
nonce=$(nonce)
wrong 'for another key' 400 invalid_request 'the token is for another key' "${result[@]}" -d "nonce=$nonce" \
    -d "cnf_key=$(openssl ec -in other.key -pubout -outform DER 2>openssl.out | url)" -d "subject_token=$(say "$nonce")"
wrong 'for nobody' 400 invalid_request "cnf_key is missing: whose result is it?" "${result[@]}" -d "nonce=$nonce" \
    -d "subject_token=$(say "$nonce")"

# ---- by the command ----

fetch() { # EXIT OPTION...: as a workload does
    status "$1" "$ratls" token fetch --evidence --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=${code:-$code_C}" "${@:2}"
}
check 'the command fetches a token by evidence, over ordinary TLS' fetch 0 "$base/token" --cacert web.pem -o own.jwt \
    --key fetched.key --cert fetched.pem
check 'it is for the key that it saved' "$ratls" token verify "$(<own.jwt)" --issuer https://as.example=jwks.json \
    --audience api --insecure-allow-none --cert fetched.pem
check 'jose has the same key' equal "$(part "$(<own.jwt)" 2 | jq -r .cnf.jkt)" "$(thumb fetched.key)"
code=$code_X check 'of another measurement it gets none' fetch 2 "$base/token" --cacert web.pem
check 'and is told so' grep -q 'status 400: invalid_request: the measurement is not accepted' command.out
check 'nor of a server of another CA' fetch 2 "$base/token" --cacert root-client.pem
check 'nor without a CA or a policy' fetch 2 "$base/token"
check 'of a server that shows evidence, to whoever looks at it' fetch 0 "https://127.0.0.1:${port[other]}/token" \
    --policy policy-of-client.json --insecure-sim-roots root-server.pem --server-ca ca.pem --server-name 127.0.0.1
check 'by a channel that judges both sides, too' fetch 0 "https://127.0.0.1:${port[attested]}/token" \
    --policy policy-of-client.json --insecure-sim-roots root-server.pem

# ---- who asks too often (T168) ----

ask -o large -w '%{http_code}\n' "$base/jwks?[1-90]" >codes
check 'too many requests of one address are refused' grep -q 429 codes
