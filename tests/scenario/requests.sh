#!/usr/bin/env bash
# `ratls token fetch` and `ratls secret get` through a real ratls-proxy, with nginx behind it in the
# place of a service that gives out tokens and secrets: both sides judged before anything is said,
# exit codes, where results go, and what errors of the service become.
. "$(dirname "$0")/lib.sh"

ports web tls deny strange plain deaf
usual_pair
config deny server "$code_X" policy-of-server.json root-client.pem
config stranger server "$code_S" policy-of-stranger.json root-client.pem
policy policy-of-stranger.json "$code_X"
jwt='"issued_token_type":"urn:ietf:params:oauth:token-type:jwt"'
run_nginx "${port[web]}" <<END
    access_log $work/web.log;
    default_type application/json;
    server {
        listen 127.0.0.1:${port[web]};
        location = /token { return 200 '{"access_token":"head.body.sig",$jwt,"token_type":"N_A","expires_in":60}'; }
        location = /bearer { return 200 '{"access_token":"head.body.sig",$jwt,"token_type":"Bearer"}'; }
        location = /target { return 400 '{"error":"invalid_target","error_description":"no tokens are for this"}'; }
        location = /client { return 401 '{"error":"invalid_client"}'; }
        location = /moved { return 307 https://127.0.0.1:${port[tls]}/token; }
        location = /secrets/db { default_type application/octet-stream; return 200 'canary-secret'; }
        location = /secrets/kept { default_type application/problem+json; return 403 '{"title":"not allowed"}'; }
        location /secrets/ { default_type application/problem+json; return 404 '{"title":"no such secret"}'; }
    }
END
service server web "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}"
service deny web "127.0.0.1:${port[deny]}" "127.0.0.1:${port[web]}"
service stranger web "127.0.0.1:${port[strange]}" "127.0.0.1:${port[web]}"
ec=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1)
openssl req -x509 "${ec[@]}" -keyout ca.key -out ca.pem -subj /CN=ca \
    -addext keyUsage=critical,keyCertSign 2>openssl.out
openssl req -x509 "${ec[@]}" -CA ca.pem -CAkey ca.key -keyout web.key -out web.pem -subj /CN=web \
    -addext subjectAltName=DNS:web.example -addext basicConstraints=critical,CA:FALSE \
    -addext keyUsage=critical,digitalSignature 2>openssl.out
chmod 600 web.key
service server plain "127.0.0.1:${port[plain]}" "127.0.0.1:${port[web]}" 'mode = verify' \
    "cert = $work/web.pem" "key = $work/web.key"
start_proxy server deny stranger

who=(--attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C"
    --policy policy-of-client.json --insecure-sim-roots root-server.pem)
base=https://127.0.0.1:${port[tls]}
run() { # EXIT COMMAND...: output to out, messages to command.out
    local found=0
    "${@:2}" >out 2>command.out || found=$?
    [ $found -eq "$1" ] || { echo "exit $found, not $1: $(cat command.out)"; return 1; }
}
asked() { wc -l <web.log; }
fetch() { # EXIT PATH OPTION...
    run "$1" "$ratls" token fetch "$base$2" "${who[@]}" "${@:3}"
}
secret() { # EXIT NAME OPTION...
    run "$1" "$ratls" secret get "$base/secrets/$2" "${who[@]}" "${@:3}"
}

# ---- tokens ----

check 'a token is fetched' fetch 0 /token --audience https://api.example/
check 'and said, alone' equal "$(<out)" head.body.sig
check 'or in JSON, with who gave it' fetch 0 /token --json
check 'that is' equal "$(jq -c '[.verdict, .reason, .status, .token, .server.tee, .server.measurement, .server.level]' out)" \
    "[\"allow\",\"ok\",200,\"head.body.sig\",\"tdx\",\"$code_S\",\"session\"]"
