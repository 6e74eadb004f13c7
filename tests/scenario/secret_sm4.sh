#!/usr/bin/env bash
# Secrets as JWE by SM4-GCM: only who asks for it gets it, `openssl` decrypts it with another SM4, and
# without libgcrypt nobody gets anything else in its place.
. "$(dirname "$0")/lib.sh"

ports tls tls_sm4 plain
usual_pair
canary='canary-8c21-never-in-clear'
kek=file:$work/kek store=folder:$work/store/s
mkdir store
"$ratls" kek new "$work/kek" >kek.out
policy web.json "$code_C"
"$ratls" policy add --store "$store" --name web --state active web.json >store.out || exit 2
printf %s "$canary" >value
"$ratls" secret put db --store "$store" --kek "$kek" --policy web --author alice --in value >store.out || exit 2
rm value
[ "$(id -u)" -ne 0 ] || chown -R nobody store
secrets() { # SERVICE PORT [LINE]: of server.conf
    printf '%s\n' "[$1]" "accept = 127.0.0.1:$2" 'mode = secrets' "secrets-store = $store" \
        "secrets-kek = $kek" "${@:3}" >>server.conf
}
secrets usual "${port[tls]}"
secrets sm4 "${port[tls_sm4]}" 'secrets-jwe = SGD_SM4_GCM'
service client secrets "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls_sm4]}" 'client = yes'
says() { # EXIT TEXT OPTION...: of ratls
    status "$1" "$ratls" "${@:3}" || return
    grep -q -- "$2" command.out || { cat command.out; return 1; }
}
openssl genrsa -out rsa.pem 2048 2>/dev/null
openssl pkey -in rsa.pem -pubout -out rsa.pub
to=(secret open db --to rsa.pub --store "$store" --kek "$kek")
missing='SGD_SM4_GCM: built without libgcrypt (RATLS_SM4)'

check 'another cipher is none' says 2 'A256GCM or SGD_SM4_GCM' "${to[@]}" --enc SM4
check 'in clear there is nothing to choose' says 2 'needs --to' secret open db --reveal --enc SGD_SM4_GCM \
    --store "$store" --kek "$kek"
who=(--attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --policy policy-of-client.json
    --insecure-sim-roots root-server.pem)
check 'nor without a JWE' says 2 'needs --jwe' secret get https://localhost/secrets/db "${who[@]}" --enc SGD_SM4_GCM
"$ratls" secret decrypt value --key rsa.pem --enc SGD_SM4_GCM >sm4.out 2>&1
if grep -q 'built without libgcrypt' sm4.out; then
    check 'without libgcrypt a JWE is refused' says 2 "$missing" "${to[@]}" --enc SGD_SM4_GCM
    check 'and the service does not start' status 2 "$build/ratls-proxy" --check server.conf
    check 'and says why' grep -q "secrets-jwe: $missing" command.out
    skip 'secrets by SM4-GCM' "$missing"
    exit 0
fi

# ---- by the operator ----
check 'a JWE is made' status 0 "$ratls" "${to[@]}" --enc SGD_SM4_GCM -o out.jwe
IFS=. read -r header key iv text tag <out.jwe
check 'its header says by what' equal "$(jose b64 dec -i - <<<"$header" | jq -c .enc)" '"SGD_SM4_GCM"'
check 'it is opened by who asks for it' equal "$("$ratls" secret decrypt out.jwe --key rsa.pem --enc SGD_SM4_GCM)" "$canary"
check 'and by nobody else' says 2 "'enc' is not A256GCM\|malformed" secret decrypt out.jwe --key rsa.pem
jose b64 dec -i - <<<"$key" | openssl pkeyutl -decrypt -inkey rsa.pem -pkeyopt rsa_padding_mode:oaep \
    -pkeyopt rsa_oaep_md:sha256 >cek
check 'its key has 128 bits' equal "$(stat -c %s cek)" 16
hex() { od -An -v -tx1 | tr -d ' \n'; }
# SP 800-38D s.7.1: the text is under the counters from 2 on.
check 'openssl decrypts it' equal "$(jose b64 dec -i - <<<"$text" | openssl enc -d -sm4-ctr -K "$(hex <cek)" \
    -iv "$(jose b64 dec -i - <<<"$iv" | hex)00000002")" "$canary"
echo "$header.$key.$iv.$text.${tag:0:20}AA" >changed.jwe
check 'a changed one is not opened' status 2 "$ratls" secret decrypt changed.jwe --key rsa.pem --enc SGD_SM4_GCM
check 'and gives nothing' refuse grep -q canary command.out

# ---- by a service ----
[ "$(id -u)" -ne 0 ] || chown -R nobody store # the trail has a row more
check 'the service takes it' status 0 "$build/ratls-proxy" --check server.conf
start_proxy server client
check 'a peer that asks for a JWE gets it by SM4' equal \
    "$(get "http://127.0.0.1:${port[plain]}/secrets/db" -H 'Accept: application/jose' | cut -d . -f 1 | jose b64 dec -i - | jq -c '[.alg, .enc]')" \
    '["ECDH-ES+A256KW","SGD_SM4_GCM"]'
own() { # PORT OPTION...
    "$ratls" secret get "https://127.0.0.1:${port[$1]}/secrets/db" "${who[@]}" --jwe "${@:2}" 2>command.out
}
check 'the command opens it' equal "$(own tls_sm4 --enc SGD_SM4_GCM)" "$canary"
check 'but takes it for nothing else' refuse own tls_sm4
check 'and what is sealed by AES for no SM4' refuse own tls --enc SGD_SM4_GCM
check 'which other services go on with' equal "$(own tls)" "$canary"
check 'no secret is found in clear' refuse grep -rqa "$canary" store ./*.log ./*.out
