#!/usr/bin/env bash
# A service manager hands sockets over and is told about the life of the proxy: sd_listen_fds(3) and
# sd_notify(3), under a plain one of our own.
. "$(dirname "$0")/lib.sh"

ports web tls plain plain_other admin
start_nginx "${port[web]}"
usual_pair
service server svc systemd:tls "127.0.0.1:${port[web]}"
service server local systemd:local "127.0.0.1:${port[web]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service client local "127.0.0.1:${port[plain_other]}" "$work/local.sock" 'client = yes'
sed -i '1i admin = systemd:admin' server.conf
start_proxy client

# supervised NAME NOTIFY [watchdog=MS]: with NAME.conf and all sockets
supervised() {
    launch "$1" "$helpers/supervise" ${3:+"$3"} "$2" "tls=127.0.0.1:${port[tls]}" "local=$work/local.sock" \
        "admin=$work/admin.sock,600" \
        -- "$build/ratls-proxy" "$1.conf"
    wait_for "$1.out" '^pid'
    proxy=$(sed -n 's/^pid //p' "$1.out")
}
order() { # NAME: the phases it told
    grep -oE '^(READY|RELOADING|STOPPING)=1' "$1.out" | tr '\n' ' '
}

supervised server "$work/notify" watchdog=400
check 'it says that it is ready' wait_for server.out '^READY=1'
check 'a TCP socket that was handed over serves' equal "$(get "${port[plain]}")" hello
check 'and a unix socket' equal "$(get "${port[plain_other]}")" hello
admin() { # curl options..., path: its status
    curl -s -m 10 -o admin.out -w '%{http_code}' "$@"
}
check 'the admin process has its own' equal "$(admin --unix-socket admin.sock http://x/status)" 200
worker=$(pgrep -P "$proxy" | head -n 1)
check 'workers do not hear of the manager' refuse grep -qzE '^(LISTEN_|NOTIFY_|WATCHDOG_)' "/proc/$worker/environ"
check 'the watchdog is fed' wait_for server.out '^WATCHDOG=1' 3
kill -STOP "$proxy"
sleep 0.3
fed=$(grep -c WATCHDOG server.out)
sleep 0.6
check 'but not by who hangs' equal "$(grep -c WATCHDOG server.out)" "$fed"
kill -CONT "$proxy"

# ---- reload: the sockets stay ----
kill -HUP "$proxy"
check 'a reload is told' wait_for server.out '^RELOADING=1'
check 'with its time' wait_for server.out '^MONOTONIC_USEC=[1-9]'
check 'and its end' wait_for server.out '^READY=1' 2
check 'the TCP socket serves on' equal "$(get "${port[plain]}")" hello
check 'the unix socket, too' equal "$(get "${port[plain_other]}")" hello
cp server.conf good.conf
sed -i 's/systemd:local/systemd:nothing/' server.conf
kill -HUP "$proxy"
check 'a socket that was not handed over is refused' wait_for server.log \
    '"event":"reload_refused".*systemd:nothing: was not handed over'
check 'and it is ready as before' wait_for server.out '^READY=1' 3
check 'the unix socket serves on' equal "$(get "${port[plain_other]}")" hello
head -c -0 good.conf | sed '/^\[local/,$d' >server.conf
kill -HUP "$proxy"
check 'a socket that is not used any more' wait_for server.out '^READY=1' 4
cp good.conf server.conf
kill -HUP "$proxy"
check 'is still there' wait_for server.out '^READY=1' 5
check 'and serves again' equal "$(get "${port[plain_other]}")" hello

# ---- the log is moved away ----
mv server.log server.log.1
kill -USR1 "$proxy"
for _ in $(seq 100); do [ ! -e server.log ] || break; sleep 0.05; done
get "${port[plain]}" >get.out
check 'SIGUSR1 opens the log anew, for workers too' wait_for server.log '"event":"connection"'
mv server.log.1 first.log

