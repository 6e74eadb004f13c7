#!/usr/bin/env bash
# `ratls collateral` for SEV-SNP against nginx over TLS, which stands for AMD's key service: the
# files it makes, what they are good for, what a service can do wrong, and the cache.
. "$(dirname "$0")/lib.sh"
collateral=$helpers/collateral

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ca \
    -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>openssl.out || exit 2

# ---- a machine, and what AMD would say of it at several times ----
guest() { # NAME OPTIONS: evidence of a guest on the machine in pki-amd
    "$ratls" attest --attester sim-snp --attester-options "pki=$work/pki-amd$2" \
        --report-data "$(printf '11%.0s' $(seq 64))" --insecure-sim-root-out root-amd.pem \
        -o "$1" >/dev/null || exit 2
}
guest with-certs.bin ''
guest bare.bin ,certs=no
guest vlek.bin ,key=vlek
[ "$(stat -c %s bare.bin)" = 1184 ] || exit 2
chip=$("$ratls" inspect --json bare.bin | sed -n 's/.*"snp.hwid": *"\([0-9a-f]*\)".*/\1/p;s/.*"snp.chip_id": *"\([0-9a-f]*\)".*/\1/p' | head -n 1)
tcb=04000000000018db

mkdir nginx
: >nginx/locations
issue() { # NAME NUMBER AGE: served below /NAME
    "$collateral" sim-snp pki-amd "$1.json" "$2" "$3" && mkdir "$1" &&
        "$collateral" split "$1.json" "$1" && openssl x509 -in "$1/vek" -outform DER -out "$1/vek.der" || exit 2
    cat >>nginx/locations <<END
location = /$1/vcek/v1/Milan/cert_chain { default_type text/plain; alias $work/$1/vek_issuer_chain; }
location = /$1/vcek/v1/Milan/crl { alias $work/$1/crl.der; }
location = /$1/vcek/v1/Milan/$chip {
    if (\$args != blSPL=4&teeSPL=0&snpSPL=24&ucodeSPL=219) { return 404; }
    alias $work/$1/vek.der;
}
END
}
issue now 7 3600
issue before 6 7200
issue after 8 1800
issue expired 7 3000000
cat >>nginx/locations <<END
location /busy/ { return 429; }
location = /html/vcek/v1/Milan/cert_chain { return 200 '<html>'; }
location = /nocrl/vcek/v1/Milan/cert_chain { alias $work/now/vek_issuer_chain; }
location = /otherchip/vcek/v1/Milan/cert_chain { alias $work/now/vek_issuer_chain; }
location = /otherchip/vcek/v1/Milan/crl { alias $work/now/crl.der; }
location ~ ^/otherchip/vcek/v1/Milan/ { alias $work/now/vek.der; }
END
ports tls
cat >nginx.conf <<END
daemon off;
pid $work/nginx/pid;
worker_processes 1;
error_log stderr;
events { }
http {
    access_log $work/nginx-access.log;
    client_body_temp_path $work/nginx/body;
    proxy_temp_path $work/nginx/proxy;
    fastcgi_temp_path $work/nginx/fastcgi;
    uwsgi_temp_path $work/nginx/uwsgi;
    scgi_temp_path $work/nginx/scgi;
    server {
        listen 127.0.0.1:${port[tls]} ssl;
        ssl_certificate $work/server.pem;
        ssl_certificate_key $work/server.key;
        include $work/nginx/locations;
    }
}
END
launch nginx nginx -p "$work/nginx" -c "$work/nginx.conf"
wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[tls]}")" || exit 2
at=https://127.0.0.1:${port[tls]}

roots=(--ca-file server.pem --insecure-sim-roots root-amd.pem)
kds() { # PREFIX OPTION...
    "$ratls" collateral --url "$at$1" "${roots[@]}" "${@:2}"
}
fails() { # EXIT TEXT COMMAND...: and says the text
    status "$1" "${@:3}" && { grep -q -- "$2" command.out || { cat command.out; return 1; }; }
}
verify() { # EVIDENCE OPTION...
    "$ratls" verify --evidence "$1" --insecure-sim-roots root-amd.pem --authenticity-only "${@:2}"
}

