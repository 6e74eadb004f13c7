# shellcheck shell=bash
# How each proxy of the comparison is told the same: mutual TLS 1.3, TLS_AES_128_GCM_SHA256, P-256,
# no resumption, $workers workers, up to $most connections. Sourced by run.sh, in its work folder.
#
#   server_PEER ACCEPT CONNECT   TLS in, plain out
#   client_PEER ACCEPT CONNECT   plain in, TLS out
#   term_PEER ACCEPT CONNECT     as the server, but the client has no certificate
# Each writes its file and leaves in $command what starts it in the foreground. Ports of 127.0.0.1.
suite=TLS_AES_128_GCM_SHA256

certificates() { # ca.pem, server.*, client.*: a CA and two that it signed
    local name
    openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
        -subj '/CN=bench CA' -addext keyUsage=critical,keyCertSign -days 1
    for name in server client; do
        openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $name.key \
            -out $name.csr -subj /CN=$name
        openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 -out $name.pem \
            -extfile <(printf '%s\n' "subjectAltName=DNS:$name" keyUsage=critical,digitalSignature \
                extendedKeyUsage=serverAuth,clientAuth)
        cat $name.pem $name.key >$name-both.pem
        chmod 644 $name.key $name-both.pem # nginx's and stunnel's users are others; they are for a day
        install -m 600 $name.key $name-own.key
    done
} 2>openssl.out

# ---- ours ----

attested_config() { # NAME TEE PKI MEASUREMENT POLICY ROOT
    cat >"$1.conf" <<END
workers = $workers
output = $work/$1.log
access-log = none
attester = sim-$2
attester-options = pki=$work/pki-$3,$4
insecure-allow-sim-attester = yes
policy = $work/$5
insecure-sim-roots = $work/$6
END
    command=("$build/ratls-proxy" "$1.conf")
}
server_attested() {
    attested_config server tdx server "mrtd=$code_S" policy-of-server.json root-client.pem
    service server svc "127.0.0.1:$1" "127.0.0.1:$2"
}
client_attested() {
    attested_config client tdx client "mrtd=$code_C" policy-of-client.json root-server.pem
    service client svc "127.0.0.1:$1" "127.0.0.1:$2" 'client = yes'
}
plain_config() { # NAME ACCEPT CONNECT [LINE...]
    cat >"$1.conf" <<END
workers = $workers
output = $work/$1.log
access-log = none
[svc]
accept = 127.0.0.1:$2
connect = 127.0.0.1:$3
mode = none
insecure-no-attestation = yes
cert = $work/$1.pem
key = $work/$1-own.key
END
    printf '%s\n' "${@:4}" >>"$1.conf"
    command=("$build/ratls-proxy" "$1.conf")
}
server_plain() { plain_config server "$1" "$2" "CAfile = $work/ca.pem"; }
client_plain() { plain_config client "$1" "$2" "CAfile = $work/ca.pem" 'client = yes'; }
term_plain() { plain_config server "$1" "$2"; }

# ---- stunnel: a thread per connection ----

stunnel_config() { # NAME ACCEPT CONNECT LINE...
    cat >"$1.conf" <<END
foreground = yes
debug = err
pid =
sslVersion = TLSv1.3
ciphersuites = $suite
curves = P-256
sessionResume = no
options = NO_TICKET
socket = l:TCP_NODELAY=1
socket = r:TCP_NODELAY=1
[svc]
accept = 127.0.0.1:$2
connect = 127.0.0.1:$3
cert = $work/$1-both.pem
$(printf '%s\n' "${@:4}")
END
    command=(stunnel4 "$1.conf")
}
server_stunnel() { stunnel_config server "$1" "$2" "CAfile = $work/ca.pem" 'verifyChain = yes'; }
client_stunnel() { stunnel_config client "$1" "$2" "CAfile = $work/ca.pem" 'verifyChain = yes' 'client = yes'; }
term_stunnel() { stunnel_config server "$1" "$2"; }

# ---- hitch: it has a server side only; stunnel is its client ----

