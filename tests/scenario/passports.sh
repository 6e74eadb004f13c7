#!/usr/bin/env bash
# Passports (RFC 9334 s.5.1): a token service appraises machines of two TEEs, and they believe each
# other by its word; the client has no root of the server's vendor. Refused: evidence where a
# passport is due, passports of another issuer or for somebody else, and whom the service denies has none to
# show. Another JWK set ends connections; passports are renewed.
. "$(dirname "$0")/lib.sh"

ports web as other client server guest
mkdir www && echo hello >www/index.html
start_nginx "${port[web]}"
platform as client
"$ratls" attest --attester sim-snp --attester-options "pki=$work/pki-amd" \
    --insecure-sim-root-out root-amd.pem -o guest.bin >platform-amd.out || exit 2
cat root-client.pem root-amd.pem >roots.pem
cat root-client.pem root-as.pem >roots-of-server.pem

snp() { # MEASUREMENT [MEMBER]
    printf '{"tees": {"snp": {"measurements": ["%s"], "tcb_status": ["not_evaluated"], "insecure_simulated": true}}%s}\n' "$1" "${2:+, $2}"
}
sim_tdx() { # MEASUREMENT [MEMBER]
    policy tdx.json "$1"
    jq -c ". + {${2:-}}" tdx.json
}
sim_tdx "$code_X" >policy-of-as.json # the code of the service
jq -c --argjson snp "$(snp "$code_S")" '.tees += $snp.tees' <(sim_tdx "$code_C") >policy-of-clients.json
snp "$code_S" '"passports": "required"' >policy-of-client.json
sim_tdx "$code_C" '"passports": "required"' >policy-of-server.json

key() { # FILE
    openssl ecparam -name prime256v1 -genkey -noout -out "$1" 2>openssl.out && chmod 600 "$1"
}
key as.key
key other.key
"$ratls" token jwks as.key -o as.jwks >jwks.out && "$ratls" token jwks other.key -o other.jwks >jwks.out || exit 2
cp as.jwks trusted.jwks

# A service of tokens that live for a while.
as() { # NAME PORT KEY
    config "$1" as "$code_X" policy-of-clients.json roots.pem
    printf '%s\n' '[tokens]' "accept = 127.0.0.1:${port[$2]}" 'mode = token' \
        'token-issuer = https://as.example' 'token-audience = mesh, elsewhere' \
        'token-claims = raw' 'token-lifetime = 12s' "token-key = $work/$3" >>"$1.conf"
}
as as as as.key
as foreign other other.key
start_proxy as foreign

# NAME.conf begins, of one that believes in passports of the service, and shows one.
holder() { # NAME PLATFORM MEASUREMENT POLICY [AS [TARGET]]
    config "$1" "$2" "$3" "$4" root-as.pem
    [ "$2" = client ] || sed -i "s/^attester = .*/attester = sim-snp/; s/mrtd=/measurement=/; s/root-as/roots-of-server/" "$1.conf"
    cat >>"$1.conf" <<END
passport-issuer = https://as.example $work/trusted.jwks
passport-audience = mesh
END
    [ -z "${5:-}" ] || cat >>"$1.conf" <<END
passport-from = https://127.0.0.1:${port[$5]}/token
passport-target = ${6:-mesh}
passport-policy = $work/policy-of-as.json
END
}
client() { # NAME [AS [TARGET [MEASUREMENT]]]: listens at its own port
    ports "$1"
    holder "$1" client "${4:-$code_C}" policy-of-client.json "${2:-}" "${3:-}"
    service "$1" web "127.0.0.1:${port[$1]}" "127.0.0.1:${port[server]}" 'client = yes'
}
holder server amd "$code_S" policy-of-server.json as
service server web "127.0.0.1:${port[server]}" "127.0.0.1:${port[web]}"
client client as

