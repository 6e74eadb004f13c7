#!/usr/bin/env bash
# Several backends: turns, one that dies and comes back, none, checks; what a backend is told by
# PROXY protocol.
# Plain builds only, unless asked for: it is a matter of time and numbers.
. "$(dirname "$0")/lib.sh"

ports one two gone rr prio check sock loop late p2 p1 p2n ptlv web6 tls6
ports rr_in prio_in check_in sock_in loop_in late_in p2_in p1_in p2n_in ptlv_in peers_in quick quick_in p6_in

nginx_at() { # NAME PORT: answers with its name; /healthy: whether there is NAME.sick
    mkdir -p "$1"
    cat >"$1.conf" <<END
daemon off; pid $work/$1/pid; worker_processes 1; error_log stderr;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path $work/$1/body; proxy_temp_path $work/$1/proxy;
    fastcgi_temp_path $work/$1/fastcgi; uwsgi_temp_path $work/$1/uwsgi; scgi_temp_path $work/$1/scgi;
    server {
        listen 127.0.0.1:$2; listen unix:$work/$1.sock;
        location = /healthy { if (-f $work/$1.sick) { return 503; } return 204; }
        location / { return 200 $1; }
    }
}
END
    rm -f "$1.sock"
    launch "$1" nginx -p "$work/$1" -c "$work/$1.conf"
    wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "$2")" || exit 2
}

usual_pair
sed -i 's/^workers = 2/workers = 1/' client.conf
both() { # SERVICE CONNECT LINE...: in server.conf, and the way to it
    local name=$1
    service server "$name" "127.0.0.1:${port[$name]}" "$2" "${@:3}"
    service client "$name" "127.0.0.1:${port[${name}_in]}" "127.0.0.1:${port[$name]}" 'client = yes'
}
one=127.0.0.1:${port[one]} two=localhost:${port[two]}
both rr "$one" "connect = $two" 'failover = rr'
both prio "127.0.0.1:${port[gone]}" "connect = $two" "connect = $one"
both check "$one" "connect = $two" 'health-check = http:/healthy' 'health-interval = 1s'
both sock "$work/nothing.sock" "connect = unix:$work/one.sock" 'TIMEOUTconnect = 5s'
both late "127.0.0.1:${port[gone]}" 'retry = yes' 'local = 127.0.0.9' 'tcp-user-timeout = 1s'
both loop "127.0.0.1:${port[loop]}"
sed -i "s/^accept = 127.0.0.1:${port[loop]}$/accept = ${port[loop]}/" server.conf
both p2 "127.0.0.1:${port[quick]}" 'protocol = proxy'
both p2n "127.0.0.1:${port[quick]}" 'protocol = proxy' 'proxy-tlv = no'
both p1 "127.0.0.1:${port[quick]}" 'protocol = proxy1'
both ptlv "127.0.0.1:${port[web6]}" 'protocol = proxy'
service server p6 "[::1]:${port[tls6]}" "127.0.0.1:${port[quick]}" 'protocol = proxy'
service client p6 "127.0.0.1:${port[p6_in]}" "[::1]:${port[tls6]}" 'client = yes'
service client peers "127.0.0.1:${port[peers_in]}" "127.0.0.1:${port[gone]}" "connect = 127.0.0.1:${port[rr]}" \
    'client = yes'
nginx_at one "${port[one]}"
nginx_at two "${port[two]}"
sed -i "1i admin = unix:$work/admin.sock" server.conf
start_proxy server client

# ---- turns ----
answers() { # PORT N: how often each name answered
    for _ in $(seq "$2"); do get "$1"; echo; done | sort | uniq -c | awk '{printf "%s%s %s", sep, $2, $1; sep = ", "}'
}
# Two workers begin anywhere: each is at most one off.
answers "${port[rr_in]}" 40 >rr.out
even() { awk '{n = $2 + 0; exit !(n + $4 == 40 && n >= 19 && n <= 21)}' rr.out || { cat rr.out; return 1; }; }
check 'rr: 40 connections are spread evenly' even
check 'prio: the first that works has all of them' equal "$(answers "${port[prio_in]}" 6)" 'two 6'
check 'the access log says where' equal "$(member server backend)" "127.0.0.1:${port[two]}"
check 'what is down is said once by each worker at most' \
    test "$(grep -c '"event":"backend","service":"prio".*"state":"down"' server.log)" -le 2
