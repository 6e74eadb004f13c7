#!/usr/bin/env bash
# Trust from a store (T45, T55): a folder, SQLite, PostgreSQL, an object store. What is revoked there ends connections
# within a second; a store that fails or goes back changes nothing.
. "$(dirname "$0")/lib.sh"

store() { "$helpers/store" "$@" >store.out 2>&1 || { cat store.out; return 1; }; }
events() { # name, text: how many
    grep -c -- "$2" "$1.log"
}

policy_of() { # set: a policy that goes by it
    echo "{\"tees\": {\"tdx\": {\"reference_values\": [\"$1\"], \"tcb_status\": [\"not_evaluated\"], \"insecure_simulated\": true}}}"
}
fill() { # URL: two versions of what clients run
    store "$1" add policy - default 1 active "$(policy_of app)" &&
        store "$1" add refval tdx app 1 active "{\"measurements\": [\"$code_C\"]}" &&
        store "$1" add refval tdx app 2 active "{\"measurements\": [\"$code_X\"]}"
}

ports web
start_nginx "${port[web]}"
platform server client
policy policy-of-client.json "$code_S"

# pair NAME URL: a proxy NAME whose clients are judged by the store, and clients NAME-c and NAME-x.
pair() {
    ports "tls_$1" "c_$1" "x_$1"
    config "$1" server "$code_S" none root-client.pem
    sed -i '/^policy/d' "$1.conf"
    service "$1" svc "127.0.0.1:${port[tls_$1]}" "127.0.0.1:${port[web]}" "store = $2"
    config "$1-c" client "$code_C" policy-of-client.json root-server.pem
    service "$1-c" svc "127.0.0.1:${port[c_$1]}" "127.0.0.1:${port[tls_$1]}" 'client = yes'
    config "$1-x" client "$code_X" policy-of-client.json root-server.pem
    service "$1-x" svc "127.0.0.1:${port[x_$1]}" "127.0.0.1:${port[tls_$1]}" 'client = yes'
    start_proxy "$1" "$1-c" "$1-x"
}

# try NAME URL [MS]: from two versions that are good to one of them revoked, within a second or MS.
try() {
    local since
    check "$1: a store is filled" fill "$2"
    pair "$1" "$2"
    exec 5<>"/dev/tcp/127.0.0.1/${port[c_$1]}" 6<>"/dev/tcp/127.0.0.1/${port[x_$1]}"
    check "$1: one version is served" ask 5
    check "$1: and the other" ask 6
    since=$(now_ms)
    check "$1: a version is revoked" store "$2" state refval tdx app 2 revoked
    check "$1: whoever runs it is cut off at once" closed_within 6 "$since" "${3:-1000}"
    echo "    from the revocation to the end of the connection: $took ms"
    check "$1: by the store" wait_for "$1.log" '"event":"trust","generation":2,"why":"store"'
    check "$1: with the reason" wait_for "$1.log" '"result":"deny","reason":"reference_value_revoked"'
    check "$1: the other version is served on" ask 5
    check "$1: new connections are judged likewise" refuse get "${port[x_$1]}" -f
    check "$1: and served" equal "$(get "${port[c_$1]}")" hello
    exec 5>&- 6>&-
    check "$1: a platform, a key or a measurement is revoked by itself" store "$2" add revocation tdx \
        "measurement-$(echo -n "$code_C" | xxd -r -p | sha256sum | cut -c1-32)" 1 active \
        "{\"what\": \"measurement\", \"value\": \"$code_C\"}"
    check "$1: and taken" wait_for "$1.log" '"event":"trust","generation":3,"why":"store"'
    check "$1: nobody is left" refuse get "${port[c_$1]}" -f
}

# goes_back NAME: the store is what it was before the revocations; put_back does it.
goes_back() {
    check "$1: a store that went back is refused" wait_for "$1.log" \
        '"event":"trust_refused","level":"error","reason":"rollback".*"why":"store","generation":3'
    check "$1: what was revoked stays so" refuse get "${port[x_$1]}" -f
    sleep 1.5
    check "$1: it is said once" equal "$(events "$1" '"reason":"rollback"')" 1
}

# ---- a folder ----
try folder "folder:$work/store-folder"
cp -a store-folder store-folder.last

# ---- SQLite ----
try sqlite "sqlite:$work/store.db"

# ---- a store that is put back ----
mkdir earlier
fill "folder:$work/earlier/folder" >/dev/null || not_ok 'an earlier folder is made'
fill "sqlite:$work/earlier/store.db" >/dev/null || not_ok 'an earlier database is made'
mv store-folder away && mv earlier/folder store-folder
goes_back folder
rm -rf store-folder && mv away store-folder
check 'folder: the newer one is taken again' wait_for folder.log '"event":"trust","generation":4,"why":"store"'
rm -f store.db-wal store.db-shm && mv earlier/store.db store.db
goes_back sqlite

