#!/usr/bin/env bash
# Clients that say where to: HTTP CONNECT and SOCKS 5, each with an allow-list; what may come without
# TLS; connections counted by source.
. "$(dirname "$0")/lib.sh"

ports web tls other connect socks user_connect user_socks few health to_health unattested full
start_nginx "${port[web]}"
usual_pair
policy policy-of-strangers.json "$code_X"
server="127.0.0.1:${port[tls]}"
service server svc "$server" "127.0.0.1:${port[web]}"
sed 's/policy-of-server/policy-of-strangers/; s/server\.log/stern.log/' server.conf >stern.conf
sed -i "s/${port[tls]}/${port[other]}/" stern.conf
clients=('client = yes' "filter = 127.0.0.1:${port[tls]}" "filter = localhost:${port[tls]}-${port[other]}"
    "filter = [::1]:${port[web]}" "filter = 127.0.0.0/31:${port[unattested]}" "filter = *.invalid"
    "filter = 127.0.0.1:${port[web]}" "filter = 127.0.0.1:${port[connect]}-${port[socks]}"
    "filter = 127.0.0.1:${port[full]}" 'handshake-timeout = 2s' 'TIMEOUTconnect = 1s')
for kind in connect socks; do
    printf '[%s]\naccept = 127.0.0.1:%s\nprotocol = %s-listen\n' $kind "${port[$kind]}" $kind
    printf '%s\n' "${clients[@]}"
    printf '[user-%s]\naccept = 127.0.0.1:%s\nprotocol = %s-listen\nusers = users\n' \
        $kind "${port[user_$kind]}" $kind
    printf '%s\n' "${clients[@]}"
done >>client.conf
printf '# of this machine\nalice:canary-one\nbob:canary:two\n' >users
chmod 644 users
service server health "127.0.0.1:${port[health]}" "127.0.0.1:${port[web]}" \
    'plaintext-path = /healthz' 'plaintext-path = /large' 'handshake-timeout = 2s'
service client health "127.0.0.1:${port[to_health]}" "127.0.0.1:${port[health]}" 'client = yes'
service client few "127.0.0.1:${port[few]}" "$server" 'client = yes' 'max-connections-per-source = 2'
sed -i 's/^workers = 2/workers = 1/' client.conf
check 'passwords that others may read are no start' status 2 "$build/ratls-proxy" --check client.conf
check 'and why' grep -q 'chmod 600' command.out
chmod 600 users
echo 'canary' >>users
check 'a line that is no user is no start' status 2 "$build/ratls-proxy" --check client.conf
check 'which names the line' grep -q 'users users: line 4: expected USER:PASSWORD' command.out
sed -i '$d' users
check '--check takes the file' status 0 "$build/ratls-proxy" --check client.conf
check 'and prints no password' refuse grep -q canary command.out
start_proxy server stern client
proxy=http://127.0.0.1:${port[connect]}

# ---- CONNECT ----
through() { # PROXY URL, curl options...
    curl -sS --max-time 20 -p --proxy "$1" "${@:2}"
}
code() { # URL, curl options...: what the proxy answers to CONNECT
    curl -s --max-time 20 -p --proxy "$proxy" -o answer -w '%{http_connect}' "$@"
}
check 'curl reads the page through CONNECT' equal "$(through "$proxy" "http://$server/")" hello
check 'the access log has the destination' wait_for client.log "\"target\":\"$server\""
check 'both sides reached level session' equal "$(member client level)" session
check 'a name that a filter allows is resolved' \
    equal "$(through "$proxy" "http://LOCALHOST:${port[tls]}/")" hello
wait_for client.log '"event":"connection"' 2
check 'and logged in small letters' equal "$(member client target)" "localhost:${port[tls]}"
expect_code() { # FACT CODE REASON, curl arguments...
    local before
    before=$(connections client)
    check "$1: answered $2" equal "$(code "${@:4}")" "$2"
    check "$1: logged as $3" await_reason client "$before" "$3"
}
expect_code 'a port that no filter has' 403 destination_denied http://127.0.0.1:9/
expect_code 'a name that no filter has' 403 destination_denied "http://ratls.test:${port[tls]}/"
expect_code 'a name in front of one that a filter has' 403 destination_denied \
    "http://localhost.test:${port[tls]}/"
expect_code 'an address for which filters have a name only' 403 destination_denied \
    "http://127.0.0.1:${port[other]}/"
expect_code 'IPv4 in IPv6 is IPv4, which filters do not have' 403 destination_denied \
    "http://[::ffff:127.0.0.1]:${port[other]}/"
