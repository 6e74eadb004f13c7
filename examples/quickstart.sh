#!/usr/bin/env bash
# An attested tunnel on one machine, from nothing: installs what is missing from Debian, builds, and
# runs
#
#     curl --plain--> ratls-proxy (client) ==attested TLS==> ratls-proxy (server) --plain--> nginx
#                     simulated SEV-SNP, code C              simulated TDX, code S
#
# Both ends run in simulated TEEs that make evidence of the real format under a root of their own, with
# the vendor's collateral (TCB levels, quoting enclave, revocation) to match.
# Whom a side trusts stands in a store of its own, a folder of plain files (a database does as well).
# Then a third TEE, which runs other code, tries the same and is refused. Behind the server's proxy lie a
# secret and tokens, too: the client gets both because of the code that it runs, the third TEE neither.
# Last, the code of the server is revoked, which ends a connection that is open. Exits 0 only if all
# of that happened. Run as root, or as a user with sudo where packages are missing.
set -eu
cd "$(dirname "$0")/.."
. tests/packages.sh

title() { printf '\n== %s\n' "$*"; }
give_up() { printf '\nquickstart: %s\n' "$*" >&2; exit 1; }

# ---- a place for everything that is gone afterwards ----
work=$(mktemp -d /tmp/ratls-quickstart.XXXXXX)
pids=()
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    wait
    if [ $status -ne 0 ] && [ -n "$(ls "$work"/*.log 2>/dev/null)" ]; then
        tail -n 15 "$work"/*.log >&2
    fi
    rm -rf "$work"
    exit $status
}
trap clean_up EXIT
trap 'exit 1' INT TERM

# ---- what is needed ----
title 'packages and build'
install_packages build demo >"$work/packages.log" 2>&1 || give_up 'packages are missing'
build=$(realpath -m "${RATLS_BUILD:-build}")
[ -e "$build/CMakeCache.txt" ] || cmake -S . -B "$build" -DRATLS_TESTS=OFF >"$work/build.log" 2>&1 ||
    give_up 'cmake failed'
cmake --build "$build" -j"$(nproc)" --target ratls_cmd --target ratls_proxy >"$work/build.log" 2>&1 ||
    give_up 'the build failed'
echo "   $build/ratls and $build/ratls-proxy are ready"

cd "$work"

free_port() { # last digit: one with it that nobody listens on
    local port
    while port=$((RANDOM % 1000 * 10 + 20000 + $1)); do
        grep -qi ":$(printf %04x "$port") .* 0A " /proc/net/tcp /proc/net/tcp6 2>/dev/null || break
    done
    echo "$port"
}
backend=$(free_port 0) server=$(free_port 1) client=$(free_port 2) wrong=$(free_port 3)
server_secrets=$(free_port 4) client_secrets=$(free_port 5) wrong_secrets=$(free_port 6)
server_tokens=$(free_port 7) client_tokens=$(free_port 8) wrong_tokens=$(free_port 9)

wait_for() { # file, text: until a line has it
    for _ in $(seq 100); do
        grep -qs -- "$2" "$1" && return
        sleep 0.1
    done
    give_up "no '$2' in $(basename "$1")"
}

# ---- the service to be protected ----
title "nginx, listening on 127.0.0.1:$backend, knows nothing of TLS or TEEs"
mkdir www nginx
echo 'Hello from behind the attested tunnel.' >www/index.html
cat >nginx.conf <<END
daemon off;
pid $work/nginx/pid;
worker_processes 1;
error_log stderr;
events { }
http {
    access_log $work/nginx-access.log;
    client_body_temp_path $work/nginx/body;
    proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi;
    scgi_temp_path $work/nginx/scgi;
    server {
        listen 127.0.0.1:$backend;
        root $work/www;
    }
}
END
chmod 755 "$work"
PATH=$PATH:/usr/sbin nginx -p "$work/nginx" -c "$work/nginx.conf" 2>nginx.log &
pids+=($!)

# ---- three TEEs ----
# The measurement says which code runs: 48 bytes, MRTD for TDX and the launch digest for SEV-SNP.
code_S=$(printf '5e%.0s' $(seq 48))
code_C=$(printf 'c1%.0s' $(seq 48))
code_X=$(printf 'bad0%.0s' $(seq 24))

# Two machines, one of Intel and one of AMD: the folder of each holds the keys that a real one has in
# hardware, and their root. What the vendor says of it (for real machines: ratls collateral) is for
# whoever judges it.
mkdir collateral-for-server collateral-for-client
platform() { # name, attester, who judges it
    mkdir "pki-$1"
    "$build/ratls" attest --attester "$2" --attester-options "pki=$work/pki-$1" \
        --insecure-sim-root-out "root-$1.pem" \
        --insecure-sim-collateral-out "collateral-for-$3/$1.json" -o "pki-$1/first-quote.bin" >/dev/null
}
platform server sim-tdx client
platform client sim-snp server

# ---- whom each side trusts ----
title 'a store for each side: whose evidence, which code, how good'
change() { # noun, verb, store, more: told as the store has it
    "$build/ratls" "$1" "$2" --store "$work/$3" --author operator "${@:4}" >change.out ||
        give_up "ratls $1 $2 failed"
    sed 's/^/   /' change.out
}
trust() { # who judges, whom, kind of TEE, measurement, status. See ratls/POLICY.md, ratls/TRUST.md
    cat >policy.json <<END
{"tees": {"$3": {"reference_values": ["web"], "tcb_status": ["$5"], "insecure_simulated": true}}}
END
    change anchor add "trust-of-$1" --tee "$3" --name insecure_machine --insecure-sim-root \
        --state active "root-$2.pem"
    change refval add "trust-of-$1" --tee "$3" --name web --measurement "$4" --state active
    change policy add "trust-of-$1" --name default --state active policy.json
}
trust server client snp "$code_C" unrated
trust client server tdx "$code_S" UpToDate

# ---- what only good code gets. See ratls/CUSTODY.md, ratls/TOKENS.md ----
title 'a secret, sealed for that code; a key that signs tokens'
cat >policy.json <<END
{"tees": {"snp": {"measurements": ["$code_C"], "tcb_status": ["unrated"], "insecure_simulated": true}}}
END
"$build/ratls" kek new kek >change.out || give_up 'no key-encryption key'
"$build/ratls" token key -o token.key >change.out || give_up 'no key for tokens'
change policy add custody --name web --state active policy.json
secret=$(od -An -N 12 -t x1 /dev/urandom | tr -d ' \n') # nowhere in clear but in this shell
change secret put custody --kek "file:$work/kek" --policy web db-password <<<"$secret"
grep -rqaf - . <<<"$secret" && give_up 'the secret lies there in clear'
# Releases are written down by a process that runs as nobody.
[ "$(id -u)" -ne 0 ] || chown -R nobody custody

# ---- three proxies. See ratls-proxy(8) ----
cat >server.conf <<END
; attested TLS comes in, plain HTTP goes out to nginx; secrets and tokens are answered here
workers = 1
output = $work/server.log
attester = sim-tdx
attester-options = pki=$work/pki-server,mrtd=$code_S
insecure-allow-sim-attester = yes
store = $work/trust-of-server
collateral = $work/collateral-for-server

[web]
accept = 127.0.0.1:$server
connect = 127.0.0.1:$backend

[secrets]
accept = 127.0.0.1:$server_secrets
mode = secrets
secrets-store = folder:$work/custody
secrets-kek = file:$work/kek

[tokens]
accept = 127.0.0.1:$server_tokens
mode = token
token-issuer = https://tokens.example
token-audience = https://api.example
token-key = $work/token.key
END

client_conf() { # name, measurement of its code, ports: for nginx, secrets, tokens
    cat <<END
; plain HTTP comes in from this machine, attested TLS goes out
workers = 1
output = $work/$1.log
attester = sim-snp
attester-options = pki=$work/pki-client,measurement=$2
insecure-allow-sim-attester = yes
store = $work/trust-of-client
collateral = $work/collateral-for-client

[web]
client = yes
accept = 127.0.0.1:$3
connect = 127.0.0.1:$server

[secrets]
client = yes
accept = 127.0.0.1:$4
connect = 127.0.0.1:$server_secrets

[tokens]
client = yes
accept = 127.0.0.1:$5
connect = 127.0.0.1:$server_tokens
END
}
client_conf client "$code_C" "$client" "$client_secrets" "$client_tokens" >client.conf
client_conf wrong "$code_X" "$wrong" "$wrong_secrets" "$wrong_tokens" >wrong.conf

title "ratls-proxy as server on 127.0.0.1:$server, as client on 127.0.0.1:$client"
for side in server client wrong; do
    "$build/ratls-proxy" "$side.conf" 2>>"$side.log" &
    pids+=($!)
done
for side in server client wrong; do
    wait_for "$side.log" '"event":"start"'
done
grep -h -o 'insecure-[a-z-]* is in use\|roots of simulated TEEs are accepted' server.log client.log | sort -u | sed 's/^/   note: /'

# ---- the good case ----
member() { # file, name: of the last connection in an access log
    grep '"event":"connection"' "$1" | tail -n 1 |
        sed -n "s/.*\"$2\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}
expect() { # file, name, value
    local found
    found=$(member "$1" "$2")
    [ "$found" = "$3" ] || give_up "$(basename "$1"): $2 is '$found', not '$3'"
}
show() { # file, who
    printf '   %-7s verified its peer: TEE %s%s\n' "$2" "$(member "$1" tee)" \
        "$([ "$(member "$1" simulated)" = true ] && echo ' (simulated)')"
    printf '           measurement   %s...\n' "$(member "$1" measurement | cut -c1-32)"
    printf '           binding level %s\n' "$(member "$1" level)"
    printf '           verdict       %s (%s)\n' "$(member "$1" result)" "$(member "$1" reason)"
}

title "curl http://127.0.0.1:$client/"
answer=$(curl -sS --max-time 10 "http://127.0.0.1:$client/") || give_up 'curl failed'
echo "   $answer"
[ "$answer" = "$(cat www/index.html)" ] || give_up 'that is not what nginx has'
for side in server client; do
    wait_for $side.log '"event":"connection"'
    show $side.log $side
    expect $side.log result allow
    expect $side.log level session
    expect $side.log simulated true
done
expect server.log tee snp
expect client.log tee tdx
expect server.log measurement "$code_C"
expect client.log measurement "$code_S"

# ---- the bad case ----
title "the same through a TEE of the same machine that runs other code (127.0.0.1:$wrong)"
before=$(wc -l <nginx-access.log)
if curl -sS --max-time 10 "http://127.0.0.1:$wrong/" 2>curl.log; then
    give_up 'a wrong measurement got an answer'
fi
echo "   $(tail -n 1 curl.log)"
wait_for server.log '"result":"deny"'
show server.log server
expect server.log reason measurement_mismatch
expect server.log measurement "$code_X"
expect server.log bytes_in 0
[ "$(wc -l <nginx-access.log)" -eq "$before" ] || give_up 'nginx saw a request of the refused peer'
echo '   nginx saw nothing of it'

# ---- secrets and tokens ----
fetch_secret() { # port
    curl -sS -f --max-time 10 "http://127.0.0.1:$1/secrets/db-password"
}
fetch_token() { # port: RFC 8693, the subject is the attested channel
    curl -sS -f --max-time 10 "http://127.0.0.1:$1/token" -d audience=https://api.example \
        -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
        -d subject_token_type=tag:ratls.invalid,2026:token-type:channel
}

title "curl http://127.0.0.1:$client_secrets/secrets/db-password"
found=$(fetch_secret "$client_secrets") || give_up 'no secret'
echo "   $found"
[ "$found" = "$secret" ] || give_up 'that is not the secret'

title "curl http://127.0.0.1:$client_tokens/token: what it says, verified by the keys of /jwks"
answer=$(fetch_token "$client_tokens") || give_up 'no token'
curl -sS -f --max-time 10 "http://127.0.0.1:$client_tokens/jwks" >jwks.json || give_up 'no keys'
token=${answer#*\"access_token\":\"}
"$build/ratls" token verify - --issuer https://tokens.example=jwks.json --allow-bearer \
    --audience https://api.example --insecure-allow-none <<<"${token%%\"*}" >token.out ||
    give_up 'the token is not good'
sed -n '/^\(verdict\|token.\(iss\|aud\|exp\)\|ear.\(tee\|status\|simulated\|level\)\):/s/^/   /p' token.out
grep -q '^ear.tee: *snp$' token.out || give_up 'the token is of another TEE'

title "both through the TEE that runs other code (127.0.0.1:$wrong_secrets, 127.0.0.1:$wrong_tokens)"
for what in secret token; do
    wait_for server.log "\"event\":\"connection\",\"service\":\"${what}s\""
    ports=wrong_${what}s
    if "fetch_$what" "${!ports}" >refused.out 2>curl.log; then
        give_up "a wrong measurement got a $what"
    fi
    [ ! -s refused.out ] || give_up "a wrong measurement got something of a $what"
    wait_for server.log "\"service\":\"${what}s\".*\"result\":\"deny\""
    echo "   no $what: $(member server.log result) ($(member server.log reason))"
    expect server.log reason measurement_mismatch
    [ "$(grep -c "\"event\":\"$what" server.log)" -eq 1 ] || give_up "more than one $what was asked for"
done

# ---- the bad day ----
title "the client's operator revokes the code of the server, while a connection is open"
exec 3<>"/dev/tcp/127.0.0.1/$client"
printf 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n' >&3
read -r -t 10 line <&3 || give_up 'no answer on the connection'
echo "   open:    ${line%$'\r'}"
change refval revoke trust-of-client tdx/web@1
since=$(date +%s%3N)
timeout 10 cat <&3 >rest.out 2>/dev/null || [ $? -ne 124 ] || give_up 'the connection stays open'
took=$(($(date +%s%3N) - since))
exec 3>&-
echo "   ended:   $took ms later"
[ $took -le 1000 ] || give_up 'that is more than a second'
wait_for client.log '"reason":"reference_value_revoked"'
grep '"event":"connection"' client.log | tail -n 1 | sed 's/^/   /'
expect client.log result deny
expect client.log reason reference_value_revoked
! curl -sS --max-time 10 "http://127.0.0.1:$client/" >curl.log 2>&1 || give_up 'a new one got an answer'

title 'all of it happened: an attested tunnel, a secret and a token through it, refusals and an end with their reasons'
