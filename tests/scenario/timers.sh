#!/usr/bin/env bash
# Slow, silent and many connections (T56, T57, T59): each ends at its timer, memory stays bounded,
# and good clients are served meanwhile.
. "$(dirname "$0")/lib.sh"

many=2000
[ -z "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ] || many=300
ports web tls few idle plain plain_few plain_idle
start_nginx "${port[web]}"
usual_pair
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}" 'handshake-timeout = 3s'
service server few "127.0.0.1:${port[few]}" "127.0.0.1:${port[web]}" 'max-connections = 2'
service server idle "127.0.0.1:${port[idle]}" "127.0.0.1:${port[web]}" 'TIMEOUTidle = 2s'
sed -i 's/^workers = 2/workers = 1/' server.conf
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service client few "127.0.0.1:${port[plain_few]}" "127.0.0.1:${port[few]}" 'client = yes'
service client idle "127.0.0.1:${port[plain_idle]}" "127.0.0.1:${port[idle]}" 'client = yes'
start_proxy server client

# ---- one byte a second of a genuine ClientHello ----
ports tap
launch tap "$helpers/tcp" record "127.0.0.1:${port[tap]}" "127.0.0.1:${port[tls]}" hello.bin
wait_for tap.out listening
timeout 5 openssl s_client -connect "127.0.0.1:${port[tap]}" -tls1_3 </dev/null >openssl.out 2>&1
drip() { # the first bytes, one a second, until the other side closes
    local i
    exec 3<>"/dev/tcp/127.0.0.1/${port[tls]}"
    for i in $(seq 0 30); do
        dd if=hello.bin bs=1 skip="$i" count=1 status=none >&3 2>dd.out || break
        timeout 1 cat <&3 >drip.bin
        [ $? -eq 124 ] || break
    done
    echo "$i"
}
launch drip drip
begun=$SECONDS
good=0
for _ in 1 2 3; do
    [ "$(get "${port[plain]}")" = hello ] && good=$((good + 1))
done
check 'good clients are served while one drips' equal $good 3
wait "${pid[drip]}"
unset 'pid[drip]'
took=$((SECONDS - begun))
check 'one byte a second is closed at the timer, 3 s' test $took -ge 2 -a $took -le 6
check 'with the reason timeout' wait_for server.log '"reason":"timeout"'

# ---- junk in place of TLS ----
junk() {
    exec 3<>"/dev/tcp/127.0.0.1/${port[tls]}"
    head -c 65536 /dev/zero 2>junk.out >&3
    timeout 5 cat <&3 >junk.bin
    exec 3>&-
}
expect_reason '64 KiB of junk are no TLS' server tls_failed junk

# ---- many that say nothing ----
memory() { # KiB of the worker's own memory
    sed -n 's/^RssAnon:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(pgrep -P "${pid[server]}" | head -n 1)/status"
}
before=$(memory)
launch hold "$helpers/tcp" hold "127.0.0.1:${port[tls]}" $many 6
wait_for hold.out open 1 60
check "a good client is served among $many silent ones" equal "$(get "${port[plain]}")" hello
after=$(memory)
limit=$((many * 64 + 8192))
[ -z "${RATLS_SANITIZED:-}" ] || limit=$((limit * 10))
check "$many silent connections take less than $limit KiB (from $before to $after)" \
    test $((after - before)) -lt $limit
wait "${pid[hold]}"
unset 'pid[hold]'
check 'all of them are closed at the timer' equal "$(cat hold.out)" $'open\nleft 0'
check 'a good client is served after them' equal "$(get "${port[plain]}")" hello

# ---- idle ----
silent() { # PORT: connect, say nothing, wait for the end
    exec 3<>"/dev/tcp/127.0.0.1/$1"
    timeout 15 cat <&3
    exec 3>&-
}
expect_reason 'an idle connection ends at TIMEOUTidle' server idle_timeout silent "${port[plain_idle]}"
ms=$(its duration_ms)
check "not before, and not long after ($ms ms)" test "$ms" -ge 1900 -a "$ms" -le 4500

# ---- max-connections ----
exec 5<>"/dev/tcp/127.0.0.1/${port[plain_few]}" 6<>"/dev/tcp/127.0.0.1/${port[plain_few]}"
check 'the first of two is served' ask 5
check 'the second of two is served' ask 6
expect_reason 'the third is refused' server limit_exceeded get "${port[plain_few]}"
exec 5>&- 6>&-
wait_for server.log '"service":"few".*"reason":"ok"' 2 || not_ok 'the two end in order'
check 'there is room again' equal "$(get "${port[plain_few]}")" hello
