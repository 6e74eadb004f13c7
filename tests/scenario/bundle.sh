#!/usr/bin/env bash
# Bundles next to openssl: what we sign it verifies, what it signs we open, by nothing but RFC 7515.
. "$(dirname "$0")/lib.sh"
bundle=$helpers/bundle

cat >document.json <<'END'
{"format": "ratls-trust/1", "issuer": "Example Inc.", "bundle": "web", "revision": 7,
 "items": [{"kind": "refval", "tee": "snp", "name": "web", "version": 1, "state": "active",
            "body": {"measurements": ["00ff"], "comment": "ä"}}]}
END

url() { openssl base64 -A | tr '+/' '-_' | tr -d =; }
unurl() { # base64url on stdin
    local text
    text=$(cat)
    while [ $((${#text} % 4)) -ne 0 ]; do text+='='; done
    printf %s "$text" | tr '_-' '/+' | openssl base64 -d -A
}
hex() { od -An -v -tx1 | tr -d ' \n'; }
unhex() { # digits on stdin
    # shellcheck disable=SC2046,SC2059 # one format of \xNN each
    printf "$(sed 's/../\\x&/g')"
}

# r || s of so many bytes each on stdin -> ECDSA-Sig-Value
raw_to_der() { # bytes
    local both digits=$((2 * $1))
    both=$(hex)
    cat >sig.conf <<END
asn1 = SEQUENCE:sig
[sig]
r = INTEGER:0x${both:0:digits}
s = INTEGER:0x${both:digits}
END
    openssl asn1parse -genconf sig.conf -noout -out /dev/stdout
}
# and back
der_to_raw() { # bytes
    openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' | while read -r number; do
        printf "%$((2 * $1))s" "$number" | tr ' ' 0
    done | unhex
}

# openssl_verify TOKEN KEY HASH BYTES ALG; BYTES 0: the signature is not ECDSA's
openssl_verify() {
    local token header payload sig
    token=$(cat "$1")
    IFS=. read -r header payload sig <<<"$token"
    equal "$(unurl <<<"$header")" "{\"alg\":\"$5\",\"typ\":\"ratls-bundle+jws\",\"kid\":\"k-1\"}" &&
        printf %s "$payload" | unurl | cmp - document.json || return
    printf %s "$header.$payload" >signed
    if [ "$4" -gt 0 ]; then
        printf %s "$sig" | unurl | raw_to_der "$4" >sig
    else
        printf %s "$sig" | unurl >sig
    fi
    openssl dgst "-$3" -verify "$2" -signature sig signed
}

# openssl_sign TOKEN KEY HASH BYTES ALG
openssl_sign() {
    printf %s "$(printf '{"typ":"ratls-bundle+jws","kid":"by openssl","alg":"%s"}' "$5" | url).$(url <document.json)" >signed
    openssl dgst "-$3" -sign "$2" -out sig signed || return
    {
        cat signed
        printf .
        if [ "$4" -gt 0 ]; then der_to_raw "$4" <sig | url; else url <sig; fi
    } >"$1"
}

openssl ecparam -name prime256v1 -genkey -noout -out p256.key 2>/dev/null
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out p384.key 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072 -out rsa.key 2>/dev/null
openssl genrsa -traditional -out old.key 2048 2>/dev/null
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out large.key 2>/dev/null

while read -r name hash bytes alg; do
    openssl pkey -in "$name.key" -pubout -out "$name.pub" 2>/dev/null
    check "$alg with $name: a bundle is made" "$bundle" sign document.json "$name.key" k-1 "$name.jws"
    check "$alg with $name: openssl verifies it" openssl_verify "$name.jws" "$name.pub" "$hash" "$bytes" "$alg"
    for run in 1 2 3 4; do # leading zeros of r and s come by chance
        check "$alg with $name: openssl signs one, run $run" \
            openssl_sign "$name.foreign" "$name.key" "$hash" "$bytes" "$alg"
        check "$alg with $name: it is opened, run $run" "$bundle" open "$name.foreign" "$name.pub" opened.json
        check "$alg with $name: byte for byte, run $run" cmp opened.json document.json
    done
done <<'END'
p256 sha256 32 ES256
p384 sha384 48 ES384
rsa sha256 0 RS256
old sha256 0 RS256
large sha256 0 RS256
END

check 'ES256 with P-384: openssl signs one' openssl_sign wrong.jws p384.key sha256 48 ES256
check 'ES256 with P-384: it is refused' status 1 "$bundle" open wrong.jws p384.pub no.json
check 'and for the algorithm' grep -q "^bundle_signature: .*alg is 'ES256', of the key ES384" command.out
check 'the key of another bundle: refused' status 1 "$bundle" open rsa.jws old.pub no.json
check 'and for the signature' grep -q '^bundle_signature: ' command.out
openssl pkey -in p256.key -aes256 -passout pass:secret -out locked.key 2>/dev/null
check 'a key with a password is refused, and nobody is asked' status 1 \
    timeout 10 "$bundle" sign document.json locked.key k no.jws
check 'nothing was written for what was refused' test ! -e no.json -a ! -e no.jws
