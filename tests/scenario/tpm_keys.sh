#!/usr/bin/env bash
# How an attestation key comes to be trusted: the registrar's credential is activated by the TPM (TPM 2.0 part 1, 24), then the key is kept in a
# store, which may also withdraw it; or certified, and a list revokes it.
. "$(dirname "$0")/lib.sh"

has_tpm || { skip 'keys of a TPM' 'this build talks to none'; exit; }
start_tpm
{ make_ak good 0x81010002 ecc ecdsa && make_ak other 0x81010003 rsa rsassa; } >keys.out 2>&1 || { cat keys.out; exit 2; }

# ---- the registrar's challenge ----

printf 'what only this TPM can read' >secret
challenge() { # NAME: to the TPM of ek.pub, if it has this key
    tpm2_makecredential -Q -T none -u ek.pub -s secret -n "$(xxd -p -c 99 "$1.name")" -o credential
}
activate() { # NAME: by this key
    rm -f answer
    { tpm2_startauthsession --policy-session -S session.ctx && tpm2_policysecret -S session.ctx -c e; } >session.out 2>&1 || return 1
    tpm2_activatecredential -Q -c "$1.ctx" -C ek.ctx -i credential -o answer -P session:session.ctx >session.out 2>&1
    tpm2_flushcontext session.ctx && tpm2_flushcontext -t
    cmp -s secret answer
}
check 'the registrar makes a credential' challenge good
check 'which the TPM opens for its key' activate good
check 'and for no other' refuse activate other

# ---- a store ----

data=$(printf 'cd%.0s' $(seq 64))
attest() { # NAME HANDLE MORE
    "$ratls" attest --attester tpm --attester-options "tcti=$tcti,ak=$2${3:-}" --report-data "$data" -o "$1.json"
}
attest good 0x81010002 && attest other 0x81010003 || exit 2
# judge NAME OPTIONS: the verdict is in verdict
judge() {
    "$ratls" verify --json --authenticity-only --tee tpm --evidence "$1.json" --report-data "$data" "${@:2}" >verdict
}
reason() { # NAME, REASON, OPTIONS
    judge "$1" "${@:3}"
    grep -q "\"reason\":\"$2\"" verdict
}
store=(--store "sqlite:$work/store.db")
check 'nobody vouches for a key that is in no store' reason good no_trust_anchor
openssl pkey -pubin -in other.pem -outform DER -out other.der
check 'a key is kept, PEM' "$ratls" anchor add "${store[@]}" --tee tpm --name good good.pem
check 'a draft does not count' reason good no_trust_anchor "${store[@]}"
check 'until it is activated' "$ratls" anchor activate "${store[@]}" tpm/good@1
check 'its quote is genuine' judge good "${store[@]}"
check 'by a pin' grep -q '"tpm.ak_trust":"pin"' verdict
check 'that is whose it is' grep -q '"vector":{"instance-identity":2}' verdict
check 'the other is not' reason other no_trust_anchor "${store[@]}"
check 'a key is kept, DER' "$ratls" anchor add "${store[@]}" --tee tpm --name other --state active other.der
check 'and counts' judge other "${store[@]}"
check 'a version is revoked' "$ratls" anchor revoke "${store[@]}" tpm/good@1
check 'it counts no more' reason good no_trust_anchor "${store[@]}"
check 'the other does' judge other "${store[@]}"
check 'a key is revoked, for ever' "$ratls" anchor revoke "${store[@]}" --tee tpm \
    --key "$(openssl dgst -sha256 -r other.der | cut -d ' ' -f 1)"
check 'it is refused' reason other key_revoked "${store[@]}"
check 'also where it is given as a file' reason other key_revoked "${store[@]}" --anchors other.pem

# ---- a certificate, and lists ----

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 30 -subj '/CN=registrar' \
    -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout unused.key -out request.pem -subj '/CN=machine 1' 2>/dev/null
printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' 'extendedKeyUsage=2.23.133.8.3' \
    'crlDistributionPoints=URI:http://registrar.example/crl' >ak.ext
openssl x509 -req -in request.pem -force_pubkey good.pem -CA ca.pem -CAkey ca.key -days 30 -extfile ak.ext -out ak.crt 2>openssl.out ||
    { cat openssl.out; exit 2; }
printf '[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ndefault_md=sha256\ncrlnumber=number\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n' >ca.conf
: >index.txt
echo 01 >number
list() { # FILE
    openssl ca -config ca.conf -gencrl -keyfile ca.key -cert ca.pem -crldays 7 -out "$1" 2>>openssl.out
}
list before.crl
openssl ca -config ca.conf -revoke ak.crt -keyfile ca.key -cert ca.pem 2>>openssl.out
list after.crl || { cat openssl.out; exit 2; }
attest certified 0x81010002 ",certs=$work/ak.crt" || exit 2
check 'a certified key' judge certified --anchors ca.pem
check 'nobody asked for the list that its certificate names' grep -q '"tcb_status":"not_evaluated"' verdict
check 'nothing is affirmed' grep -q '"vector":{}' verdict
check 'with a list' judge certified --anchors ca.pem --crl before.crl
check 'it is looked up' grep -q '"tpm.ak_revocation":"good"' verdict
check 'and affirmed' grep -q '"vector":{"instance-identity":2}' verdict
check 'in a list that has it' reason certified revoked --anchors ca.pem --crl after.crl
store=(--store "sqlite:$work/certified.db")
check 'the root is kept' "$ratls" anchor add "${store[@]}" --tee tpm --name registrar --state active ca.pem
check 'it vouches for the key' judge certified "${store[@]}"
check 'so is a list' "$ratls" anchor add "${store[@]}" --tee tpm --name list --state active after.crl
check 'which revokes it' reason certified revoked "${store[@]}"
