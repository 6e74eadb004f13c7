#!/usr/bin/env bash
# SIGTERM: a transfer under way finishes, new connections are refused, the exit status is 0.
. "$(dirname "$0")/lib.sh"

ports web tls plain
start_nginx "${port[web]}"
head -c 12M /dev/urandom >www/large
usual_pair
sed -i 's/^drain-timeout.*/drain-timeout = 20s/' server.conf client.conf
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server client

get "http://127.0.0.1:${port[plain]}/large" -o large.bin 2>curl.out &
download=$!
sleep 0.7 # let it begin
kill -TERM "${pid[server]}"
check 'the drain is logged' wait_for server.log '"event":"drain"'
sleep 0.5
check 'nobody listens any more' refuse get "${port[tls]}"
expect_reason 'the client side says that its server is gone' client io_error get "${port[plain]}"
check 'the transfer under way goes on' kill -0 $download
check 'and finishes' wait $download
check 'unharmed' cmp large.bin www/large
status=0
wait "${pid[server]}" || status=$?
check 'then the proxy exits with 0' equal $status 0
unset 'pid[server]'
check 'having said so' grep -q '"event":"stop","exit":0' server.log

# ---- a connection that does not end: drain-timeout ends it ----
sed -i 's/^drain-timeout.*/drain-timeout = 1s/' server.conf
rm server.log
start_proxy server
exec 5<>"/dev/tcp/127.0.0.1/${port[plain]}"
check 'a connection is open' ask 5
check 'a connection that stays open does not keep the proxy longer than drain-timeout' \
    timeout 10 bash -c "kill -TERM ${pid[server]}; while kill -0 ${pid[server]} 2>/dev/null; do sleep 0.1; done"
status=0
wait "${pid[server]}" || status=$?
unset 'pid[server]'
check 'and the exit status is 0' equal $status 0
exec 5>&-

# ---- a second signal ----
rm server.log
sed -i 's/^drain-timeout.*/drain-timeout = 60s/' server.conf
start_proxy server
exec 5<>"/dev/tcp/127.0.0.1/${port[plain]}"
check 'another connection is open' ask 5
kill -TERM "${pid[server]}"
wait_for server.log '"event":"drain"'
begun=$SECONDS
stop server TERM
check 'a second signal ends it at once' test $((SECONDS - begun)) -le 2
exec 5>&-
