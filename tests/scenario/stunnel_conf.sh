#!/usr/bin/env bash
# A stunnel user's file works when three lines of attestation are added: the sample that stunnel
# documents itself, read from its package, and one that uses most keys.
. "$(dirname "$0")/lib.sh"

sample=/usr/share/doc/stunnel4/examples/stunnel.conf-sample
proxy() { timeout 20 "$build/ratls-proxy" "$@"; }
ports web pop3s imaps https mysql pop3 imap smtp plain tls
start_nginx "${port[web]}"
platform server client
policy policy-of-server.json "$code_C"
policy policy-of-client.json "$code_S"
openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
    -subj /CN=CA -days 1 -addext keyUsage=critical,keyCertSign,cRLSign 2>openssl.out
chmod 600 ca.key

# What is only there because these TEEs are simulated, and the log, so that it is found.
mkdir server.d client.d cas
cp ca.pem cas/
cat >server.d/test.conf <<END
workers = 2
drain-timeout = 5s
output = $work/server.log
attester-options = pki=$work/pki-server,mrtd=$code_S
insecure-allow-sim-attester = yes
insecure-sim-roots = $work/root-client.pem
identity-ca-cert = $work/ca.pem
identity-ca-key = $work/ca.key
san = pop.gmail.com,imap.gmail.com,smtp.gmail.com
END
sed "s/server/client/g; s/$code_S/$code_C/; s/root-client/root-server/; /^identity/d; /^san/d" \
    server.d/test.conf >client.d/test.conf

three_lines() { # SIDE: stdin is stunnel's file; the lines are behind the first one
    sed "1a\\
attester = sim-tdx\\
policy = $work/policy-of-$1.json\\
include = $work/$1.d"
}
added() { diff "$1" "$2" | grep -c '^[<>]'; }

# ---- stunnel's own sample ----

# Its examples of servers are comments; uncomment them, and let all of it be found on this machine.
as_server() {
    sed -e '/^\[gmail/,/^$/d' \
        -e '/^;\[\(pop3s\|imaps\|https\|mysql\)\]$/,/^\($\|; \)/s/^;\([^ ]\)/\1/' "$sample" |
        sed -e "s/^accept  *= 995/accept = 127.0.0.1:${port[pop3s]}/" \
            -e "s/^accept  *= 993/accept = 127.0.0.1:${port[imaps]}/" \
            -e "s/^accept  *= 443/accept = 127.0.0.1:${port[https]}/" \
            -e "s/^accept  *= 3307/accept = 127.0.0.1:${port[mysql]}/" \
            -e "s/^connect = \(110\|143\|80\)$/connect = ${port[web]}/" \
            -e "s|^connect = /run/mysqld/mysqld.sock|connect = $work/nginx.sock|" \
            -e 's/^;TIMEOUTclose/TIMEOUTclose/'
}
as_client() {
    sed -e "s/^accept = 127.0.0.1:110$/accept = 127.0.0.1:${port[pop3]}/" \
        -e "s/^accept = 127.0.0.1:143$/accept = 127.0.0.1:${port[imap]}/" \
        -e "s/^accept = 127.0.0.1:25$/accept = 127.0.0.1:${port[smtp]}/" \
        -e "s/^connect = pop.gmail.com:995$/connect = 127.0.0.1:${port[pop3s]}/" \
        -e "s/^connect = imap.gmail.com:993$/connect = 127.0.0.1:${port[imaps]}/" \
        -e "s/^connect = smtp.gmail.com:465$/connect = 127.0.0.1:${port[mysql]}/" \
        -e "s|^CApath = .*|CApath = $work/cas|" "$sample"
}

talk() { # what a plain program gets through the client's service at a port
    check "bytes go through [$1] of the sample" equal "$(get "${port[$2]}")" hello
}

through_sample() {
    as_server >server.stunnel
    three_lines server <server.stunnel >server.conf
    check 'three lines are all that is added to the server' equal "$(added server.stunnel server.conf)" 3
    check 'the four servers of the sample are taken' proxy --check server.conf
    check 'and named' equal "$(grep -c '^\[.* attested TLS on' check.out)" 4
    proxy --check server.conf >checked
    check 'certificates without use are said' equal \
        "$(grep -c 'WARNING: server.conf:[0-9]*: cert has no effect' checked)" 4
    start_proxy server
    check 'the log says so too' equal "$(grep -c 'server.conf:[0-9]*: cert has no effect' server.log)" 4

    as_client >client.stunnel
    three_lines client <client.stunnel >client.conf
    check 'three lines are all that is added to the client' equal "$(added client.stunnel client.conf)" 3
    if proxy --check client.conf 2>&1 | grep -q 'not supported yet'; then
        skip 'the clients of the sample as they are' "$(proxy --check client.conf 2>&1)"
        sed -i "/^verifyChain/d; s|^CApath = .*|CAfile = $work/ca.pem|" client.conf
    fi
    check 'the three clients of the sample are taken' proxy --check client.conf
    check 'OCSP is said to be ignored' equal "$(grep -c 'WARNING: .*: OCSPaia is ignored: ' check.out)" 3
    start_proxy client
    talk gmail-pop3 pop3
    talk gmail-imap imap
    talk gmail-smtp smtp
    check 'both ends are attested' wait_for server.log \
        "\"result\":\"allow\".*\"measurement\":\"$code_C\",\"level\":\"session\"" 3
    check 'client ends in order' stop client
    check 'server ends in order' stop server
    proxies=()
}

