#!/usr/bin/env bash
# The command `ratls`: attest, inspect, verify, cert, with simulated evidence; and with real TDX
# evidence where $RATLS_VECTORS has it.
. "$(dirname "$0")/lib.sh"

judged() { # EXIT REASON OPTION...: of `ratls verify --json`
    status "$1" "$ratls" verify --json "${@:3}" || return
    equal "$(sed -n 's/.*"reason":"\([a-z_]*\)".*/\1/p' command.out)" "$2"
}
flip() { # FILE BYTE BIT: a copy in flipped
    perl -e 'local $/; my ($file, $byte, $bit) = @ARGV; open F, "<:raw", $file; $_ = <F>;
             substr($_, $byte, 1) ^= chr(1 << $bit); open G, ">:raw", "flipped"; print G $_' "$@"
}

# ---- simulated ----
nonce=$(printf 'a5%.0s' $(seq 64))
check 'attest makes a quote' status 0 "$ratls" attest --attester sim-tdx \
    --attester-options "mrtd=$code_S" --report-data "$nonce" --insecure-sim-root-out root.pem -o quote
sim=(--evidence quote --insecure-sim-roots root.pem)
check 'inspect shows it' status 0 "$ratls" inspect quote
check 'and names the measurement' grep -q "$code_S" command.out
check 'verify --authenticity-only allows it' judged 0 ok "${sim[@]}" --authenticity-only
check 'and says that it is simulated' grep -q '"simulated":true' command.out
check 'and nothing else' grep -q '"status":"none","vector":{},' command.out
check 'without its root it is denied' judged 1 evidence_root --evidence quote --authenticity-only
check 'the default policy denies it' judged 1 simulated "${sim[@]}"
policy good.json "$code_S"
policy bad.json "$code_X"
check 'a policy that lists it allows it' judged 0 ok "${sim[@]}" --policy good.json
check 'another denies it' judged 1 measurement_mismatch "${sim[@]}" --policy bad.json
check 'the right report data' judged 0 ok "${sim[@]}" --authenticity-only --report-data "$nonce"
check 'the wrong report data' judged 1 binding_mismatch "${sim[@]}" --authenticity-only --report-data "00${nonce:2}"
check 'and the vector says that cryptography failed' grep -q '"status":"contraindicated","vector":{.*"hardware":99,' command.out
check 'the kind of TEE may be named' judged 0 ok "${sim[@]}" --authenticity-only --tee tdx
check 'a kind of TEE that nobody knows is exit 2' status 2 "$ratls" verify "${sim[@]}" --tee none
check 'a root of a simulator is no anchor' status 2 "$ratls" verify --evidence quote --anchors root.pem
check 'report data in the form of certificates is refused' status 2 "$ratls" attest \
    --attester sim-tdx --report-data "$(printf 'a5%.0s' $(seq 32))" -o refused

check 'cert makes a certificate' status 0 "$ratls" cert --attester sim-tdx \
    --attester-options "mrtd=$code_S" --insecure-sim-root-out root2.pem -o cert.pem --key key.pem
check 'its key is readable by its owner only' equal "$(stat -c %a key.pem)" 600
check 'openssl reads both' equal "$(openssl x509 -in cert.pem -noout -pubkey)" \
    "$(openssl pkey -in key.pem -pubout)"
check 'verify takes the certificate' judged 0 ok --evidence cert.pem --insecure-sim-roots root2.pem \
    --authenticity-only
check 'an existing key is not overwritten' status 2 "$ratls" cert --attester sim-tdx -o cert.pem --key key.pem

head -c 1000 quote >short
check 'malformed evidence is a denial' judged 1 evidence_malformed --evidence short --authenticity-only
check 'a certificate without evidence is a denial' judged 1 no_evidence --evidence root2.pem --authenticity-only
: >empty
check 'so is an empty file' status 1 "$ratls" verify --evidence empty --authenticity-only
check 'a file that is not there is exit 2' status 2 "$ratls" verify --evidence absent
check 'an unknown option is exit 2' status 2 "$ratls" verify --evidence quote --frobnicate
check 'reference values that are none are refused' status 2 "$ratls" verify --evidence quote --refvals quote
cat >refvals.json <<'END'
{"platform": [{"implementation-id": "1111111111111111111111111111111111111111111111111111111111111111",
               "sw-components": [{"measurement-value": "00", "signer-id": "00"}]}],
 "realm": [{"initial-measurement": "00"}]}
END
check 'so are those of another TEE, rather than ignored' status 2 "$ratls" verify --evidence quote --refvals refvals.json
check 'a CRL beside the collateral of Intel is refused' status 1 "$ratls" verify --evidence quote --crl quote
for sub in inspect verify attest cert collateral policy 'policy check' 'policy explain' 'policy test' \
    'token fetch' 'secret get'; do
    # shellcheck disable=SC2086 # two words
    check "$sub --help" status 0 "$ratls" $sub --help
done

# ---- real ----
real=${RATLS_VECTORS:-}/intel/tdx-v4-uptodate-1/quote.bin
if [ ! -e "$real" ]; then
    skip 'a real TDX quote is verified' "no $real"
    exit 0
fi
at=(--authenticity-only --time 1751000000)
check 'a real TDX quote is verified at its time' judged 0 ok --evidence "$real" "${at[@]}"
for claim in mr_td rtmr_0 rtmr_1 rtmr_2 rtmr_3 report_data fmspc; do
    check "its claims have $claim" grep -q "\"tdx.$claim\":\"[0-9a-f]" command.out
done
check 'the default policy has no reference value for it' judged 1 no_reference_value --evidence "$real" --time 1751000000
check 'RFC 3339 is a time as well' judged 0 ok --evidence "$real" --authenticity-only --time 2025-06-27T04:53:20Z
check 'it is denied before its certificates begin' judged 1 evidence_time --evidence "$real" \
    --authenticity-only --time 1500000000
# Header and TD report: 48 + 584 bytes. The unit tests flip every bit; this is the way of the shell.
accepted=
for byte in 2 7 47 48 100 191 200 331 568 631; do
    flip "$real" $byte $((byte % 8))
    status 1 "$ratls" verify --evidence flipped "${at[@]}" || accepted="$accepted $byte"
done
check 'bits flipped in its signed region are refused' equal "$accepted" ''
