#!/usr/bin/env bash
# A worker that an intruder owns (T72): a plugin tries what such a one would, next to connections
# that go on; and the same plugin outside of a worker, where all of it works.
. "$(dirname "$0")/lib.sh"

if [ -n "${RATLS_SANITIZED:-}" ]; then
    skip 'the sandbox' 'a sanitizer does what the sandbox takes'
    exit 0
fi
ports web tls plain unix_tls unix_plain probe
start_nginx "${port[web]}"
usual_pair
mkdir -m 755 plugins
cp "$build/tests/plugins/probe.so" plugins/
export RATLS_PROBE_PORT=${port[probe]}
launch abstract perl -MSocket -e 'socket S, AF_UNIX, SOCK_STREAM, 0 or die; bind S, pack_sockaddr_un "\0ratls-probe" or die;
    listen S, 5 or die; sleep 60'
wait_for /proc/net/unix @ratls-probe || exit 2
service server name "127.0.0.1:${port[tls]}" "localhost:${port[web]}" "plugins = $work/plugins"
service server unix "127.0.0.1:${port[unix_tls]}" "$work/nginx.sock" "plugins = $work/plugins"
service client name "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service client unix "127.0.0.1:${port[unix_plain]}" "127.0.0.1:${port[unix_tls]}" 'client = yes'
sed -i 's/^workers = .*/workers = 1\nsandbox-connect = yes/' server.conf
start_proxy server client

member_of_sandbox() { sed -n "/\"event\":\"sandbox\"/s/.*\"$1\":\"\{0,1\}\([a-z0-9]*\).*/\1/p" server.log; }
landlock=$(member_of_sandbox landlock)
seccomp=$(member_of_sandbox seccomp)
echo "# landlock ABI ${landlock:-?}, seccomp ${seccomp:-?}"
# SYS_landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)
of_kernel=$(perl -e '$n = syscall(444, 0, 0, 1); print $n < 0 ? 0 : $n > 7 ? 7 : $n')
check 'landlock is that of the kernel' equal "$landlock" "$of_kernel"
check 'seccomp is on where the kernel has it' \
    equal "$seccomp" "$(grep -q ^Seccomp: /proc/self/status && echo on || echo missing)"

check 'a backend with a name is reached' equal "$(get "${port[plain]}")" hello
check 'a backend at a unix socket is reached' equal "$(get "${port[unix_plain]}")" hello
worker=$(pgrep -P "${pid[server]}")

# ---- what the plugin says ----
result() { sed -n "s/^probe $2 //p" "$1.out"; }
"$ratls" inspect "pki-server/quote" --plugins "$work/plugins" >inspect.txt 2>control.out
everything='reads_passwd reads_memory lists_root makes_file makes_folder opens_netlink binds_port listens
    connects_port connects_abstract maps_code makes_code forks signals_parent reads_hosts binds_source starts_thread'
[ "$(id -u)" -ne 0 ] || everything+=' opens_raw'
for probe in $everything; do
    [ "$(result control "$probe")" = 'done' ] || bad+=" $probe: $(result control "$probe")"
done
check 'control: outside of a worker every probe works' equal "${bad:-}" ''

for probe in reads_hosts binds_source starts_thread; do
    check "a worker still ${probe/_/ }" equal "$(result server "$probe")" 'done'
done
if [ "${seccomp:-}" = on ]; then
    for probe in makes_file makes_folder opens_netlink opens_raw listens maps_code makes_code forks \
        signals_parent; do
        check "refused in a worker: $probe" equal "$(result server "$probe")" EPERM
    done
else
    skip 'system calls of a worker' 'this kernel has no seccomp'
fi
landlock_refuses() { # least ABI, probe, error
    if [ "${landlock:-0}" -ge "$1" ]; then
        check "refused in a worker: $2" equal "$(result server "$2")" "$3"
    else
        skip "refused in a worker: $2" "landlock ABI $1 is not in this kernel"
    fi
}
landlock_refuses 1 reads_passwd EACCES
landlock_refuses 1 reads_memory EACCES
landlock_refuses 1 lists_root EACCES
landlock_refuses 4 binds_port EACCES
landlock_refuses 4 connects_port EACCES
landlock_refuses 6 connects_abstract EPERM

check 'the worker that refused all that is still the same' equal "$(pgrep -P "${pid[server]}")" "$worker"
check 'and serves' equal "$(get "${port[plain]}")" hello

# ---- without ----
check 'server ends in order before sandbox = no' stop server
cp server.conf server.conf.yes
sed -i -e /^sandbox-connect/d -e '1i sandbox = no\ninsecure-no-sandbox = yes' server.conf
: >server.log
start_proxy server
get "${port[plain]}" >/dev/null 2>&1
check 'sandbox = no is said' grep -q '"event":"sandbox","level":"warning","landlock":0,"seccomp":"off"' server.log
check 'sandbox = no: a worker reads what its user may' equal "$(result server reads_passwd)" 'done'
mv server.conf.yes server.conf

# ---- what ends the process ----
deadly() { # probe: the worker must die of SIGSYS, and the next one serve
    RATLS_PROBE_DEADLY=$1 start_proxy server
    get "${port[plain]}" >/dev/null 2>&1
    wait_for server.log '"event":"worker_exit".*signal 31' || return
    equal "$(result server "$1")" ''
}
if [ "${seccomp:-}" = on ]; then
    for probe in executes traces unshares reads_others makes_ring; do
        check "server ends in order before $probe" stop server
        : >server.log
        check "the end of a worker: $probe" deadly "$probe"
    done
fi