if [ -r "$sample" ]; then
    through_sample
else
    skip 'the sample of stunnel' "$sample is not there"
fi

# ---- every key that stunnel's manual has is known ----

manual=$(printf '%s\n' /usr/share/man/man8/stunnel*.8.gz | tail -n 1)
if [ -r "$manual" ]; then
    proxy --help | awk '/^  [A-Za-z]/ {print tolower($1)}' >known
    echo debug >>known # an alias
    zcat "$manual" | sed -n 's/^\.IP "\\fB\([A-Za-z]*\)\\fR .*= .*/\1/p' | tr '[:upper:]' '[:lower:]' | sort -u >keys
    check 'every key of stunnel(8) is in --help' equal "$(sort -u known | comm -13 - keys)" ''
    check 'and there are many' test "$(wc -l <keys)" -ge 70
else
    skip 'every key of stunnel(8) is in --help' 'its manual is not installed'
fi

# ---- a file that uses most keys ----

cat >most.stunnel <<END
; global
chroot = $work
setuid = $(id -un)
pid = $work/most.pid
foreground = quiet
debug = local0.info
output = $work/most.log
log = overwrite
service = edge
compression = zlib
RNDfile = /dev/urandom
setEnv = A=b
options = NO_SSLv3
sslVersion = TLSv1.3
ciphersuites = TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256
curves = X25519:P-256:X448:P-521:P-384
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
TIMEOUTbusy = 5
TIMEOUTclose = 0
TIMEOUTconnect = 3
TIMEOUTidle = 60

[in]
    accept  = 127.0.0.1:${port[tls]}
    connect = ${port[web]}
    cert    = $work/stunnel.pem
    key     = $work/stunnel.pem
    delay = yes
    renegotiation = no
    sessionResume = no
    sessionCacheSize = 10
    libwrap = no
    transparent = none
    failover = prio
    retry = no
    logId = unique
    stack = 65536
    reset = yes

[out]
    client = yes
    accept = 127.0.0.1:${port[plain]}
    connect = localhost:${port[tls]}
    sni = edge.example
    ciphers = HIGH
END
[ "$(id -u)" -eq 0 ] || sed -i '/^setuid/d' most.stunnel
policy policy-of-most.json "$code_S"
mkdir most.d
sed "/^output/d; /^identity/d; /^san/d; s/root-client/root-server/" server.d/test.conf >most.d/test.conf
three_lines most <most.stunnel >most.conf
if proxy --check most.conf 2>&1 | grep -q 'not supported yet'; then
    skip 'all keys of the other file' "$(proxy --check most.conf 2>&1)"
    sed -i '/^ *\(socket\|failover\|retry\)/d' most.conf
fi
echo old >most.log
check 'a file with most keys is taken' proxy --check most.conf
check '--check says what is ignored' equal \
    "$(grep -o 'WARNING: .*: [A-Za-z]* is ignored' check.out | sed 's/.*: //; s/ is.*//' | sort | tr '\n' ' ')" \
    'RNDfile chroot ciphers compression logId options sessionCacheSize setEnv stack '
start_proxy most
check 'bytes go through it' equal "$(get "${port[plain]}")" hello
check 'log = overwrite began an empty log' refuse grep -q '^old$' most.log
check 'the log says what is ignored' wait_for most.log 'most.conf:[0-9]*: chroot is ignored: '

refused() { # FACT TEXT LINE...: added to that file
    printf '%s\n' "${@:3}" | cat most.conf - >bad.conf
    check "$1: exit 2" status 2 proxy bad.conf
    check "$1: line and reason" grep -q "bad.conf:$(wc -l <bad.conf): .*$2" command.out
}
refused 'a redirect' 'a way around' 'redirect = 127.0.0.1:80'
refused 'a program' 'no programs are started' 'exec = /bin/sh'
refused 'a shared key' 'shared key' "PSKsecrets = $work/secrets"
refused 'STARTTLS' 'speaks before TLS' 'protocol = smtp'
refused 'an old TLS' 'write TLSv1.3' '[x]' 'sslVersion = TLSv1.2'
refused 'a typo' 'did you mean verifyChain' 'verifyChian = yes'
