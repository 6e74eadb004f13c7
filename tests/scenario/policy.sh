#!/usr/bin/env bash
# `ratls policy`: the cases in examples/policy-cases, and evidence of a simulator explained and
# tested.
. "$(dirname "$0")/lib.sh"

root=$here/../..
cases=$root/examples/policy-cases

# ---- the cases that are shipped ----
check 'every case in examples/policy-cases comes out as it says' status 0 "$ratls" policy test "$cases"
check 'and there are many' test "$(grep -c '^ok - ' command.out)" -gt 40
cp -r "$cases" mine
sed -i 's|\.\./\.\./ratls/policies|'"$root"'/ratls/policies|' mine/*.json
sed -i 's/"SWHardeningNeeded"/"OutOfDate"/' mine/policies/tdx.json
check 'a policy that changes makes cases differ' status 1 "$ratls" policy test mine
check 'and they are named' equal "$(grep -c '^not ok - ' command.out)" 2
check 'in JSON as well' status 1 "$ratls" policy test mine --json
check 'which counts them' grep -q '"differ":2}$' command.out
for file in "$root"/ratls/policies/*.json "$cases"/policies/*.json; do
    check "$(basename "$file") is a policy" status 0 "$ratls" policy check "$file"
    check 'without anything insecure' refuse grep -q INSECURE command.out
done
check 'what is insecure is said' status 0 "$ratls" policy check "$cases/policies/services.json" --service lab
check 'by its name' equal "$(grep -c 'INSECURE  insecure_\(debug\|any_measurement\) is set' command.out)" 2
sed -n '/^"rules": \[/,/^]/p' "$root/ratls/POLICY.md" | sed 's/<hex>/00/g' >rules.txt
sed -n '/^{"tees".*}$/p' "$root/ratls/POLICY.md" >basic.json
sed -n '/^{$/,/^}$/p' "$root/ratls/POLICY.md" |
    sed 's/<hex of[^>]*>/00112233445566778899aabbccddeeff/; s/<hex>/00/' >example.json
check 'the shortest policy in the manual is good' status 0 "$ratls" policy check basic.json
check 'the policy in the manual is good' status 0 "$ratls" policy check example.json
check 'the manual has an example of rules' grep -q '"rules"' rules.txt
{ echo '{"tees": {"tdx": {'; cat rules.txt; echo '}}}'; } >manual.json
check 'which is good' status 0 "$ratls" policy check manual.json

# ---- evidence ----
platform machine
cp -r pki-machine/quote root-machine.pem mine/
rm mine/*.json
good='"tcb_status": ["not_evaluated"], "insecure_simulated": true, "insecure_any_measurement": true'
cat >mine/policies/rules.json <<END
{"tees": {"tdx": {$good,
  "rules": [{"name": "not migratable", "claim": "tdx.migratable", "equals": false},
            {"not": {"claim": "tdx.debug", "equals": true}}]}},
 "services": {"strict": {"tees": {"tdx": {$good, "platform_ids": ["00000000000000000000000000000000"]}}}}}
END
cat >mine/evidence.json <<'END'
{"name": "evidence", "policy": "policies/rules.json", "tee": "tdx", "evidence": "quote",
 "insecure-sim-roots": "root-machine.pem", "expect": "allow"}
END
sed 's/"name": "evidence"/"name": "of a service", "service": "strict"/; s/allow/platform_not_allowed/' \
    mine/evidence.json >mine/service.json
check 'cases hold evidence as well' status 0 "$ratls" policy test mine
from_store() { # EXIT OPTION...
    status "$1" "$ratls" verify --evidence mine/quote --insecure-sim-roots root-machine.pem --store "$work/store" "${@:2}"
}
check 'a store is made' status 0 "$ratls" store create --store "$work/store"
check 'without a policy in it, the one built in decides' from_store 1
check 'which knows no services' from_store 2 --service strict
check 'a policy of the name default comes in' status 0 "$ratls" policy add --store "$work/store" \
    --name default --state active mine/policies/rules.json
check 'and decides, without being named' from_store 0
check 'service by service' from_store 1 --service strict
explain() { # EXIT OPTION...
    status "$1" "$ratls" policy explain --evidence mine/quote --insecure-sim-roots root-machine.pem \
        --policy mine/policies/rules.json "${@:2}"
}
check 'explain shows rules that hold' explain 0
check 'with names and values' grep -q "held  *rule 1 'not migratable'  *tdx.migratable 'false' is false" command.out
check 'explain exits like verify' explain 1 --service strict
check 'and says what decided' grep -q '^decided by: platform_ids$' command.out
check 'also for programs' explain 1 --service strict --json
check 'in the same words' grep -q '"decided_by":"platform_ids"' command.out
