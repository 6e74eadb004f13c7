#!/usr/bin/env bash
# `ratls refval|anchor|policy|store` (T45, T46): every verb of every noun on a folder and on SQLite,
# for people and for programs; what `ratls verify --store` says then; and what is refused.
. "$(dirname "$0")/lib.sh"

says() { # EXIT TEXT COMMAND...: of ratls; TEXT is a basic regular expression
    status "$1" "$ratls" "${@:3}" || return
    grep -q -- "$2" command.out || { echo "no '$2': $(cat command.out)"; return 1; }
}
usage_error() { # TEXT COMMAND...: nothing is done, and the message is no reason of the store's
    says 2 "^ratls: .*$1" "${@:2}"
}
# One line that is an object or a list, with its brackets in pairs, and with TEXT.
json() { # EXIT TEXT COMMAND...
    says "$1" "$2" "${@:3}" --json || return
    equal "$(wc -l <command.out)" 1 || return
    grep -qx '{.*}\|\[.*\]' command.out || { cat command.out; return 1; }
    equal "$(tr -cd '{[' <command.out | wc -c)" "$(tr -cd ']}' <command.out | wc -c)"
}
count() { # NUMBER TEXT: of members of the last output
    equal "$(grep -o -- "$2" command.out | wc -l)" "$1"
}
judged() { # REASON EVIDENCE OPTION...: of `ratls verify` by the store at $url
    local expected=1
    [ "$1" != ok ] || expected=0
    status $expected "$ratls" verify --json --evidence "$2" "${@:3}" || return
    equal "$(sed -n 's/.*"reason":"\([a-z_]*\)".*/\1/p' command.out)" "$1"
}
claim() { # FILE NAME: a claim of evidence
    "$ratls" inspect "$1" --json | sed -n "s/.*\"$2\":\"\([0-9a-f]*\)\".*/\1/p"
}
hash_of() { # FILE: SHA-256 of the key in a certificate
    openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | sha256sum | cut -d' ' -f1
}

# ---- what comes from outside ----
value_a=$(printf 'aa%.0s' $(seq 32))
value_b=$(printf 'bb%.0s' $(seq 32))
nobody=$(printf '01%.0s' $(seq 32))
for name in ops mallory; do
    openssl ecparam -name prime256v1 -genkey -noout -out $name.key 2>/dev/null
    openssl ec -in $name.key -pubout -out $name.pem 2>/dev/null
done
for tee in tdx snp cca; do
    "$ratls" attest --attester sim-$tee --insecure-sim-root-out root-$tee -o quote-$tee \
        --attester-options "pki=$work/pki-$tee" >attest.out || exit 2
done
"$helpers/collateral" sim-snp pki-snp amd.json 6 60 || exit 2
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout ca.key -out ca.pem -days 30 \
    -subj '/CN=a root' -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
openssl x509 -in ca.pem -outform DER -out ca.der
touch index.txt
printf '[ca]\ndefault_ca=a\n[a]\ndatabase=index.txt\ndefault_md=sha384\ncrlnumber=number\ncrl_extensions=e\n[e]\nauthorityKeyIdentifier=keyid\n' >ca.conf
echo 01 >number
openssl ca -config ca.conf -gencrl -keyfile ca.key -cert ca.pem -crldays 7 -out crl.pem 2>openssl.out
openssl crl -in crl.pem -outform DER -out crl.der
openssl x509 -in ca.pem -noout -pubkey -out ak.pem
openssl pkey -pubin -in ak.pem -outform DER -out ak.der
cat >policy.json <<END
{"tees": {"tdx": {"reference_values": ["*"], "tcb_status": ["not_evaluated"], "insecure_simulated": true},
          "snp": {"reference_values": ["*"], "insecure_simulated": true}}}
END
printf '{"tees": {"tdx": {"measurements": ["%s"]}}}' "$code_X" >strict.json
cat >large.json <<END
{"claims": {"tdx.x": [9007199254740991, 1000000000000000, 999999999999999]}, "measurements": ["$value_a"],
 "minimum": {"tdx.y": 2147483648}}
END
printf '{"vcca.cvm.rim": "%s"}' "$value_a" >refs.json
printf '{"vcca.cvm.rim": "%s", "what": "%s"}' "$value_a" "$value_a" >unknown-refs.json

