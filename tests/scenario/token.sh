#!/usr/bin/env bash
# Tokens for attested peers: curl and jq through a client's proxy exchange the channel's verdict for
# one (RFC 8693), Debian's jose verifies it against the JWKS; whoever asks wrongly gets the error of
# the standard (T48), nobody tells the authority process who he is (T171), nonces are good once
# (T49), results of another issuer are exchanged, once and for the key that they name, keys rotate with an
# overlap, and whoever is refused gets nothing.
. "$(dirname "$0")/lib.sh"

ports tls plain plain_two bad
usual_pair
audience=https://api.example/v1
key() { # FILE CURVE
    openssl ecparam -name "$2" -genkey -noout -out "$1" 2>openssl.out && chmod 600 "$1"
}
key old.key prime256v1
key new.key secp384r1
sed -i "1i admin = unix:$work/admin.sock" server.conf
cp server.conf server.head
tokens() { # LINE...: server.conf
    cp server.head server.conf
    printf '%s\n' '[tokens]' "accept = 127.0.0.1:${port[tls]}" 'mode = token' \
        'token-issuer = https://as.example' "token-audience = $audience, other" \
        'token-lifetime = 2m' "$@" >>server.conf
}
jose jwk gen -i '{"alg":"ES256","kid":"k1"}' -o first.jwk
jq '{keys: [{kty, crv, x, y, alg, kid}]}' first.jwk >first.jwks
tokens "token-key = $work/old.key" "token-trusts = https://first.example $work/first.jwks"
service client tokens "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
config two client "$code_C" policy-of-client.json root-server.pem
service two tokens "127.0.0.1:${port[plain_two]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server client two
base=http://127.0.0.1:${port[plain]}

grant=grant_type=urn:ietf:params:oauth:grant-type:token-exchange
subject=subject_token_type=tag:ratls.invalid,2026:token-type:channel
post() { # CURL OPTION...: to the token endpoint
    curl -sS --max-time 20 -D head.out "$@" "$base/token"
}
exchange() { # CURL OPTION...: a good request, and more
    post -d $grant -d $subject "$@" >answer.json
    jq -r '.access_token // empty' answer.json
}
part() { # TOKEN 1|2: header or payload, JSON
    cut -d . -f "$2" <<<"$1" | jq -Rr '@base64d'
}
verifies() { # TOKEN JWKS
    printf %s "$1" >token.jws
    jose jws ver -i token.jws -k "$2" -O verified.json && equal "$(<verified.json)" "$(part "$1" 2)"
}

# ---- a token ----

token=$(exchange -d "audience=$audience" -d subject_token=channel)
get "$base/jwks" >jwks.json
check 'the token verifies against the JWKS by jose' verifies "$token" jwks.json
check 'the answer is that of RFC 8693' equal \
    "$(jq -c '[.issued_token_type, .token_type, .expires_in]' answer.json)" \
    '["urn:ietf:params:oauth:token-type:jwt","N_A",120]'
check 'and kept by no cache' grep -qi '^cache-control: no-store' head.out
check 'its header names algorithm, type and key' equal "$(part "$token" 1 | jq -c '[.alg, .typ, .kid]')" \
    "$(jq -c '["ES256", "eat+jwt", .keys[0].kid]' jwks.json)"
part "$token" 2 >payload.json
check 'it is for whom it was asked, and for two minutes' equal \
    "$(jq -c '[.iss, .aud, .exp - .iat, .nbf <= .iat]' payload.json)" \
    "[\"https://as.example\",\"$audience\",120,true]"
check 'a simulated TEE is never affirming' equal \
    "$(jq -c '.submods.tdx | [.ear_status, .ear_trustworthiness_vector, ."ratls.simulated"]' payload.json)" \
    '["none",{},true]'
check 'it names policy and level' equal \
    "$(jq -c '.submods.tdx | [.ear_appraisal_policy_ids[0], ."ratls.level"]' payload.json)" \
    '["file:policy-of-server.json",2]'
check 'the log names it and the key of its peer' equal \
    "$(jq -r 'select(.event == "token") | .jti + " " + .peer_spki' server.log)" \
    "$(jq -r .jti payload.json) $(jq -r 'select(.event == "identity").spki' client.log)"
jkt=$(jq -r .cnf.jkt payload.json)
check 'the same peer has the same thumbprint' equal \
    "$(part "$(exchange -d resource=other)" 2 | jq -r '.cnf.jkt + .aud')" "${jkt}other"
