#!/usr/bin/env bash
# One accept, several services, by the server name of the client: each with its own certificate,
# policy, limits and backend. In doubt nobody serves: a name leads to its service or nowhere (T111).
. "$(dirname "$0")/lib.sh"

ports main api wild pki few tls one judge header record admin client-api client-strict client-lax stranger-strict stranger-lax
run_nginx "${port[main]}" <<NGINX
    access_log off;
    $(for name in main api wild pki few; do
        printf 'server { listen 127.0.0.1:%s; location / { return 200 "%s\\n"; } }' "${port[$name]}" $name
    done)
NGINX
platform server client
policy policy-both.json "$code_C\", \"$code_X"
policy policy-strict.json "$code_C"
policy policy-of-client.json "$code_S"
self_signed pki subjectAltName=DNS:pki.example
chmod 600 pki.key
backend() { echo "127.0.0.1:${port[$1]}"; }
routed() { # SERVICE PRIMARY:PATTERN BACKEND [LINE...]
    printf '[%s]\nsni = %s\nconnect = %s\n' "$1" "$2" "$(backend "$3")" >>server.conf
    printf '%s\n' "${@:4}" >>server.conf
}
config server server "$code_S" policy-both.json root-client.pem
sed -i "s/^workers = 2/workers = 1/; 1i admin = unix:$work/admin.sock" server.conf
anyone='mode = attest'
service server main "$(backend tls)" "$(backend main)" "$anyone" 'handshake-timeout = 60s' \
    'plaintext-path = /livez'
routed api main:api.example api 'sni = main:second.example' "$anyone"
routed deep main:deep.wild.example api "$anyone"
routed wild 'main:*.wild.example' wild "$anyone"
routed pki main:pki.example pki 'mode = none' 'insecure-no-attestation = yes' \
    "cert = $work/pki.pem" "key = $work/pki.key"
service server one "$(backend one)" "$(backend main)" "$anyone" 'max-connections = 1' \
    'max-connections-per-source = 1' 'handshake-timeout = 2s'
routed few one:few.example few "$anyone" 'max-connections = 1'
routed header main:header.example header "$anyone" 'protocol = proxy'
service server judge "$(backend judge)" "$(backend main)"
routed strict judge:strict.example api "policy = $work/policy-strict.json"
for name in client stranger; do
    [ $name = client ] && code=$code_C || code=$code_X
    config $name client "$code" policy-of-client.json root-server.pem
    service $name strict "$(backend $name-strict)" "$(backend judge)" 'client = yes' 'sni = Strict.Example'
    service $name lax "$(backend $name-lax)" "$(backend judge)" 'client = yes'
done
service client api "$(backend client-api)" "$(backend tls)" 'client = yes' 'mode = verify' 'sni = api.example'
sed -i '/^\[api\]/,$!b; /^attester/d' client.conf
launch receive "$helpers/receive" "${port[header]}"
wait_for receive.out listening
check '--check says who has what' grep -qx \
    '\[wild\] attested TLS on what \[main\] accepts for \*.wild.example -> plain to .*' \
    <("$build/ratls-proxy" --check server.conf)
start_proxy server client stranger

page() { # NAME [PORT]: which backend answers to this server name
    local at=${port[${2:-tls}]}
    curl -sS -k --max-time 20 --resolve "$1:$at:127.0.0.1" "https://$1:$at/"
}
s_client() { # [OPTION...]: what the backend answers
    printf 'GET / HTTP/1.0\r\n\r\n' | timeout 20 openssl s_client -connect "$(backend tls)" -tls1_3 \
        -quiet "$@" 2>s_client.out | tail -n 1
}

# ---- routing ----
while read -r name backend service; do
    check "$name reaches $service" equal "$(page "$name")" "$backend"
    check "$name: so says the access log" wait_for server.log \
        "\"service\":\"$service\",.*\"target\":\"${name,,}\",.*\"reason\":\"ok\""
