#!/usr/bin/env bash
# A GPU alone opens no tunnel, in neither role and whatever a policy says: its report binds no key
# (T149). By itself it is genuine, or not.
. "$(dirname "$0")/lib.sh"

ports web count server gpu td
start_nginx "${port[web]}"
start_counter "${port[count]}"
platform server
nonce=$(printf '5a%.0s' $(seq 32))
"$ratls" attest --attester sim-nvidia --attester-options "pki=$work/pki-gpu,device=3" \
    --report-data "$nonce" --insecure-sim-root-out root-gpu -o gpu.cbor || exit 2

cat >lax.json <<END
{"tees": {"nvidia": {"insecure_any_measurement": true, "insecure_debug": true, "insecure_simulated": true}}}
END
policy policy-of-client.json "$code_S"

# in_gpu NAME: the beginning of a configuration of a proxy that has a GPU and no more
in_gpu() {
    config "$1" nvidia none policy-of-client.json root-server.pem
    sed -i "s/^attester = .*/attester = sim-nvidia/; s|^attester-options = .*|attester-options = pki=$work/pki-gpu|" "$1.conf"
}

config server server "$code_S" lax.json root-gpu
service server session "127.0.0.1:${port[server]}" "127.0.0.1:${port[count]}"
start_proxy server
in_gpu gpu
service gpu session "127.0.0.1:${port[gpu]}" "127.0.0.1:${port[server]}" 'client = yes'
start_proxy gpu
expect_reason 'a client that is a GPU is refused' server device_without_cpu get "${port[gpu]}"
check 'it did not reach the backend' untouched
stop gpu TERM >/dev/null
rm -f gpu.log

in_gpu gpu
service gpu session "127.0.0.1:${port[gpu]}" "127.0.0.1:${port[web]}"
start_proxy gpu
config td server "$code_S" lax.json root-gpu
service td session "127.0.0.1:${port[td]}" "127.0.0.1:${port[gpu]}" 'client = yes'
start_proxy td
expect_reason 'a server that is a GPU is refused' td device_without_cpu get "${port[td]}"

# verify OPTIONS: what the command says of the report, in one line
verify() {
    "$ratls" verify --json --evidence gpu.cbor --insecure-sim-roots root-gpu "$@" 2>>verify.err |
        jq -r '.verdict + " " + .reason'
}
check 'a policy refuses it' equal "$(verify --nonce "$nonce" --policy lax.json)" 'deny device_without_cpu'
check 'the default policy, too' equal "$(verify --nonce "$nonce")" 'deny device_without_cpu'
check 'it is genuine' equal "$(verify --nonce "$nonce" --authenticity-only)" 'allow ok'
check 'but not over another nonce' equal "$(verify --nonce "${nonce/5a/5b}" --authenticity-only)" 'deny binding_mismatch'
