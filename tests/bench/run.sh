#!/usr/bin/env bash
# Ours against stunnel, hitch, haproxy and nginx on this machine, in one run. See usage.
bench=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
usage() {
    cat <<END
usage: tests/bench/run.sh [--smoke] [--only PARTS] [--runs N] [--out FOLDER] [--installed]

Installs the peers from Debian, builds, measures, and writes report.md, report.json and report.svg.
All traffic stays on 127.0.0.1. Takes about 14 minutes on two cores; nothing else should run meanwhile.

  --smoke      one short run against stunnel with few connections: shows that it works, not how fast
  --only a,c   these parts only:
               a throughput of a tunnel pair     b termination of HTTPS
               c new connections                 d latency of a small request
               e memory of idle tunnels          f start
  --runs N     how often each is measured; the median counts (3)
  --out FOLDER for the report (build/bench/report)
  --installed  nothing is installed or built: of the peers those that are there, and what is in
               \$RATLS_BUILD_DIR
END
}

smoke='' only=a,b,c,d,e,f runs=3 out='' installed=''
while [ $# -gt 0 ]; do
    case $1 in
    --smoke) smoke=1 runs=1 ;;
    --only) only=${2:-} && shift ;;
    --runs) runs=${2:-} && shift ;;
    --out) out=${2:-} && shift ;;
    --installed) installed=1 ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
    esac
    shift
done
[[ $only =~ ^[a-f](,[a-f])*$ && $runs =~ ^[1-9][0-9]?$ ]] || { usage >&2; exit 2; }
out=$(realpath -m "${out:-${RATLS_BUILD_DIR:-$bench/../../build}/bench/report}")

if [ -z "$installed" ]; then
    cd "$bench/../.." || exit 2
    . tests/packages.sh
    install_packages build test bench demo || exit 2
    cmake -S . -B "${RATLS_BUILD_DIR:-build}" >/dev/null && cmake --build "${RATLS_BUILD_DIR:-build}" -j "$(nproc)" \
        --target ratls_proxy ratls_cmd drive helper_load >/dev/null || exit 2
fi
mkdir -p "$out" || exit 2
. "$bench/../scenario/lib.sh"
. "$bench/peers.sh"
drive=$build/bench/drive
raw=$out/raw.tsv # part, measure, who, value
: >"$raw"

there() { for program; do command -v "$program" >/dev/null || return; done; }
peers=(attested plain)
there stunnel4 && peers+=(stunnel)
if [ -z "$smoke" ]; then
    there hitch stunnel4 && peers+=(hitch)
    there haproxy && peers+=(haproxy)
    there nginx && [ -e /usr/lib/nginx/modules/ngx_stream_module.so ] && peers+=(nginx)
fi

# ---- measuring ----

take() { # PART MEASURE WHO VALUE: one line of raw
    local good='> 0'
    [ "$1" != d ] || good='!= 0' # a difference: noise may be larger
    if ! [[ $4 =~ ^-?[0-9.]+(e[-+]?[0-9]+)?$ ]] || ! awk "BEGIN {exit !($4 $good)}"; then
        not_ok "$1: $2 of $3" "'$4' is no measure"
        return
    fi
    printf '%s\t%s\t%s\t%s\n' "$@" >>"$raw"
    echo "$1 $2 $3 $4"
}
per() { awk "BEGIN {printf \"%.6g\", ($1) / ($2)}"; }

family() { # PID: it and all below it
    local child
    echo "$1"
    for child in $(pgrep -P "$1"); do family "$child"; done
}
cpu_s() { # NAME...: CPU time of these processes so far
    local name process
    for name; do
        for process in $(family "${pid[$name]}"); do
            sed 's/.*) //' "/proc/$process/stat" 2>/dev/null
        done
    done | awk '{n += $12 + $13} END {print n / 100}'
}
pss_kib() { # NAME
    local process
    for process in $(family "${pid[$1]}"); do cat "/proc/$process/smaps_rollup" 2>/dev/null; done |
        awk '/^Pss:/ {n += $2} END {print n}'
}
answers() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; } # PORT
await() { # NAME PORT
    local tick
    for tick in $(seq 2000); do
        answers "$2" && return
        ended "$1" && break
        sleep 0.01
    done
    not_ok "$1 starts" "$(cat "$1.out" "$1.log" 2>/dev/null | tail -n 5)"
    exit 1
}
# side NAME KIND PEER ACCEPT CONNECT CPUS: starts a proxy, NAME.conf is written by KIND_PEER
side() {
    rm -f "$1.log"
    "$2_$3" "$4" "$5"
    launch "$1" taskset -c "$6" "${command[@]}"
    await "$1" "$4"
}
pair() { # PEER BACKEND CPUS
    ports tls plain
    side server server "$1" "${port[tls]}" "$2" "$3"
    side client client "$1" "${port[plain]}" "${port[tls]}" "$3"
}
end() { # NAME...
    local name
    for name; do
        pkill -TERM -P "${pid[$name]}"
        kill -TERM "${pid[$name]}" 2>/dev/null
        for _ in $(seq 40); do ended "$name" && break; sleep 0.05; done
        # shellcheck disable=SC2046 # a list
        kill -KILL $(family "${pid[$name]}") 2>/dev/null
        wait "${pid[$name]}" 2>/dev/null
        unset "pid[$name]"
    done
}
want() { [[ ,$only, = *,$1,* ]]; }

