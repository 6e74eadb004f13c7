#!/usr/bin/env bash
# What the proxy says of its configuration, and what it refuses (T32, T74): file and line, exit 2.
# shellcheck disable=SC2016 # $ is sed's
. "$(dirname "$0")/lib.sh"

ports web tls
usual_pair
service server web "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}"
proxy() { timeout 20 "$build/ratls-proxy" "$@"; }

check 'a good configuration passes --check' proxy --check server.conf
cp check.out checked
check '--check names the service and both addresses' \
    grep -q "^\[web\] .*127.0.0.1:${port[tls]}.*127.0.0.1:${port[web]}" checked
check '--check marks what is insecure' equal "$(grep -c 'WARNING: insecure' checked)" 2
check '--check marks what is insecure in the policy, by its file' grep -qxF \
    "WARNING: [web] policy $work/policy-of-server.json: insecure_simulated is set for tdx" checked
check 'and nothing else of it' equal "$(grep -c '^WARNING: .*policy' checked)" 1
check 'a store has a root of a simulated TEE' "$ratls" anchor add --store "$work/store" --tee tdx \
    --name insecure_x --insecure-sim-root --state active root-client.pem
sed "s|^policy = .*|store = $work/store|; /^insecure-sim-roots/d" server.conf >stored.conf
check '--check takes a store in place of a policy' proxy --check stored.conf
check 'and says that it is insecure' equal "$(grep -c '^WARNING: .web. the store has roots' check.out)" 1
check '--check does not listen' refuse grep -qi ":$(printf %04x "${port[tls]}") .* 0A " /proc/net/tcp
check '--help names every key of the manual' proxy --help
check '--version' proxy --version

refused() { # FACT LINE TEXT: change.conf, made of server.conf by sed commands on stdin
    local status=0
    sed -f /dev/stdin server.conf >change.conf
    proxy change.conf >refused.out 2>&1 || status=$?
    check "$1: exit 2" equal $status 2
    check "$1: file, line and reason" grep -qi "change.conf:$2: .*$3" refused.out
}
last=$(wc -l <server.conf)
refused 'an unknown key' 1 'unknown' <<<'1s/.*/wokers = 2/'
refused 'a duplicate key' 2 'workers' <<<'1s/.*/&\n&/'
refused 'a duplicate service' $((last + 1)) 'web' <<<'$s/.*/&\n[web]/'
refused 'a number that is none' 1 'workers' <<<'1s/.*/workers = two/'
refused 'a bad word for binding' $((last + 1)) 'binding' <<<'$s/.*/&\nbinding = sesion/'
refused 'a bad word for mode' $((last + 1)) 'mode' <<<'$s/.*/&\nmode = require/'
refused 'no connect address' '[0-9]*' 'connect is missing' <<<'/^connect/d'
refused 'no policy' '[0-9]*' 'policy or store is missing' <<<'/^policy/d'
refused 'a simulated attester without leave' 4 'simulated' <<<'/^insecure-allow-sim/d'
refused 'a name without a CA' $((last + 1)) 'CAfile' <<<'$s/.*/&\ncheckHost = example.org/'
refused 'plain connections from everywhere' '[0-9]*' 'insecure-plain-listen' \
    <<<"s/^accept.*/accept = 0.0.0.0:${port[tls]}\nclient = yes/"
refused 'a continued line' 2 '' <<<'1s/.*/&\n  3/'

openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
    -subj /CN=CA -days 1 2>openssl.out
chmod 644 ca.key
refused 'a CA key that others can read' $((last + 2)) 'chmod 600' \
    <<<"\$s|.*|&\nidentity-ca-cert = $work/ca.pem\nidentity-ca-key = $work/ca.key|"

starts_not() { # FACT TEXT: as above, for what is found in other files
    local status=0
    sed -f /dev/stdin server.conf >change.conf
    rm -f server.log
    proxy change.conf >refused.out 2>&1 || status=$?
    check "$1: exit 2" equal $status 2
    check "$1: reason" grep -qsi "$2" refused.out server.log
    proxy --check change.conf >refused.out 2>&1
    check "$1: --check fails too" equal $? 2
}
starts_not 'a policy file that is not there' 'absent.json' <<<'s/^policy = .*/policy = absent.json/'
echo '{"tees": {}, "tees": {}}' >double.json
starts_not 'a policy with a duplicate member' 'double.json' <<<"s|^policy = .*|policy = $work/double.json|"
echo '{"tees": {"tdx": {"insecure_any_measurment": true}}}' >typo.json
starts_not 'a policy with a typo' 'measurment' <<<"s|^policy = .*|policy = $work/typo.json|"
starts_not 'roots of real vendors where simulated ones belong' 'root' \
    <<<"s|^insecure-sim-roots = .*|insecure-sim-roots = $work/ca.pem|"
starts_not 'a simulated root where real ones belong' 'simulat' \
    <<<"s|^insecure-sim-roots = .*|roots = $work/root-client.pem|"
starts_not 'an attester that does not exist' 'sim-sev' <<<'s/^attester = .*/attester = sim-sev/'
starts_not 'an attester with a bad option' 'mrtd' <<<'s/^attester-options = .*/attester-options = mrtd=00/'

absent() { proxy absent.conf; }
absent >absent.out 2>&1
check 'a configuration that is not there: exit 2' equal $? 2
proxy >usage.out 2>&1
check 'no argument: usage, exit 2' equal "$? $(grep -c '^usage' usage.out)" '2 1'
