#!/usr/bin/env bash
# Any simulated TEE with any other, in a tunnel in which each side judges the other: one page through each
# pair, and who was judged. A server trusts the roots of one TEE alone, so that each pair is refused by the
# service of another one.
# Plain builds only, unless asked for: each TEE has a scenario of its own.
. "$(dirname "$0")/lib.sh"

# TEE|attester options|members of its policy
tees=(
    'tdx||' 'sgx||' 'snp||' 'cca||' 'virtcca||"event_log": "optional", "ima_log": "optional",' 'nitro||' 'itrustee||'
    'csv||' 'az_snp_vtpm||' 'az_tdx_vtpm||'
)
names=()
policies=
for row in "${tees[@]}"; do
    IFS='|' read -r tee _ members <<<"$row"
    names+=("$tee")
    policies+="${policies:+, }\"$tee\": {\"insecure_any_measurement\": true, \"insecure_simulated\": true, $members
        \"tcb_status\": [\"UpToDate\", \"unrated\", \"not_evaluated\"]}"
done
echo "{\"tees\": {$policies}}" >any.json

declare -A sim=([az_snp_vtpm]=sim-az-snp [az_tdx_vtpm]=sim-az-tdx)
attester() { echo "${sim[$1]:-sim-$1}"; }
for tee in "${names[@]}"; do
    "$ratls" attest --attester "$(attester "$tee")" --attester-options "pki=$work/pki-$tee" \
        --insecure-sim-root-out "root-$tee" -o "first-$tee" >"first-$tee.out" || exit 2
done
# Azure's guests bring no certificate above that of the chip: it comes as collateral.
"$ratls" attest --attester sim-az-snp --attester-options "pki=$work/pki-az_snp_vtpm" \
    --insecure-sim-collateral-out amd.json -o again >again.out || exit 2

ports web
start_nginx "${port[web]}"
# side NAME: the beginning of a configuration
side() {
    cat >"$1.conf" <<END
workers = 1
drain-timeout = 5s
output = $work/$1.log
insecure-allow-sim-attester = yes
policy = $work/any.json
END
}
# entry FILE NAME ACCEPT CONNECT TEE OTHER [LINE]: a service of this TEE that trusts the other one's root
entry() {
    local given=()
    [ "$6" != az_snp_vtpm ] || given=("collateral = $work/amd.json")
    service "$1" "$2" "127.0.0.1:$3" "127.0.0.1:$4" "attester = $(attester "$5")" \
        "attester-options = pki=$work/pki-$5" "insecure-sim-roots = $work/root-$6" "${given[@]}" "${@:7}"
}

for server in "${names[@]}"; do
    side "at-$server"
    for client in "${names[@]}"; do
        ports "$client-$server" "from-$client-$server"
        entry "at-$server" "$client" "${port[$client-$server]}" "${port[web]}" "$server" "$client"
    done
    start_proxy "at-$server"
done
for client in "${names[@]}"; do
    side "from-$client"
    for server in "${names[@]}"; do
        entry "from-$client" "$server" "${port[from-$client-$server]}" "${port[$client-$server]}" "$client" "$server" \
            'client = yes'
    done
    start_proxy "from-$client"
    for server in "${names[@]}"; do
        check "$client asks $server" equal "$(get "${port[from-$client-$server]}")" hello
    done
done
# judged LOG SERVICE TEE: one connection was allowed, of this TEE
judged() { wait_for "$1.log" "\"event\":\"connection\",\"service\":\"$2\".*\"result\":\"allow\".*\"tee\":\"$3\",.*\"level\":\"session\""; }
for client in "${names[@]}"; do
    for server in "${names[@]}"; do
        check "$server judged $client" judged "at-$server" "$client" "$client"
        check "$client judged $server" judged "from-$client" "$server" "$server"
    done
done

# ---- no root is good for another TEE ----

side crossed
crossed=()
for i in "${!names[@]}"; do
    client=${names[i]} other=${names[(i + 1) % ${#names[@]}]}
    ports "crossed-$client"
    entry crossed "$client" "${port[crossed-$client]}" "${port[$other-tdx]}" "$client" tdx 'client = yes'
done
start_proxy crossed
for i in "${!names[@]}"; do
    client=${names[i]} other=${names[(i + 1) % ${#names[@]}]}
    get "${port[crossed-$client]}" >crossed.out 2>&1
    check "$client is no $other" wait_for at-tdx.log "\"service\":\"$other\".*\"result\":\"deny\".*\"tee\":\"$client\""
done