"$build/ratls-proxy" --check client.conf >check-client.txt 2>&1
check '--check shows whose passports are believed, and where the own one comes from' equal \
    "$(grep -c "^  passport-\(issuer = https://as.example $work/trusted.jwks\|audience = mesh\|from = https://127.0.0.1:${port[as]}/token\|target = mesh\|policy = $work/policy-of-as.json\)$" check-client.txt)" 5
sed "s|$work/trusted.jwks|$work/as.key|" client.conf >foreign-file.conf
check 'and refuses a file that is no JWK set' status 2 "$build/ratls-proxy" --check foreign-file.conf
sed "s|policy-of-as.json|as.jwks|" client.conf >bad-policy.conf
check 'or no policy of the service' status 2 "$build/ratls-proxy" --check bad-policy.conf
check 'before it starts, too' status 2 "$build/ratls-proxy" bad-policy.conf

start_proxy server client
page() { get "${port[$1]}"; }

# ---- two TEEs that know each other by passports ----

check 'a page comes from a TEE of another vendor' equal "$(page client)" hello
wait_for server.log '"event":"connection"' >/dev/null
wait_for client.log '"event":"connection"' >/dev/null
check 'the server knows by whom' equal \
    "$(member server tee) $(member server measurement) $(member server level) $(member server appraiser)" \
    "tdx $code_C session https://as.example"
check 'and so does the client' equal \
    "$(member client tee) $(member client measurement) $(member client level) $(member client appraiser)" \
    "snp $code_S session https://as.example"
check 'the service gave each of them one' equal "$(grep -c '"event":"token"' as.log)" 2

# ---- by the command ----

openssl s_client -connect "127.0.0.1:${port[server]}" -showcerts </dev/null 2>/dev/null | openssl x509 >shown.pem
"$ratls" inspect shown.pem --json >inspect.json
check 'inspection tells what the passport says' equal \
    "$(jq -r '.claims | ."passport.issuer" + " " + ."passport.audience" + " " + ."passport.tee" + " " + ."passport.status"' inspect.json)" \
    'https://as.example mesh snp none'
verify() { # EXIT OPTION...
    status "$1" "$ratls" verify --evidence shown.pem --policy policy-of-client.json "${@:2}"
}
believed=(--passport-issuer https://as.example=as.jwks --passport-audience)
check 'verification takes it by the word of its issuer' verify 0 "${believed[@]}" mesh
check 'who is named' grep -q 'appraiser: *https://as.example$' command.out
check 'for nobody else' verify 1 "${believed[@]}" web
check 'by nobody else' verify 1 --passport-issuer https://as.example=other.jwks --passport-audience mesh
check 'nor unasked' verify 1
check 'and an audience is needed' verify 2 --passport-issuer https://as.example=as.jwks

# ---- who is refused ----

client plain
client stranger other
client elsewhere as elsewhere
start_proxy plain stranger elsewhere
expect_reason 'evidence where a passport is due' server passport page plain
expect_reason 'a passport of another issuer' server token_key page stranger
expect_reason 'a passport for somebody else' server token_audience page elsewhere
check 'nobody of them saw the page' equal "$(grep -c . "$work/nginx-access.log")" 1

client denied as mesh "$code_X"
launch denied "$build/ratls-proxy" denied.conf
for _ in $(seq 200); do ended denied && break; sleep 0.1; done
check 'whom the service denies gets no passport, and does not start' equal "$(stop denied; echo $?)" 1
check 'he is told why' grep -q 'no new identity: peer_denied: passport: ' denied.log

# ---- renewal ----

check 'passports are renewed before they end' wait_for client.log '"event":"identity"' 2
check 'on both sides' wait_for server.log '"event":"identity"' 2
check 'and taken' equal "$(page client)" hello
stop as TERM >as-stop.out
check 'what fails is said' wait_for client.log 'no new identity: fetch_failed: passport: '
check 'the last one is good until its end' equal "$(page client)" hello

# ---- another JWK set ----

exec 5<>"/dev/tcp/127.0.0.1/${port[client]}"
check 'a connection is open' ask 5
cp other.jwks new.jwks && mv new.jwks trusted.jwks
check 'it ends when the issuer has another key' closed_within 5 "$(now_ms)" 2000
check 'for this reason' grep -hq '"event":"connection".*"reason":"token_key".*"bytes_in":[1-9]' server.log client.log
exec 5>&-
by_key() { cat server.log client.log | grep -c '"event":"connection".*"reason":"token_key"'; }
before=$(by_key)
check 'and no other begins' equal "$(page client)" ''
for _ in $(seq 200); do [ "$(by_key)" -gt "$before" ] && break; sleep 0.1; done
check 'for the same reason, whoever refuses first' test "$(by_key)" -gt "$before"