expect_code 'a server that denies the client' 502 peer_denied "http://localhost:${port[other]}/"
expect_code 'nobody there' 502 io_error "http://127.0.0.1:${port[unattested]}/"
# shellcheck disable=SC2016 # it is Perl's
launch full perl -MSocket -e 'socket S, PF_INET, SOCK_STREAM, 0 or die; setsockopt S, SOL_SOCKET, SO_REUSEADDR, 1;
    bind S, sockaddr_in($ARGV[0], INADDR_LOOPBACK) or die; listen S, 0 or die; sleep 60' "${port[full]}"
wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[full]}")" || exit 2
exec 4<>"/dev/tcp/127.0.0.1/${port[full]}" # its queue is full
expect_code 'a destination that does not answer' 504 timeout "http://127.0.0.1:${port[full]}/"
exec 4>&-
check 'at TIMEOUTconnect' equal "$(its end)" timeout
expect_code 'the listener of the same service (T180)' 502 io_error "http://127.0.0.1:${port[connect]}/"
check 'which leads back to it' equal "$(its detail)" \
    "connect 127.0.0.1:${port[connect]}: it leads back to this service"
expect_code 'a name that is none' 502 io_error "http://a.invalid:1/"
expect_code 'a destination that speaks no TLS' 502 tls_version "http://127.0.0.1:${port[web]}/"
check 'IPv4 in IPv6 is IPv4, which filters have' \
    equal "$(through "$proxy" "http://[::ffff:127.0.0.1]:${port[tls]}/")" hello

say() { # PORT BYTES: what the other side answers to these bytes (printf)
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    # shellcheck disable=SC2059 # that is what it is for
    printf "$2" >&3
    timeout 10 cat <&3 >said 2>said.err
    exec 3>&-
    head -n 1 said | tr -d '\r'
}
host="Host: $server\r\n"
exec 7<>"/dev/tcp/127.0.0.1/${port[connect]}" 8<>"/dev/tcp/127.0.0.1/${port[socks]}"
exec 9<>"/dev/tcp/127.0.0.1/${port[health]}"
printf 'GET /healthz HT' >&9
printf 'CONNECT a:1 HTTP/1.1\r\n' >&7 # and no more
printf '\x05\x01\x00\x05\x01\x00' >&8
while IFS='|' read -r fact code request; do
    check "$fact is answered with $code" equal "$(say "${port[connect]}" "$request" | cut -d' ' -f2)" "$code"
done <<CASES
GET|405|GET http://$server/ HTTP/1.1\r\n$host\r\n
a bare LF|400|CONNECT $server HTTP/1.1\n$host\r\n
a body|400|CONNECT $server HTTP/1.1\r\n${host}Content-Length: 5\r\n\r\nhello
chunks|400|CONNECT $server HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n
a decimal address|400|CONNECT 2130706433:${port[tls]} HTTP/1.1\r\n$host\r\n
an octal address|400|CONNECT 0177.0.0.1:${port[tls]} HTTP/1.1\r\n$host\r\n
no port|400|CONNECT 127.0.0.1 HTTP/1.1\r\n$host\r\n
TLS|400|\x16\x03\x01\x00\x05hello
a head of more than 8 KiB|431|CONNECT $server HTTP/1.1\r\n${host}X: $(head -c 9000 /dev/zero | tr '\0' x)\r\n\r\n
CASES
check 'what is said at once goes into the tunnel' \
    equal "$(say "${port[connect]}" "CONNECT $server HTTP/1.1\r\n$host\r\nGET / HTTP/1.0\r\n\r\n")
$(tail -n 1 said)" 'HTTP/1.1 200 Connection established
hello'

# ---- SOCKS ----
check 'curl reads the page through SOCKS, names resolved by the proxy' \
    equal "$(through "socks5h://127.0.0.1:${port[socks]}" "http://localhost:${port[tls]}/")" hello
check 'and names resolved by curl' \
    equal "$(through "socks5://127.0.0.1:${port[socks]}" "http://$server/")" hello
hex() { # PORT BYTES: the answer in hexadecimal digits
    say "$1" "$2" >said.line
    od -An -tx1 said | tr -d ' \n'
}
tls_port=$(printf '\\x%02x\\x%02x' $((port[tls] / 256)) $((port[tls] % 256)))
own_port=$(printf '\\x%02x\\x%02x' $((port[socks] / 256)) $((port[socks] % 256)))
while IFS='|' read -r fact answer request; do
    check "SOCKS: $fact" equal "$(hex "${port[socks]}" "$request")" "$answer"