# ---- what it makes, and what that is good for ----
check 'the evidence says what to ask for' status 0 kds /now --evidence with-certs.bin -o now-got.json
check 'it says which issue it is' grep -q '^crl_number: *7$' command.out
check 'chain and list are what the service has' "$collateral" same now-got.json <(sed '/"vek"/d;s/",$/",/' now.json |
    perl -0pe 's/,\s*\}/}/')
check 'a report with certificates is judged by it' fails 0 unrated verify with-certs.bin --collateral now-got.json --all
check 'a bare one needs its VCEK' fails 1 collateral_missing verify bare.bin --collateral now-got.json
check 'which comes along where asked' status 0 kds /now --evidence bare.bin --key vcek --vcek -o vcek.json \
    --vcek-out vcek.pem
check 'and is what the service has' "$collateral" same vcek.json now.json
check 'a bare report is judged by that' fails 0 unrated verify bare.bin --collateral vcek.json --all
check 'an attester can be given the VCEK' status 0 openssl x509 -in vcek.pem -noout
check 'a report and a VCEK beside it are enough' status 0 verify bare.bin --certs vcek.pem --collateral now-got.json
check 'options say what evidence does not' status 0 kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "$chip" --tcb $tcb -o options.json
check 'with the same result' "$collateral" same options.json now.json

# ---- what is refused before anybody is asked ----
check 'a VLEK is not given out' fails 2 'no VLEKs' kds /now --evidence vlek.bin --vcek -o x.json
check 'the product must be one' fails 2 'Milan, Genoa or Turin' kds /now --tee snp --product Rome --key vcek -o x.json
check 'the key must be one' fails 2 'key must be' kds /now --tee snp --product Milan --key vxek -o x.json
check 'a chip id has its length' fails 2 'chip-id must be' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id 00 --tcb $tcb -o x.json
check 'options of Intel are refused' fails 2 'is not for the TEE snp' kds /now --evidence with-certs.bin --pccs -o x.json
check 'options of AMD are refused for Intel' fails 2 'is not for the TEE sgx or tdx' kds /now --tee tdx \
    --fmspc 00906ed50000 --ca platform --vcek -o x.json
check 'nobody elsewhere is asked over plain http' fails 2 'plain http' "$ratls" collateral \
    --url http://example.org "${roots[@]}" --evidence with-certs.bin -o x.json

# ---- what goes wrong ----
check 'too many requests are an error' fails 2 'status 429' kds /busy --evidence with-certs.bin -o x.json
check 'a page is no chain' fails 1 'collateral_malformed' kds /html --evidence with-certs.bin -o x.json
check 'no list is an error' fails 2 'status 404' kds /nocrl --evidence with-certs.bin -o x.json
check 'another TCB has another VCEK' fails 2 'status 404' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "$chip" --tcb 04000000000018da -o x.json
check 'a VCEK of another chip is not kept under its name' fails 1 'collateral_mismatch' kds /otherchip --tee snp \
    --product Milan --key vcek --vcek --chip-id "${chip//[0-7]/8}" --tcb $tcb -o x.json
check 'out of its dates' fails 1 'collateral_time' kds /expired --evidence with-certs.bin -o x.json
check 'a simulated root needs to be named' fails 1 'collateral_signature' "$ratls" collateral --url "$at/now" \
    --ca-file server.pem --evidence with-certs.bin -o x.json
check 'nothing was written for any of these' test ! -e x.json

# ---- the cache ----
mkdir cache
cached() { # PREFIX
    kds "$1" --evidence with-certs.bin --cache cache --refresh-before 9999999
}
check 'the cache is filled' fails 0 '^origin: *fetched' cached /now
check 'under a name of its own' test -e cache/snp-milan-vcek.json
check 'an older list does not replace it' fails 1 'collateral_rollback' cached /before
check 'a newer one does' fails 0 '^crl_number: *8' cached /after
check 'from then on the first one is the older' fails 1 'collateral_rollback' cached /now
check 'while the service is away the cache stands in' fails 0 '^origin: *kept' cached /busy
check 'the proxy and the command read the folder' fails 0 unrated verify with-certs.bin --collateral cache --all