# ---- every verb of a noun: NOUN TEE/ OPTIONS OF ADD ----
verbs() { # NAME NOUN PREFIX ADD...
    local name=$1 noun=$2 ref=$3set at=(--store "$url")
    local add=("$noun" add "${at[@]}" --author alice --name set "${@:4}")
    check "$name: $noun add makes a draft" says 0 "^$noun/${ref}@1 *draft .* alice$" "${add[@]}"
    check "$name: for programs" json 0 "\"kind\":\"$noun\".*\"name\":\"set\",\"version\":2,\"state\":\"active\"" \
        "${add[@]}" --state active
    check "$name: with number and dates" json 0 '"version":7,.*"not_before":1735689600,"not_after":4102444800,"author":"alice"' \
        "${add[@]}" --version 7 --not-before 2025-01-01T00:00:00Z --not-after 4102444800
    check "$name: the next is one above" says 0 "^$noun/${ref}@8 " "${add[@]}"
    check "$name: none below" says 2 'rollback' "${add[@]}" --version 7
    check "$name: $noun list" says 0 "^$noun/${ref}@7 *draft .* until 2100-01-01T00:00:00Z$" "$noun" list "${at[@]}"
    check "$name: for programs" json 0 "\"version\":8" "$noun" list "${at[@]}" --name set
    check "$name: all four" count 4 '"kind":'
    check "$name: by state" json 0 '"version":2' "$noun" list "${at[@]}" --state active
    check "$name: that one alone" count 1 '"kind":'
    check "$name: by name" json 0 '^\[\]$' "$noun" list "${at[@]}" --name other
    check "$name: by TEE" json 0 '^\[\]$' "$noun" list "${at[@]}" --tee none
    check "$name: a state that is none" usage_error '--state must be' "$noun" list "${at[@]}" --state Active
    check "$name: $noun show has the highest" says 0 '"version":	8' "$noun" show "${at[@]}" "$ref"
    check "$name: or another" json 0 '"version":2,.*"body":{' "$noun" show "${at[@]}" "$ref@2"
    check "$name: which must be there" says 2 'not_found' "$noun" show "${at[@]}" "$ref@3"
    check "$name: $noun activate, the highest" says 0 "^$noun/${ref}@8 *active " "$noun" activate "${at[@]}" "$ref"
    check "$name: it is active already" says 2 '.' "$noun" activate "${at[@]}" "$ref"
    check "$name: a draft is not superseded" says 2 '.' "$noun" supersede "${at[@]}" "$ref@7"
    check "$name: instead of the others" json 0 '"version":7,"state":"active"' \
        "$noun" activate "${at[@]}" --supersede "$ref@7" --author bob
    check "$name: it alone is active" json 0 '"version":7' "$noun" list "${at[@]}" --state active
    check "$name: now" count 1 '"kind":'
    check "$name: the others are superseded" json 0 '"version":2.*"version":8' "$noun" list "${at[@]}" --state superseded
    check "$name: $noun supersede" json 0 '"version":7,"state":"superseded"' "$noun" supersede "${at[@]}" "$ref@7"
    check "$name: not with an option of activate" usage_error '--supersede is for activate' \
        "$noun" supersede "${at[@]}" --supersede "$ref@1"
    check "$name: $noun revoke" json 0 '"version":2,"state":"revoked"' "$noun" revoke "${at[@]}" "$ref@2"
    check "$name: a version that is named" usage_error 'which version' "$noun" revoke "${at[@]}" "$ref"
    check "$name: once" says 2 '.' "$noun" revoke "${at[@]}" "$ref@2"
    check "$name: $noun history" says 0 "  bob *activate *$noun/${3:-/}set/7" \
        "$noun" history "${at[@]}"
    check "$name: for programs" json 0 '"action":"revoke","subject":"[^"]*set/2"' "$noun" history "${at[@]}" --from 2
    check "$name: from there on" refuse grep -q '"seq":1,' command.out
    check "$name: of the noun alone" refuse grep -qE '"subject":"(import|bundle|")' command.out
    check "$name: from no row" usage_error '--from must be' "$noun" history "${at[@]}" --from 0
    check "$name: from no number" usage_error '--from must be' "$noun" history "${at[@]}" --from x
    check "$name: $noun export" json 0 '^{"written":true}$' "$noun" export "${at[@]}" -o "$name-$noun.json"
    check "$name: holds nothing else" equal "$(grep -o '"kind":"[a-z]*"' "$name-$noun.json" | sort -u)" "\"kind\":\"$noun\""
}

