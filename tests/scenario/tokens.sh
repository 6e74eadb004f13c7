#!/usr/bin/env bash
# `ratls token` next to José, a JWT command of others: what we sign it verifies, what it signs we
# verify, under all four algorithms; and what is refused.
. "$(dirname "$0")/lib.sh"

iss=https://as.example
judged() { # EXIT REASON TOKEN OPTION...: of `ratls token verify --json`
    status "$1" "$ratls" token verify "$3" --issuer "$iss=${jwks:-jwks.json}" --json "${@:4}" || return
    equal "$(jq -r .reason command.out)" "$2"
}
foreign() { # TOKEN, ALG: its payload, if José takes it by the key for ALG
    jq -c ".keys[] | select(.alg == \"$2\")" jwks.json >pinned.json
    jose jws ver -i "$1" -k pinned.json -O -
}
make() { # EXIT OPTION...
    status "$1" "$ratls" token make --evidence quote --insecure-sim-roots root.pem --iss $iss --aud web "${@:2}"
}
url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }

algs=(ES256 ES384 PS256 RS256)
for alg in "${algs[@]}"; do
    check "a key for $alg" status 0 "$ratls" token key --alg "$alg" -o "$alg.pem"
done
check 'is readable by its owner only' equal "$(stat -c %a ES256.pem)" 600
check 'and not overwritten' status 2 "$ratls" token key -o ES256.pem
check 'there is no key for HS256' status 2 "$ratls" token key --alg HS256 -o HS256.pem
check 'their public halves make a set' status 0 "$ratls" token jwks ES256.pem ES384.pem PS256.pem \
    RS256=RS256.pem -o jwks.json
check 'without private members' equal "$(jq '[.keys[] | select(.d or .p or .k)] | length' jwks.json)" 0
check 'named by their thumbprints' equal "$(jq -r '.keys[].kid' jwks.json)" "$(jose jwk thp -i jwks.json)"
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out pkcs8.rsa 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out pkcs8.ec 2>/dev/null
check 'keys of openssl (PKCS#8) are read, too' status 0 "$ratls" token jwks pkcs8.rsa pkcs8.ec
check 'each with its algorithm' equal "$(jq -c '[.keys[].alg]' command.out)" '["PS256","ES384"]'

# ---- ours, verified by others ----
"$ratls" attest --attester sim-tdx --attester-options "mrtd=$code_S" --report-data "$(printf 'a5%.0s' $(seq 64))" \
    --insecure-sim-root-out root.pem -o quote
"$ratls" cert --attester sim-tdx --attester-options "mrtd=$code_S" -o cert.pem --key key.pem
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout other.key -out other.pem \
    -subj /CN=other -days 1 2>/dev/null
policy good.json "$code_S"
policy bad.json "$code_X"
for alg in "${algs[@]}"; do
    check "a token by $alg" make 0 --policy good.json --key "$alg=$alg.pem" --cert cert.pem \
        --eat-nonce 0001020304050607 --policy-id good:1 --raw-claims --level key -o "$alg.jwt"
    check 'is verified by José' foreign "$alg.jwt" "$alg"
    check 'and by us' judged 0 ok "$(cat "$alg.jwt")" --audience web --insecure-allow-none \
        --cert cert.pem --nonce 0001020304050607
done
foreign ES256.jwt ES256 >payload.json
check 'the simulated TEE is not affirmed' equal "$(jq -c '.submods.tdx | [.ear_status,
    .ear_trustworthiness_vector, ."ratls.simulated", ."ratls.level"]' payload.json)" '["none",{},true,1]'
openssl x509 -in cert.pem -noout -pubkey | openssl pkey -pubin -outform DER | tail -c 64 >point
echo "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"$(head -c 32 point | url)\",\"y\":\"$(tail -c 32 point | url)\"}" >tls.jwk
check 'the token is bound to the TLS key' equal "$(jq -r .cnf.jkt payload.json)" "$(jose jwk thp -i tls.jwk)"
check 'policy, nonce and claims are told' equal "$(jq -c '[.eat_nonce, .submods.tdx.ear_appraisal_policy_ids,
    .submods.tdx."ratls.claims".measurement]' payload.json)" "[\"AAECAwQFBgc\",[\"good:1\"],\"$code_S\"]"
check 'the claims come back by name' equal "$(jq -r .raw_claims.measurement command.out)" "$code_S"
check 'nothing is made of a denial' make 1 --policy bad.json --key ES256.pem -o denied.jwt
check 'no file either' refuse test -e denied.jwt
check 'nor without a policy' make 2 --authenticity-only --key ES256.pem
check 'Veraison and secGear are spoken, too' make 0 --policy good.json --key ES256.pem --profile veraison \
    --secgear -o older.jwt