# ---- a store that is damaged: noticed when it is read, which a change or SIGHUP makes it ----
grep -rlF "$code_C" store-folder --include='*' | grep app | head -n 1 | xargs sed -i "s/c1c1c1/c2c2c2/"
kill -HUP "${pid[folder]}"
check 'folder: one that was tampered with is refused' wait_for folder.log \
    '"event":"reload_refused","level":"error","reason":"store_tampered".*"why":"signal"'

# ---- at start ----
config bad server "$code_S" none root-client.pem
sed -i '/^policy/d' bad.conf
service bad svc "127.0.0.1:${port[tls_folder]}" "127.0.0.1:${port[web]}" \
    "store = postgresql://ratls:hunter2@127.0.0.1:1/trust?sslmode=disable"
check 'a store that cannot be reached is no start' status 2 "$build/ratls-proxy" bad.conf
check 'which says why' grep -q 'store postgresql://ratls:\*\*\*@127.0.0.1:1/trust' command.out
check 'and no password' refuse grep -q hunter2 command.out
check 'nothing of it is loaded without a store' refuse grep -q 'libratls-store\|libpq\|libsqlite\|libcurl' \
    "/proc/${pid[folder-c]}/maps"
check 'what names one has it' grep -q libratls-store "/proc/${pid[folder]}/maps"
for worker in $(pgrep -P "${pid[folder]}"); do
    check 'but no worker' refuse grep -q 'libratls-store\|libpq\|libsqlite' "/proc/$worker/maps"
done

# ---- PostgreSQL ----
make_database
start_database
url="postgresql://ratls:hunter2@127.0.0.1:${port[database]}/postgres?sslmode=disable"
try postgres "$url"

# ---- an object store: writing takes more requests, which are part of the time ----
if [ -n "${RATLS_OBJECT_STORE:-}" ]; then
    (umask 077 && printf '{"region": "us-east-1", "access_key": "%s", "secret_key": "%s"}\n' \
        "$(cat "$RATLS_OBJECT_STORE/access")" "$(cat "$RATLS_OBJECT_STORE/secret")" >keys.json)
    try object "s3+$(cat "$RATLS_OBJECT_STORE/url")/ratls/trust-$$?keys=$work/keys.json" 3000
    check 'object: the key is in no log' refuse grep -lF "$(cat "$RATLS_OBJECT_STORE/secret")" ./*.log
else
    skip 'object: a version is revoked' 'tests/run.sh started no object store'
fi

# ---- one that hangs: whoever comes is served, and neither a reload nor the end waits for it ----
signal_database() { # the postmaster and all that it started
    # shellcheck disable=SC2046 # numbers
    kill -"$1" "${pid[database]}" $(pgrep -P "${pid[database]}")
}
hang="postgresql://ratls@127.0.0.1:${port[database]}/hang?sslmode=disable&connect_timeout=2&tcp_user_timeout=1500"
"${as_postgres[@]}" "$postgres/createdb" -h 127.0.0.1 -p "${port[database]}" -U ratls hang
check 'hang: a store is filled' fill "$hang"
pair hang "$hang"
exec 5<>"/dev/tcp/127.0.0.1/${port[c_hang]}"
check 'hang: a connection is open' ask 5
signal_database STOP
check 'hang: it is told' wait_for hang.log \
    '"event":"trust_refused","level":"error","reason":"timeout","detail":"store .*no answer within 1500 ms'
kill -HUP "${pid[hang]}"
check 'hang: who is here is served' ask 5
check 'hang: and who comes' equal "$(get "${port[c_hang]}")" hello
check 'hang: while a reload waits' equal "$(events hang '"event":"reload')" 0
check 'hang: which is refused' wait_for hang.log \
    '"event":"reload_refused","level":"error","reason":"store_failed".*"generation":1'
check 'hang: what was there serves' ask 5
exec 5>&-
kill -HUP "${pid[hang]}"
sleep 0.2
since=$(now_ms)
check 'hang: the end is in order' stop hang
took=$(($(now_ms) - since))
check "hang: and waits for nothing ($took ms)" test $took -lt 6000
signal_database CONT

# ---- one that ends ----
refused=$(events postgres '"event":"trust_refused"')
"${as_postgres[@]}" "$postgres/pg_ctl" -D "$work/db/cluster" -m fast -w stop >stop.out 2>&1
wait "${pid[database]}"
unset 'pid[database]'
check 'postgres: a database that ends is told' wait_for postgres.log \
    '"event":"trust_refused","level":"error","reason":"store_failed"'
sleep 2
check 'postgres: once' equal "$(events postgres '"event":"trust_refused"')" $((refused + 1))
start_database
check 'postgres: and when it is back' wait_for postgres.log \
    '"event":"trust","generation":4,"why":"store"'
check 'postgres: what was added meanwhile is taken' store "$url" add refval tdx app 3 active \
    "{\"measurements\": [\"$(printf '77%.0s' $(seq 48))\"]}"
check 'postgres: as before' wait_for postgres.log '"event":"trust","generation":5,"why":"store"'
check 'no password is in any log' refuse grep -l hunter2 ./*.log