wrong_usage() { # NAME NOUN REF: of every verb, before any store is made
    local verb at=(--store "$work/never")
    for verb in list history show activate supersede revoke add import export; do
        local operand=()
        case $verb in
        list | history | export) ;;
        add) operand=(policy.json) ;;
        import) operand=(refs.json) ;;
        *) operand=("$2@1") ;;
        esac
        check "$1 $verb without --store" usage_error '--store is missing' "$1" $verb "${operand[@]}"
        check "$1 $verb with an option that nobody knows" usage_error 'unknown option' \
            "$1" $verb "${at[@]}" "${operand[@]}" --frobnicate
        check "$1 $verb --help" says 0 '^usage: ratls ' "$1" $verb --help
    done
    for verb in show activate supersede; do
        check "$1 $verb of nothing" usage_error 'REF is missing' "$1" $verb "${at[@]}"
        for ref in '' / @ "${2}@" "${2}@0" "${2}@-1" "${2}@1.5" "${2}@1@2" "${2}@x" "/${2}@1" "${2}/x@1" \
            "$(printf 'a%.0s' $(seq 70))@1" "$(printf 'a%.0s' $(seq 40))/x@1"; do
            check "$1 $verb of '$ref'" usage_error 'is not .*NAME@VERSION' "$1" $verb "${at[@]}" "$ref"
        done
        check "$1 $verb where there is no store" says 2 'not_found' "$1" $verb "${at[@]}" "$2@1"
    done
    check "$1 list where there is no store" says 2 'not_found' "$1" list "${at[@]}"
    check "$1 history where there is no store" says 2 'not_found' "$1" history "${at[@]}"
    check "$1 export where there is no store" says 2 'not_found' "$1" export "${at[@]}" -o none
    check "$1 revoke of nothing" usage_error 'one thing to revoke' "$1" revoke "${at[@]}"
    check "$1 revoke of two things" usage_error 'one thing to revoke' "$1" revoke "${at[@]}" "$2@1" --key "$nobody"
    check "$1 revoke of two values" usage_error 'one thing to revoke' "$1" revoke "${at[@]}" --platform aa --key "$nobody"
    check "$1 add without a name" usage_error '--name is missing' "$1" add "${at[@]}" policy.json
    check "$1 import of a file that is not there" usage_error 'cannot read' "$1" import "${at[@]}" absent
    check 'nothing was made' test ! -e never -a ! -e none
}
wrong_usage refval tdx/web
wrong_usage anchor tdx/web
wrong_usage policy web
for sub in 'store create' 'store check' 'store list' 'store history'; do
    # shellcheck disable=SC2086 # two words
    check "$sub without --store" usage_error '--store is missing' $sub
done
check 'a store that nobody knows' says 2 'a store is a folder' store create --store 'mysql://u:secret@h/d'
check 'its password is not repeated' refuse grep -q secret command.out
check 'a server that is not there' says 2 'store_failed' store create \
    --store 'postgresql://u:secret@127.0.0.1:1/d?sslmode=disable'
check 'nor is that of a server' refuse grep -q secret command.out

adds_refused() { # before a store is made
    local at=(--store "$work/never" --name x)
    check 'reference values without a TEE' usage_error '--tee is missing' refval add "${at[@]}" --measurement "$value_a"
    check 'a policy with a TEE' usage_error 'a policy is of no TEE' policy add "${at[@]}" --tee tdx policy.json
    check 'a file and a measurement' usage_error 'either FILE or' refval add "${at[@]}" --tee tdx --measurement "$value_a" large.json
    check 'neither' usage_error 'either FILE or' refval add "${at[@]}" --tee tdx
    check 'a measurement as an anchor' usage_error 'is for reference values' anchor add "${at[@]}" --tee tdx --measurement "$value_a"
    check 'a simulator as reference values' usage_error 'is for anchors' refval add "${at[@]}" --tee tdx --insecure-sim-root large.json
    check 'no time' usage_error 'is no time' refval add "${at[@]}" --tee tdx --measurement "$value_a" --not-before yesterday
    check 'nor a later one' usage_error 'is no time' refval add "${at[@]}" --tee tdx --measurement "$value_a" --not-after 2025-02-30T00:00:00Z
    : >empty
    printf '{"measurements": ["%s"]}\0more' "$value_a" >nul
    check 'an empty file' usage_error 'empty, or no text' refval add "${at[@]}" --tee tdx empty
    check 'a file with more behind a NUL' usage_error 'empty, or no text' refval add "${at[@]}" --tee tdx nul
    check 'a simulator without its switch' usage_error 'needs --insecure-sim-root' anchor add "${at[@]}" --tee tdx sim-body
    check 'the switch for what is none' usage_error 'is for the anchor of a simulated' anchor add "${at[@]}" --tee snp --insecure-sim-root crl.pem
    check 'also in DER' usage_error 'is for the anchor of a simulated' anchor add "${at[@]}" --tee snp --insecure-sim-root crl.der
    printf '[{}] more' >keys-and-more
    check 'keys with more behind them' usage_error 'is no JSON' anchor add "${at[@]}" --tee cca keys-and-more
    check 'nothing was made' test ! -e never
}
printf '{"type": "insecure_sim_root", "pem": "%s"}' "$(sed ':a;N;$!ba;s/\n/\\n/g' root-tdx)" >sim-body
adds_refused