check 'in their words' equal "$(foreign older.jwt ES256 | jq -c '[.submods.tdx."ear.status", .evaluation_reports.eval_result, .tee]')" \
    '["none",false,"tdx"]'

# ---- refused ----
token=$(cat ES256.jwt)
bound=(--audience web --insecure-allow-none --cert cert.pem)
IFS=. read -r header payload _ <<<"$token"
check 'a good one, from a pipe' eval "printf '%s\n' $token | $ratls token verify - --issuer $iss=jwks.json ${bound[*]}"
check 'simulated, where that is not asked for' judged 1 token_status "$token" --audience web --cert cert.pem
check 'for another audience' judged 1 token_audience "$token" "${bound[@]/web/api}"
check 'shown by another key' judged 1 token_binding "$token" --audience web --insecure-allow-none --cert other.pem
check 'shown by who knows whom' judged 1 token_binding "$token" --audience web --insecure-allow-none
check 'for another nonce' judged 1 token_nonce "$token" "${bound[@]}" --nonce 0001020304050608
check 'of another type' judged 1 token_type "$token" "${bound[@]}" --type at+jwt
check 'later' judged 1 token_expired "$token" "${bound[@]}" --time "$(($(date +%s) + 301))"
check 'earlier' judged 1 token_not_yet_valid "$token" "${bound[@]}" --time "$(($(date +%s) - 100))"
check 'old by what is asked' judged 1 token_expired "$token" "${bound[@]}" --max-age 5 --time "$(($(date +%s) + 60))"
check 'without its signature' judged 1 token_signature "$header.$payload." "${bound[@]}"
check 'with alg none' judged 1 token_algorithm "$(printf '{"alg":"none","typ":"eat+jwt"}' | url).$payload." "${bound[@]}"
jwks=others.json
"$ratls" token jwks ES384.pem -o others.json
check 'of a key that is not pinned' judged 1 token_key "$token" "${bound[@]}"
iss=https://other.example check 'of another issuer' judged 1 token_issuer "$token" "${bound[@]}"
check 'a private key is not pinned' status 2 "$ratls" token verify "$token" --issuer $iss=ES256.pem --audience web
jwks=jwks.json

# ---- theirs, verified by us ----
now=$(date +%s)
echo "{\"iss\":\"$iss\",\"aud\":[\"a\",\"web\"],\"iat\":$now,\"nbf\":$now,\"exp\":$((now + 60)),\"sub\":\"x\"}" >claims.json
for alg in "${algs[@]}"; do
    jose jwk gen -i "{\"alg\":\"$alg\",\"kid\":\"k-$alg\"}" -o theirs.jwk
    jose jwk pub -i theirs.jwk | jq -c '{keys: [.]}' >theirs.json
    jose jws sig -I claims.json -k theirs.jwk -c -o theirs.jwt \
        -s "{\"protected\":{\"alg\":\"$alg\",\"typ\":\"JWT\",\"kid\":\"k-$alg\"}}"
    jwks=theirs.json
    check "a token of José by $alg" judged 0 ok "$(cat theirs.jwt)" --plain --type JWT --audience web
    check 'is no attestation result' judged 1 token_malformed "$(cat theirs.jwt)" --type JWT --audience web
done

# ---- real evidence ----
real=${RATLS_VECTORS:-}/intel/tdx-v4-uptodate-1
if [ ! -e "$real/quote.bin" ]; then
    skip 'a real TDX quote is affirmed' "no $real"
    exit 0
fi
jwks=jwks.json
mrtd=$("$ratls" inspect --json "$real/quote.bin" | jq -r .claims.measurement)
echo "{\"tees\":{\"tdx\":{\"measurements\":[\"$mrtd\"]}}}" >real.json
check 'a real TDX quote is affirmed' status 0 "$ratls" token make --evidence "$real/quote.bin" \
    --collateral "$real/collateral.json" --policy real.json --time 1751000000 --iss $iss --aud web \
    --key ES256.pem -o real.jwt
check 'and accepted at its time' judged 0 ok "$(cat real.jwt)" --audience web --time 1751000100
check 'with what makes it good' equal "$(jq -c '.claims | [."ear.status", ."ear.hardware", ."ear.executables",
    ."ear.simulated"]' command.out)" '["affirming","affirming","affirming",false]'
check 'but not today' judged 1 token_expired "$(cat real.jwt)" --audience web