check 'or goes to a file, with its key' fetch 0 /token -o token.jwt --key tls.key --cert tls.pem
check 'the file has it' equal "$(<token.jwt)" head.body.sig
check 'the key is its owner'"'"'s' equal "$(stat -c %a tls.key)" 600
check 'and that of the certificate' equal "$(openssl pkey -in tls.key -pubout)" "$(openssl x509 -in tls.pem -noout -pubkey)"
check 'which is not overwritten' fetch 2 /token --key tls.key
check 'a bearer token is none' fetch 2 /bearer
check 'it says so' grep -q 'fetch_failed.*another type' command.out
check 'an error of the endpoint' fetch 2 /target --audience x
check 'is told' grep -qx 'ratls: token fetch: not_found: status 400: invalid_target: no tokens are for this' command.out
check 'one that refuses the client is a denial' fetch 1 /client
check 'in JSON too' fetch 1 /client --json
check 'with its reason' equal "$(jq -c '[.verdict, .reason, .status, has("token")]' out)" '["deny","peer_denied",401,false]'
before=$(asked)
check 'a redirect is no token' fetch 2 /moved
check 'and not followed' equal $(($(asked) - before)) 1

# ---- secrets ----

check 'a secret is got' secret 0 db
check 'as it is' equal "$(<out)" canary-secret
check 'or into a file' secret 0 db -o db.secret
check 'of its owner' equal "$(stat -c %a db.secret) $(<db.secret)" '600 canary-secret'
check 'which is not overwritten' secret 2 db -o db.secret
check 'unless told to' secret 0 db -o db.secret --force --json
check 'JSON has no secret' refuse grep -q canary out command.out
check 'and never goes where one would' secret 2 db --json
check 'a secret that is withheld is a denial' secret 1 kept
check 'with the words of the service' grep -q 'peer_denied: status 403: not allowed' command.out
check 'one that is not there is none' secret 2 other
check 'nor is a version of it' secret 2 other --version 3
check 'whose number was asked' grep -q 'GET /secrets/other?version=3 ' web.log
check 'a full disk is an error' status 2 bash -c '"$@" >/dev/full' - "$ratls" secret get "$base/secrets/db" "${who[@]}"
check 'a version is a number' secret 2 db --version 0

# ---- who may not ----

before=$(asked)
base=https://127.0.0.1:${port[deny]}
check 'a server that runs something else gets no request' fetch 1 /token --json
check 'for its measurement' equal "$(jq -c '[.reason, .server.measurement]' out)" "[\"measurement_mismatch\",\"$code_X\"]"
check 'nor for a secret' secret 1 db -o no.secret
check 'and nothing is made' refuse test -e no.secret
base=https://127.0.0.1:${port[strange]}
check 'a server that refuses us hears none either' fetch 1 /token --json
check 'it is a denial by the peer' equal "$(jq -r .reason out)" peer_denied
check 'nginx saw none of this' equal "$(asked)" "$before"
base=https://127.0.0.1:${port[deaf]}
check 'where nobody is there is an error' fetch 2 /token
check 'and no denial' grep -q 'fetch_failed: no connection' command.out
base=http://127.0.0.1:${port[tls]}
check 'only https is asked' fetch 2 /token
check 'whoever judges nobody is told so' run 2 "$ratls" token fetch "$base/token" --attester sim-tdx
check 'roots without a policy are a mistake' run 2 "$ratls" token fetch "$base/token" --attester sim-tdx \
    --server-ca root-server.pem --server-name a --insecure-sim-roots root-server.pem
check 'so is a CA without a name' run 2 "$ratls" token fetch "$base/token" "${who[@]}" --server-ca root-server.pem

# ---- a server with an ordinary certificate ----

base=https://127.0.0.1:${port[plain]}
who=(--attester sim-tdx --attester-options "pki=$work/pki-client,mrtd=$code_C" --server-ca ca.pem)
check 'a server without evidence is judged by CA and name' fetch 0 /token --server-name web.example --json
check 'and has no verdict' equal "$(jq -c '[.token, .server]' out)" '["head.body.sig",null]'
check 'one of another name is refused' fetch 1 /token --server-name other.example
check 'for that' grep -q identity_mismatch command.out