numbers() { # NAME
    local at=(--store "$url" --tee tdx --name large)
    for version in 0 -1 1.5 1e3 x '' 99999999999999999999; do
        check "$1: version '$version' is none" usage_error '--version must be' refval add "${at[@]}" large.json "--version=$version"
    done
    check "$1: a version is below 2^31" says 2 "usage: 'version'" refval add "${at[@]}" large.json --version 2147483648
    check "$1: large numbers stay" json 0 '\[9007199254740991,1000000000000000,999999999999999\]' \
        refval add "${at[@]}" large.json --version 2147483647
    check "$1: no version is above the last" says 2 "usage: 'version'" refval add "${at[@]}" large.json
    check "$1: as people see them, too" says 0 '\[9007199254740991, 1000000000000000, 999999999999999\]' \
        refval show --store "$url" tdx/large
    check "$1: as they are exported, too" status 0 "$ratls" refval export --store "$url" -o "$1-large.json"
    check "$1: in words" grep -q '\[9007199254740991,1000000000000000,999999999999999\].*"tdx.y":2147483648' "$1-large.json"
    for body in 1e400 1.5 9007199254740992 -1 '"'; do
        printf '{"claims": {"tdx.x": [%s]}}' "$body" >bad.json
        check "$1: $body is no number of a claim" says 2 trust_malformed refval add "${at[@]/large/n}" bad.json
    done
}

anchors() { # NAME
    local at=(--store "$url" --state active)
    check "$1: roots in PEM" json 0 '"type":"certificates","pem":"-----BEGIN CERT' anchor add "${at[@]}" --tee snp --name roots ca.pem
    check "$1: roots in DER" json 0 '"type":"certificates","pem":"-----BEGIN CERT' anchor add "${at[@]}" --tee snp --name roots ca.der
    check "$1: a revocation list in PEM" json 0 '"type":"crl","pem":"-----BEGIN X509 CRL' anchor add "${at[@]}" --tee snp --name lists crl.pem
    check "$1: a revocation list in DER" json 0 '"type":"crl","pem":"-----BEGIN X509 CRL' anchor add "${at[@]}" --tee snp --name lists crl.der
    check "$1: none of those of Intel" says 2 trust_malformed anchor add "${at[@]}" --tee tdx --name lists crl.pem
    sed 's/\("implementation-id":"\)[0-9a-f]*/\1'"$value_a/" root-cca >keys.json
    check "$1: keys of devices" json 0 '"type":"device_keys","keys":\[' anchor add "${at[@]}" --tee cca --name keys keys.json
    check "$1: attestation keys in PEM" json 0 '"type":"device_keys","pem":"-----BEGIN PUBLIC KEY' anchor add "${at[@]}" --tee tpm --name ak ak.pem
    check "$1: attestation keys in DER" json 0 '"type":"device_keys","pem":"-----BEGIN PUBLIC KEY' anchor add "${at[@]}" --tee tpm --name ak ak.der
    check "$1: none of other TEEs" says 2 trust_malformed anchor add "${at[@]}" --tee tdx --name ak ak.pem
    check "$1: those of a simulated TPM" json 0 '"type":"insecure_sim_root","pem":"-----BEGIN PUBLIC KEY' anchor add "${at[@]}" \
        --tee tpm --name insecure_ak --insecure-sim-root ak.der
    check "$1: a pin, by its body" json 0 '"type":"pin"' anchor add "${at[@]}" --tee snp --name pin \
        <(printf '{"type": "pin", "spki_sha256": "%s"}' "$nobody")
    check "$1: a simulator needs a name that says so" says 2 simulated_anchor anchor add "${at[@]}" --tee tdx \
        --name sim --insecure-sim-root root-tdx
    check "$1: and has one" json 0 '"type":"insecure_sim_root","pem"' anchor add "${at[@]}" --tee tdx \
        --name insecure_sim --insecure-sim-root root-tdx
    openssl x509 -in root-snp -outform DER -out root-snp.der
    check "$1: in DER" json 0 '"type":"insecure_sim_root","pem"' anchor add "${at[@]}" --tee snp \
        --name insecure_sim --insecure-sim-root root-snp.der
    check "$1: one that is keys" json 0 '"type":"insecure_sim_root","keys":\[' anchor add "${at[@]}" --tee cca \
        --name insecure_sim --insecure-sim-root root-cca
    check "$1: one by its body" json 0 '"type":"insecure_sim_root"' anchor add --store "$url" --tee tdx \
        --name insecure_body --insecure-sim-root sim-body
    cat ca.pem crl.pem >both.pem
    check "$1: not certificates and lists at once" says 2 '.' anchor add "${at[@]}" --tee snp --name both both.pem
    head -c 40 ca.der >short.der
    check "$1: nor half of one" says 2 trust_malformed anchor add "${at[@]}" --tee snp --name short short.der
    printf '\x30' >one.der
    check "$1: nor a byte of it" says 2 trust_malformed anchor add "${at[@]}" --tee snp --name short one.der
    check "$1: nor anything" says 2 trust_malformed anchor add "${at[@]}" --tee snp --name text number
}

