# shellcheck shell=bash
# Sourced by every scenario: a folder that vanishes, processes that end, proxies, and facts.
#
#   RATLS_BUILD_DIR   the build to be tried (build/)
#   RATLS_QUICK       not empty: smaller transfers
#   RATLS_SANITIZED   not empty: a sanitizer is in it, everything is slower
#   RATLS_WRAP        put before the proxy, such as `prlimit --nofile=600`
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "${RATLS_BUILD_DIR:-$here/../../build}")
helpers=$build/tests/helpers
ratls=$build/ratls
export PATH=$PATH:/usr/sbin
# The sanitizers' dlopen() does not look where the calling program says.
[ -z "${RATLS_SANITIZED:-}" ] || export LD_LIBRARY_PATH=$build

work=$(mktemp -d /tmp/ratls-scenario.XXXXXX)
cd "$work" || exit 2
chmod 755 "$work"
mkdir -m 777 sanitizer
for options in ASAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS; do
    export $options="${!options:-}:log_path=$work/sanitizer/report"
done

declare -A pid=()  # name of a process: its id
declare -A port=() # name of a port: its number
proxies=()         # names of those that must end in order
not_ok=0

# ---- facts ----

ok() { echo "ok - $1"; }
skip() { echo "skip - $1: $2"; }
not_ok() { # fact, why
    echo "not ok - $1"
    [ -z "${2:-}" ] || echo "    $2"
    not_ok=1
}
check() { # fact, command...
    if "${@:2}" >check.out 2>&1; then
        ok "$1"
    else
        not_ok "$1" "${*:2}: $(cat check.out)"
    fi
}
equal() { # found, expected
    [ "$1" = "$2" ] || { echo "found '$1', not '$2'"; return 1; }
}
refuse() { # command...: it must fail
    ! "$@"
}
status() { # EXPECTED COMMAND...: the exit status; output to command.out
    local found=0
    "${@:2}" >command.out 2>&1 || found=$?
    [ $found -eq "$1" ] || { echo "exit $found, not $1: $(cat command.out)"; return 1; }
}

# ---- processes ----

launch() { # name, command...: in the background, output to name.out
    : >"$1.out" # here, not in the background: nobody may wait for what the last one wrote
    "${@:2}" <&0 >"$1.out" 2>&1 &
    pid[$1]=$!
}

ended() { # name
    ! kill -0 "${pid[$1]}" 2>/dev/null
}

stop() { # name, signal: its exit status. Killed when it takes longer than 20 s.
    local status=0 tick
    kill "-${2:-TERM}" "${pid[$1]}" 2>/dev/null
    for tick in $(seq 200); do
        ended "$1" && break
        [ "$tick" -lt 200 ] || kill -KILL "${pid[$1]}"
        sleep 0.1
    done
    wait "${pid[$1]}" || status=$?
    unset "pid[$1]"
    return $status
}

wait_for() { # file, text[, how often[, seconds]]: until so many lines have it
    local found
    for _ in $(seq $((${4:-20} * 20))); do
        found=$(grep -cs -- "$2" "$1")
        [ "${found:-0}" -ge "${3:-1}" ] && return
        sleep 0.05
    done
    echo "no '$2' in $1 after ${4:-20} s: $(tail -n 3 "$1" 2>/dev/null)"
    return 1
}

