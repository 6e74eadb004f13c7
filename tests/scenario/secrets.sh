#!/usr/bin/env bash
# `ratls secret` and `ratls kek`: every verb on every kind of store; what is never seen in clear
# (T52, T157, T158); JWE with `jose`, which is not ours; SoftHSM; writers that are killed.
. "$(dirname "$0")/lib.sh"

canary='canary-7f3a-never-in-clear'
puts=12
[ -z "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ] || puts=5

says() { # EXIT TEXT COMMAND...: of ratls; TEXT is a basic regular expression
    status "$1" "$ratls" "${@:3}" || return
    grep -q -- "$2" command.out || { echo "no '$2': $(cat command.out)"; return 1; }
}
put() { # NAME OPTION...: the value on standard input
    "$ratls" secret put "$1" --store "$url" --kek "$kek" --author alice "${@:2}"
}
rotate() {
    "$ratls" secret rotate "$1" --store "$url" --kek "$kek" --author bob "${@:2}"
}
revealed() { # REF VALUE [KEK]
    equal "$("$ratls" secret open "$1" --reveal --store "$url" --kek "${3:-$kek}" 2>&1)" "$2"
}

# ---- what every place shares ----
check 'a KEK is made' says 0 '^written$' kek new "$work/kek"
check 'for its owner alone' equal "$(stat -c %a kek)" 600
check 'never over something' says 2 'wrong_state' kek new "$work/kek"
check 'for programs' says 0 '^{"written":true}$' kek new "$work/kek2" --json
kek=file:$work/kek kek2=file:$work/kek2
check 'it has an id' says 0 '^{"id":"[0-9a-f]\{32\}"}$' kek show "$kek" --json
cp kek loose && chmod 644 loose
check 'no KEK that others may read' says 2 'kek_unusable.*mode 0644' kek show "file:$work/loose"
printf '{"tees": {"tdx": {"measurements": ["%s"]}}}' "$(printf 'aa%.0s' $(seq 48))" >policy.json
printf '{"tees": {"tdx": {"measurements": ["%s"]}}}' "$(printf 'bb%.0s' $(seq 48))" >other.json
printf %s "$canary" >value

verbs() { # NAME: of every verb, at $url
    local name=$1 at=(--store "$url")
    check "$name: a store with a policy" says 0 '^policy/web@1' \
        policy add "${at[@]}" --name web --state active policy.json
    check "$name: put" says 0 '^db@1 *active .*alice  policy web$' \
        secret put db "${at[@]}" --kek "$kek" --policy web --author alice --in value
    check "$name: not twice" says 2 'wrong_state' secret put db "${at[@]}" --kek "$kek" --policy web --in value
    check "$name: not under an unknown policy" says 2 'no_policy' \
        secret put x "${at[@]}" --kek "$kek" --policy none --in value
    check "$name: nor under none" says 2 'usage' secret put x "${at[@]}" --kek "$kek" --policy '' --in value
    check "$name: no name that leads elsewhere" says 2 'usage' \
        secret put ../x "${at[@]}" --kek "$kek" --policy web --in value
    check "$name: the operator gets it" revealed db "$canary"
    check "$name: but says so" says 2 'one of them' secret open db "${at[@]}" --kek "$kek"
    check "$name: with the right KEK" says 2 'kek_mismatch' secret open db --reveal "${at[@]}" --kek "$kek2"
    check "$name: rotate" says 0 '"name":"db","version":2,"state":"active"' \
        secret rotate db "${at[@]}" --kek "$kek" --overlap 60 --json --in value
    check "$name: list" says 0 '^db@1 *superseded .* until 20' secret list "${at[@]}"
    check "$name: show has the newest" says 0 '"version":2.*"policy_current":true.*"size":26}' \
        secret show db "${at[@]}" --json
    check "$name: a policy that changes" says 0 '^policy/web@2' \
        policy add "${at[@]}" --name web --state active other.json
    check "$name: is seen" says 0 'changed: rebind' secret list "${at[@]}" --name db
    check "$name: and bound anew" says 0 '^changed: 2$' secret rebind db "${at[@]}" --kek "$kek"
    check "$name: another KEK for all" says 0 '^{"changed":2}$' \
        secret rewrap "${at[@]}" --kek "$kek" --to "$kek2" --json
    check "$name: is the one" revealed db "$canary" "$kek2"
    check "$name: delete one" says 0 '^changed: 1$' secret delete db@1 "${at[@]}"
    check "$name: not all by mistake" says 2 'with --all' secret delete db "${at[@]}"
    check "$name: delete all" says 0 '^changed: 1$' secret delete db --all "${at[@]}"
    check "$name: it is gone" says 2 'not_found' secret open db --reveal "${at[@]}" --kek "$kek2"
    check "$name: history" says 0 'destroy *secret//db/2' secret history "${at[@]}"
    check "$name: of secrets alone" refuse grep -q 'policy//' command.out
    check "$name: the store knows no secrets" says 0 '^{"written":true}$' store export "${at[@]}" -o out.json --json
    check "$name: nor does a document" refuse grep -q 'secret' out.json
    check "$name: it is whole" says 0 '^[0-9]*:[0-9a-f]\{64\}$' store check "${at[@]}"
}

# Each version is whole or absent, whenever its writer died.
killed() { # NAME
    local name=$1 i n=0
    printf one | put killed --policy web >put.out 2>&1 || return
    for i in $(seq $puts); do
        rotate killed --in value >put.out 2>&1 &
        sleep "0.0$((RANDOM % 8))"
        kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
    done
    "$ratls" store check --store "$url" >check.out || { cat check.out; return 1; }
    "$ratls" secret list --store "$url" --name killed --json >list.json || return
    for i in $(jq -r '.[].version' list.json); do
        n=$((n + 1))
        equal "$i" $n || return
        revealed "killed@$i" "$([ "$i" = 1 ] && echo one || echo "$canary")" || return
    done
    equal "$(jq '[.[] | select(.state == "active")] | length' list.json)" 1 || return
    printf two | rotate killed >put.out 2>&1 && revealed killed two
}
killed_rewrap() {
    local i
    for i in 1 2 3 4; do
        "$ratls" secret rewrap --store "$url" --kek "$kek" --to "$kek2" >put.out 2>&1 &
        sleep "0.0$((RANDOM % 5))"
        kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
        equal "$("$ratls" secret list --store "$url" --json |
            jq '[.[].kek | select(. != null)] | unique | length')" 1 || return
    done
    "$ratls" secret rewrap --store "$url" --kek "$kek" --to "$kek2" >put.out && revealed killed two "$kek2"
}

