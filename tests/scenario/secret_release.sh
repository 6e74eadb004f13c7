#!/usr/bin/env bash
# Secrets over HTTP, for attested peers only (T51): bytes and JWE, versions, the own policy of each,
# who is refused, what is written down, and where no secret is ever found in clear.
. "$(dirname "$0")/lib.sh"

ports tls plain tls_lite plain_lite bad
usual_pair
canary='canary-5d1f-never-in-clear'
kek=file:$work/kek store=folder:$work/store/s lite=sqlite:$work/lite/s.db
mkdir store lite
"$ratls" kek new "$work/kek" >kek.out
policy web.json "$code_C"
policy other.json "$code_X"
"$ratls" policy add --store "$store" --name web --state active web.json >store.out || exit 2
"$ratls" policy add --store "$store" --name other --state active other.json >store.out || exit 2
"$ratls" policy add --store "$lite" --name web --state active web.json >store.out || exit 2
put() { # NAME POLICY VALUE [STORE]
    printf %s "$3" >value
    "$ratls" secret put "$1" --store "${4:-$store}" --kek "$kek" --policy "$2" --author alice --in value >store.out
    rm value
}
put db web "$canary" || exit 2
put theirs other "$canary-theirs" || exit 2
put db web "$canary-lite" "$lite" || exit 2
[ "$(id -u)" -ne 0 ] || chown -R nobody store lite
secrets() { # SERVICE PORT STORE: of server.conf
    printf '%s\n' "[$1]" "accept = 127.0.0.1:$2" 'mode = secrets' "secrets-store = $3" \
        "secrets-kek = $kek" >>server.conf
}
secrets secrets "${port[tls]}" "$store"
secrets lite "${port[tls_lite]}" "$lite"
service client lite "127.0.0.1:${port[plain_lite]}" "127.0.0.1:${port[tls_lite]}" 'client = yes'
service client secrets "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
checked() { # EXIT TEXT SED-SCRIPT: of --check, of what it makes of server.conf
    sed "$3" server.conf >checked.conf
    status "$1" "$build/ratls-proxy" --check checked.conf || return
    grep -q -- "$2" command.out || { cat command.out; return 1; }
}
check '--check finds key and store' checked 0 " secrets-store = $store" ''
check 'and says where a key is none' checked 2 '\[secrets\] secrets-kek: ' "s,$kek,file:$work/none,"
check 'and where a store is none' checked 2 '\[lite\] secrets-store: ' "s,$lite,sqlite:$work/none.db,"
start_proxy server client
base=http://127.0.0.1:${port[plain]}/secrets

check 'a peer gets its secret' equal "$(get "$base/db")" "$canary"
check 'also one of a database' equal "$(get "http://127.0.0.1:${port[plain_lite]}/secrets/db")" "$canary-lite"
check 'as bytes that no cache keeps' equal \
    "$(curl -sS --max-time 20 -o out -D - "$base/db" | tr -d '\r' | grep -Eic '^(content-type: application/octet-stream|cache-control: no-store)$')" 2
check 'as JWE for the key of the peer' equal \
    "$(get "$base/db" -H 'Accept: application/jose' | cut -d . -f 1 | jq -Rc '@base64d | fromjson | [.alg, .enc]')" \
    '["ECDH-ES+A256KW","A256GCM"]'
code() { curl -sS --max-time 20 -o answer -w '%{http_code} %{content_type}' "$@"; }
problem() { # FACT STATUS CURL OPTION...
    check "$1: $2" equal "$(code "${@:3}")" "$2 application/problem+json"
    check "$1: no secret" refuse grep -q canary answer
}
problem 'a policy that does not allow the peer' 403 "$base/theirs"
problem 'no such name' 404 "$base/none"
problem 'a name that leads elsewhere' 404 --path-as-is "$base/../x"
problem 'no such version' 404 "$base/db?version=7"
problem 'a version that is none' 400 "$base/db?version=0x1"
problem 'another query' 400 "$base/db?v=1"
problem 'another form' 406 -H 'Accept: text/html' "$base/db"
problem 'another method' 405 -X PUT -d x "$base/db"
problem 'tokens are not there' 404 "http://127.0.0.1:${port[plain]}/jwks"
check 'a rotated secret is the new one' eval \
    "printf %s $canary-2 >value && $ratls secret rotate db --store $store --kek $kek --overlap 60 --author bob --in value && rm value"
[ "$(id -u)" -ne 0 ] || chown -R nobody store
check 'at once' equal "$(get "$base/db")" "$canary-2"
check 'and the old one while it overlaps' equal "$(get "$base/db?version=1")" "$canary"

who=(--attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --policy policy-of-client.json
    --insecure-sim-roots root-server.pem)
own() { # NAME OPTION...: as a workload does, without a proxy of its own
    "$ratls" secret get "https://127.0.0.1:${port[tls]}/secrets/$1" "${who[@]}" "${@:2}" 2>command.out
}
check 'the command gets it' equal "$(own db)" "$canary-2"
check 'a version of it' equal "$(own db --version 1)" "$canary"
check 'and as JWE, which it opens' equal "$(own db --jwe)" "$canary-2"
check 'what a policy withholds is a denial' status 1 own theirs

config bad client "$code_X" policy-of-client.json root-server.pem
service bad secrets "127.0.0.1:${port[bad]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy bad
expect_reason 'a peer that the service refuses gets nothing' server measurement_mismatch \
    code "http://127.0.0.1:${port[bad]}/secrets/theirs"

kill -KILL "$(pgrep -P "${pid[server]}" -x ratls-authority)"
wait_for server.log '"event":"authority_exit"' || not_ok 'the process ends'
check 'the next process knows it, too' equal "$(get "$base/db")" "$canary-2"
for place in "$store" "$lite"; do "$ratls" secret history --store "$place"; done >history.out
check 'the trail has releases and refusals' equal \
    "$(grep -c ' release ' history.out) $(grep -c ' withhold ' history.out)" \
    "$(grep -c '"event":"secret"' server.log) $(grep -c '"event":"secret_refused"' server.log)"
check 'no secret is found in clear: store, logs, output' refuse grep -rqa "$canary" store lite ./*.log ./*.out
if [ -z "${RATLS_SANITIZED:-}" ] && [ "$(id -u)" -eq 0 ]; then
    authority=$(pgrep -P "${pid[server]}" -x ratls-authority)
    check 'control: the process knows the key' knows "$authority" "$(head -c 64 kek)"
    check 'and no secret, once it was sent' refuse knows "$authority" "$(printf %s "$canary" | od -An -tx1 | tr -d ' \n')"
    for worker in $(pgrep -P "${pid[server]}" | grep -vx "$authority"); do
        check 'a worker does not know the key' refuse knows "$worker" "$(head -c 64 kek)"
    done
fi