judgements() { # NAME
    local by=(--store "$url" --stored-policy lab) amd=(--collateral amd.json)
    check "$1: a policy for all sets" says 0 active policy add --store "$url" --name lab --state active policy.json
    check "$1: no reference value fits" judged no_reference_value quote-tdx "${by[@]}"
    check "$1: TDX values" says 0 active refval add --store "$url" --tee tdx --name web --state active \
        --measurement "$value_a" --measurement "$(claim quote-tdx measurement)"
    check "$1: SNP values" says 0 active refval add --store "$url" --tee snp --name web --state active \
        --measurement "$(claim quote-snp measurement)"
    check "$1: TDX is allowed" judged ok quote-tdx "${by[@]}"
    check "$1: SNP is allowed" judged ok quote-snp "${by[@]}" "${amd[@]}"
    check "$1: another version of the policy decides" says 0 active policy add --store "$url" --name lab --state active strict.json
    check "$1: against it" judged simulated quote-tdx "${by[@]}"
    check "$1: until it is revoked" says 0 revoked policy revoke --store "$url" lab@2
    check "$1: then the other" judged ok quote-tdx "${by[@]}"
    check "$1: somebody's key" json 0 '"kind":"revocation","tee":"tdx","name":"key-[0-9a-f]*",.*"what":"key".*"comment":"lost"' \
        refval revoke --store "$url" --tee tdx --key "$nobody" --comment lost
    check "$1: changes nothing for others" judged ok quote-tdx "${by[@]}"
    check "$1: a platform of TDX" says 0 'revocation/snp/platform-' anchor revoke --store "$url" --tee snp \
        --platform "$(claim quote-tdx platform_id)"
    check "$1: of another TEE is no matter" judged ok quote-tdx "${by[@]}"
    check "$1: of any TEE" says 0 'revocation/platform-' anchor revoke --store "$url" --platform "$(claim quote-tdx platform_id)"
    check "$1: platform_revoked" judged platform_revoked quote-tdx "${by[@]}"
    check "$1: SNP goes on" judged ok quote-snp "${by[@]}" "${amd[@]}"
    check "$1: the key of its root" says 0 'revocation/snp/key-' anchor revoke --store "$url" --tee snp --key "$(hash_of root-snp)"
    check "$1: key_revoked" judged key_revoked quote-snp "${by[@]}" "${amd[@]}" --insecure-sim-roots root-snp
    check "$1: a measurement in capitals" says 0 'revocation/measurement-' refval revoke --store "$url" \
        --measurement "$(claim quote-tdx measurement | tr a-f A-F)"
    check "$1: a version that holds it" says 2 reference_value_revoked refval add --store "$url" --tee tdx --name other \
        --measurement "$(claim quote-tdx measurement)"
    check "$1: not twice" says 2 rollback refval revoke --store "$url" --measurement "$(claim quote-tdx measurement)"
    check "$1: no measurement of a byte" says 2 trust_malformed refval revoke --store "$url" --measurement aa
    check "$1: no key that is none" says 2 'no hex' refval revoke --store "$url" --key xyz
    check "$1: no odd hex" says 2 'no hex' refval revoke --store "$url" --key abc
    check "$1: options of values" usage_error 'are for values' refval revoke --store "$url" tdx/web@1 --comment no
    check "$1: and a TEE" usage_error 'are for values' refval revoke --store "$url" tdx/web@1 --tee tdx
    check "$1: no values with a policy" usage_error 'with refval or anchor' policy revoke --store "$url" --key "$nobody"
    check "$1: revocations are listed with refval" says 0 '^revocation/tdx/key-' refval list --store "$url"
    check "$1: and with anchor" says 0 '^revocation/measurement-' anchor list --store "$url"
    check "$1: not with policy" says 0 '^policy/lab@1' policy list --store "$url"
    check "$1: at all" refuse grep -q revocation command.out
    check "$1: in their history as well" says 0 ' add *revocation/' refval history --store "$url"
    check "$1: not in that of policies" says 0 policy//lab/1 policy history --store "$url"
    check "$1: there" refuse grep -q revocation command.out
}

# SNP after its root was revoked, TDX by the measurement alone: in a store without other revocations.
measurement_alone() { # NAME
    local url=$url-2 by
    by=(--store "$url" --stored-policy lab)
    check "$1: a second store" says 0 '^0:' store create --store "$url"
    check "$1: with a policy" says 0 active policy add --store "$url" --name lab --state active policy.json
    check "$1: and values" says 0 active refval add --store "$url" --tee snp --name web --state active \
        --measurement "$(claim quote-snp measurement)"
    check "$1: SNP is allowed by roots of its own" judged ok quote-snp "${by[@]}" --collateral amd.json --insecure-sim-roots root-snp
    check "$1: its measurement is revoked" says 0 revocation/snp/measurement refval revoke --store "$url" --tee snp \
        --measurement "$(claim quote-snp measurement)"
    check "$1: reference_value_revoked" judged reference_value_revoked quote-snp "${by[@]}" --collateral amd.json \
        --insecure-sim-roots root-snp
}

