#!/usr/bin/env bash
# HTTP through two proxies: IPv4, IPv6, unix sockets, several services, keep-alive; and a reload.
. "$(dirname "$0")/lib.sh"

ports web tls4 tls6 tls_unix plain4 plain6
start_nginx "${port[web]}"
usual_pair
service server four "127.0.0.1:${port[tls4]}" "127.0.0.1:${port[web]}"
service server six "[::1]:${port[tls6]}" "[::1]:${port[web]}"
service server sock "127.0.0.1:${port[tls_unix]}" "$work/nginx.sock"
service client four "127.0.0.1:${port[plain4]}" "127.0.0.1:${port[tls4]}" 'client = yes'
service client six "[::1]:${port[plain6]}" "[::1]:${port[tls6]}" 'client = yes'
service client sock "$work/plain.sock" "localhost:${port[tls_unix]}" 'client = yes'
start_proxy server client

check 'curl reads the page over IPv4' equal "$(get "${port[plain4]}")" hello
for side in server client; do
    check "the access log of the $side names the service" \
        wait_for $side.log '"event":"connection","service":"four"'
    check "the $side reached level session" equal "$(member $side level)" session
    check "the $side saw a simulated TDX" equal "$(member $side tee) $(member $side simulated)" 'tdx true'
done
check 'the server logs the measurement of the client' equal "$(member server measurement)" "$code_C"
check 'the client logs the measurement of the server' equal "$(member client measurement)" "$code_S"

check 'curl reads the page over IPv6' equal "$(get "http://[::1]:${port[plain6]}/")" hello
check 'curl reads the page through unix sockets on both plain sides' \
    equal "$(get http://any/ --unix-socket plain.sock)" hello
for name in six sock; do
    check "service $name has its own line" wait_for client.log "\"service\":\"$name\""
done

urls=()
for i in $(seq 50); do urls+=("http://127.0.0.1:${port[plain4]}/?$i"); done
wait_for server.log '"event":"connection"' 3
check '50 requests are answered on one connection' \
    equal "$(curl -sS --max-time 60 "${urls[@]}" | sort -u)" hello
check 'that connection is logged' wait_for client.log '"event":"connection"' 4
check 'no more than one' equal "$(connections server)" 4

bytes_in=$(member client bytes_in) bytes_out=$(member client bytes_out)
check 'both sides count the same bytes' \
    equal "$(member server bytes_out) $(member server bytes_in)" "$bytes_in $bytes_out"

check 'the request of an absent page is answered with 404' \
    equal "$(get "http://127.0.0.1:${port[plain4]}/absent" -o page -w '%{http_code}')" 404

# ---- trust and configuration are read by threads of their own; this is what TSan sees of them ----
exec 5<>"/dev/tcp/127.0.0.1/${port[plain4]}"
check 'a connection is open' ask 5
policy policy-of-server.json "$code_C\", \"$code_X"
check 'a policy that changed is taken' wait_for server.log '"event":"trust".*"why":"file"'
kill -HUP "${pid[server]}" "${pid[client]}"
for side in server client; do
    check "the $side takes its configuration anew" wait_for $side.log '"event":"reload"'
done
check 'the connection goes on' ask 5
policy policy-of-server.json "$code_C"
check 'the watcher goes on' wait_for server.log '"event":"trust".*"why":"file"' 2
check 'new connections come' equal "$(get "${port[plain4]}")" hello
exec 5>&-