check 'a unix socket is a second choice, too' equal "$(answers "${port[sock_in]}" 2)" 'one 2'
check 'a client goes to its second peer when the first is not there' \
    test "$(get "${port[peers_in]}" | grep -c -e one -e two)" -eq 1

up() { # SERVICE BACKEND: as metrics have it
    curl -s -m 10 --unix-socket admin.sock http://x/metrics |
        sed -n "s/^ratls_proxy_backend_up{service=\"$1\",backend=\"$2\"} //p"
}
check 'metrics say which is down' equal "$(up prio "127.0.0.1:${port[gone]}") $(up prio "$two")" '0 1'

# ---- one dies and comes back ----
stop one QUIT
check 'rr: with one gone no connection is lost' equal "$(answers "${port[rr_in]}" 10)" 'two 10'
nginx_at one "${port[one]}"
back() { # it is passed over for a second or two
    for _ in $(seq 60); do
        [ "$(get "${port[rr_in]}")" = one ] && return
        sleep 0.1
    done
    return 1
}
check 'rr: it is taken again when it is back' back
# Not every worker need have seen it gone: the one that has says so at its own next try.
told() {
    for _ in $(seq 200); do
        grep -q "\"service\":\"rr\",\"backend\":\"$one\",\"state\":\"up\"" server.log && return
        get "${port[rr_in]}" >/dev/null
        sleep 0.1
    done
    return 1
}
check 'that is an event' told

# ---- checks ----
well_again() { # whichever worker saw it go down saw it come up, too
    local line="\"service\":\"check\",\"backend\":\"$one\",\"state\""
    for _ in $(seq 200); do
        [ "$(grep -c "$line:\"down\"" server.log)" -gt "$(grep -c "$line:\"up\"" server.log)" ] || return 0
        sleep 0.1
    done
    return 1
}
well_again
check 'checks: one that is well is first' equal "$(answers "${port[check_in]}" 2)" 'one 2'
touch one.sick
check 'checks: a bad status is an event of each worker' \
    wait_for server.log '"service":"check".*"down","reason":"HTTP status 503"' 2
check 'checks: it is passed over' equal "$(answers "${port[check_in]}" 4)" 'two 4'
touch two.sick
check 'checks: both are down' wait_for server.log '"service":"check".*"down","reason":"HTTP status 503"' 4
check 'with all down one is tried all the same' equal "$(get "${port[check_in]}" | grep -c .)" 1
rm one.sick two.sick
check 'checks: it is back' well_again
check 'checks: and first again' equal "$(answers "${port[check_in]}" 2)" 'one 2'

# ---- nobody, later somebody ----
expect_reason 'a connection to nobody ends with io_error' server io_error get "${port[loop_in]}"
check 'for it leads back to the same service (T180)' equal "$(its detail)" \
    "connect 127.0.0.1:${port[loop]}: it leads back to this service"
check 'and was not followed' equal "$(connections server '"service":"loop"')" 1
launch later get "${port[late_in]}"
sleep 0.3
sed "s/:${port[one]};/:${port[gone]};/; s/one/three/g" one.conf >three.conf.in
mkdir -p three && mv three.conf.in three.conf
launch three nginx -p "$work/three" -c "$work/three.conf"
check 'retry: a connection waits for a backend that is late' wait "${pid[later]}"
unset 'pid[later]'
check 'and is served by it' equal "$(cat later.out)" three
exec 5<>"/dev/tcp/127.0.0.1/${port[late_in]}"
wait_for /proc/net/tcp "$(printf '0900007F:.... 0100007F:%04X 01' "${port[gone]}")" 1 5 >found.out
check 'local: that is where connections come from' test ! -s found.out
sleep 1.3
printf 'GET / HTTP/1.0\r\n\r\n' >&5
check 'tcp-user-timeout: who is idle is not lost' grep -q three <(timeout 5 cat <&5)
exec 5>&-

