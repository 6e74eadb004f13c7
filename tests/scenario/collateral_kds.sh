#!/usr/bin/env bash
# `ratls collateral` for SEV-SNP against nginx over TLS, which stands for AMD's key service: the
# files it makes, what they are good for, what a service can do wrong, and the cache.
. "$(dirname "$0")/lib.sh"
collateral=$helpers/collateral

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ca \
    -addext subjectAltName=IP:127.0.0.1 -keyout server.key -out server.pem 2>openssl.out || exit 2

# ---- machines, and what AMD would say of them at several times ----
guest() { # NAME OPTIONS: evidence of a guest on a machine of pki-amd, and its collateral
    "$ratls" attest --attester sim-snp --attester-options "pki=$work/pki-amd$2" \
        --report-data "$(printf '11%.0s' $(seq 64))" --insecure-sim-root-out root.pem \
        --insecure-sim-collateral-out "$1.json" -o "$1.bin" >/dev/null && cat root.pem >>root-amd.pem || exit 2
}
guest with-certs ''
guest bare ,certs=no
guest vlek ,key=vlek,product=Genoa
guest turin ,product=Turin,certs=no
[ "$(stat -c %s bare.bin)" = 1184 ] || exit 2
claim() { # NAME FILE
    "$ratls" inspect --json "$2" | sed -n "s/.*\"$1\": *\"\([0-9a-f]*\)\".*/\1/p"
}
chip=$(claim snp.chip_id bare.bin)
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
for folder in vlek turin; do
    mkdir $folder && "$collateral" split $folder.json $folder || exit 2
done
openssl x509 -in turin/vek -outform DER -out turin/vek.der || exit 2
turin_chip=$(claim snp.chip_id turin.bin)
turin_chip=${turin_chip:0:16}
cat >>nginx/locations <<END
location = /now/vlek/v1/Genoa/cert_chain { alias $work/vlek/vek_issuer_chain; }
location = /now/vlek/v1/Genoa/crl { alias $work/vlek/crl.der; }
location = /now/vcek/v1/Turin/cert_chain { alias $work/turin/vek_issuer_chain; }
location = /now/vcek/v1/Turin/crl { alias $work/turin/crl.der; }
location = /now/vcek/v1/Turin/$turin_chip {
    if (\$args != fmcSPL=1&blSPL=1&teeSPL=1&snpSPL=4&ucodeSPL=81) { return 404; }
    alias $work/turin/vek.der;
}
location ~ ^/swapped/vcek/v1/[A-Za-z]+/cert_chain { alias $work/vlek/vek_issuer_chain; }
location ~ ^/swapped/vcek/v1/[A-Za-z]+/crl { alias $work/vlek/crl.der; }
location = /mixed/vcek/v1/Milan/cert_chain { alias $work/now/vek_issuer_chain; }
location = /mixed/vcek/v1/Milan/crl { alias $work/turin/crl.der; }
location /away/ { return 302 /now/; }
location /busy/ { return 429; }
location = /html/vcek/v1/Milan/cert_chain { return 200 '<html>'; }
location = /nocrl/vcek/v1/Milan/cert_chain { alias $work/now/vek_issuer_chain; }
location = /otherchip/vcek/v1/Milan/cert_chain { alias $work/now/vek_issuer_chain; }
location = /otherchip/vcek/v1/Milan/crl { alias $work/now/crl.der; }
location ~ ^/otherchip/vcek/v1/Milan/ { alias $work/now/vek.der; }
END
ports tls
run_nginx "${port[tls]}" <<END
    access_log $work/nginx-access.log;
    server {
        listen 127.0.0.1:${port[tls]} ssl;
        ssl_certificate $work/server.pem;
        ssl_certificate_key $work/server.key;
        include $work/nginx/locations;
    }
END
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
mkdir got && "$collateral" split now-got.json got || exit 2
check 'the chain is what the service has' cmp got/vek_issuer_chain now/vek_issuer_chain
check 'so is the list' cmp got/crl.der now/crl.der
check 'nobody asked for a VCEK' test ! -e got/vek
check 'a report with certificates is judged by it' fails 0 unrated verify with-certs.bin --collateral now-got.json --all
check 'a bare one needs its VCEK' fails 1 collateral_missing verify bare.bin --collateral now-got.json
check 'which comes along where asked' status 0 kds /now --evidence bare.bin --key vcek --vcek -o vcek.json \
    --vcek-out vcek.pem
check 'and is what the service has' "$collateral" same vcek.json now.json
check 'a bare report is judged by that' fails 0 unrated verify bare.bin --collateral vcek.json --all
check 'the VCEK by itself is a certificate' status 0 openssl x509 -in vcek.pem -noout
check 'a report and a VCEK beside it are enough' status 0 verify bare.bin --certs vcek.pem --collateral now-got.json
check 'options say what evidence does not' status 0 kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "$chip" --tcb $tcb -o options.json
check 'with the same result' "$collateral" same options.json now.json

check 'a VLEK has a chain of its own' status 0 kds /now --evidence vlek.bin -o vlek-got.json
check 'which is good for it' fails 0 unrated verify vlek.bin --collateral vlek-got.json --all
check 'Turin is asked in its own way' status 0 kds /now --evidence turin.bin --vcek -o turin-got.json
check 'and is judged by the answer' fails 0 unrated verify turin.bin --collateral turin-got.json --all
check 'a chip of Turin has 16 digits' status 0 kds /now --tee snp --product Turin --key vcek --vcek \
    --chip-id "$turin_chip" --tcb 0101010400000051 -o turin-options.json