finish() {
    local status=$? name
    trap - EXIT INT TERM
    for name in "${proxies[@]}"; do
        [ -z "${pid[$name]:-}" ] || check "$name ends in order" stop "$name"
    done
    [ ${#proxies[@]} -eq 0 ] || check 'every log line is one object, printable ASCII' \
        equal "$(LC_ALL=C grep -ahvE '^\{"time":"[ -~]*"?\}$' "${proxies[@]/%/.log}" 2>/dev/null)" ''
    for name in "${!pid[@]}"; do # TERM first: nginx ends its workers
        pkill -TERM -P "${pid[$name]}"
        kill -TERM "${pid[$name]}" 2>/dev/null
    done
    for name in "${!pid[@]}"; do
        for _ in $(seq 60); do
            ended "$name" && break
            sleep 0.05
        done
        pkill -KILL -P "${pid[$name]}"
        kill -KILL "${pid[$name]}" 2>/dev/null
    done
    wait 2>/dev/null
    if [ -n "${RATLS_SANITIZED:-}" ]; then
        check 'no sanitizer complains' equal "$(cat sanitizer/* 2>/dev/null | head -n 60)" ''
    fi
    if [ $not_ok -ne 0 ]; then
        tail -n 20 ./*.log ./*.out 2>/dev/null
    fi
    cd / && rm -rf "$work"
    [ $status -eq 0 ] || exit $status
    exit $not_ok
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- time ----

now_ms() { date +%s%3N; }
# The whole way: written, seen, handed on, judged, closed at the client's plain side. EOF or reset.
closed_within() { # descriptor, since (ms), limit (ms)
    read -r -t 20 -N 1 -u "$1" _ 2>read.out
    took=$(($(now_ms) - $2))
    [ -n "${RATLS_SANITIZED:-}" ] || [ $took -le "$3" ] || { echo "took $took ms"; return 1; }
}

# ---- ports: each scenario takes its own hundred, below those of outgoing connections ----

# The runner numbers those that run at once; a script by itself takes any.
next_port=$((10000 + ${RATLS_HUNDRED:-$$} % 200 * 100))
ports() { # name...: of entries in port that get a free one
    local name
    for name; do
        while :; do
            next_port=$((next_port + 1))
            grep -qi ":$(printf %04x $next_port) .* 0A " /proc/net/tcp /proc/net/tcp6 || break
        done
        # shellcheck disable=SC2034 # it is for the scenarios
        port[$name]=$next_port
    done
}

# ---- TEEs ----

# Measurements: what a server, a client, and another runs.
code_S=$(printf '5e%.0s' $(seq 48))
code_C=$(printf 'c1%.0s' $(seq 48))
# shellcheck disable=SC2034 # of use to some scenarios
code_X=$(printf 'bad0%.0s' $(seq 24))

platform() { # name...: pki-name/ and root-name.pem, a simulated machine and its root
    local name
    for name; do
        mkdir "pki-$name"
        "$ratls" attest --attester sim-tdx --attester-options "pki=$work/pki-$name" \
            --insecure-sim-root-out "root-$name.pem" -o "pki-$name/quote" >"platform-$name.out" || exit 2
    done
}

policy() { # file, measurement[, binding[, further members of tdx]]
    cat >"$1" <<END
{"tees": {"tdx": {"measurements": ["$2"], "tcb_status": ["not_evaluated"],
                  "insecure_simulated": true${4:+, $4}}},
 "binding": "${3:-session}"}
END
}

# self_signed NAME [EXTENSION]: NAME.pem, like a certificate of ours, and NAME.key, by openssl.
self_signed() {
    cat >openssl.cnf <<END
[req]
prompt = no
distinguished_name = dn
x509_extensions = v3
[dn]
CN = ratls
[v3]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
${2:-}
END
    openssl req -new -x509 -config openssl.cnf -days 1 -newkey ec \
        -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1.key" -out "$1.pem" 2>openssl.out
}

# ---- proxies ----

# config NAME PLATFORM MEASUREMENT POLICY ROOTS: begins NAME.conf; services are appended by hand.
config() {
    cat >"$1.conf" <<END
workers = 2
drain-timeout = 5s
output = $work/$1.log
attester = sim-tdx
attester-options = pki=$work/pki-$2,mrtd=$3
insecure-allow-sim-attester = yes
policy = $work/$4
insecure-sim-roots = $work/$5
END
}

service() { # NAME SERVICE ACCEPT CONNECT [LINE...]
    printf '[%s]\naccept = %s\nconnect = %s\n' "$2" "$3" "$4" >>"$1.conf"
    [ $# -lt 5 ] || printf '%s\n' "${@:5}" >>"$1.conf"
}

start_proxy() { # name...: with name.conf; ready when this returns
    local name
    for name; do
        # shellcheck disable=SC2086 # a command with options, or nothing
        launch "$name" ${RATLS_WRAP:-} "$build/ratls-proxy" "$name.conf"
        proxies+=("$name")
    done
    for name; do
        until grep -qs '"event":"start"' "$name.log"; do
            ended "$name" && { not_ok "$name starts" "$(cat "$name.out")"; exit 1; }
            sleep 0.05
        done
    done
}

# The usual two: platforms, policies, and the beginnings of server.conf and client.conf.
usual_pair() {
    platform server client
    policy policy-of-server.json "$code_C"
    policy policy-of-client.json "$code_S"
    config server server "$code_S" policy-of-server.json root-client.pem
    config client client "$code_C" policy-of-client.json root-server.pem
}

# ---- access logs ----

connections() { # name[, text]: lines of its access log that have the text
    grep '"event":"connection"' "$1.log" | grep -c -- "${2:-}"
}

field() { # member: of a line of an access log
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p"
}
member() { # name, member: of the last connection
    grep '"event":"connection"' "$1.log" | tail -n 1 | field "$2"
}

# The line of a connection that ended for this reason, in $about. Lines of earlier connections may
# come late, so the last one need not be it.
await_reason() { # NAME LINES-BEFORE REASON
    for _ in $(seq 400); do
        about=$(grep '"event":"connection"' "$1.log" | tail -n +$(($2 + 1)) | grep "\"reason\":\"$3\"" |
            tail -n 1)
        [ -z "$about" ] || return 0
        sleep 0.05
    done
    echo "no reason $3 in $1.log: $(tail -n 3 "$1.log")"
    return 1
}
its() { field "$1" <<<"$about"; } # member: of the connection that expect_reason found

# expect_reason FACT NAME REASON COMMAND...: the command makes one connection, and NAME logs that
# reason for it. Whether the command succeeds does not matter.
expect_reason() {
    local before
    before=$(connections "$2")
    "${@:4}" >command.out 2>&1
    check "$1" await_reason "$2" "$before" "$3"
}

# ---- what is in the memory of a process ----
knows() { # PID HEX: 0 when the bytes, or their reverse, are in its memory
    perl - "$1" "$2" <<'END'
my ($pid, $hex) = @ARGV;
my $plain = pack 'H*', $hex;
my $turned = reverse $plain;
open my $maps, '<', "/proc/$pid/maps" or exit 2;
open my $mem, '<:raw', "/proc/$pid/mem" or exit 2;
while (<$maps>) {
    next unless /^([0-9a-f]+)-([0-9a-f]+) rw/;
    my ($from, $to) = (hex $1, hex $2);
    next if $to - $from > 1 << 28;
    seek $mem, $from, 0;
    read $mem, my $bytes, $to - $from or next;
    exit 0 if index($bytes, $plain) >= 0 || index($bytes, $turned) >= 0;
}
exit 1;
END
}
scalar() { # FILE [DIGITS]: private scalar of an EC key, P-256 unless said otherwise, hex
    openssl ec -in "$1" -noout -text 2>/dev/null | sed -n '/^priv:/,/^pub:/p' |
        grep '^ ' | tr -d ' :\n' | tail -c "${2:-64}"
}

# ---- ends ----

# run_nginx PORT: stdin is what stands in http {}, and PORT one of the ports there.
run_nginx() {
    mkdir -p nginx
    cat >nginx/http
    cat >nginx.conf <<END
daemon off;
pid $work/nginx/pid;
worker_processes 1;
error_log stderr;
events { worker_connections 4096; }
http {
    client_body_temp_path $work/nginx/body;
    proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi;
    scgi_temp_path $work/nginx/scgi;
    include $work/nginx/http;
}
END
    launch nginx nginx -p "$work/nginx" -c "$work/nginx.conf"
    wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "$1")" || exit 2
}

start_nginx() { # port: of 127.0.0.1 and [::1]; www/ is what it serves, /large slowly
    mkdir -p www
    [ -e www/index.html ] || echo hello >www/index.html
    run_nginx "$1" <<END
    access_log $work/nginx-access.log;
    keepalive_requests 100000;
    server {
        listen 127.0.0.1:$1;
        listen [::1]:$1;
        listen unix:$work/nginx.sock;
        root $work/www;
        location = /large { limit_rate 4m; }
    }
END
}

# A backend that counts: its output has one line for each connection opened and one for each closed.
start_counter() { # port of 127.0.0.1
    launch counter "$helpers/tcp" count "127.0.0.1:$1"
    wait_for counter.out listening || exit 2
}
untouched() { # nobody reached the counting backend
    equal "$(grep -v listening counter.out)" ''
}

get() { # port or URL, curl options...
    case $1 in
    http*) curl -sS --max-time 20 "$@" ;;
    *) curl -sS --max-time 20 "http://127.0.0.1:$1/" "${@:2}" ;;
    esac
}

ask() { # descriptor: one request on an open connection; the page is read to its end
    local line=
    printf 'GET / HTTP/1.1\r\nHost: a\r\n\r\n' >&"$1"
    while read -r -t 10 -u "$1" line; do
        [ "$line" != hello ] || return 0
    done
    echo "no page, last line '$line'"
    return 1
}

# ---- PostgreSQL: user ratls, no password, at port[database] ----

postgres=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
as_postgres=()
if [ "$(id -u)" -eq 0 ]; then # PostgreSQL refuses to run as root
    as_postgres=(setpriv --reuid postgres --regid postgres --init-groups)
fi
make_database() {
    ports database
    mkdir db
    [ ${#as_postgres[@]} -eq 0 ] || chown postgres db
    "${as_postgres[@]}" "$postgres/initdb" -D "$work/db/cluster" -U ratls -A trust --no-sync -E UTF8 \
        --locale=C >initdb.out 2>&1 || not_ok 'a cluster is made' "$(cat initdb.out)"
}
start_database() {
    launch database "${as_postgres[@]}" "$postgres/postgres" -D "$work/db/cluster" -p "${port[database]}" \
        -c listen_addresses=127.0.0.1 -k "$work/db" -c fsync=off
    wait_for database.out 'ready to accept connections'
}

# ---- a TPM: a real one, in software ----

has_tpm() { # does this build talk to any?
    ! "$ratls" attest --attester tpm --attester-options ak=0x81010002 -o none 2>&1 | grep -q 'built without'
}
start_tpm() { # $tcti, ek.pub, ek.ctx
    tcti=swtpm:path=$work/tpm
    export TPM2TOOLS_TCTI=$tcti TSS2_LOG=all+none
    mkdir tpm-state
    launch swtpm swtpm socket --tpm2 --tpmstate "dir=$work/tpm-state" --server "type=unixio,path=$work/tpm" \
        --ctrl "type=unixio,path=$work/tpm.ctrl" --flags not-need-init,startup-clear
    for _ in $(seq 200); do
        [ -S tpm ] && break
        sleep 0.05
    done
    { tpm2_createek -Q -c ek.ctx -G rsa -u ek.pub && tpm2_flushcontext -t; } >ek.out 2>&1 || { cat ek.out; exit 2; }
}
make_ak() { # NAME HANDLE ALGORITHM SCHEME: NAME.pem, NAME.name, NAME.ctx, and the key at HANDLE
    tpm2_createak -Q -C ek.ctx -c "$1.ctx" -G "$3" -g sha256 -s "$4" -u "$1.pem" -f pem -n "$1.name" &&
        tpm2_flushcontext -t && tpm2_evictcontrol -Q -c "$1.ctx" "$2" && tpm2_flushcontext -t
}
