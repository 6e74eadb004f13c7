#!/usr/bin/env bash
# Proxies with collateral: the status of a platform decides, by the policy; collateral that is
# missing, of another platform or out of date denies; SGX and TDX judge each other (T25, T131).
. "$(dirname "$0")/lib.sh"

ports count tls bad http plain
start_nginx "${port[http]}"
enclave=$(printf 'e5%.0s' $(seq 32))

# machine NAME ATTESTER FOLDER [OPTIONS]: pki-NAME/, root-NAME.pem, FOLDER/NAME.json
machine() {
    mkdir -p "$3"
    "$ratls" attest --attester "$2" --attester-options "pki=$work/pki-$1${4:+,$4}" \
        --insecure-sim-root-out "root-$1.pem" --insecure-sim-collateral-out "$3/$1.json" \
        -o "quote-$1" >"machine-$1.out" 2>&1 || exit 2
}
judge() { # FILE TEE MEASUREMENT [STATUS[, further members]]
    cat >"$1" <<END
{"tees": {"$2": {"measurements": ["$3"], "tcb_status": [${4:-\"UpToDate\"}],
                 "insecure_simulated": true${5:+, $5}}}}
END
}

machine server sim-tdx for-clients
machine client sim-sgx for-server
judge policy-of-server.json sgx "$enclave"
judge policy-of-client.json tdx "$code_S"
config server server "$code_S" policy-of-server.json root-client.pem
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[http]}" "collateral = $work/for-server"
start_proxy server

# client NAME MACHINE COLLATERAL POLICY [ROOTS]: a client proxy with an enclave of that machine.
client() {
    cat >"$1.conf" <<END
workers = 1
output = $work/$1.log
attester = sim-sgx
attester-options = pki=$work/pki-$2,mrenclave=$enclave
insecure-allow-sim-attester = yes
policy = $work/$4
insecure-sim-roots = $work/root-server.pem
END
    service "$1" svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes' \
        "${3:+collateral = $work/$3}"
    start_proxy "$1"
}

client client client for-clients policy-of-client.json
check 'an SGX enclave and a TD judge each other by collateral' \
    equal "$(get "${port[plain]}")" hello
wait_for server.log '"event":"connection"' >/dev/null
check 'the server saw SGX' equal "$(member server tee)" sgx
check 'the client saw TDX' equal "$(member client tee)" tdx
check 'the client ends in order' stop client
rm -f client.log

# ---- what the client thinks of the server ----

refused_by_client() { # FACT REASON COLLATERAL POLICY
    client client client "$3" "$4"
    expect_reason "$1" client "$2" get "${port[plain]}"
    check "$1: in order" stop client
    rm -f client.log
}
refused_by_client 'without collateral nothing is known, and the policy wants UpToDate' tcb_status '' \
    policy-of-client.json
judge floor.json tdx "$code_S" '"UpToDate"' '"min_tcb_eval_num": 1000'
refused_by_client 'an issue below the floor of the policy' collateral_rollback for-clients floor.json

outdated() { # STATUS...: documents of the server's machine with other statuses, in a folder each
    local status
    for status; do
        machine server sim-tdx "status-$status" "tcb_status=$status"
    done
}
outdated OutOfDate ConfigurationNeeded Revoked
refused_by_client 'an outdated platform' tcb_status status-OutOfDate/server.json policy-of-client.json
refused_by_client 'a revoked platform' tcb_status status-Revoked policy-of-client.json
judge lenient.json tdx "$code_S" '"UpToDate", "OutOfDate"'
client client client status-OutOfDate lenient.json
check 'a policy may accept OutOfDate' equal "$(get "${port[plain]}")" hello
check 'and no other status' stop client
rm -f client.log
refused_by_client 'a status that the policy does not list' tcb_status status-ConfigurationNeeded lenient.json

# ---- what the server thinks of the client ----

machine stranger sim-sgx for-nobody
cat root-stranger.pem >>root-client.pem # trusted from the next start on
check 'the server ends in order' stop server
rm -f server.log
start_proxy server
client client stranger for-clients policy-of-client.json
expect_reason 'a platform that no document is about' server collateral_mismatch get "${port[plain]}"
check 'the stranger ends in order' stop client
check 'the backend saw the allowed requests only' equal "$(grep -c . nginx-access.log)" 2

# ---- at start ----

echo '{"tcb_info": 1}' >for-nobody/bad.json
cat >broken.conf <<END
output = $work/broken.log
attester = sim-tdx
attester-options = pki=$work/pki-server
insecure-allow-sim-attester = yes
policy = $work/policy-of-server.json
insecure-sim-roots = $work/root-client.pem
collateral = $work/for-nobody
[svc]
accept = 127.0.0.1:${port[bad]}
connect = 127.0.0.1:${port[count]}
END
check 'a bad document is refused at start' refuse "$build/ratls-proxy" broken.conf
"$build/ratls-proxy" --check broken.conf >checked 2>&1
check '--check names it, and the reason' grep -q 'for-nobody/bad.json: .*is missing' checked
mkdir empty
sed "s|^collateral = .*|collateral = $work/empty|" broken.conf >empty.conf
"$build/ratls-proxy" --check empty.conf >checked 2>&1
check 'an empty folder is refused at start' grep -q 'empty holds no document' checked
check 'and by the command' refuse "$ratls" verify --evidence quote-server --collateral empty
check 'an empty event log is a denial' equal "$("$ratls" verify --json --authenticity-only \
    --evidence quote-server --insecure-sim-roots root-server.pem --eventlog /dev/null |
    sed -n 's/.*"reason":"\([a-z_]*\)".*/\1/p')" event_log_malformed