hitch_config() { # ACCEPT CONNECT [LINE...]
    cat >server.conf <<END
frontend = "[127.0.0.1]:$1"
backend = "[127.0.0.1]:$2"
pem-file = "$work/server-both.pem"
tls-protos = TLSv1.3
ciphersuites = "$suite"
ecdh-curve = "prime256v1"
workers = $workers
backlog = 4096
daemon = off
quiet = on
$(printf '%s\n' "${@:3}")
END
    command=(hitch --config=server.conf --user=nobody --ocsp-dir=)
}
server_hitch() { hitch_config "$1" "$2" 'client-verify = required' "client-verify-ca = \"$work/ca.pem\""; }
client_hitch() { client_stunnel "$@"; }
term_hitch() { hitch_config "$1" "$2"; }

# ---- haproxy ----

haproxy_config() { # NAME BIND-OPTIONS SERVER-OPTIONS ACCEPT CONNECT
    cat >"$1.conf" <<END
global
    nbthread $workers
    maxconn $most
    tune.ssl.cachesize 0
    ssl-default-bind-options ssl-min-ver TLSv1.3 no-tls-tickets
    ssl-default-bind-ciphersuites $suite
    ssl-default-server-options ssl-min-ver TLSv1.3
    ssl-default-server-ciphersuites $suite
defaults
    mode tcp
    maxconn $most
    timeout connect 10s
    timeout client 10m
    timeout server 10m
listen svc
    bind 127.0.0.1:$4 $2
    server s 127.0.0.1:$5 $3
END
    command=(haproxy -db -q -f "$1.conf")
}
server_haproxy() { haproxy_config server "ssl crt $work/server-both.pem ca-file $work/ca.pem verify required curves P-256" '' "$@"; }
client_haproxy() {
    haproxy_config client '' "ssl crt $work/client-both.pem ca-file $work/ca.pem verify required no-ssl-reuse" "$@"
}
term_haproxy() { haproxy_config server "ssl crt $work/server-both.pem curves P-256" '' "$@"; }

# ---- nginx, its stream module ----

nginx_config() { # NAME ACCEPT [LINE...]
    mkdir -p "nginx-$1"
    cat >"$1.conf" <<END
load_module /usr/lib/nginx/modules/ngx_stream_module.so;
daemon off;
pid $work/nginx-$1/pid;
error_log stderr crit;
worker_processes $workers;
events { worker_connections $((most * 2)); }
stream {
    server {
        listen 127.0.0.1:$2;
        $(printf '%s;\n        ' "${@:3}")
    }
}
END
    sed -i "s/listen 127.0.0.1:$2 ;/listen 127.0.0.1:$2;/" "$1.conf"
    command=(nginx -e stderr -p "$work" -c "$work/$1.conf")
}
nginx_server() { # ACCEPT CONNECT [LINE...]
    nginx_config server "$1" "proxy_pass 127.0.0.1:$2" "ssl_certificate $work/server.pem" \
        "ssl_certificate_key $work/server.key" 'ssl_protocols TLSv1.3' "ssl_conf_command Ciphersuites $suite" \
        'ssl_ecdh_curve prime256v1' 'ssl_session_tickets off' 'ssl_session_cache off' 'tcp_nodelay on' "${@:3}"
    sed -i "s/listen 127.0.0.1:$1;/listen 127.0.0.1:$1 ssl;/" server.conf
}
server_nginx() { nginx_server "$1" "$2" 'ssl_verify_client on' "ssl_client_certificate $work/ca.pem"; }
client_nginx() {
    nginx_config client "$1" "proxy_pass 127.0.0.1:$2" 'proxy_ssl on' "proxy_ssl_certificate $work/client.pem" \
        "proxy_ssl_certificate_key $work/client.key" "proxy_ssl_trusted_certificate $work/ca.pem" \
        'proxy_ssl_verify on' 'proxy_ssl_name server' 'proxy_ssl_protocols TLSv1.3' \
        "proxy_ssl_conf_command Ciphersuites $suite" 'proxy_ssl_session_reuse off'
}
term_nginx() { nginx_server "$1" "$2"; }