ulimit -n "$(ulimit -Hn)"
most=$((($(ulimit -n) - 600) / 2)) # two ends each, in one process
[ $most -lt 10000 ] || most=10000
seconds=3 many="1000 $most" pings=20000 streams='1 8'
[ -z "$smoke" ] || seconds=0.3 many=100 pings=2000 streams=1
whole=$(awk "BEGIN {print int($seconds + 0.9)}")
every=0 last=0 # cores; the last is for what drives and answers
[ "$(nproc)" -eq 1 ] || every=0-1 last=1

certificates
platform server client
policy policy-of-server.json "$code_C"
policy policy-of-client.json "$code_S"
policy key-of-client.json "$code_S" key
ports echo
launch echo "$helpers/load" echo "127.0.0.1:${port[echo]}"
await echo "${port[echo]}"

# ---- a: throughput of a pair ----

plural=([1]=stream [8]=streams)
flow() { # WHO PORT STREAMS PROCESS...: seconds of iperf3
    local before used
    before=$(cpu_s "${@:4}")
    iperf3 -c 127.0.0.1 -p "$2" -P "$3" -t "$whole" --json >iperf.json 2>flow.out
    used=$(cpu_s "${@:4}")
    take a "$3 ${plural[$3]}, Gbit/s" "$1" "$(jq '.end.sum_received.bits_per_second / 1e9' iperf.json)"
    [ $# -lt 4 ] ||
        take a "$3 ${plural[$3]}, CPU s per GB" "$1" "$(per "$used - $before" "$(jq '.end.sum_received.bytes / 1e9' iperf.json)")"
}
throughput() {
    local peer n
    workers=2
    ports iperf
    launch iperf iperf3 -s -B 127.0.0.1 -p "${port[iperf]}"
    await iperf "${port[iperf]}"
    for n in $streams; do
        flow loopback "${port[iperf]}" "$n"
    done
    for peer in "${peers[@]}"; do
        pair "$peer" "${port[iperf]}" "$every"
        for n in $streams; do
            flow "$peer" "${port[plain]}" "$n" server client
        done
        end client server
    done
    end iperf
}

# ---- b: termination of HTTPS ----

https() { # WHO PATH: 32 connections that are kept
    OPENSSL_CONF=$work/wrk.cnf taskset -c "$last" \
        wrk -t 1 -c 32 -d "${whole}s" "https://127.0.0.1:${port[tls]}/$2" >wrk.out 2>&1
}
rate() { sed -n 's,^Requests/sec: *,,p' wrk.out; }
termination() {
    local peer
    workers=1
    ports web
    mkdir -p www
    head -c 1024 /dev/zero >www/small
    head -c 1048576 /dev/zero >www/large
    cat >wrk.cnf <<END
openssl_conf = a
[a]
ssl_conf = b
[b]
system_default = c
[c]
MinProtocol = TLSv1.3
Ciphersuites = $suite
Groups = P-256
END
    start_web "${port[web]}"
    for peer in "${peers[@]}"; do
        [ "$peer" != attested ] || continue # wrk shows no evidence
        ports tls
        side server term "$peer" "${port[tls]}" "${port[web]}" 0
        https "$peer" small
        take b 'requests/s of 1 KiB' "$peer" "$(rate)"
        https "$peer" large
        take b 'MB/s in answers of 1 MiB' "$peer" "$(per "$(rate) * 1.048576" 1)"
        end server
    done
    end nginx
}
start_web() { # PORT
    mkdir -p web
    cat >web.conf <<END
daemon off;
pid $work/web/pid;
worker_processes 1;
error_log stderr;
events { worker_connections 4096; }
http {
    client_body_temp_path $work/web/body; proxy_temp_path $work/web/proxy;
    fastcgi_temp_path $work/web/fastcgi; uwsgi_temp_path $work/web/uwsgi; scgi_temp_path $work/web/scgi;
    access_log off; keepalive_requests 10000000; sendfile on; tcp_nopush on;
    server { listen 127.0.0.1:$1; root $work/www; }
}
END
    launch nginx taskset -c "$last" nginx -e stderr -p "$work" -c "$work/web.conf"
    await nginx "$1"
}

# ---- c: new connections ----

shakes() { # ROW WHO KIND PEER [KEY=VALUE...]: full handshakes with a terminator on one core
    local before used
    ports tls
    side server "$3" "$4" "${port[tls]}" "${port[echo]}" 0
    taskset -c "$last" "$drive" shakes "127.0.0.1:${port[tls]}" 0.3 2 "${@:5}" >warm.json 2>drive.out # tables, first judgements
    before=$(cpu_s server)
    taskset -c "$last" "$drive" shakes "127.0.0.1:${port[tls]}" "$seconds" 8 "${@:5}" >drive.json 2>>drive.out ||
        not_ok "c: $1 of $2" "$(tail -n 2 drive.out) $(tail -n 2 server.log)"
    used=$(cpu_s server)
    take c "$1, per second" "$2" "$(jq .per_second drive.json)"
    take c "$1, CPU s per 10,000" "$2" "$(per "($used - $before) * 10000" "$(jq .connections drive.json)")"
    end server
}
through_pair() { # PEER
    local before used
    pair "$1" "${port[echo]}" "$every"
    taskset -c "$last" "$drive" connects "127.0.0.1:${port[plain]}" 0.3 2 >warm.json
    before=$(cpu_s server client)
    taskset -c "$last" "$drive" connects "127.0.0.1:${port[plain]}" "$seconds" 8 >drive.json
    used=$(cpu_s server client)
    take c 'connections through a pair, per second' "$1" "$(jq .per_second drive.json)"
    take c 'connections through a pair, CPU s per 10,000' "$1" "$(per "($used - $before) * 10000" "$(jq .connections drive.json)")"
    end client server
}
new_connections() {
    local peer as_client
    workers=1
    as_client=(attester=sim-tdx "options=pki=$work/pki-client,mrtd=$code_C" "root=$work/root-server.pem")
    shakes handshakes attested server attested "${as_client[@]}" "policy=$work/policy-of-client.json"
    shakes 'handshakes at level key' attested server key "${as_client[@]}" "policy=$work/key-of-client.json"
    shakes 'handshakes, TDX never seen' attested server attested "${as_client[@]}" "policy=$work/policy-of-client.json" cold=yes
    shakes 'handshakes, SEV-SNP never seen' attested server snp attester=sim-snp "options=pki=$work/pki-snp,measurement=$code_C" \
        "root=$work/root-server.pem" "policy=$work/policy-of-client.json" cold=yes
    for peer in "${peers[@]:1}"; do
        shakes handshakes "$peer" server "$peer" "cert=$work/client.pem" "key=$work/client.key" "ca=$work/ca.pem"
    done
    for peer in "${peers[@]}"; do
        through_pair "$peer"
    done
}
server_key() {
    policy key-of-server.json "$code_C" key
    attested_config server tdx server "mrtd=$code_S" key-of-server.json root-client.pem
    service server svc "127.0.0.1:$1" "127.0.0.1:$2" 'binding = key'
}
server_snp() {
    if [ ! -e pki-snp ]; then
        mkdir pki-snp
        "$ratls" attest --attester sim-snp --attester-options "pki=$work/pki-snp,measurement=$code_C" \
            --insecure-sim-root-out root-snp.pem -o pki-snp/report >snp.out || exit 2
        cat >snp.json <<END
{"tees": {"snp": {"measurements": ["$code_C"], "tcb_status": ["not_evaluated"], "insecure_simulated": true}},
 "binding": "session"}
END
    fi
    attested_config server tdx server "mrtd=$code_S" snp.json root-snp.pem
    service server svc "127.0.0.1:$1" "127.0.0.1:$2"
}

# ---- d: latency ----

latency() {
    local peer p50 p99
    workers=1
    taskset -cp 0 "${pid[echo]}" >taskset.out
    for peer in "${peers[@]}"; do
        pair "$peer" "${port[echo]}" 0
        taskset -c 0 "$drive" pings "127.0.0.1:${port[echo]}" $pings >direct.json
        taskset -c 0 "$drive" pings "127.0.0.1:${port[plain]}" $pings >drive.json
        p50=$(jq -n --slurpfile a drive.json --slurpfile b direct.json '$a[0].p50_us - $b[0].p50_us')
        p99=$(jq -n --slurpfile a drive.json --slurpfile b direct.json '$a[0].p99_us - $b[0].p99_us')
        take d 'added latency, p50, µs' "$peer" "$p50"
        take d 'added latency, p99, µs' "$peer" "$p99"
        end client server
    done
    taskset -cp "$every" "${pid[echo]}" >taskset.out
}

# ---- e: memory ----

idle() { # PEER N
    local before_server before_client
    pair "$1" "${port[echo]}" "$every"
    "$drive" connects "127.0.0.1:${port[plain]}" 0.2 2 >warm.json
    before_server=$(pss_kib server) before_client=$(pss_kib client)
    rm -f order
    mkfifo order
    exec 4<>order
    launch tunnels "$helpers/load" tunnels "127.0.0.1:${port[plain]}" "$2" <order 4>&-
    if wait_for tunnels.out "answered $2" 1 60 >wait.out; then
        sleep 3 # who gives memory back does so within two seconds
        take e "KiB per idle tunnel of $2, server" "$1" "$(per "$(pss_kib server) - $before_server" "$2")"
        take e "KiB per idle tunnel of $2, client" "$1" "$(per "$(pss_kib client) - $before_client" "$2")"
    else
        echo "e: $1 did not hold $2 tunnels: $(cat wait.out)"
    fi
    exec 4>&-
    end tunnels client server
}
memory() { # RUN
    local peer n
    workers=2
    for peer in "${peers[@]}"; do
        for n in $many; do
            # of many once: it hardly varies, and takes long
            if [ "$n" -le 1000 ] || [ "$1" -eq 1 ]; then idle "$peer" "$n"; fi
        done
    done
}

# ---- f: start ----

start_up() {
    local peer from
    workers=2
    for peer in "${peers[@]}"; do
        ports tls
        from=$(date +%s%N)
        side server server "$peer" "${port[tls]}" "${port[echo]}" "$every"
        take f 'start, ms' "$peer" "$(per "$(date +%s%N) - $from" 1000000)"
        sleep 0.3
        take f 'at rest, MiB' "$peer" "$(per "$(pss_kib server)" 1024)"
        end server
    done
}

for run in $(seq "$runs"); do
    want a && throughput
    want b && termination
    want c && new_connections
    want d && latency
    want e && memory "$run"
    want f && start_up
done
end echo

# ---- report ----

bars() { # MEASURE: who and value, for gnuplot
    jq -r --arg m "$1" '.rows[] | select(.measure == $m) | .values as $v
        | ("attested", "plain", "stunnel", "hitch", "haproxy", "nginx") | select($v[.]) | "\(.) \($v[.])"' report.json
}
picture() {
    local measure n=0 plots=()
    for measure in '1 stream, Gbit/s' '8 streams, Gbit/s' 'handshakes, CPU s per 10,000' 'added latency, p50, µs' \
        'KiB per idle tunnel of 1000, server' '1 stream, CPU s per GB'; do
        n=$((n + 1))
        bars "$measure" >bars.$n
        [ ! -s bars.$n ] || plots+=("set title '$measure'; plot 'bars.$n' using 0:2:(\$0 < 2 ? 0x2c7fb8 : 0xbdbdbd):xtic(1) with boxes lc rgb variable notitle")
    done
    [ ${#plots[@]} -gt 0 ] || return 0
    { echo "set terminal svg size 960,600 font 'sans,11'; set output '$out/report.svg'; set multiplot layout 2,3
            set style fill solid; set boxwidth 0.7; set yrange [0:*]; set xtics rotate by -30; set grid ytics"
      printf '%s\n' "${plots[@]}"; } | gnuplot 2>gnuplot.out || not_ok 'the picture' "$(cat gnuplot.out)"
}

versions() {
    local package
    for package in stunnel4 hitch haproxy nginx libwolfssl35 libssl3; do
        dpkg-query -W -f '${Package} ${Version}\n' "$package" 2>/dev/null
    done | paste -sd , | sed 's/,/, /g'
}
machine="$(nproc) cores, $(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -n 1)"
jq -Rn --arg versions "$(versions)" --arg machine "$machine" --arg runs "$runs" -f "$bench/report.jq" "$raw" >"$out/report.json"
jq -r .markdown "$out/report.json" >"$out/report.md"
jq 'del(.markdown)' "$out/report.json" >report.json && cp report.json "$out/report.json"
command -v gnuplot >/dev/null && picture
cat "$out/report.md"
[ $not_ok -eq 0 ] && ok "a report in $out"