base=http://127.0.0.1:${port[plain_two]}
check 'another one has another' refuse equal "$(part "$(exchange -d audience=other)" 2 | jq -r .cnf.jkt)" "$jkt"
base=http://127.0.0.1:${port[plain]}
check 'metadata say where everything is' equal \
    "$(get "$base/.well-known/oauth-authorization-server" | jq -c '[.issuer, .token_endpoint, .jwks_uri]')" \
    '["https://as.example","https://as.example/token","https://as.example/jwks"]'

# ---- by the command, without a proxy of its own ----

who=(--attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --policy policy-of-client.json
    --insecure-sim-roots root-server.pem)
fetch() { # EXIT OPTION...: as a workload does
    status "$1" "$ratls" token fetch "https://127.0.0.1:${port[tls]}/token" "${who[@]}" "${@:2}"
}
taken() { # OPTION...: by somebody who knows the set of keys
    "$ratls" token verify "$(<own.jwt)" --issuer https://as.example=jwks.json --audience other --insecure-allow-none "$@"
}
check 'the command fetches a token with its key' fetch 0 --audience other -o own.jwt --key own.key --cert own.pem
check 'jose verifies that as well' verifies "$(<own.jwt)" jwks.json
check 'it is for the holder of that key' taken --cert own.pem
check 'and for nobody else' refuse taken
check 'a foreign audience is said to be none' fetch 2 --audience https://evil.example
check 'in the words of the endpoint' grep -q 'not_found: status 400: invalid_target: no tokens are for this target' command.out

# ---- who asks wrongly (T48) ----

wrong() { # FACT STATUS ERROR CURL OPTION...
    post "${@:4}" >answer.json
    check "$1: $2 $3" equal "$(sed -n '1s/[^ ]* \([0-9]*\).*/\1/p' head.out) $(jq -r .error answer.json)" "$2 $3"
    check "$1: no-store, and no token" equal \
        "$(grep -ci '^cache-control: no-store' head.out) $(jq -r .access_token answer.json)" '1 null'
}
other=(-d audience=other)
wrong 'nothing' 400 invalid_request -d a=b
wrong 'another grant' 400 unsupported_grant_type -d grant_type=client_credentials
wrong 'no subject' 400 invalid_request -d $grant "${other[@]}"
wrong 'another kind of subject' 400 invalid_request -d $grant \
    -d subject_token_type=urn:ietf:params:oauth:token-type:saml2 -d subject_token=x "${other[@]}"
wrong 'a parameter twice' 400 invalid_request -d $grant -d $grant -d $subject "${other[@]}"
wrong 'an actor without a type' 400 invalid_request -d $grant -d $subject "${other[@]}" -d actor_token=x
wrong 'a scope' 400 invalid_scope -d $grant -d $subject "${other[@]}" -d scope=admin
wrong 'a foreign audience' 400 invalid_target -d $grant -d $subject -d audience=https://evil.example
wrong 'two audiences' 400 invalid_target -d $grant -d $subject "${other[@]}" --data-urlencode "audience=$audience"
wrong 'no audience' 400 invalid_request -d $grant -d $subject
wrong 'a password' 401 invalid_client -u me:secret -d $grant -d $subject "${other[@]}"
wrong 'JSON' 400 invalid_request -H 'Content-Type: application/json' -d '{"grant_type":"x"}'
code() { curl -sS --max-time 20 -o answer.json -w '%{http_code} %{content_type}' "$@"; }
check 'GET of the token endpoint is no request' equal "$(code "$base/token")" '405 application/problem+json'
check 'nor is a query' equal "$(code -d $grant "$base/token?audience=other")" '400 application/problem+json'
check 'nor another path' equal "$(code "$base/admin")" '404 application/problem+json'
# The connection ends behind the answer, or before it is read.
check 'a large body is refused' grep -Eqx '(413|000).*' <<<"$(head -c 300000 /dev/zero | tr '\0' a |
    code -H Expect: --data-binary @- "$base/token" 2>curl.out)"

# ---- who says who he is (T171) ----

field=$(printf '%064d' 0).$(printf '00%.0s' $(seq 80))
measured() { jq -r 'select(.event == "token").measurement' server.log | tail -n 1; }
for name in Ratls-Peer ratls_peer RATLS.PEER; do
    check "a peer that sends $name is who it is" equal \
        "$(part "$(exchange "${other[@]}" -H "$name: $field")" 2 | jq -r .cnf.jkt) $(measured)" "$jkt $code_C"