for place in folder sqlite postgresql; do
    url=$place:$work/store-$place
    if [ $place = postgresql ]; then
        ports database
        make_database
        start_database
        url="postgresql://ratls@127.0.0.1:${port[database]}/postgres?sslmode=disable"
    fi
    "$ratls" store create --store "$url" >create.out || exit 2
    verbs $place
    check "$place: a version is whole or absent, when its writer is killed" killed "$place"
    check "$place: all are under one KEK, when the one who changes it is killed" killed_rewrap
done
"$postgres/pg_dump" -h 127.0.0.1 -p "${port[database]}" -U ratls postgres >dump.sql || exit 2
check 'the dump has the secrets' grep -q ratls-secret/1 dump.sql
check 'no file but its own has the value' \
    equal "$(grep -rlaFe "$canary" . | sort)" ./value
check 'nor in base64' equal "$(grep -rlaFe "$(base64 <value | cut -c 1-30)" .)" ''

# ---- JWE: jose is the other side ----
url=folder:$work/store-folder kek=$kek2
printf %s "$canary" | put jwe --policy web >put.out || exit 2
for kind in P-256 P-384 P-521; do
    jose jwk gen -i "{\"kty\":\"EC\",\"crv\":\"$kind\"}" -o private.jwk || exit 2
    jose jwk pub -i private.jwk -o public.jwk
    rm -f out.jwe
    check "$kind: a JWE is made" status 0 "$ratls" secret open jwe --to public.jwk -o out.jwe \
        --store "$url" --kek "$kek"
    check "$kind: jose opens it" equal "$(jose jwe dec -i out.jwe -k private.jwk)" "$canary"
done
base64url() { basenc --base64url -w 0 | tr -d =; }
openssl ecparam -name prime256v1 -genkey -noout -out ec.pem
openssl pkey -in ec.pem -pubout -outform DER | tail -c 64 >point
printf '{"kty":"EC","crv":"P-256","x":"%s","y":"%s"}' \
    "$(head -c 32 point | base64url)" "$(tail -c 32 point | base64url)" >ec.jwk
jose jwe enc -I value -k ec.jwk -c -o made.jwe \
    -i '{"protected":{"alg":"ECDH-ES+A256KW","enc":"A256GCM"}}' || exit 2
check 'what jose made is opened' equal "$("$ratls" secret decrypt made.jwe --key ec.pem)" "$canary"

# jose 11 has no RSA-OAEP-256 with OpenSSL 3: the content key goes through openssl both ways.
oaep() { # ENCRYPT-OR-DECRYPT KEY-OPTION...
    openssl pkeyutl "$@" -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256
}
openssl genrsa -out rsa.pem 2048 2>/dev/null
openssl pkey -in rsa.pem -pubout -out rsa.pub
rm -f out.jwe
check 'RSA: a JWE is made' status 0 "$ratls" secret open jwe --to rsa.pub -o out.jwe --store "$url" --kek "$kek"
cut -d. -f2 out.jwe | jose b64 dec -i - | oaep -decrypt -inkey rsa.pem >cek
check 'RSA: openssl opens its key' equal "$(stat -c %s cek)" 32
printf %s "$(cut -d. -f1 out.jwe).$(oaep -encrypt -pubin -inkey rsa.pub <cek | base64url).$(cut -d. -f3- out.jwe)" \
    >made.jwe
check 'RSA: what openssl sealed is opened' equal "$("$ratls" secret decrypt made.jwe --key rsa.pem)" "$canary"
check 'RSA: and is another text' refuse cmp -s made.jwe out.jwe
check 'not by another kind of key' says 2 'certificate' secret decrypt made.jwe --key ec.pem

# ---- a KEK in a token ----
export SOFTHSM2_CONF=$work/softhsm.conf
mkdir tokens && echo "directories.tokendir = $work/tokens" >softhsm.conf
softhsm2-util --init-token --free --label ratls --pin 1234 --so-pin 12345678 >softhsm.out || exit 2
(umask 077 && echo 1234 >pin)
printf %s "$(openssl rand -hex 16)" >aes # text: of other bytes softhsm2-util takes some for an end
softhsm2-util --import aes --aes --token ratls --label kek --id 01 --pin 1234 >softhsm.out || exit 2
token="pkcs11:token=ratls;object=kek?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=$work/pin"
check 'all come under the token' says 0 '^changed: ' secret rewrap --store "$url" --kek "$kek" --to "$token"
check 'and open by it' revealed jwe "$canary" "$token"
check 'nobody asks for a PIN in the URL' says 2 'pin-source' kek show "$token&pin-value=1234"