done <<NAMES
api.example api api
API.Example api api
deep.wild.example api deep
a.wild.example wild wild
b.a.wild.example wild wild
wild.example main main
xapi.example main main
api.example.org main main
second.example api api
pki.example pki pki
NAMES
check 'no name reaches main' equal "$(s_client -noservername)" main
wait_for server.log '"target":"",.*"reason":"ok"'
check 'a name has the certificate of its service' equal \
    "$(openssl s_client -connect "$(backend tls)" -servername pki.example </dev/null 2>/dev/null |
        openssl x509 -pubkey -noout)" "$(openssl x509 -pubkey -noout -in pki.pem)"
check 'a proxy reaches api by sni = api.example' equal "$(get "${port[client-api]}")" api
page header.example >command.out 2>&1
check 'the backend is told the name' wait_for receive.out ' 02=header.example '

# ---- ways to say it ----
alpn=$(printf 'x/%05d,' $(seq 60))http/1.1
check 'a ClientHello in two records' equal "$(s_client -servername a.wild.example -alpn "$alpn" \
    -max_send_frag 512 -msg -msgfile records)" wild
check 'there were two' equal "$(sed '/^<<</Q' records | grep -c RecordHeader)" 2
check 'after HelloRetryRequest, the name counts that came first' equal \
    "$(s_client -servername api.example -groups X448:P-256 -msgfile twice -msg)" api
