#!/usr/bin/env bash
# Tokens bound to a key that a peer proves beside that of its channel (DPoP, RFC 9449): proofs by
# José and by `ratls token dpop`, to the token endpoint by curl through a client's proxy, and to a
# resource that judges token and proof by `ratls token verify`; and each way to do it wrongly (T50).
. "$(dirname "$0")/lib.sh"

ports tls plain
usual_pair
openssl ecparam -name prime256v1 -genkey -noout -out as.key 2>openssl.out && chmod 600 as.key
cp server.conf server.head
tokens() { # LINE...: server.conf
    cp server.head server.conf
    printf '%s\n' '[tokens]' "accept = 127.0.0.1:${port[tls]}" 'mode = token' \
        'token-issuer = https://as.example' 'token-audience = web' "token-key = $work/as.key" "$@" >>server.conf
}
tokens
service client tokens "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server client
base=http://127.0.0.1:${port[plain]}
here=https://as.example/token there=https://api.example/v1/things

url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
for key in holder thief; do
    jose jwk gen -i '{"alg":"ES256"}' -o $key.jwk
    jq -c '{kty, crv, x, y}' $key.jwk >$key.pub
done
jkt=$(jose jwk thp -i holder.jwk)
claims() { # METHOD URL FILTER...
    jq -nc --arg m "$1" --arg u "$2" --arg j "$(openssl rand -hex 16)" \
        "{jti: \$j, htm: \$m, htu: \$u, iat: (now | floor)} ${*:3}"
}
signed() { # CLAIMS HEADER-FILTER: by José
    printf %s "$1" >proof.json
    jq -nc --slurpfile k "${holder:-holder}.pub" \
        "{protected: ({typ: \"dpop+jwt\", alg: \"ES256\", jwk: \$k[0]} ${2:-})}" >proof.head
    jose jws sig -I proof.json -k "${signer:-holder}.jwk" -c -s "$(<proof.head)"
}
proof() { signed "$(claims "$@")"; } # METHOD URL FILTER...
part() { cut -d . -f "$2" <<<"$1" | jq -Rr '@base64d'; } # TOKEN 1|2
post() { # CURL OPTION...: a good request, and more
    curl -sS --max-time 20 -D head.out -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
        -d subject_token_type=tag:ratls.invalid,2026:token-type:channel "$@" "$base/token" >answer.json
}
said() { # status, error
    echo "$(sed -n '1s/[^ ]* \([0-9]*\).*/\1/p' head.out) $(jq -r '.error // "token"' answer.json)"
}
nonce() { tr -d '\r' <head.out | sed -n 's/^DPoP-Nonce: //Ip'; }

# ---- the token endpoint ----

check 'metadata name the algorithms' equal \
    "$(get "$base/.well-known/oauth-authorization-server" | jq -c .dpop_signing_alg_values_supported)" \
    '["ES256","ES384","PS256","RS256"]'
get "$base/jwks" >jwks.json
good=$(proof POST $here)
post -H "DPoP: $good"
token=$(jq -r .access_token answer.json)
check 'a proof by José gets a token' equal "$(said) $(jq -r .token_type answer.json)" '200 token DPoP'
check 'which is of that key, and of no other' equal "$(part "$token" 2 | jq -c .cnf)" "{\"jkt\":\"$jkt\"}"
check 'the log names it' equal "$(jq -r 'select(.event == "token").dpop_jkt' server.log)" "$jkt"
wrong() { # FACT PROOF [CURL OPTION...]
    post -H "DPoP: $2" "${@:3}"
    check "$1" equal "$(said)" '400 invalid_dpop_proof'
}
wrong 'the same proof again (jti)' "$good"
wrong 'for another method' "$(proof GET $here)"
wrong 'for another URL' "$(proof POST https://evil.example/token)"
wrong 'for the URL that the client sees' "$(proof POST "$base/token")"
wrong 'of yesterday' "$(proof POST $here '| .iat -= 86400')"
wrong 'without a key' "$(signed "$(claims POST $here)" '| del(.jwk)')"
wrong 'that names a key elsewhere (kid)' "$(signed "$(claims POST $here)" '| .kid = "k"')"
wrong 'with a private key' "$(signed "$(claims POST $here)" '| .jwk.d = "AA"')"
wrong 'by another key' "$(signer=thief proof POST $here)"
IFS=. read -r _ payload _ <<<"$(proof POST $here)"
wrong 'signed by nobody' "$(jq -nc --slurpfile k holder.pub '{typ: "dpop+jwt", alg: "none", jwk: $k[0]}' | tr -d '\n' | url).$payload."
jose jwk gen -i '{"alg":"HS256"}' -o secret.jwk
claims POST $here | tr -d '\n' >proof.json
wrong 'with a shared key' "$(jose jws sig -I proof.json -k secret.jwk -c -s "$(jq -nc --slurpfile k secret.jwk \
    '{protected: {typ: "dpop+jwt", alg: "HS256", jwk: ($k[0] | {kty, k})}}')")"
