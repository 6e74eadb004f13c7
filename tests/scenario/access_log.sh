#!/usr/bin/env bash
# How connections end, told apart in the log (end), where and how often they are logged, and what
# becomes of the logs by SIGUSR1, by a reload, and with syslog.
. "$(dirname "$0")/lib.sh"

ports web tls plain other spare
start_nginx "${port[web]}"
usual_pair
policy policy-of-other.json "$code_X"
config other client "$code_X" policy-of-client.json root-server.pem
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}" 'TIMEOUTidle = 1s'
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service other svc "127.0.0.1:${port[other]}" "127.0.0.1:${port[tls]}" 'client = yes'
sed -i "1i access-log = $work/access.log\naccess-log-sample = 5\nworkers = 1" server.conf
sed -i 's|^workers = 2||' server.conf
sed -i "1i syslog = yes\nsyslog-socket = $work/syslog\nservice = edge\nadmin = unix:$work/admin.sock" other.conf
syslog() {
    launch syslog "$helpers/receive" "$work/syslog"
    wait_for syslog.out listening
}
syslog
start_proxy server client other
ends() { # log, end: lines
    grep '"event":"connection"' "$1" | grep -c "\"end\":\"$2\""
}
visits() { # how many
    for _ in $(seq "$1"); do get "${port[plain]}" >get.out; done
}

visits 10
check 'an end in order is clean' wait_for client.log '"end":"clean"' 10
check 'one in five is logged' equal "$(wait_for access.log '"end":"clean"' 2; ends access.log clean)" 2
get "${port[other]}" >get.out 2>&1
check 'refusals always are' wait_for access.log '"result":"deny".*"end":"refused"' 1
check 'not among events' equal "$(connections server)" 0

# ---- syslog ----
line='edge\[[0-9]*\]: {"time":"[^"]*","event"'
check 'syslog gets events of the master' wait_for syslog.out "^<30>edge\\[${pid[other]}\\]: .*\"event\":\"start\""
check 'warnings as such' wait_for syslog.out '^<28>edge.*insecure-sim-roots is in use'
check 'what workers say' wait_for syslog.out "^<28>$line:\"connection\""
check 'with their process ids' refuse grep -q "edge\\[${pid[other]}\\]: .*\"event\":\"connection\"" syslog.out
check 'and output as well' wait_for other.log '"event":"connection"'
order() { # PATH: of the admin process
    curl -s -m 10 -X POST --unix-socket admin.sock "http://x$1"
}
order /reopen-log >order.out
check 'what the admin process says' wait_for syslog.out "^<30>$line:\"admin\""
stop syslog KILL
get "${port[other]}" >get.out 2>&1
check 'without a daemon it goes on' wait_for other.log '"event":"connection"' 2
syslog
get "${port[other]}" >get.out 2>&1
check 'and finds a new one' wait_for syslog.out "^<28>$line:\"connection\""
sed -i 's/^syslog = yes/syslog = no/' other.conf
kill -HUP "${pid[other]}"
wait_for other.log '"event":"reload"'
before=$(grep -c edge syslog.out)
get "${port[other]}" >get.out 2>&1
order /reopen-log >order.out
check 'a reload ends it' wait_for other.log '"event":"connection"' 4
check 'for all processes' equal "$(grep -c edge syslog.out)" "$before"

sed -e 's/^syslog = no/syslog = yes\nforeground = quiet/' -e '/^output/d' -e '/^admin/d' \
    -e "s/:${port[other]}/:${port[spare]}/" other.conf >quiet.conf
launch quiet "$build/ratls-proxy" quiet.conf
check 'a quiet one starts' wait_for syslog.out "edge\\[${pid[quiet]}\\]: .*\"event\":\"start\""
check 'and says nothing elsewhere' equal "$(cat quiet.out)" ''
stop quiet

# ---- logs are moved away ----
mv other.log other.log.1
order /reopen-log >order.out
for _ in $(seq 100); do [ ! -e other.log ] || break; sleep 0.05; done
order /nothing >order.out
order /reopen-log >order.out
check 'the admin process writes to the new log' wait_for other.log '"event":"admin"'
mv access.log access.log.1
sed -i 's/^access-log-sample.*//' server.conf
kill -HUP "${pid[server]}"
check 'a reload opens the access log anew' wait_for server.log '"event":"reload"'
visits 3
check 'and takes another sample' wait_for access.log '"end":"clean"' 3
visits 40 &
busy=$!
wait_for access.log '"end":"clean"' 8
mv access.log access.log.2
kill -USR1 "${pid[server]}"
for _ in $(seq 100); do [ ! -e access.log ] || break; sleep 0.05; done
wait $busy
visits 1
check 'SIGUSR1 opens it anew' wait_for access.log '"end":"clean"'
all() {
    for _ in $(seq 100); do
        [ "$(cat access.log access.log.2 | grep -c '"end":"clean"')" -lt 44 ] || break
        sleep 0.05
    done
    cat access.log access.log.2 | grep -c '"end":"clean"'
}
check 'and loses nothing' equal "$(all)" 44
check 'for its owner and group only' equal "$(stat -c %a access.log)" 640

# ---- another place by reload ----
sed -i "s|^access-log = .*|access-log = $work/nowhere/access.log|" server.conf
kill -HUP "${pid[server]}"
check 'a place that is none is refused' wait_for server.log \
    '"event":"reload_refused".*access-log /[^ ]*/nowhere/access.log: No such file'
before=$(ends access.log clean)
visits 1
check 'and all is as before' wait_for access.log '"end":"clean"' $((before + 1))
sed -i "s|^access-log = .*|access-log = $work/moved.log|" server.conf
kill -HUP "${pid[server]}"
check 'a good one is taken' wait_for server.log '"event":"reload"' 2
visits 1
check 'by workers, too' wait_for moved.log '"end":"clean"'
sed -i 's|^access-log = .*||' server.conf
kill -HUP "${pid[server]}"
wait_for server.log '"event":"reload"' 3
visits 1
check 'none of its own: it is among events' wait_for server.log '"event":"connection".*"end":"clean"'
