#!/usr/bin/env bash
# How an attestation key comes to be trusted: the registrar's credential is activated by the TPM (TPM 2.0 part 1, 24), then the key is kept in a
# store, which may also withdraw it.
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
attest() { # NAME HANDLE
    "$ratls" attest --attester tpm --attester-options "tcti=$tcti,ak=$2" --report-data "$data" -o "$1.json"
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
