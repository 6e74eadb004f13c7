#!/usr/bin/env bash
# A large file passes unharmed in both directions of one connection at once, while 200 other
# connections come and go.
. "$(dirname "$0")/lib.sh"

size=1024 # MiB
[ -z "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ] || size=64
free=$(df --output=avail -m . | tail -n 1)
if [ "$free" -lt $((3 * size)) ]; then
    skip "$size MiB pass in both directions" "only $free MiB are free in /tmp"
    exit 0
fi

ports web tls_web plain_web bulk tls_bulk plain_bulk
start_nginx "${port[web]}"
usual_pair
service server web "127.0.0.1:${port[tls_web]}" "127.0.0.1:${port[web]}"
service server bulk "127.0.0.1:${port[tls_bulk]}" "127.0.0.1:${port[bulk]}"
service client web "127.0.0.1:${port[plain_web]}" "127.0.0.1:${port[tls_web]}" 'client = yes'
service client bulk "127.0.0.1:${port[plain_bulk]}" "127.0.0.1:${port[tls_bulk]}" 'client = yes'
start_proxy server client

head -c ${size}M /dev/urandom >up
head -c ${size}M /dev/urandom >down

serve() { "$helpers/tcp" serve "127.0.0.1:${port[bulk]}" down /dev/stdout | sha256sum; }
call() { "$helpers/tcp" call "127.0.0.1:${port[plain_bulk]}" up /dev/stdout | sha256sum; }
launch serve serve
wait_for serve.out listening || exit 2
launch call call

one() { curl -sS --max-time 60 "http://127.0.0.1:$1/?$2"; }
export -f one
seq 200 | xargs -P 8 -I N bash -c 'one "$@"' one "${port[plain_web]}" N >answers 2>curl.out
check '200 other connections were served meanwhile' equal "$(grep -c '^hello$' answers)" 200

finished() { wait "${pid[$1]}"; }
check "the caller's end closes in order" finished call
check "the server's end closes in order" finished serve
unset 'pid[call]' 'pid[serve]'
sum() { sha256sum <"$1"; }
check "$size MiB came up unharmed" equal "$(grep -v listening serve.out)" "$(sum up)"
check "$size MiB came down unharmed" equal "$(cat call.out)" "$(sum down)"
check 'the access log counts every byte' wait_for server.log \
    "\"service\":\"bulk\".*\"bytes_in\":$((size << 20)),\"bytes_out\":$((size << 20))"
check 'and says ok' wait_for client.log '"service":"bulk".*"reason":"ok"'
if [ $size -eq 1024 ]; then
    early=$(grep '"event":"connection"' server.log | sed '/"service":"bulk"/q' | grep -c '"service":"web"')
    check 'at least 20 of the others ended before the transfer did' test "$early" -ge 20
fi
