#!/usr/bin/env bash
# A worker that runs out of file descriptors neither spins nor dies, and recovers (T179).
. "$(dirname "$0")/lib.sh"

ports web tls plain
start_nginx "${port[web]}"
usual_pair
sed -i 's/^workers = 2/workers = 1/' server.conf
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}" 'handshake-timeout = 6s'
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
RATLS_WRAP='prlimit --nofile=600:600' start_proxy server
start_proxy client
worker=$(pgrep -P "${pid[server]}")
check 'a connection passes before' equal "$(get "${port[plain]}")" hello

open_files() { find "/proc/$1/fd" -mindepth 1 2>/dev/null | wc -l; }
ticks() { awk '{print $14 + $15}' "/proc/$worker/stat"; } # of 10 ms
before=$(open_files "$worker")
limit=$(sed -n 's/^Max open files *\([0-9]*\) .*/\1/p' "/proc/$worker/limits")
check "the limit is $limit" test "$limit" -le 700
launch hold "$helpers/tcp" hold "127.0.0.1:${port[tls]}" 900 12
wait_for hold.out open
for _ in $(seq 40); do
    [ "$(open_files "$worker")" -lt $((limit - 8)) ] || break
    sleep 0.1
done
check 'its descriptors are used up' test "$(open_files "$worker")" -ge $((limit - 8))
sleep 0.5
from=$(ticks)
sleep 2
used=$(($(ticks) - from))
check "it does not spin ($used of 200 ticks)" test $used -le 10
wait "${pid[hold]}"
unset 'pid[hold]'
check 'a connection passes after' equal "$(get "${port[plain]}")" hello
check 'the worker is the same' equal "$(pgrep -P "${pid[server]}")" "$worker"
settled() {
    for _ in $(seq 100); do
        [ "$(open_files "$worker")" -gt $((before + 2)) ] || return 0
        sleep 0.1
    done
    echo "$(open_files "$worker") descriptors are open, $before were"
    return 1
}
check 'no descriptor leaks' settled