done <<CASES
a destination that no filter has|050005020001000000000000|\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x09
the listener of the same service (T180)|050005040001000000000000|\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01$own_port
BIND|050005070001000000000000|\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01$tls_port
UDP|050005070001000000000000|\x05\x01\x00\x05\x03\x00\x01\x7f\x00\x00\x01$tls_port
a type of address that is none|050005080001000000000000|\x05\x01\x00\x05\x01\x00\x02\x7f\x00\x00\x01$tls_port
authentication only|05ff|\x05\x01\x02
SOCKS 4|005b000000000000|\x04\x01$tls_port\x7f\x00\x00\x01\x00
HTTP|05ff|GET / HTTP/1.1\r\n\r\n
CASES

# ---- users ----
as() { # KIND USER:PASSWORD: the page, or nothing
    local at=127.0.0.1:${port[user_$1]}
    [ "$1" = connect ] && at=http://$at || at=socks5h://$at
    through "$at" "http://localhost:${port[tls]}/" ${2:+--proxy-user "$2"} 2>as.err
}
for kind in connect socks; do
    check "$kind: a user is served" equal "$(as $kind alice:canary-one)" hello
    check "$kind: another one, too" equal "$(as $kind bob:canary:two)" hello
    check "$kind: by his name in the access log" \
        wait_for client.log "\"service\":\"user-$kind\",.*\"user\":\"bob\",.*\"reason\":\"ok\""
    expect_reason "$kind: a wrong password" client credentials_denied as $kind alice:canary-two
    expect_reason "$kind: nobody's name" client credentials_denied as $kind mallory:canary-one
done
expect_reason 'connect: no user at all' client credentials_denied as connect
expect_reason 'socks: no user at all' client request_malformed as socks
user_code() { # [FIELD...]: the answer to a CONNECT with these lines
    local lines
    lines=$(printf '%s\\r\\n' "$@")
    say "${port[user_connect]}" "CONNECT $server HTTP/1.1\r\n$host$lines\r\nGET / HTTP/1.0\r\n\r\n" | cut -d' ' -f2
}
authorization="Proxy-Authorization: Basic $(printf alice:canary-one | base64)"
check 'without credentials the answer is 407' equal "$(user_code 'X: a')" 407
check 'which says what is wanted' grep -q '^Proxy-Authenticate: Basic realm="ratls-proxy"' said
check 'a destination that no filter has is none for strangers' \
    equal "$(say "${port[user_connect]}" "CONNECT a:1 HTTP/1.1\r\n$host\r\n" | cut -d' ' -f2)" 407
check 'with them it is 200' equal "$(user_code "$authorization")" 200
check 'the scheme is of any case' equal "$(user_code "${authorization/Basic/bAsIc }")" 200
check 'two of them are malformed' equal "$(user_code "$authorization" "$authorization")" 400
check 'another scheme is none' equal "$(user_code "${authorization/Basic/Bearer}")" 407
check 'neither is the scheme alone' equal "$(user_code 'Proxy-Authorization: Basic')" 407
while IFS='|' read -r fact answer request; do
    check "SOCKS users: $fact" equal "$(hex "${port[user_socks]}" "$request")" "$answer"
done <<CASES
no way to show a password|05ff|\x05\x01\x00
a right one, then a destination that no filter has|0502010005020001000000000000|\x05\x02\x00\x02\x01\x05alice\x0acanary-one\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x09
a wrong one, and what follows is not read|05020101|\x05\x01\x02\x01\x05alice\x0acanary-two\x05\x01\x00\x01\x7f\x00\x00\x01$tls_port
another version|05020101|\x05\x01\x02\x05\x05alice\x0acanary-one
no name|05020101|\x05\x01\x02\x01\x00\x0acanary-one
no password|05020101|\x05\x01\x02\x01\x05alice\x00
a request instead|05020101|\x05\x01\x02\x05\x01\x00\x01\x7f\x00\x00\x01$tls_port
CASES
sed -i 's/canary-one/canary-new/' users
kill -HUP "${pid[client]}"
wait_for client.log '"event":"reload"' || not_ok 'users are read anew'
check 'a reload takes the new password' equal "$(as socks alice:canary-new)" hello
expect_reason 'and not the old one' client credentials_denied as socks alice:canary-one
for _ in $(seq 12); do as connect alice:canary-guess; done
check 'after some wrong ones a right one is of no use' equal "$(as connect alice:canary-new)" ''
check 'and is answered with 429' equal "$(user_code "${authorization% *} $(printf alice:canary-new | base64)")" 429
check 'without credentials it is still 407' equal "$(user_code 'X: a')" 407
check 'since it is not looked at' wait_for client.log 'too many wrong passwords'
check 'whoever comes from another address is served' equal "$(
    through "http://127.0.0.1:${port[user_connect]}" "http://localhost:${port[tls]}/" \
        --proxy-user alice:canary-new --interface 127.0.0.3)" hello