# ---- the end ----
exec 5<>"/dev/tcp/127.0.0.1/${port[plain]}"
check 'a connection is open' ask 5
kill -TERM "$proxy"
check 'the end is told' wait_for server.out '^STOPPING=1'
kill -HUP "$proxy"
sleep 0.2
check 'SIGHUP does not undo it' kill -0 "$proxy"
check 'the open connection goes on meanwhile' ask 5
exec 5>&-
status=0
wait "${pid[server]}" || status=$?
unset 'pid[server]'
check 'it ends in order' equal $status 0
check 'the order of its words' equal "$(order server)" \
    'READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 RELOADING=1 READY=1 STOPPING=1 '
check 'the unix socket is still the manager'"'"'s' test -S "$work/local.sock"
check 'that of the admin process, too' test -S "$work/admin.sock"

# ---- abstract, and what cannot be ----
cp good.conf abstract.conf
sed -i 's/server\.log/abstract.log/' abstract.conf
supervised abstract "@ratls-activation-$$"
check 'an abstract notify socket will do' wait_for abstract.out '^READY=1'
check 'and serves' equal "$(get "${port[plain]}")" hello
stop abstract TERM # the manager; what it watched goes with it
kill -TERM "$proxy"
for _ in $(seq 100); do kill -0 "$proxy" 2>/dev/null || break; sleep 0.05; done

refused() { # FACT TEXT SOCKET...: a start with server.conf fails, and says why
    check "$1: no start" status 2 timeout 20 "$helpers/supervise" "$work/notify" "${@:3}" -- "$build/ratls-proxy" server.conf
    check "$1: says why" grep -q -- "$2" command.out
}
cp good.conf server.conf
refused 'a name that nothing has' 'systemd:local: was not handed over' "tls=127.0.0.1:${port[tls]}"
refused 'a name that two have' 'systemd:tls: there is more than one' "tls=$work/a.sock" "tls=$work/b.sock"
refused 'a socket that does not listen' 'systemd:tls: does not listen' tls=dead

# ---- an admin socket: what an address in the configuration may be, and nothing else ----
both=("tls=127.0.0.1:${port[tls]}" "local=$work/local.sock")
refused 'an admin socket for everybody' 'systemd:admin: everybody may open it' "${both[@]}" "admin=$work/admin.sock"
refused 'an abstract one' 'systemd:admin: everybody may open it' "${both[@]}" "admin=@ratls-admin-$$"
refused 'TCP without a token' 'systemd:admin: a TCP address needs admin-token' "${both[@]}" "admin=127.0.0.1:${port[admin]}"
(umask 077 && echo 0123456789abcdef >token)
sed -i "1i admin-token = $work/token" server.conf
refused 'TCP for other machines' 'systemd:admin: is for this machine only' "${both[@]}" "admin=0.0.0.0:${port[admin]}"
sed 's/server\.log/tcp.log/' server.conf >tcp.conf
launch tcp "$helpers/supervise" "$work/notify" "${both[@]}" "admin=127.0.0.1:${port[admin]}" -- \
    "$build/ratls-proxy" tcp.conf
check 'TCP with one' wait_for tcp.out '^READY=1'
check 'is asked for it' equal "$(admin "http://127.0.0.1:${port[admin]}/status")" 401
check 'and answers' equal "$(admin -H 'Authorization: Bearer 0123456789abcdef' \
    "http://127.0.0.1:${port[admin]}/status")" 200
kill -TERM "$(sed -n 's/^pid //p' tcp.out)"
wait "${pid[tcp]}"
unset 'pid[tcp]'

check 'connect = systemd: is no start' status 2 "$build/ratls-proxy" --check <(sed 's/^connect.*/connect = systemd:x/' good.conf)
check 'not twice the same' status 2 "$build/ratls-proxy" --check <(sed 's/systemd:local/systemd:tls/' good.conf)
