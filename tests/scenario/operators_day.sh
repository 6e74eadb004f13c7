#!/usr/bin/env bash
# The day of an operator (T45, T46, T55), on SQLite and on PostgreSQL: a signed baseline comes in,
# version 2 is activated beside version 1, the servers are rolled, version 1 is revoked. Whoever
# still talks to it is cut off within a second, others stay; nothing goes back; tampering shows.
. "$(dirname "$0")/lib.sh"

served() { # port: within some seconds
    for _ in $(seq 50); do
        [ "$(get "$1" 2>/dev/null)" != hello ] || return 0
        sleep 0.1
    done
    echo "nothing is served at $1"
    return 1
}
says() { # EXIT REASON COMMAND...: of ratls
    status "$1" "${@:3}" || return
    grep -q "$2" command.out || { echo "no '$2': $(cat command.out)"; return 1; }
}

ports web
start_nginx "${port[web]}"
platform old new client
policy policy-of-servers.json "$code_C"
openssl ecparam -name prime256v1 -genkey -noout -out ops.key 2>/dev/null
openssl ec -in ops.key -pubout -out ops.pem 2>/dev/null
openssl ecparam -name prime256v1 -genkey -noout -out mallory.key 2>/dev/null

# ---- the vendor's side: two bundles, and a forged one ----
cat >tunnel.json <<'END'
{"tees": {"tdx": {"reference_values": ["web"], "tcb_status": ["not_evaluated"], "insecure_simulated": true}}}
END
vendor() { "$ratls" "$1" "$2" --store "$work/vendor" --author vendor "${@:3}"; }
bundle() { # file, revision, key
    "$ratls" store export --store "$work/vendor" --format bundle --key "$3" --kid ops-2026 \
        --issuer vendor.example --bundle web --revision "$2" -o "$1"
}
check 'the vendor writes version 1' vendor refval add --tee tdx --name web --measurement "$code_S" --state active
check 'and a policy that goes by it' vendor policy add --name default --state active tunnel.json
check 'signs them as a bundle' bundle one.jws 1 ops.key
check 'adds version 2, a draft' vendor refval add --tee tdx --name web --measurement "$code_X"
check 'signs again' bundle two.jws 2 ops.key
check 'somebody else signs, too' bundle forged.jws 3 mallory.key

# ---- servers of both versions, and a client that goes by the store ----
start_day() { # name, URL
    local version code
    ports "old_$1" "new_$1" "to_old_$1" "to_new_$1"
    for version in old new; do
        code=$code_S
        [ $version = old ] || code=$code_X
        config "$1-$version" $version "$code" policy-of-servers.json root-client.pem
        service "$1-$version" svc "127.0.0.1:${port[${version}_$1]}" "127.0.0.1:${port[web]}"
    done
    config "$1-client" client "$code_C" none root-old.pem
    sed -i '/^policy/d; /^insecure-sim-roots/d' "$1-client.conf"
    for version in old new; do
        service "$1-client" $version "127.0.0.1:${port[to_${version}_$1]}" \
            "127.0.0.1:${port[${version}_$1]}" 'client = yes' "store = $2" \
            "insecure-sim-roots = $work/root-$version.pem"
    done
    start_proxy "$1-old" "$1-new" "$1-client"
}

day() { # name, URL
    local at=(--store "$2") since
    check "$1: an empty store is made" says 0 '^0:' "$ratls" store create "${at[@]}"
    check "$1: a bundle by another key is refused" says 1 bundle_signature \
        "$ratls" store import "${at[@]}" --key ops.pem forged.jws
    check "$1: one without a key, too" says 2 'with --key' "$ratls" store import "${at[@]}" one.jws
    check "$1: who tried stands in the trail" says 0 'import_refused.*bundle_signature' \
        "$ratls" store history "${at[@]}"
    check "$1: a baseline is imported" says 0 'signed by ops-2026' \
        "$ratls" store import "${at[@]}" --key ops.pem one.jws
    start_day "$1" "$2"
    exec 5<>"/dev/tcp/127.0.0.1/${port[to_old_$1]}"
    check "$1: version 1 is served" ask 5
    check "$1: version 2 is not" refuse get "${port[to_new_$1]}" -f
    check "$1: version 2 comes in as a draft" says 0 imported \
        "$ratls" store import "${at[@]}" --key ops.pem two.jws
    check "$1: which changes nothing" refuse get "${port[to_new_$1]}" -f
    check "$1: it is activated beside version 1" says 0 'web@2 *active' \
        "$ratls" refval activate "${at[@]}" --author alice tdx/web@2
    check "$1: the client takes it" served "${port[to_new_$1]}"
    exec 6<>"/dev/tcp/127.0.0.1/${port[to_new_$1]}"
    check "$1: servers are rolled: version 2 is served" ask 6
    check "$1: version 1 still" ask 5
    since=$(now_ms)
    check "$1: version 1 is revoked" says 0 'web@1 *revoked' \
        "$ratls" refval revoke "${at[@]}" --author alice tdx/web@1
    check "$1: its connection ends within a second" closed_within 5 "$since" 1000
    echo "    from the command to the end of the connection: $took ms"
    check "$1: with the reason" wait_for "$1-client.log" '"service":"old".*"reason":"reference_value_revoked"'
    check "$1: the other one stays" ask 6
    check "$1: new ones to version 1 are refused" refuse get "${port[to_old_$1]}" -f
    exec 5>&- 6>&-
}