exports() { # NAME
    local from=(--store "$url") to=(--store "$url-bundle") sign=(--format bundle --key ops.key --kid ops-1)
    local origin=(--issuer ops.example --bundle all --revision)
    check "$1: no form that is none" usage_error '--format must be' store export "${from[@]}" --format xml -o none
    check "$1: no bundle without a key" usage_error 'needs --key and --kid' store export "${from[@]}" --format bundle --kid x -o none
    check "$1: nor without its name" usage_error 'needs --key and --kid' store export "${from[@]}" --format bundle --key ops.key -o none
    check "$1: no key for what is not signed" usage_error 'nothing else is signed' store export "${from[@]}" --key ops.key -o none
    check "$1: nor its name" usage_error 'nothing else is signed' store export "${from[@]}" --format corim --kid x -o none
    check "$1: no bundle of nobody" says 2 bundle_malformed store export "${from[@]}" "${sign[@]}" -o none
    check "$1: no half of an origin" usage_error 'go together' store export "${from[@]}" --issuer a --bundle b -o none
    check "$1: nor another" usage_error 'go together' store export "${from[@]}" --bundle b --revision 1 -o none
    check "$1: nor a third" usage_error 'go together' store export "${from[@]}" --issuer a --revision 1 -o none
    for revision in 0 -1 x 1e3 1.5; do
        check "$1: no revision $revision" usage_error '--revision must be' store export "${from[@]}" "${origin[@]}" "$revision" -o none
    done
    check "$1: no key that is not there" usage_error 'cannot read' store export "${from[@]}" --format bundle \
        --key absent --kid x "${origin[@]}" 1 -o none
    check "$1: no key that is none" says 2 certificate store export "${from[@]}" --format bundle --key ops.pem --kid x \
        "${origin[@]}" 1 -o none
    check "$1: no CoRIM of anchors" says 2 unsupported store export "${from[@]}" --format corim -o none
    check "$1: nothing was written" test ! -e none
    check "$1: nowhere" says 2 'cannot write' store export "${from[@]}" -o no/where
    check "$1: a document" status 0 "$ratls" store export "${from[@]}" -o "$1.json"
    for noun in refval policy; do
        check "$1: one of $noun" status 0 "$ratls" $noun export "${from[@]}" -o "of-$noun.json"
    done
    check "$1: revocations go with reference values" grep -q '"kind":"revocation"' of-refval.json
    check "$1: not with policies" refuse grep -q '"kind":"revocation"' of-policy.json
    check "$1: verify reads it" judged platform_revoked quote-tdx --trust "$1.json" --stored-policy lab
    check "$1: a document has an origin, too" status 0 "$ratls" store export "${from[@]}" "${origin[@]}" 4 -o origin.json
    check "$1: which it names" grep -q '^{"format":"ratls-trust/1","issuer":"ops.example","bundle":"all","revision":4,' origin.json
    check "$1: a bundle of all" json 0 written store export "${from[@]}" "${sign[@]}" "${origin[@]}" 999999999999999 -o all.jws
    check "$1: one of policies" json 0 written policy export "${from[@]}" "${sign[@]}" "${origin[@]}" 5 -o policy.jws
    openssl x509 -in ca.pem -pubkey -noout >ca.pub
    check "$1: a bundle by another key" says 1 bundle_signature store import "${to[@]}" --key mallory.pem all.jws
    check "$1: a bundle without a key" usage_error 'opened with --key' store import "${to[@]}" all.jws
    check "$1: with a key that is not there" usage_error 'cannot read absent' store import "${to[@]}" --key absent all.jws
    check "$1: with a key that is none" says 2 io_error store import "${to[@]}" --key ops.key all.jws
    check "$1: with options of others" usage_error 'for values of secGear' store import "${to[@]}" --key ops.pem --tee snp all.jws
    check "$1: and a name" usage_error 'for values of secGear' store import "${to[@]}" --key ops.pem --name x all.jws
    for noun in refval anchor policy; do
        check "$1: a bundle of all is not for $noun" says 2 "it holds more than $noun" $noun import "${to[@]}" --key ops.pem all.jws
    done
    check "$1: nothing came of it" json 0 '^\[\]$' store list "${to[@]}"
    check "$1: but rows of the trail" says 0 'import_refused *bundle_signature: ' store history "${to[@]}"
    check "$1: also for the wrong noun" grep -q 'import_refused *usage: it holds more than policy' command.out
    check "$1: not for typing errors" equal "$(grep -c import_refused command.out)" 4
    check "$1: policies are for policy" json 0 '^{"imported":true,"signed":true}$' policy import "${to[@]}" --key ops.pem policy.jws
    check "$1: what holds a revoked measurement is refused" says 1 reference_value_revoked \
        store import "${to[@]}" --key ops.pem all.jws
    check "$1: until that version is revoked" says 0 revoked refval revoke "${from[@]}" tdx/web@1
    check "$1: a bundle of all" json 0 written store export "${from[@]}" "${sign[@]}" "${origin[@]}" 999999999999999 -o all.jws
    check "$1: store takes all" says 0 '^imported, signed by ops-1$' store import "${to[@]}" --key ops.pem all.jws --author carol
    check "$1: by whom" says 0 'carol *import *bundle/all/999999999999999/ops.example  signed by ops-1' store history "${to[@]}"
    check "$1: all of it" json 0 '"kind":"anchor".*"kind":"policy".*"kind":"refval".*"kind":"revocation"' store list "${to[@]}"
    check "$1: number by number" grep -q '\[9007199254740991,1000000000000000,999999999999999\]' command.out
    check "$1: the same judgement" judged platform_revoked quote-tdx "${to[@]}" --stored-policy lab
    check "$1: never again" says 1 rollback store import "${to[@]}" --key ops.pem all.jws
    check "$1: a document must be signed" usage_error 'must be signed' store import "${to[@]}" "$1.json"
    check "$1: whatever it is called" says 1 . store import "${to[@]}" --tee virtcca --name x "$1.json"
}

