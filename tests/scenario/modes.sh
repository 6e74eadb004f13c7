#!/usr/bin/env bash
# Who shows evidence, up to which level, and with which name beside it (T62): the combinations of
# mode, binding, proof, CAfile and checkHost between two proxies.
. "$(dirname "$0")/lib.sh"

ports count tls plain
start_counter "${port[count]}"
platform server client
policy policy-of-server.json "$code_C" key
policy policy-of-client.json "$code_S" key
for ca in ca other; do
    openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $ca.key \
        -out $ca.pem -subj /CN=$ca -addext keyUsage=critical,keyCertSign -days 1 2>openssl.out
    chmod 600 $ca.key
done

say() {
    exec 3<>"/dev/tcp/127.0.0.1/${port[plain]}" || return
    echo hello >&3
    timeout 0.3 cat <&3 2>/dev/null
    exec 3>&-
}

pair() { # lines of the server, lines of the client, separated by ; - runs both for one connection
    local name
    config server server "$code_S" policy-of-server.json root-client.pem
    config client client "$code_C" policy-of-client.json root-server.pem
    case $1 in *mode\ =\ attest*) sed -i '/^policy/d; /^insecure-sim-roots/d' server.conf ;; esac
    case $2 in *mode\ =\ verify*) sed -i '/^attester/d; /^insecure-allow/d' client.conf ;; esac
    service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[count]}"
    service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
    tr ';' '\n' <<<"$1" >>server.conf
    tr ';' '\n' <<<"$2" >>client.conf
    rm -f server.log client.log
    start_proxy server client
    say
    for name in server client; do
        wait_for $name.log '"event":"connection"'
        stop $name || not_ok "$name ends in order"
    done
}
allowed() { # FACT SERVER-LEVEL CLIENT-LEVEL SERVER CLIENT
    local before after
    before=$(grep -c 'closed after 6' counter.out)
    pair "$4" "$5"
    check "$1" equal "$(member server level) $(member client level)" "$2 $3"
    after=$(grep -c 'closed after 6' counter.out)
    check "$1: the backend got its line" equal "$after" $((before + 1))
}
refused() { # FACT WHO REASON SERVER CLIENT
    local before
    before=$(grep -c opened counter.out)
    pair "$4" "$5"
    check "$1" equal "$(member "$2" reason)" "$3"
    check "$1: nobody reached the backend" equal "$(grep -c opened counter.out)" "$before"
}

# ---- levels ----
allowed 'a fresh quote each way' quote quote 'binding = quote;proof = quote' 'binding = quote;proof = quote'
allowed 'a quote from the server only' session quote 'proof = quote' 'binding = quote'
allowed 'evidence without an attestation key, where both say key' key key \
    'binding = key;proof = key' 'binding = key;proof = key'
refused 'a session proof where a quote is demanded' server binding_level 'binding = quote' ''
refused 'a key where a session proof is demanded' server binding_level '' 'proof = key'
refused 'a server that shows a key only' client binding_level 'proof = key' ''

# ---- one-sided ----
allowed 'an anonymous client' none session 'mode = attest' 'mode = verify'
refused 'an anonymous client where evidence is demanded' server no_certificate '' 'mode = verify'

# ---- names ----
signed="identity-ca-cert = $work/ca.pem;identity-ca-key = $work/ca.key;san = web.example"
allowed 'a name that a CA signed' session session "$signed" "CAfile = $work/ca.pem;checkHost = web.example"
refused 'another name' client identity_mismatch "$signed" "CAfile = $work/ca.pem;checkHost = db.example"
refused 'a name signed by another CA' client chain "$signed" "CAfile = $work/other.pem"
refused 'a name signed by nobody' client chain 'san = web.example' \
    "CAfile = $work/ca.pem;checkHost = web.example"

# ---- names that a policy demands, of one service or another ----
cp policy-of-client.json usual.json
demand() { # SERVICE NAME
    sed "\$s/}\$/, \"services\": {\"$1\": {\"peer_names\": [\"$2\"]}}}/" usual.json >policy-of-client.json
}
demand svc web.example
allowed 'the name that the policy demands' session session "$signed" "CAfile = $work/ca.pem"
demand svc db.example
refused 'another name than the policy demands' client identity_mismatch "$signed" "CAfile = $work/ca.pem"
demand other db.example
allowed 'a name that it demands of another service' session session "$signed" "CAfile = $work/ca.pem"