check 'there was one' equal "$(grep -c ', ClientHello' twice)" 2
record() { # NAME [OPTION...]: the file NAME is the ClientHello that asks for it
    launch record "$helpers/tcp" record "$(backend record)" "$(backend tls)" said
    wait_for record.out listening
    timeout 10 openssl s_client -connect "$(backend record)" -servername "$1" "${@:2}" \
        </dev/null >s_client.out 2>&1
    wait "${pid[record]}"
    unset 'pid[record]'
    head -c $((16#$(od -An -tx1 -j3 -N2 said | tr -d ' \n') + 5)) said >"$1"
}
record a.wild.example -groups P-256
record api.example -groups X448:P-256
half=150
hello() { # FD NAME [PORT]: opens it; the first half of the ClientHello
    eval "exec $1<>/dev/tcp/127.0.0.1/${port[${3:-tls}]}"
    head -c $half "$2" >&"$1"
}
answer() { timeout 10 od -An -tx1 -N"${2:-7}" <&"$1" | tr -d ' \n'; } # FD [BYTES]
alert() { printf '1503030002%02x%02x' 2 "$1"; } # fatal, RFC 8446 s.6
hello 5 a.wild.example
tail -c +$((half + 1)) a.wild.example | dd bs=1 status=none >&5
check 'a ClientHello byte by byte is answered' equal "$(answer 5 | head -c 6)" 160303
exec 5>&-
check 'by the service that it names' wait_for server.log '"service":"wild",.*"backend":"","result":"error"'

exec 5<>"/dev/tcp/127.0.0.1/${port[tls]}"
cat api.example >&5
check 'a ClientHello that is to be said again' equal "$(answer 5 | head -c 6)" 160303
{ printf '\x16\x03\x03' && tail -c +4 a.wild.example; } >&5
check 'may name another server then' equal "$(answer 5 3000 | wc -c)" 6000
exec 5>&-
check 'and stays where the first one led' wait_for server.log \
    '"service":"api",.*"target":"api.example",.*"backend":"","result":"error"'

# ---- what is no ClientHello, or not in time ----
hello 6 a.wild.example one
since=$(now_ms)
say() { # BYTES (printf): the answer is in the file said
    exec 5<>"/dev/tcp/127.0.0.1/${port[tls]}"
    # shellcheck disable=SC2059 # that is what it is for
    printf "$1" >&5
    answer 5 >said
    exec 5>&-
}
while IFS='|' read -r fact detail bytes; do
    expect_reason "$fact is refused" server hello_malformed say "$bytes"
    check "$fact: by the service that accepted" equal "$(its service)" main
    check "$fact: in these words" equal "$(its detail)" "$detail"
    check "$fact: the alert is decode_error" equal "$(cat said)" "$(alert 50)"
done <<CASES
a malformed ClientHello|no ClientHello|\x16\x03\x01\x00\x06\x01\x00\x00\x02\x03\x03
another message|no ClientHello|\x16\x03\x01\x00\x04\x02\x00\x00\x00
another record before it|no ClientHello|\x15\x03\x01\x00\x02\x01\x00
plain HTTP|no ClientHello|GET / HTTP/1.0\r\n\r\n
a ClientHello of more than 16 KiB|a ClientHello of more than 16 KiB|\x16\x03\x01\x40\x00\x01\x00\x40\x01
CASES
check 'a path without TLS is served' equal "$(get "http://127.0.0.1:${port[tls]}/livez")" main

# ---- policies: what main's peers may do is nothing to strict ----
check 'strict takes the peer that its policy names' equal "$(get "${port[client-strict]}")" api
expect_reason 'another peer is refused there' server measurement_mismatch get "${port[stranger-strict]}"
check 'by strict' equal "$(its service)" strict
check 'its primary takes both' equal "$(get "${port[client-lax]}") $(get "${port[stranger-lax]}")" 'main main'
check 'half a ClientHello is refused at the timer' closed_within 6 "$since" 20000
exec 6>&-
check 'with the reason timeout' wait_for server.log '"service":"one",.*"reason":"timeout"'

# ---- limits: those of the service that has it, and no others ----
exec 5> >(timeout 20 openssl s_client -connect "$(backend one)" -servername few.example -quiet \
    -no_ign_eof >few.out 2>&1)
check 'few has one connection' wait_for few.out 'verify return'
expect_reason 'a second one is refused' server limit_exceeded page few.example one
check 'by few' equal "$(its service) $(its detail)" 'few max-connections'
look() { curl -s -m 10 --unix-socket admin.sock "http://x$1"; }
look /metrics >metrics
check 'the metrics have it at few' grep -q '_connections_open{service="few"} 1$' metrics
check 'and at few alone' grep -q '_connections_open{service="one"} 0$' metrics
check 'its primary has room for one' equal "$(page other.example one)" main
check 'the status says whose part it has' equal \
    "$(look /status | jq -r '.services[] | select(.name == "few").accept')" 'sni one:few.example'
exec 5>&-
wait_for server.log '"service":"few",.*"reason":"ok"' >/dev/null
check 'it may come again then' equal "$(page few.example one)" few

# ---- other configurations ----
reload() { # FACT: server.conf is taken
    local before
    before=$(grep -c '"event":"reload"' server.log)
    kill -HUP "${pid[server]}"
    check "$1: the configuration is taken" wait_for server.log '"event":"reload"' $((before + 1))
}
rest() { tail -c +$((half + 1)) "$2" >&"$1"; } # FD NAME: the other half of its ClientHello
nobody_serves() { # FACT FD NAME ALERT REASON
    rest "$2" "$3"
    check "$1: the alert is $4" equal "$(answer "$2")" "$(alert "$4")"
    check "$1: the reason is $5" wait_for server.log \
        "\"service\":\"main\",.*\"target\":\"$3\",.*\"reason\":\"$5\""
}
check 'late.example is anybody' equal "$(page late.example)" main
cp server.conf base.conf
hello 5 a.wild.example
routed late main:late.example few "$anyone"
reload 'a service more'
rest 5 a.wild.example
check 'who was amid a ClientHello is served' equal "$(answer 5 | head -c 6)" 160303
check 'the new one has its name' equal "$(page late.example)" few
check 'and the others theirs' equal "$(page api.example) $(page main.example)" 'api main'
hello 5 a.wild.example
hello 6 api.example
sed 's/:\*\.wild\.example/:*.tame.example/; /^\[api\]/,/^mode/d' base.conf >server.conf
reload 'another pattern, and two services less'
nobody_serves 'a name that its service has no more' 5 a.wild.example 112 service_removed
nobody_serves 'a name whose service is gone' 6 api.example 112 service_removed
check 'the new name leads there' equal "$(page a.tame.example)" wild
check 'names without a service lead to main' equal \
    "$(page late.example) $(page a.wild.example) $(page api.example)" 'main main main'
cp base.conf server.conf
reload 'and back'

# ---- the end ----
hello 5 a.wild.example
kill -TERM "${pid[server]}"
while (exec 7<>"/dev/tcp/127.0.0.1/${port[tls]}") 2>/dev/null; do sleep 0.05; done
nobody_serves 'a name when no service takes anybody' 5 a.wild.example 80 service_closed
