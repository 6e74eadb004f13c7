#!/usr/bin/env bash
# Ten thousand tunnels that say nothing are held, cost little, and all work when they speak again.
. "$(dirname "$0")/lib.sh"

many=10000
[ -z "${RATLS_QUICK:-}" ] || many=1000
if [ -n "${RATLS_SANITIZED:-}" ]; then
    skip 'idle tunnels' 'a matter of numbers, left to plain builds'
    exit 0
fi
ports echo tls plain
launch echo "$helpers/load" echo "127.0.0.1:${port[echo]}"
wait_for echo.out listening || exit 2
usual_pair
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[echo]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server client

memory() { # KiB of the workers' own memory
    local worker sum=0
    for worker in $(pgrep -P "${pid[$1]}"); do
        sum=$((sum + $(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$worker/status")))
    done
    echo $sum
}
ticks() { # of 10 ms, of the workers
    local worker
    for worker in $(pgrep -P "${pid[$1]}"); do awk '{print $14 + $15}' "/proc/$worker/stat"; done |
        awk '{n += $1} END {print n}'
}
before_server=$(memory server) before_client=$(memory client)
mkfifo order
exec 4<>order
launch tunnels "$helpers/load" tunnels "127.0.0.1:${port[plain]}" $many <order 4>&-
check "$many tunnels are opened" wait_for tunnels.out "answered $many" 1 120
sleep 3 # until those that stay are known as such
server_kib=$(($(memory server) - before_server)) client_kib=$(($(memory client) - before_client))
echo "# memory of $many idle tunnels: server $((server_kib * 1024 / many)) bytes each, client $((client_kib * 1024 / many))"
check "a server holds each in 56 KiB ($server_kib KiB together)" test $server_kib -lt $((many * 56 + 8192))
check "a client likewise ($client_kib KiB)" test $client_kib -lt $((many * 56 + 8192))
from=$(ticks server)
sleep 2
used=$(($(ticks server) - from))
check "they cost next to no time while they are silent ($used of 400 ticks)" test $used -le 60
check 'nobody was refused and none has ended' equal "$(connections server)" 0
echo >&4
check 'all of them answer again' wait_for tunnels.out "answered $many" 2 60
exec 4>&-
wait "${pid[tunnels]}"
unset 'pid[tunnels]'
check 'none was lost' equal "$(tail -n 1 tunnels.out)" "open $many"
check 'and all end in order' wait_for server.log '"result":"allow","reason":"ok"' $many 60
kept() { # PROXY HELD BEFORE: in KiB; of what tunnels held at most half is soon left
    for _ in $(seq 40); do
        [ $((2 * ($(memory "$1") - $3))) -gt "$2" ] || return 0
        sleep 0.1
    done
    echo "$(($(memory "$1") - $3)) KiB of $2"
    return 1
}
check 'the server gives their memory back' kept server $server_kib "$before_server"
check 'the client likewise' kept client $client_kib "$before_client"
