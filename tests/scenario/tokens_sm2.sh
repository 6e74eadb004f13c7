#!/usr/bin/env bash
# Tokens by SM2 with SM3: `openssl` verifies ours and signs for us, a service gives them out, and
# who has not pinned such a key takes none.
. "$(dirname "$0")/lib.sh"

iss=https://as.example
id=1234567812345678
judged() { # EXIT REASON TOKEN OPTION...: of `ratls token verify --json`
    status "$1" "$ratls" token verify "$3" --issuer "$iss=${jwks:-jwks.json}" --json "${@:4}" || return
    equal "$(jq -r .reason command.out)" "$2"
}
url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
unurl() { # TEXT: its bytes
    local text
    text=$(tr '_-' '/+' <<<"$1")
    while [ $((${#text} % 4)) -ne 0 ]; do text+='='; done
    openssl base64 -d -A <<<"$text"
}
whole() { # HEX: without the zeros in front, as a positive INTEGER has it
    local n=$1
    while [ "${n:0:2}" = 00 ]; do n=${n:2}; done
    [[ ${n:0:1} =~ [89a-f] ]] && n=00$n
    printf '02%02x%s' $((${#n} / 2)) "$n"
}
to_der() { # < r || s
    local raw pair
    raw=$(od -An -v -tx1 | tr -d ' \n')
    pair=$(whole "${raw:0:64}")$(whole "${raw:64:64}")
    printf '30%02x%s' $((${#pair} / 2)) "$pair" | xxd -r -p
}
of_der() { # < DER: r || s
    openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r n; do
        printf '%64s' "$n" | tr ' ' 0
    done | xxd -r -p
}
foreign() { # TOKEN KEY [ID]: openssl takes it
    printf %s "${1%.*}" >text
    unurl "${1##*.}" | to_der >sig
    openssl pkeyutl -verify -rawin -digest sm3 -pkeyopt "distid:${3:-$id}" -inkey "$2" -in text -sigfile sig
}
sign() { # KEY ID: of `header` and `payload`
    printf '%s.%s' "$(url <header)" "$(url <payload)" >text
    openssl pkeyutl -sign -rawin -digest sm3 -pkeyopt "distid:$2" -inkey "$1" -in text -out sig
    printf '%s.%s' "$(<text)" "$(of_der <sig | url)"
}

# ---- keys ----
check 'a key for SM2' status 0 "$ratls" token key --alg SM2 -o sm2.pem
check 'openssl knows its curve' grep -q 'ASN1 OID: SM2' <(openssl pkey -in sm2.pem -noout -text)
check 'its public half' status 0 "$ratls" token jwks sm2.pem -o jwks.json
check 'is named for what it is' equal "$(jq -c '.keys[0] | [.kty, .crv, .alg, .use, .d]' jwks.json)" \
    '["EC","SM2","SM2","sig",null]'
point=$(openssl pkey -in sm2.pem -pubout -outform DER | tail -c 64 | url)
check 'with the point that openssl sees' equal "$(unurl "$(jq -r '.keys[0].x' jwks.json)")$(unurl "$(jq -r '.keys[0].y' jwks.json)" | od -An -tx1)" \
    "$(unurl "$point" | head -c 32)$(unurl "$point" | tail -c 32 | od -An -tx1)"
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:SM2 -out theirs.pem 2>/dev/null
openssl ecparam -name SM2 -genkey -out params.pem
check 'keys of openssl are read, too' status 0 "$ratls" token jwks theirs.pem params.pem
check 'each with its algorithm' equal "$(jq -c '[.keys[].alg]' command.out)" '["SM2","SM2"]'
check 'an SM2 key is for no other algorithm' status 2 "$ratls" token jwks ES256=sm2.pem
"$ratls" token key -o es256.pem
check 'and another key not for SM2' status 2 "$ratls" token jwks SM2=es256.pem

# ---- ours ----
"$ratls" attest --attester sim-tdx --attester-options "mrtd=$code_S" --report-data "$(printf 'a5%.0s' $(seq 64))" \
    --insecure-sim-root-out root.pem -o quote
policy good.json "$code_S"
check 'a token by SM2' status 0 "$ratls" token make --evidence quote --insecure-sim-roots root.pem --iss $iss \
    --aud web --policy good.json --key sm2.pem -o sm2.jwt
token=$(<sm2.jwt)
asked=(--audience web --insecure-allow-none)
check 'is verified by openssl' foreign "$token" sm2.pem
check 'under no other id' refuse foreign "$token" sm2.pem HYGON-SSD-PEK
check 'and by us' judged 0 ok "$token" "${asked[@]}"
"$ratls" token jwks theirs.pem -o theirs.json
jwks=theirs.json check 'not by another SM2 key' judged 1 token_key "$token" "${asked[@]}"
"$ratls" token jwks es256.pem -o es256.json
jwks=es256.json check 'not where no SM2 key is pinned' judged 1 token_key "$token" "${asked[@]}"
es256=$(jq -r '.keys[0].kid' es256.json)
IFS=. read -r _ payload sig <<<"$token"
renamed=$(printf '{"alg":"SM2","typ":"eat+jwt","kid":"%s"}' "$es256" | url).$payload.$sig
jwks=es256.json check 'nor by the name of a key for ES256' judged 1 token_algorithm "$renamed" "${asked[@]}"
check 'nor without its signature' judged 1 token_signature "${token%.*}." "${asked[@]}"

# ---- theirs ----
now=$(date +%s)
kid=$(jq -r '.keys[0].kid' theirs.json)
printf '{"alg":"SM2","typ":"JWT","kid":"%s"}' "$kid" >header
printf '{"iss":"%s","aud":"web","iat":%d,"nbf":%d,"exp":%d}' $iss "$now" "$now" $((now + 60)) >payload
jwks=theirs.json
check 'a token of openssl' judged 0 ok "$(sign theirs.pem $id)" --plain --type JWT --audience web
check 'not under another id' judged 1 token_signature "$(sign theirs.pem 1234567812345679)" --plain --type JWT --audience web
check 'not of another key' judged 1 token_signature "$(sign params.pem $id)" --plain --type JWT --audience web
printf '{"alg":"ES256","typ":"JWT","kid":"%s"}' "$kid" >header
check 'not as ES256' judged 1 token_algorithm "$(sign theirs.pem $id)" --plain --type JWT --audience web
check 'an SM2 key proves no possession' status 2 "$ratls" token dpop sm2.pem --method GET --url https://api.example/
check 'and says so' grep -q 'nobody takes a proof by SM2' command.out

# ---- a service that signs by SM2 ----
ports tls
usual_pair
chmod 600 sm2.pem
printf '%s\n' '[tokens]' "accept = 127.0.0.1:${port[tls]}" 'mode = token' "token-issuer = $iss" 'token-audience = web' \
    "token-key = SM2:$work/sm2.pem" >>server.conf
start_proxy server
check 'a workload fetches its token' status 0 "$ratls" token fetch "https://127.0.0.1:${port[tls]}/token" \
    --attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --policy policy-of-client.json \
    --insecure-sim-roots root-server.pem --audience web -o own.jwt --key own.key --cert own.pem
jwks=jwks.json
check 'which openssl verifies' foreign "$(<own.jwt)" sm2.pem
check 'and we' judged 0 ok "$(<own.jwt)" "${asked[@]}" --cert own.pem