corim() { # NAME: of a store with everything, and into another as drafts
    local from=(--store "$url-corim") to=(--store "$url-drafts")
    for version in 1 2 3; do
        check "$1: CoRIM: version $version" says 0 active refval add "${from[@]}" --tee tdx --name web --state active \
            --measurement "$value_a"
    done
    check "$1: CoRIM: others" says 0 active refval add "${from[@]}" --tee snp --name web --state active \
        --measurement "$value_a" --not-before 0 --not-after 0
    check "$1: CoRIM: what is not written" says 0 draft refval add "${from[@]}" --tee tdx --name new --measurement "$value_a"
    check "$1: CoRIM: nor this" says 0 revoked refval revoke "${from[@]}" tdx/web@1
    check "$1: CoRIM: nor this" says 0 revocation refval revoke "${from[@]}" --measurement "$value_b"
    check "$1: CoRIM: and large numbers" says 0 active refval add "${from[@]}" --tee tdx --name large --state active large.json
    check "$1: CoRIM: export" json 0 written refval export "${from[@]}" --format corim -o web.corim
    check "$1: CoRIM: not with a key" usage_error 'nobody signed this CoRIM' refval import "${to[@]}" --key ops.pem web.corim
    check "$1: CoRIM: nor a name" usage_error 'for values of secGear' refval import "${to[@]}" --name x web.corim
    check "$1: CoRIM: nor as a policy" says 2 'more than policy' policy import "${to[@]}" web.corim
    check "$1: CoRIM: import" says 0 '^imported as drafts, signed by nobody$' refval import "${to[@]}" --author dave web.corim
    check "$1: CoRIM: drafts" json 0 '"version":1,"state":"draft".*"version":2,"state":"draft".*"version":3,"state":"draft"' \
        refval list "${to[@]}" --state draft
    check "$1: CoRIM: the active ones" count 4 '"author":"dave"'
    check "$1: CoRIM: number by number" grep -q '\[9007199254740991,1000000000000000,999999999999999\]' command.out
    perl -pe 'BEGIN { $/ = undef } s/(\x63web\x01)\x02/$1\x04/' web.corim >backwards.corim
    check "$1: CoRIM: versions in another order" says 0 drafts refval import --store "$url-backwards" backwards.corim
    check "$1: CoRIM: are all there" json 0 '"version":3,"state":"draft".*"version":4,"state":"draft"' \
        refval list --store "$url-backwards" --tee tdx
    check "$1: CoRIM: not again" says 1 rollback refval import "${to[@]}" web.corim
    check "$1: CoRIM: the first of two is here" says 0 active refval add --store "$url-half" --tee tdx --name web \
        --version 3 --measurement "$value_a" --state active
    check "$1: CoRIM: all or nothing" says 1 rollback store import --store "$url-half" web.corim
    check "$1: CoRIM: nothing" json 0 '^\[{"kind":"refval","tee":"tdx"' store list --store "$url-half"
    check "$1: CoRIM: at all" count 1 '"kind":'
    check "$1: CoRIM: but a row" says 0 'import_refused *rollback: refval web: version 2 is not above 3' store history --store "$url-half"
    { cat web.corim; echo; } >longer.corim
    check "$1: CoRIM: one that is none" says 1 bundle_malformed store import "${to[@]}" longer.corim
}

refs() { # NAME
    local to=(--store "$url-refs")
    check "$1: secGear: without a TEE" usage_error 'need --tee and --name' refval import "${to[@]}" --name base refs.json
    check "$1: secGear: without a name" usage_error 'need --tee and --name' refval import "${to[@]}" --tee virtcca refs.json
    check "$1: secGear: with a key" usage_error 'is for bundles' refval import "${to[@]}" --tee virtcca --name base --key ops.pem refs.json
    check "$1: secGear: values" json 0 '^{"imported":true,"signed":false}$' refval import "${to[@]}" --tee virtcca --name base refs.json
    check "$1: secGear: the next ones" says 0 'signed by nobody' refval import "${to[@]}" --tee virtcca --name base refs.json
    check "$1: secGear: are another version" json 0 '"version":1,"state":"draft".*"version":2,"state":"draft"' refval list "${to[@]}"
    check "$1: secGear: of another TEE" says 1 . refval import "${to[@]}" --tee nope --name base unknown-refs.json
    check "$1: secGear: what nobody knows" says 1 'what' refval import "${to[@]}" --tee virtcca --name base unknown-refs.json
    check "$1: secGear: stands in the trail" says 0 'import_refused .*what' store history "${to[@]}"
    check "$1: an empty file" says 2 'opened with --key' store import "${to[@]}" empty
    check "$1: is no bundle" says 1 bundle_malformed store import "${to[@]}" --key ops.pem empty
    check "$1: an author that is none" says 2 "usage: 'author'" refval add "${to[@]}" --tee tdx --name x \
        --measurement "$value_a" "--author="
}