done
exec 4<>"/dev/tcp/127.0.0.1/${port[plain]}"
printf 'POST /token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /jwks HTTP/1.1\r\nRatls-Peer: %s\r\n\r\n' "$field" >&4
check 'a smuggled request is refused' equal "$(timeout 20 head -n 1 <&4 | cut -d ' ' -f 2)" 400
exec 4>&-

# ---- nonces (T49) ----

nonce=$(get "$base/nonce" -X POST | jq -r .nonce)
check 'a nonce of the server is in the token' equal \
    "$(part "$(exchange "${other[@]}" -d "nonce=$nonce")" 2 | jq -r .eat_nonce)" "$nonce"
wrong 'a nonce for the second time' 400 invalid_request -d $grant -d $subject "${other[@]}" -d "nonce=$nonce"
check 'it says why' equal "$(jq -r .error_description answer.json)" 'the nonce was used'
nonce=$(get "http://127.0.0.1:${port[plain_two]}/nonce" -X POST | jq -r .nonce)
wrong 'the nonce of another peer' 400 invalid_request -d $grant -d $subject "${other[@]}" -d "nonce=$nonce"

# ---- results of another issuer (T39, T41, T49, T116) ----

nonce() { get "$base/nonce" -X POST | jq -r .nonce; }
say() { # NONCE: as another issuer says it of the client, signed by jose, with a nonce of ours
    jq -c --arg nonce "$1" '.iss = "https://first.example" | .aud = "https://as.example" |
        .eat_nonce = $nonce | .iat = (now | floor) | .nbf = .iat | .exp = .iat + 60' payload.json >first.json
    jose jws sig -I first.json -k first.jwk -c -s '{"protected":{"alg":"ES256","typ":"eat+jwt","kid":"k1"}}'
}
result=("${other[@]}" -d "$grant" -d subject_token_type=urn:ietf:params:oauth:token-type:jwt)
base=http://127.0.0.1:${port[plain]}
nonce=$(nonce)
first=$(say "$nonce")
post "${result[@]}" -d "subject_token=$first" -d "nonce=$nonce" >answer.json
second=$(jq -r .access_token answer.json)
check 'a result of another issuer becomes a token' verifies "$second" jwks.json
check 'of the same status, by him' equal \
    "$(jq -c '[.iss, .aud, .submods.tdx.ear_status, .submods.tdx."ratls.appraisers", .cnf.jkt]' verified.json)" \
    "[\"https://as.example\",\"other\",\"none\",[\"https://first.example\"],\"$jkt\"]"
check 'with its nonce, and no longer than it' equal "$(jq -r '.eat_nonce + " \(.exp)"' verified.json)" \
    "$nonce $(jq .exp first.json)"
check 'the log says who appraised' equal \
    "$(jq -r 'select(.event == "token" and .appraiser).appraiser + .jti' server.log)" \
    "https://first.example$(jq -r .jti verified.json)"
wrong 'the same again' 400 invalid_request "${result[@]}" -d "subject_token=$first" -d "nonce=$nonce"
wrong 'with a fresh nonce beside' 400 invalid_request "${result[@]}" -d "subject_token=$first" -d "nonce=$(nonce)"
wrong 'without any' 400 invalid_request "${result[@]}" -d "subject_token=$first"
base=http://127.0.0.1:${port[plain_two]}
nonce=$(nonce)
wrong 'by another peer' 400 invalid_request "${result[@]}" -d "subject_token=$(say "$nonce")" -d "nonce=$nonce"
check 'it is not his' equal "$(jq -r 'select(.event == "token_refused").detail' server.log | tail -n 1)" \
    "token: 'jkt' of 'cnf' is another one"
base=http://127.0.0.1:${port[plain]}

# ---- rotation: published, signs, gone ----

