#!/usr/bin/env bash
# Secrets under a key in a token (PKCS#11, SoftHSM), and in a PostgreSQL over TLS that is stopped,
# hangs, and is started again: given out from within the sandbox, while others are not held up.
. "$(dirname "$0")/lib.sh"

ports tls plain tls_db plain_db tls_tokens plain_tokens
usual_pair
canary='canary-9a40-never-in-clear'

# ---- a token, a database ----

export SOFTHSM2_CONF=$work/softhsm.conf
mkdir tokens store
printf '%s\n' "directories.tokendir = $work/tokens" 'log.level = ERROR' >softhsm.conf
softhsm2-util --init-token --free --label ratls --pin 1234 --so-pin 12345678 >softhsm.out || exit 2
(umask 077 && echo 1234 >pin)
printf %s "$(openssl rand -hex 16)" >aes # text: of other bytes softhsm2-util takes some for an end
softhsm2-util --import aes --aes --token ratls --label kek --id 01 --pin 1234 >softhsm.out || exit 2
kek="pkcs11:token=ratls;object=kek?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=$work/pin"

make_database
self_signed database 'subjectAltName = IP:127.0.0.1'
cp database.pem database.key db/cluster
chmod 600 db/cluster/database.key
[ "$(id -u)" -ne 0 ] || chown postgres db/cluster/database.*
printf '%s\n' 'ssl = on' "ssl_cert_file = 'database.pem'" "ssl_key_file = 'database.key'" >>db/cluster/postgresql.conf
start_database
folder=folder:$work/store/s
database="postgresql://ratls@127.0.0.1:${port[database]}/postgres?sslrootcert=$work/database.pem"
policy web.json "$code_C"
for store in "$folder" "$database"; do
    "$ratls" policy add --store "$store" --name web --state active web.json >store.out || exit 2
    printf %s "$canary" | "$ratls" secret put db --store "$store" --kek "$kek" --policy web --author alice >store.out || exit 2
done
openssl ecparam -name prime256v1 -genkey -noout -out sign.key 2>openssl.out && chmod 600 sign.key
[ "$(id -u)" -ne 0 ] || chown -R nobody store tokens

# ---- services ----

secrets() { # SERVICE PORT STORE READS: of server.conf
    printf '%s\n' "[$1]" "accept = 127.0.0.1:$2" 'mode = secrets' "secrets-store = $3" \
        "secrets-kek = $kek" "secrets-reads = $4" >>server.conf
}
secrets folder "${port[tls]}" "$folder" "$work/tokens"
secrets database "${port[tls_db]}" "$database" "$work/database.pem"
printf '%s\n' '[tokens]' "accept = 127.0.0.1:${port[tls_tokens]}" 'mode = token' "token-key = $work/sign.key" \
    'token-issuer = https://as.example' 'token-audience = other' >>server.conf
for name in '' _db _tokens; do
    service client "c$name" "127.0.0.1:${port[plain$name]}" "127.0.0.1:${port[tls$name]}" 'client = yes'
done
check '--check opens token and database' status 0 "$build/ratls-proxy" --check server.conf
sed 's,/tokens$,/none,; s,pin-source=.*,pin-source=/none,' server.conf >checked.conf
check 'and says what is wrong' status 2 "$build/ratls-proxy" --check checked.conf
check 'where' grep -q '\[folder\] secrets-kek: ' command.out
start_proxy server client
from() { echo "http://127.0.0.1:${port[plain$1]}/$2"; }
check 'a peer gets its secret' equal "$(get "$(from '' secrets/db)")" "$canary"
check 'also from a database' equal "$(get "$(from _db secrets/db)")" "$canary"

# ---- a database that hangs ----

tokens_answer() { equal "$(get "$(from _tokens jwks)" | jq -c '[.keys[].alg]')" '["ES256"]'; }
postmaster=$(head -n 1 db/cluster/postmaster.pid)
session=$(pgrep -P "$postmaster" -f 'postgres: ratls' | tr '\n' ' ')
# shellcheck disable=SC2086 # some of them
kill -STOP "$postmaster" $session
launch waits curl -sS --max-time 60 "$(from _db secrets/db)"
sleep 1 # it has come so far
check 'tokens do not wait for it' tokens_answer
check 'nor do secrets of another store' equal "$(get "$(from '' secrets/db)")" "$canary"
check 'a request of its own does' refuse ended waits
# shellcheck disable=SC2086
kill -CONT $session "$postmaster"
wait "${pid[waits]}"
unset 'pid[waits]'
check 'and is answered when it goes on' equal "$(<waits.out)" "$canary"

# ---- a database that ends ----

check 'the database ends' stop database INT
check 'nothing is given out' equal \
    "$(curl -sS --max-time 20 -o answer -D - "$(from _db secrets/db)" | tr -d '\r' | grep -E '^HTTP|^Retry' | cut -d ' ' -f 2 | tr '\n' ' ')" '503 1 '
check 'tokens are' tokens_answer
start_database
again() { # connections that broke are made anew
    local _
    for _ in 1 2 3; do
        [ "$(get "$(from _db secrets/db)")" != "$canary" ] || return 0
    done
    return 1
}
check 'secrets come back with the database' again
check 'no secret is found in clear: store, logs, output' refuse grep -qa "$canary" -r store db tokens server.log store.out