sleep 1.1
check 'and a second later everybody' equal "$(as connect alice:canary-new)" hello
check 'no password is in a log' refuse grep -qs canary client.log client.out

# ---- who does not say all ----
check 'half a head is answered with 408 at the timer' \
    equal "$(timeout 10 head -n 1 <&7 | tr -d '\r')" 'HTTP/1.1 408 Request Timeout'
check 'half a SOCKS request is refused at the timer' \
    equal "$(timeout 10 cat <&8 | od -An -tx1 | tr -d ' \n')" 050005010001000000000000
exec 7>&- 8>&-
check 'with the reason timeout' wait_for client.log '"reason":"timeout"' 2

# ---- connections of one source ----
exec 5<>"/dev/tcp/127.0.0.1/${port[few]}" 6<>"/dev/tcp/127.0.0.1/${port[few]}"
check 'the first connection of a source is served' ask 5
check 'the second, too' ask 6
expect_reason 'the third is refused' client limit_exceeded get "${port[few]}"
check 'by the limit of sources' wait_for client.log '"detail":"max-connections-per-source"'
check 'another source is served meanwhile' equal "$(get "${port[few]}" --interface 127.0.0.2)" hello
exec 5>&-
wait_for client.log '"service":"few".*"reason":"ok"' 2 || not_ok 'one of the two ends in order'
check 'the source may come again then' equal "$(get "${port[few]}")" hello
exec 6>&-

# ---- what may come without TLS ----
echo well >www/healthz
head -c 3000000 /dev/zero >www/large
health=127.0.0.1:${port[health]}
check 'the health path is answered without TLS' equal "$(get "http://$health/healthz")" well
check 'and logged as such' wait_for server.log '"service":"health".*"result":"allow","reason":"plaintext_path"'
check 'HEAD is answered, too' equal "$(get "http://$health/healthz" -I | head -n 1 | tr -d '\r')" 'HTTP/1.1 200 OK'
check 'an answer larger than the buffers comes whole' \
    equal "$(get "http://$health/large" | wc -c)" 3000000
printf 'GET /healthz HTTP/1.1\r\nHost: a\r\nX-Peer: me\r\n\r\n' >request
in_parts() {
    exec 3<>"/dev/tcp/127.0.0.1/${port[health]}"
    head -c 20 request >&3
    sleep 0.2
    tail -c +21 request >&3
    timeout 10 cat <&3 | tail -n 1
    exec 3>&-
}
check 'a request that comes in two parts is answered' equal "$(in_parts)" well
check 'attested peers are served at the same port' equal "$(get "${port[to_health]}")" hello
answered=$(grep -c . nginx-access.log)
while IFS='|' read -r fact request; do
    check "$fact is refused" equal "$(say "${port[health]}" "$request" | grep -ac 'HTTP/1\|well')" 0
done <<'CASES'
another path|GET / HTTP/1.1\r\nHost: a\r\n\r\n
a path below it|GET /healthz/ HTTP/1.1\r\nHost: a\r\n\r\n
a query|GET /healthz?a HTTP/1.1\r\nHost: a\r\n\r\n
an absolute form|GET http://a/healthz HTTP/1.1\r\nHost: a\r\n\r\n
dots|GET /a/../healthz HTTP/1.1\r\nHost: a\r\n\r\n
percent signs|GET /%%68ealthz HTTP/1.1\r\nHost: a\r\n\r\n
another case|GET /HEALTHZ HTTP/1.1\r\nHost: a\r\n\r\n
POST|POST /healthz HTTP/1.1\r\nHost: a\r\n\r\n
a small method|get /healthz HTTP/1.1\r\nHost: a\r\n\r\n
a body|GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n
chunks|GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
both|GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n
two lengths|GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nContent-Length: 3\r\n\r\nabc
two hosts|GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n
a bare LF|GET /healthz HTTP/1.1\nHost: a\r\n\r\n
a folded line|GET /healthz HTTP/1.1\r\nHost: a\r\n b\r\n\r\n
HTTP/2|PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n
HTTP/0.9|GET /healthz\r\n
CASES
check 'no such request reached the backend' equal "$(grep -c . nginx-access.log)" "$answered"
say "${port[health]}" 'GET /healthz HTTP/1.1\r\nHost: a\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n' >said.line
check 'of two requests the first is answered' equal "$(tail -n 1 said)" well
check 'and the second is dropped' refuse grep smuggled nginx-access.log
check 'half a request ends at the timer' equal "$(timeout 10 cat <&9 2>cat.err)" ''
check 'with the reason timeout' wait_for server.log '"service":"health".*"reason":"timeout"'
exec 9>&-