check 'the chip is then the same' "$collateral" same turin-options.json turin-got.json

# ---- what is refused before anybody is asked ----
cp nginx-access.log asked-before
check 'a VLEK is not given out' fails 2 'no VLEKs' kds /now --evidence vlek.bin --vcek -o x.json
check 'the product must be one' fails 2 'Milan, Genoa or Turin' kds /now --tee snp --product Rome --key vcek -o x.json
check 'the key must be one' fails 2 'key must be' kds /now --tee snp --product Milan --key vxek -o x.json
check 'a chip id has its length' fails 2 'chip-id must be' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id 00 --tcb $tcb -o x.json
check 'which is not that of Turin' fails 2 'must be 128 hex' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "${chip:0:16}" --tcb $tcb -o x.json
check 'where 8 bytes are enough, but no fewer' fails 2 'must be 16 hex' kds /now --tee snp \
    --product Turin --key vcek --vcek --chip-id 00 --tcb $tcb -o x.json
check 'a TCB has its length' fails 2 'tcb must be 16 hex' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "$chip" --tcb 04 -o x.json
check 'and zeros where nothing is' fails 2 'reserved bytes' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "$chip" --tcb 04000100000018db -o x.json
check 'a masked chip has no VCEK' fails 2 'masked' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "${chip//[0-9a-f]/0}" --tcb $tcb -o x.json
check 'a chip without --vcek has no effect' fails 2 'chip-id has no effect' kds /now --tee snp --product Milan \
    --key vcek --chip-id "$chip" -o x.json
check 'nor has a TCB' fails 2 'tcb has no effect' kds /now --tee snp --product Milan --key vcek --tcb $tcb -o x.json
check 'a kind of TEE that nobody knows' fails 2 'must be sgx, tdx or snp' kds /now --tee sev --product Milan \
    --key vcek -o x.json
check 'options of Intel are refused' fails 2 '--pccs is not for the TEE snp' kds /now \
    --evidence with-certs.bin --pccs -o x.json
check 'options of AMD are refused for Intel' fails 2 '--vcek is not for the TEE sgx or tdx' kds /now \
    --tee tdx --fmspc 00906ed50000 --ca platform --vcek -o x.json
check 'nobody elsewhere is asked over plain http' fails 2 'plain http' "$ratls" collateral \
    --url http://example.org "${roots[@]}" --evidence with-certs.bin -o x.json
check 'indeed nobody was asked' cmp nginx-access.log asked-before

# ---- what goes wrong ----
check 'too many requests are an error' fails 2 'status 429' kds /busy --evidence with-certs.bin -o x.json
check 'a page is no chain' fails 1 'collateral_malformed' kds /html --evidence with-certs.bin -o x.json
check 'no list is an error' fails 2 'status 404' kds /nocrl --evidence with-certs.bin -o x.json
check 'another TCB has another VCEK' fails 2 'status 404' kds /now --tee snp --product Milan --key vcek --vcek \
    --chip-id "$chip" --tcb 04000000000018da -o x.json
check 'a VCEK of another chip is not kept under its name' fails 1 'collateral_mismatch' kds /otherchip --tee snp \
    --product Milan --key vcek --vcek --chip-id "${chip//[0-7]/8}" --tcb $tcb -o x.json
check 'nor one of another TCB' fails 1 'collateral_mismatch' kds /otherchip --tee snp \
    --product Milan --key vcek --vcek --chip-id "$chip" --tcb 04000000000018da -o x.json
check 'the chain of another kind of key is refused' fails 1 'snp-genoa-vlek, not of snp-genoa-vcek' kds /swapped \
    --tee snp --product Genoa --key vcek -o x.json
check 'so is that of another product' fails 1 'snp-genoa-vlek, not of snp-milan-vcek' kds /swapped \
    --evidence with-certs.bin -o x.json
check 'and the list of another root' fails 1 'collateral_' kds /mixed --evidence with-certs.bin -o x.json
check 'redirects are not followed' fails 2 'status 302' kds /away --evidence with-certs.bin -o x.json
check 'not yet in its dates' fails 1 'collateral_time' kds /now \
    --evidence with-certs.bin --time 2020-01-01T00:00:00Z -o x.json
check 'out of its dates' fails 1 'collateral_time' kds /expired --evidence with-certs.bin -o x.json
check 'a simulated root needs to be named' fails 1 'collateral_signature' "$ratls" collateral --url "$at/now" \
    --ca-file server.pem --evidence with-certs.bin -o x.json
check 'nothing was written for any of these' test ! -e x.json

# ---- the cache ----
mkdir cache
cached() { # PREFIX OPTION...
    kds "$1" --evidence with-certs.bin --cache cache --refresh-before 9999999 "${@:2}"
}
check 'the cache is filled' fails 0 '^origin: *fetched' cached /now
check 'under a name of its own' test -e cache/snp-milan-vcek.json
check 'an older list does not replace it' fails 1 'collateral_rollback' cached /before
check 'nor stand beside it' equal "$(ls -A cache)" snp-milan-vcek.json
check 'a newer one does' fails 0 '^crl_number: *8' cached /after
check 'from then on the first one is the older' fails 1 'collateral_rollback' cached /now
check 'while the service is away the cache stands in' fails 0 '^origin: *kept' cached /busy
stop nginx QUIT || exit 2
check 'or there is nobody at all' fails 0 '^origin: *kept' cached /now
check 'but not beyond its dates' fails 2 'fetch_failed' cached /now --time 2100-01-01T00:00:00Z
check 'verify reads the folder' fails 0 unrated verify with-certs.bin --collateral cache --all