reload() { # LINE...
    local n
    n=$(grep -c '"event":"reload"' server.log)
    tokens "$@"
    kill -HUP "${pid[server]}"
    wait_for server.log '"event":"reload"' $((n + 1))
}
check 'a reload publishes a second key' reload "token-key = $work/old.key" "token-key = ES384:$work/new.key"
check 'the first one signs' verifies "$(exchange "${other[@]}")" jwks.json
check 'another reload turns them round' reload "token-key = $work/new.key" "token-key = $work/old.key"
get "$base/jwks" >both.json
check 'both are published' equal "$(jq -c '[.keys[].alg]' both.json)" '["ES384","ES256"]'
new=$(exchange "${other[@]}")
check 'the new one signs, ES384' equal "$(part "$new" 1 | jq -r '.alg + .kid')" "ES384$(jq -r '.keys[0].kid' both.json)"
check 'its token verifies' verifies "$new" both.json
check 'and so does that of before' verifies "$token" both.json
check 'the old one goes' reload "token-key = $work/new.key"
get "$base/jwks" >jwks.json
check 'its tokens verify no more' refuse verifies "$token" jwks.json
openssl genrsa -out rsa.key 2048 2>openssl.out && chmod 600 rsa.key
for alg in PS256 RS256; do
    check "a key for $alg takes its place" reload "token-key = $alg:$work/rsa.key"
    get "$base/jwks" >jwks.json
    token=$(exchange "${other[@]}")
    check "its token says $alg" equal "$(part "$token" 1 | jq -r .alg)" $alg
    check 'and verifies' verifies "$token" jwks.json
done
check 'and goes again' reload "token-key = $work/new.key"
get "$base/jwks" >jwks.json
chmod 640 old.key
tokens "token-key = $work/new.key" "token-key = $work/old.key"
kill -HUP "${pid[server]}"
check 'a key that others may read is refused' wait_for server.log 'reload_refused.*chmod 600'
tokens "token-key = $work/new.key" "token-key = $work/new.key"
kill -HUP "${pid[server]}"
check 'so is one that is there twice' wait_for server.log 'reload_refused.*twice'
check 'the keys in force stay' verifies "$(exchange "${other[@]}")" jwks.json

# ---- who gets nothing ----

config bad client "$code_X" policy-of-client.json root-server.pem
service bad tokens "127.0.0.1:${port[bad]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy bad
given=$(grep -c '"event":"token' server.log)
good=$base base=http://127.0.0.1:${port[bad]}
expect_reason 'a peer with another measurement is refused' server measurement_mismatch exchange "${other[@]}"
expect_reason 'a peer without evidence is refused' server no_certificate \
    openssl s_client -connect "127.0.0.1:${port[tls]}" -tls1_3 -quiet -no_ign_eof
base=$good
check 'neither came as far as a request' equal "$(grep -c '"event":"token' server.log)" "$given"

# ---- the process ----

authority=$(pgrep -P "${pid[server]}" -x ratls-authority)
check 'its socket has no name any more' refuse ls "$(sed -n 's/.* \(.*\/authority\)$/\1/p' /proc/net/unix | tail -n 1)"
check 'no key file is open in any process of the proxy' equal \
    "$({ echo "${pid[server]}"; pgrep -P "${pid[server]}"; } | sed 's,.*,/proc/&/fd,' |
        xargs -I % find % -lname '*.key')" ''
if [ -n "${RATLS_SANITIZED:-}" ] || [ "$(id -u)" -ne 0 ]; then
    skip 'what is in the memory of a process' 'a sanitizer, or not root'
else
    check 'it runs as nobody, without network' equal \
        "$(sed -n 's/^\(Uid\|Seccomp\):[[:space:]]*\([0-9]*\).*/\2/p' "/proc/$authority/status" | tr '\n' ' ')" \
        "$(id -u nobody) 2 "
    check 'control: it knows the key' knows "$authority" "$(scalar new.key 96)"
    for worker in $(pgrep -P "${pid[server]}" | grep -vx "$authority"); do
        check 'a worker does not' refuse knows "$worker" "$(scalar new.key 96)"
    done
fi
kill -KILL "$authority"
check 'its end is logged' wait_for server.log '"event":"authority_exit"'
check 'the next one gives tokens' verifies "$(exchange "${other[@]}")" jwks.json
metric() { curl -sS --max-time 20 --unix-socket admin.sock http://localhost/metrics | sed -n "s/^ratls_proxy_$1 //p"; }
check 'metrics tell' equal "$(metric authority_exits_total) $(metric authority_ready) $(
    metric 'tokens_refused_total{service="tokens",error="invalid_target"}')" '1 1 3'
check 'and count what was given' equal "$(metric 'tokens_issued_total{service="tokens"}')" \
    "$(grep -c '"event":"token"' server.log)"
check 'it is ready' curl -fsS --max-time 20 --unix-socket admin.sock http://localhost/readyz

# ---- who asks too often ----

curl -sS --max-time 20 -o answer.json -w '%{http_code}\n' "$base/other/[1-90]" >codes
check 'too many requests of one key are refused' grep -q 429 codes
base=http://127.0.0.1:${port[plain_two]}
check 'those of another are not' verifies "$(exchange "${other[@]}")" jwks.json