# ---- T177: a peer that is refused is no reason to try another ----
cat >wrong.json <<END
{"tees": {"tdx": {"measurements": ["$code_X"], "tcb_status": ["not_evaluated"], "insecure_simulated": true}}}
END
config wrong client "$code_C" wrong.json root-server.pem
ports wrong_in
service wrong peers "127.0.0.1:${port[wrong_in]}" "127.0.0.1:${port[rr]}" "connect = 127.0.0.1:${port[prio]}" \
    'client = yes' 'failover = rr' 'retry = yes'
start_proxy wrong
server_before=$(connections server)
expect_reason 'a peer that fails attestation is refused (T177)' wrong measurement_mismatch get "${port[wrong_in]}"
wait_for server.log '"event":"connection"' $((server_before + 1))
sleep 0.3
check 'and nobody else is asked' equal "$(connections server) $(connections wrong)" "$((server_before + 1)) 1"

# ---- PROXY protocol ----
launch receive "$helpers/receive" "${port[quick]}"
wait_for receive.out listening
header() { get "$1" >command.out 2>&1; tail -n 1 receive.out; }
said() { # LINE TEXT...
    local line=$1 text
    for text in "${@:2}"; do
        [[ " $line " == *" $text "* ]] || { echo "no '$text' in '$line'"; return 1; }
    done
}
line=$(header "${port[p2_in]}")
check 'v2: addresses of the connection, and the peer as TLVs' said "$line" 'v2 21 11' \
    "127.0.0.1:${port[p2]}" crc=ok ssl=7/0 e0=allow e1=tdx "e2=$code_C" e3=session e4=true \
    e5=file:policy-of-server.json eb=p2 'next GET'
check 'v2: hashes of key and evidence' grep -qE ' e6=[0-9a-f]{64} .*e9=[0-9a-f]{64} ' receive.out
from=$(sed -n 's/^v2 21 11 127.0.0.1:\([0-9]*\) .*/\1/p' receive.out | tail -n 1)
wait_for server.log '"service":"p2"'
check 'v2: the source is the peer of the access log' equal "$(member server peer)" "127.0.0.1:$from"
line=$(header "${port[p6_in]}")
check 'v2: over IPv6' said "$line" 'v2 21 21' "::1:${port[tls6]}" crc=ok e0=allow
line=$(header "${port[p2n_in]}")
check 'v2: without TLVs there is none' equal "${line#*:"${port[p2n]}" }" 'next GET'
line=$(header "${port[p1_in]}")
check 'v1: one line' grep -qE "^v1 PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 [0-9]+ ${port[p1]} next GET$" <<<"$line"
# T68: what the client says itself comes behind ours, and is data.
forged() { # PORT
    exec 5<>"/dev/tcp/127.0.0.1/$1"
    printf 'PROXY TCP4 10.9.9.9 10.9.9.9 1 2\r\nGET / HTTP/1.0\r\n\r\n' >&5
    timeout 5 cat <&5
    exec 5>&-
    tail -n 1 receive.out
}
line=$(forged "${port[p2_in]}" | tail -n 1)
check "T68: a client's own header is data behind ours" said "$line" 'v2 21 11' e0=allow 'next PROXY'

# ---- nginx reads it ----
cat >http <<END
log_format told '\$proxy_protocol_addr:\$proxy_protocol_port';
server { listen 127.0.0.1:${port[web6]} proxy_protocol; access_log $work/told.log told; location / { return 200 ok; } }
END
run_nginx "${port[web6]}" <http
check 'nginx takes the header with its TLVs' equal "$(get "${port[ptlv_in]}")" ok
wait_for server.log '"event":"connection","service":"ptlv"'
grep '"event":"connection","service":"ptlv"' server.log >ptlv.log
check 'and knows the source' equal "$(cat told.log)" "$(member ptlv peer)"
