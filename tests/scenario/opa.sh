#!/usr/bin/env bash
# Policies outside: `ratls verify --opa` and the proxy's key `opa`, against nginx in the place of an
# OPA, and against servers that are nobody's idea of one (T42, T56, T58, T161, T173).
. "$(dirname "$0")/lib.sh"

helper=$helpers/answers
ports opa web tls plain bad bad_plain bad_opa deny deny_plain slow slow_plain slow_opa asks_plain
mkdir www nginx
echo hello >www/index.html

# ---- nginx: one location for each rule; its log counts questions ----
opa_server() {
    cat <<END
    access_log $work/opa.log;
    default_type application/json;
    client_max_body_size 8m;
    keepalive_requests 100000;
    server {
        listen 127.0.0.1:${port[opa]};
        listen [::1]:${port[opa]};
        listen unix:$work/opa.sock;
        location = /v1/data/ratls/allow { return 200 '{"result":${allows:-true}}'; }
        location = /v1/data/ratls/object { return 200 '{"decision_id":"1","result":{"allow":true,"why":[]}}'; }
        location = /v1/data/ratls/deny { return 200 '{"result":false}'; }
        location = /v1/data/ratls/object_deny { return 200 '{"result":{"allow":false}}'; }
        location = /v1/data/ratls/undefined { return 200 '{}'; }
        location = /v1/data/ratls/text { return 200 '{"result":"true"}'; }
        location = /v1/data/ratls/null { return 200 '{"result":null}'; }
        location = /v1/data/ratls/number { return 200 '{"result":1}'; }
        location = /v1/data/ratls/list { return 200 '{"result":[true]}'; }
        location = /v1/data/ratls/twice { return 200 '{"result":false,"result":true}'; }
        location = /v1/data/ratls/cut { return 200 '{"result":true'; }
        location = /v1/data/ratls/empty { return 200 ''; }
        location = /v1/data/ratls/html { default_type text/html; return 200 '<html>true</html>'; }
        location = /v1/data/ratls/plain { default_type text/plain; return 200 '{"result":true}'; }
        location = /v1/data/ratls/moved { return 302 http://127.0.0.1:${port[opa]}/v1/data/ratls/allow; }
        location = /v1/data/ratls/kept { return 307 /v1/data/ratls/allow; }
        location = /v1/data/ratls/error { return 500 '{"result":true}'; }
        location = /v1/data/ratls/missing { return 404 '{"result":true}'; }
    }
    server {
        listen 127.0.0.1:${port[web]};
        root $work/www;
        access_log off;
    }
END
}
start_opa() {
    rm -f opa.sock
    run_nginx "${port[opa]}" < <(opa_server)
}
start_opa
questions() { # [rule]: asked so far
    grep -c "POST /v1/data/${1:-}" opa.log
}

# ---- the command ----
platform server client
policy policy.json "$code_S"
"$ratls" attest --attester sim-tdx --attester-options "pki=$work/pki-server,mrtd=$code_S" \
    -o quote.bin >attest.out || exit 2
verify() { # exit code, options...
    status "$1" "$ratls" verify --evidence quote.bin --policy policy.json \
        --insecure-sim-roots root-server.pem --json "${@:2}"
}
reason() { # exit code, reason, options...
    verify "$1" "${@:3}" && equal "$(sed -n 's/.*"reason":"\([^"]*\)".*/\1/p' command.out)" "$2"
}
tcp=http://127.0.0.1:${port[opa]}
check 'verify: OPA on TCP allows' reason 0 ok --opa "$tcp"
check 'verify: OPA on [::1] allows' reason 0 ok --opa "http://[::1]:${port[opa]}"
check 'verify: OPA as localhost allows' reason 0 ok --opa "http://localhost:${port[opa]}"
check 'verify: OPA on a unix socket allows' reason 0 ok --opa "http+unix:$work/opa.sock"
check 'verify: an object that allows' reason 0 ok --opa "$tcp" --opa-path ratls/object
for rule in deny object_deny; do
    check "verify: $rule is a denial" reason 1 opa_denied --opa "$tcp" --opa-path ratls/$rule
done
for rule in undefined text null number list twice cut empty html plain moved kept error missing; do
    check "verify: $rule is no answer" reason 1 opa_failed --opa "$tcp" --opa-path ratls/$rule
done
check 'redirects are not followed' equal "$(questions ratls/allow) $(grep -c 'GET ' opa.log)" '4 0'
before=$(questions)
policy other.json "$code_X"
check 'verify: nobody is asked about what the policy refuses' status 1 "$ratls" verify \
    --evidence quote.bin --policy other.json --insecure-sim-roots root-server.pem --opa "$tcp"
check 'verify: nobody is asked about evidence that is not genuine' status 1 "$ratls" verify \
    --evidence quote.bin --policy policy.json --opa "$tcp"
check 'and none was' equal "$(questions)" "$before"

# ---- servers that misbehave ----
stop_helper() { [ -z "${pid[helper]:-}" ] || stop helper >helper-end.out 2>&1; }
misbehave() { # how
    stop_helper
    launch helper "$helper" "127.0.0.1:${port[bad_opa]}" "$1"
    wait_for helper.out listening
}
bad=http://127.0.0.1:${port[bad_opa]}
for how in silent trickle truncated giant headers close garbage; do
    misbehave $how
    begun=$SECONDS
    check "verify: $how is no answer" reason 1 opa_failed --opa "$bad" --opa-timeout 1
    check "verify: $how ends in time" test $((SECONDS - begun)) -le 10
done
stop_helper
check 'verify: nobody there is no answer' reason 1 opa_failed --opa "$bad"
export http_proxy=$tcp all_proxy=$tcp
check 'verify: proxies of the environment are not asked' reason 1 opa_failed --opa "$bad"
unset http_proxy all_proxy

# ---- the proxy ----
policy policy-of-server.json "$code_C"
policy policy-of-client.json "$code_S"
config server server "$code_S" policy-of-server.json root-client.pem
config client client "$code_C" policy-of-client.json root-server.pem
sed -i 's/^workers = 2/workers = 1/' server.conf
backend=127.0.0.1:${port[web]}
service server svc "127.0.0.1:${port[tls]}" "$backend" "opa = http+unix:$work/opa.sock"
service server deny "127.0.0.1:${port[deny]}" "$backend" "opa = $tcp" 'opa-path = ratls/deny'
service server bad "127.0.0.1:${port[bad]}" "$backend" "opa = $bad" 'opa-timeout = 1'
service server slow "127.0.0.1:${port[slow]}" "$backend" \
    "opa = http://127.0.0.1:${port[slow_opa]}" 'opa-timeout = 5'
for name in svc deny bad slow; do
    entry=${name/svc/tls} plain=${name}_plain
    service client $name "127.0.0.1:${port[${plain/svc_plain/plain}]}" "127.0.0.1:${port[$entry]}" \
        'client = yes'
done
service client asks "127.0.0.1:${port[asks_plain]}" "127.0.0.1:${port[tls]}" 'client = yes' \
    "opa = $tcp" 'opa-path = ratls/object_deny'
check 'the configuration is good' status 0 "$build/ratls-proxy" --check server.conf
check '--check shows it' grep -q 'opa-path = ratls/deny' command.out
sed "s|^opa = $tcp|opa = http://192.0.2.1|" server.conf >far.conf
check 'an OPA elsewhere is refused' status 2 "$build/ratls-proxy" --check far.conf
check 'and named' grep -q '\[deny\] opa: .*would leave this machine' command.out
check 'by the proxy itself as well' status 2 "$build/ratls-proxy" far.conf
: >opa.log
start_proxy server client

check 'whom OPA allows is served' equal "$(get "${port[plain]}")" hello
check 'OPA was asked once' equal "$(questions ratls/allow)" 1
check 'again: it is remembered' equal "$(get "${port[plain]}")$(get "${port[plain]}")" hellohello
check 'and OPA not asked' equal "$(questions ratls/allow)" 1
expect_reason 'a client asks about its server' client opa_denied get "${port[asks_plain]}"
check 'and the server knows' wait_for server.log '"reason":"peer_denied"'
check 'the library is loaded where it is asked for' \
    grep -q libratls-opa "/proc/$(pgrep -P "${pid[server]}" | head -n 1)/maps"
expect_reason 'whom OPA denies is refused' server opa_denied get "${port[deny_plain]}"
check 'as a denial' equal "$(its result)" deny
check 'with the measurement of the peer' equal "$(its measurement)" "$code_C"
check 'and the peer knows' wait_for client.log '"reason":"peer_denied"'
expect_reason 'and again' server opa_denied get "${port[deny_plain]}"
check 'a denial is asked for each time' equal "$(questions ratls/deny)" 2

for how in silent trickle truncated giant headers close garbage error; do
    misbehave $how
    expect_reason "$how denies" server opa_failed get "${port[bad_plain]}"
done
stop_helper
expect_reason 'nobody there denies' server opa_failed get "${port[bad_plain]}"
check 'and says who' grep -q "OPA at $bad/v1/data/ratls/allow: Failed to connect" server.log
misbehave allow
check 'once it is there, it is asked' equal "$(get "${port[bad_plain]}")" hello
stop_helper

# ---- a slow one holds up its own peers alone ----
launch slow "$helper" "127.0.0.1:${port[slow_opa]}" late
wait_for slow.out listening
launch waiting curl -sS --max-time 20 "http://127.0.0.1:${port[slow_plain]}/"
for i in $(seq 20); do
    launch "waiting$i" curl -sS --max-time 20 "http://127.0.0.1:${port[slow_plain]}/"
done
wait_for slow.out question
served=0
for _ in $(seq 10); do
    [ "$(get "${port[plain]}")" = hello ] && served=$((served + 1))
done
still=$((21 - $(connections server '"service":"slow"')))
check 'others are served while a slow OPA thinks' equal $served 10
check "and before its own peers ($still of 21 still wait)" test $still -gt 0
wait "${pid[waiting]}"
unset 'pid[waiting]'
check 'who waits for the slow one is served in the end' equal "$(cat waiting.out)" hello
for i in $(seq 20); do
    wait "${pid[waiting$i]}"
    unset "pid[waiting$i]"
done

# ---- restarted ----
stop nginx QUIT >nginx-end.out 2>&1
: >opa.log
check 'the TCP socket is gone' refuse grep -qi "$(printf ':%04X .* 0A ' "${port[opa]}")" /proc/net/tcp
expect_reason 'whom nobody knows is refused while OPA is away' server opa_failed get "${port[deny_plain]}"
start_opa
expect_reason 'once it is back, it is asked again' server opa_denied get "${port[deny_plain]}"
check 'and who is allowed is served' equal "$(get "${port[plain]}")" hello

# ---- live connections are asked about again when the trust changes ----
change_trust() { # a policy that says the same, in other words
    sed 's/^{/{ /' policy-of-server.json >next.json && mv next.json policy-of-server.json
}
trusts() { grep -c '"event":"trust"' server.log; }
exec 4<>"/dev/tcp/127.0.0.1/${port[plain]}"
check 'a connection lives' ask 4
before=$(questions ratls/allow) then=$(trusts)
change_trust
wait_for server.log '"event":"trust"' $((then + 1))
wait_for opa.log 'POST /v1/data/ratls/allow' $((before + 1))
check 'it is asked about again: nothing is remembered of another trust' test "$(questions ratls/allow)" -gt "$before"
check 'and it goes on while it is welcome' ask 4
stop nginx QUIT >nginx-end.out 2>&1
allows=false start_opa
change_trust
check 'it ends once it is welcome no more' wait_for server.log '"reason":"opa_denied".*"bytes_in":[1-9]'
check 'and its peer is cut off' closed_within 4 "$(now_ms)" 1000
exec 4>&-
