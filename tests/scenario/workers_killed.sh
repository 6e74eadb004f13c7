#!/usr/bin/env bash
# A worker that is killed every second under load loses its own connections and no other one (T154).
# Plain builds only, unless asked for: it is a matter of time and numbers.
. "$(dirname "$0")/lib.sh"

many=100 seconds=8
[ -z "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ] || many=40 seconds=5
ports echo tls plain
launch echo "$helpers/load" echo "127.0.0.1:${port[echo]}"
wait_for echo.out listening || exit 2
usual_pair
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[echo]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server client

launch pulse "$helpers/load" pulse "127.0.0.1:${port[plain]}" $many $seconds
check "$many connections are under load" wait_for pulse.out "answered $many" 1 60
spared=$(pgrep -P "${pid[server]}" | head -n 1)
of_spared=$(ss -tnpH "dport = :${port[echo]}" | grep -c "pid=$spared,")
check "both workers carry some ($of_spared of $many are those of the one that is spared)" \
    test "$of_spared" -gt 0 -a "$of_spared" -lt $many
kills=0
until grep -q unbroken pulse.out; do
    for worker in $(pgrep -P "${pid[server]}" | grep -vx "$spared"); do
        kill -KILL "$worker" && kills=$((kills + 1))
    done
    sleep 1
done
wait "${pid[pulse]}"
unset 'pid[pulse]'
check "workers were killed again and again ($kills times)" test $kills -ge 2
check 'every connection of the other worker lives on' \
    equal "$(sed -n 's/^unbroken \([0-9]*\).*/\1/p' pulse.out)" "$of_spared"
check 'those that were lost are open again' test "$(sed -n 's/.* open \([0-9]*\).*/\1/p' pulse.out)" -ge $((many * 9 / 10))
check 'the other worker is the same' kill -0 "$spared"
served=0
for _ in $(seq 10); do
    exec 5<>"/dev/tcp/127.0.0.1/${port[plain]}"
    echo hello >&5
    read -r -t 10 -u 5 line && [ "$line" = hello ] && served=$((served + 1))
    exec 5>&-
done
check 'new connections are served' equal $served 10