no_way_back() { # name, URL
    local at=(--store "$2")
    check "$1: the older bundle is refused" says 1 rollback "$ratls" store import "${at[@]}" --key ops.pem one.jws
    check "$1: so is the same one" says 1 rollback "$ratls" store import "${at[@]}" --key ops.pem two.jws
    check "$1: what is revoked is not activated" says 2 rollback "$ratls" refval activate "${at[@]}" tdx/web@1
    check "$1: no version is added below" says 2 rollback "$ratls" refval add "${at[@]}" \
        --tee tdx --name web --version 1 --measurement "$code_S"
    check "$1: a version superseded stays so" says 0 superseded "$ratls" refval supersede "${at[@]}" tdx/web@2
    check "$1: likewise" says 2 rollback "$ratls" refval activate "${at[@]}" tdx/web@2
    check "$1: old values come back as a new version" says 0 'web@3 *active' "$ratls" refval add "${at[@]}" \
        --tee tdx --name web --measurement "$code_X" --state active
    check "$1: and are served" served "${port[to_new_$1]}"
    check "$1: a revoked measurement does not" says 0 revocation/measurement "$ratls" refval revoke "${at[@]}" \
        --measurement "$code_S" --comment 'CVE-2026-1'
    check "$1: under any version" says 2 reference_value_revoked "$ratls" refval add "${at[@]}" \
        --tee tdx --name other --measurement "$code_S"
    check "$1: the trail has who and what" says 0 'alice *revoke *refval/tdx/web/1' "$ratls" refval history "${at[@]}"
    check "$1: the whole is sound" status 0 "$ratls" store check "${at[@]}"
    head=$(cat command.out)
}

tampered() { # name, URL, head
    check "$1: a row that was changed is detected" says 1 store_tampered "$ratls" store check --store "$2"
    check "$1: nothing is read from such a store" says 2 store_tampered "$ratls" refval list --store "$2"
    check "$1: nor written" says 2 store_tampered "$ratls" refval add --store "$2" --tee tdx \
        --name web --measurement "$code_X"
    kill -HUP "${pid[$1-client]}"
    check "$1: the client refuses it, loudly" wait_for "$1-client.log" \
        '"event":"reload_refused","level":"error","reason":"store_tampered"'
    check "$1: and goes by what it had" equal "$(get "${port[to_new_$1]}")" hello
}

# ---- SQLite ----
url=sqlite:$work/trust.db
day sqlite "$url"
no_way_back sqlite "$url"
cp trust.db earlier.db
check 'sqlite: an end of the trail can be told by heart' says 0 "$head" "$ratls" store check --store "$url" --head "$head"
check 'sqlite: one that is not in it is noticed' says 1 store_tampered "$ratls" store check --store "$url" \
    --head "1:$(printf '0%.0s' $(seq 64))"
sqlite3 trust.db "update ratls_items set state = 'active' where name = 'web' and version = 1"
tampered sqlite "$url"

# ---- PostgreSQL ----
export PGUSER=ratls PGDATABASE=postgres PGCONNECT_TIMEOUT=20
make_database
start_database
url="postgresql://ratls@127.0.0.1:${port[database]}/postgres?sslmode=disable"
day postgres "$url"
no_way_back postgres "$url"
psql -h 127.0.0.1 -p "${port[database]}" -XqAt -c \
    "update ratls_items set state = 'active' where name = 'web' and version = 1"
tampered postgres "$url"