wrong 'two proofs' "$(proof POST $here)" -H "DPoP: $(proof POST $here)"
wrong 'two in one field' "$(proof POST $here), $(proof POST $here)"
wrong 'an empty one' '' -H 'DPoP;'
check 'none of them got a token' equal "$(grep -c '"event":"token"' server.log)" 1
post -H "DPoP: $(proof POST $here '| .nonce = "mine"')"
check 'a nonce of his own is none' equal "$(said)" '400 use_dpop_nonce'
post
check 'without a proof the token is that of TLS' equal \
    "$(jq -r .token_type answer.json) $(part "$(jq -r .access_token answer.json)" 2 | jq -r ".cnf.jkt != \"$jkt\"")" 'N_A true'
tls_token=$(jq -r .access_token answer.json)

# ---- a resource ----

ath=$(printf %s "$token" | openssl dgst -sha256 -binary | url)
judged() { # FACT EXIT REASON PROOF OPTION...
    check "$1" status "$2" "$ratls" token verify "${shown:-$token}" --issuer https://as.example=jwks.json --audience web \
        --insecure-allow-none --json ${4:+--dpop "$4" --dpop-method GET --dpop-url "$there?page=2"} "${@:5}"
    check "$1: $3" equal "$(jq -r .reason command.out)" "$3"
}
fits="| .ath = \"$ath\""
judged 'token and proof' 0 ok "$(proof GET $there "$fits")"
check 'the token is bound' equal "$(jq '.claims."token.bound"' command.out)" true
judged 'the token alone' 1 token_binding ''
judged 'a proof for no token' 1 token_binding "$(proof GET $there)"
judged 'a proof by another key' 1 token_binding "$(holder=thief signer=thief proof GET $there "$fits")"
judged 'for another request' 1 token_audience "$(proof POST $there "$fits")"
judged 'too old' 1 token_expired "$(proof GET $there "$fits | .iat -= 100")"
judged 'with another nonce' 1 token_nonce "$(proof GET $there "$fits | .nonce = \"n-2\"")" --dpop-nonce n-1
shown=$tls_token judged 'the token of a TLS key' 1 token_binding \
    "$(proof GET $there "| .ath = \"$(printf %s "$tls_token" | openssl dgst -sha256 -binary | url)\"")"
check 'a proof leaves no room for bearers' status 2 "$ratls" token verify "$token" --issuer https://as.example=jwks.json \
    --audience web --dpop "$good" --dpop-method GET --dpop-url $there --allow-bearer

# ---- nonces (RFC 9449 s.8), and the command as client ----

tokens 'token-dpop-nonce = yes'
kill -HUP "${pid[server]}"
check 'a reload asks for nonces' wait_for server.log '"event":"reload"'
post -H "DPoP: $(proof POST $here)"
first=$(nonce)
check 'a proof without one is told it' equal "$(said) ${#first}" '400 use_dpop_nonce 43'
post -H "DPoP: $(proof POST $here "| .nonce = \"$first\"")"
second=$(nonce)
check 'with it there is a token, and the next nonce' equal "$(said) ${#second}" '200 token 43'
post -H "DPoP: $(proof POST $here "| .nonce = \"$first\"")"
check 'a nonce is good once' equal "$(said)" '400 use_dpop_nonce'
post
check 'who proves nothing needs none' equal "$(said)" '200 token'
"$ratls" token key -o own.pem
check 'the command fetches a token for its key' status 0 "$ratls" token fetch "https://127.0.0.1:${port[tls]}/token" \
    --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --policy policy-of-client.json \
    --insecure-sim-roots root-server.pem --dpop own.pem --dpop-url $here -o own.jwt
"$ratls" token dpop own.pem --method GET --url $there --token "$(<own.jwt)" -o own.proof
shown=$(<own.jwt) judged 'which counts with a proof by it' 0 ok "$(<own.proof)"
part "$(<own.proof)" 1 | jq -c .jwk >own.jwk
check 'José takes that proof' jose jws ver -i own.proof -k own.jwk -O own.json
check 'and knows the key by the same name' equal "$(jose jwk thp -i own.jwk)" "$(part "$(<own.jwt)" 2 | jq -r .cnf.jkt)"