wholes() { # NAME
    local head zeros
    zeros=$(printf '0%.0s' $(seq 64))
    check "$1: an empty store" json 0 "^{\"seq\":0,\"hash\":\"$zeros\"}\$" store create --store "$url"
    check "$1: again" says 0 "^0:$zeros\$" store create --store "$url"
    check "$1: not with a head" usage_error 'has no --head' store create --store "$url" --head "0:$zeros"
    check "$1: nothing in it" json 0 '^\[\]$' store list --store "$url"
    check "$1: nor behind it" json 0 '^\[\]$' store history --store "$url"
    check "$1: an item" says 0 draft refval add --store "$url" --tee tdx --name first --measurement "$value_b"
    check "$1: it is checked" says 0 '^1:[0-9a-f]\{64\}$' store check --store "$url"
    head=$(cat command.out)
    check "$1: for programs" json 0 "^{\"seq\":1,\"hash\":\"${head#1:}\"}\$" store check --store "$url"
    check "$1: this end is in it" says 0 "^$head\$" store check --store "$url" --head "$head"
    check "$1: another is not" says 1 store_tampered store check --store "$url" --head "1:$zeros"
    for bad in 1 ":${head#1:}" "1:" "${head}00" "${head%??}" "x:${head#1:}" "-1:${head#1:}" "1:${head#1:}:" \
        "$(printf '1%.0s' $(seq 30)):${head#1:}"; do
        check "$1: '$bad' is no end" usage_error '--head must be' store check --store "$url" --head "$bad"
    done
    check "$1: no store" says 2 not_found store check --store "$url-none"
}

everything() { # NAME URL
    url=$2
    wholes "$1"
    verbs "$1" refval tdx/ --tee tdx --measurement "$value_a"
    verbs "$1" anchor snp/ --tee snp ca.pem
    verbs "$1" policy '' policy.json
    numbers "$1"
    anchors "$1"
    judgements "$1"
    measurement_alone "$1"
    exports "$1"
    corim "$1"
    refs "$1"
    check "$1: the whole is sound" says 0 '^[0-9]*:' store check --store "$url"
}
everything folder "$work/folder"

# ---- the others, when they are many ----
many() { # NAME: of the highest version, unnamed
    "$ratls" refval "$1" --store many "${@:2}" >many.out 2>&1
}
for version in 1 2 3; do
    many add --tee tdx --name web --measurement "$value_a" --state active
done
check 'the highest version stays when it supersedes the others' says 2 'active already\|wrong_state' \
    refval activate --store many --supersede tdx/web
many add --tee tdx --name web --measurement "$value_a"
check 'a draft that is the highest' says 0 'web@4 *active' refval activate --store many --supersede tdx/web
check 'is active alone' json 0 '"version":4,"state":"active"' refval list --store many --state active
check 'of all' count 1 '"kind":'
for version in $(seq 64); do
    many add --tee tdx --name web --measurement "$value_a" --state active
done
many add --tee tdx --name web --measurement "$value_a"
check '65 others are too many' says 2 'more than 64 versions' refval activate --store many --supersede tdx/web
check 'and nothing was done' says 0 'web@69 *draft' refval list --store many
everything sqlite "sqlite:$work/trust.db"
chmod 500 folder-bundle
if [ "$(id -u)" -ne 0 ]; then
    check 'a folder that is for reading is not for the bundle, either' says 2 store_denied store import \
        --store "$work/folder-bundle" --key ops.pem policy.jws
else
    skip 'a folder that is for reading is not for the bundle, either' 'root writes everywhere'
fi

# ---- damage ----
sqlite3 trust.db 'drop trigger if exists ratls_audit_no_update; drop trigger if exists ratls_audit_no_delete'
for trigger in $(sqlite3 trust.db "select name from sqlite_master where type = 'trigger'"); do
    sqlite3 trust.db "drop trigger $trigger"
done
check 'triggers that are gone are tampering' says 1 store_tampered store check --store "sqlite:$work/trust.db"
check 'nothing is imported then, which is not for the bundle' says 2 store_tampered store import \
    --store "sqlite:$work/trust.db" --key ops.pem policy.jws
check 'nothing is read then' says 2 store_tampered store list --store "sqlite:$work/trust.db"
