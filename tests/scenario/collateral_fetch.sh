#!/usr/bin/env bash
# `ratls collateral` against nginx over TLS, which stands for Intel's service and for a PCCS: the
# files they make, everything a service or a network can do wrong, and the cache.
. "$(dirname "$0")/lib.sh"
collateral=$helpers/collateral

# ---- server certificates ----
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=ca \
    -keyout ca.key -out ca.pem 2>openssl.out || exit 2
server_cert() { # NAME SAN
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" \
        -keyout "$1.key" -out "$1.csr" 2>openssl.out &&
        openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial -days 1 \
            -extfile <(echo "subjectAltName=$2") -out "$1.pem" 2>openssl.out || exit 2
}
server_cert good IP:127.0.0.1,DNS:localhost
server_cert elsewhere DNS:example.org,IP:127.0.0.2
self_signed lone subjectAltName=IP:127.0.0.1

# ---- what is served ----
mkdir nginx
: >nginx/locations
document() { # PATH FILE [HEADER FILE [CONDITION]]: `CONDITION` of an nginx `if` means 404
    cat >>nginx/locations <<END
location = $1 {
    ${5:+if ($5) { return 404; \}}
    ${3:+add_header $3 "$(cat "$4")";}
    default_type application/octet-stream;
    alias $work/$2;
}
END
}
# service PREFIX FOLDER TEE FMSPC CA der|hex|pem: the documents of a folder
service() {
    local v4=certification/v4 suffix=.$6 tcb=TCB-Info-Issuer-Chain
    [ "$6" = hex ] && suffix='' tcb=SGX-TCB-Info-Issuer-Chain
    [ "$6" = pem ] && for crl in pck_crl root_ca_crl; do
        openssl crl -inform der -in "$2/$crl.der" -out "$2/$crl.pem" || exit 2
    done
    document "$1/sgx/$v4/pckcrl" "$2/pck_crl$suffix" SGX-PCK-CRL-Issuer-Chain \
        "$2/pck_crl_issuer_chain.header" "\$args != ca=$5&encoding=der"
    document "$1/sgx/$v4/rootcacrl" "$2/root_ca_crl$suffix"
    document "$1/root.der" "$2/root_ca_crl$suffix"
    document "$1/$3/$v4/tcb" "$2/tcb_info" $tcb "$2/tcb_info_issuer_chain.header" \
        "\$args != fmspc=$4"
    document "$1/$3/$v4/qe/identity" "$2/qe_identity" SGX-Enclave-Identity-Issuer-Chain \
        "$2/qe_identity_issuer_chain.header"
}
split() { # FILE FOLDER
    mkdir "$2" && "$collateral" split "$1" "$2"
}

# The simulated platform: issued an hour ago with evaluation number 18, and variants.
platform here other
sim_fmspc=5241544c5300
make() { # NAME PKI EVAL AGE
    "$collateral" sim "pki-$2" "$1.json" "$3" "$4" && split "$1.json" "$1" || exit 2
}
make sim here 18 3600
make lower here 17 1800
make older here 18 7200
make newer here 18 1800
make foreign other 18 3600
make expired here 18 3000000
for form in der hex pem; do
    service /$form sim tdx $sim_fmspc platform $form
done
for variant in lower older newer foreign expired; do
    service /$variant $variant tdx $sim_fmspc platform der
done

# They answer for a platform that theirs is not.
service /model sim tdx 000000000000 platform der
service /tee sim sgx $sim_fmspc platform der
service /ca sim tdx $sim_fmspc processor der

# What can be wrong with a document: the first one is enough, or the one that has it.
pckcrl=sgx/certification/v4/pckcrl
head -c 1100000 /dev/zero | tr '\0' 0 >large
echo '<html>welcome to the hotel</html>' >html
service /html sim tdx $sim_fmspc platform der
sed -i "/location = \/html\/tdx.*tcb/,/^}/s|alias .*|alias $work/html;|" nginx/locations
cat >>nginx/locations <<END
location = /redirect/$pckcrl { return 302 https://127.0.0.1:\$server_port/der/$pckcrl?\$args; }
location = /absent/$pckcrl { return 404; }
location = /broken/$pckcrl { return 500; }
location = /no-header/$pckcrl { alias $work/sim/pck_crl.der; }
location = /large/$pckcrl { alias $work/large; add_header SGX-PCK-CRL-Issuer-Chain x; }
location = /slow/$pckcrl { alias $work/sim/pck_crl.der; limit_rate 1; add_header SGX-PCK-CRL-Issuer-Chain x; }
location = /keyed/$pckcrl {
    if (\$http_ocp_apim_subscription_key != secret-1) { return 401; }
    return 418;
}
END

# Real documents, where there are any: name, TEE, FMSPC, CA, time.
real=('tdx-v4-uptodate-1 tdx b0c06f000000 platform 1751000000'
    'tdx-v5-relaunch-1 tdx 90c06f000000 platform 1741000000'
    'tdx-v5-notsupported-1 tdx 90c06f000000 platform 1772000000'
    'sgx-v3-cfgsw-1 sgx 00a067110000 processor 1751000000')
vector() { # NAME
    echo "${RATLS_VECTORS:-}/intel/$1/collateral.json"
}
for case in "${real[@]}"; do
    read -r name tee fmspc ca when <<<"$case"
    [ -e "$(vector "$name")" ] || continue
    split "$(vector "$name")" "$name" || exit 2
    service "/$name" "$name" "$tee" "$fmspc" "$ca" der
done

# ---- the server ----
ports tls elsewhere lone plain liar
tls_server() { # NAME
    cat <<END
    server {
        listen 127.0.0.1:${port[$2]} ssl;
        listen [::1]:${port[$2]} ssl;
        ssl_certificate $work/$1.pem;
        ssl_certificate_key $work/$1.key;
        include $work/nginx/locations;
        location = /cut/$pckcrl { proxy_pass http://127.0.0.1:${port[liar]}; }
    }
END
}
run_nginx "${port[plain]}" <<END
    log_format used '\$connection \$request_uri';
    access_log $work/nginx-access.log used;
$(tls_server good tls)
$(tls_server elsewhere elsewhere)
$(tls_server lone lone)
    server {
        listen 127.0.0.1:${port[plain]};
        include $work/nginx/locations;
    }
END
at=https://127.0.0.1:${port[tls]}

# ---- commands ----
which=(--tee tdx --fmspc "$sim_fmspc" --ca platform)
sim=("${which[@]}" --ca-file ca.pem --insecure-sim-roots root-here.pem)
pcs() { # PREFIX OPTION...: asked as Intel's service
    "$ratls" collateral --url "$at$1" --root-crl-url "$at$1/root.der" "${sim[@]}" "${@:2}"
}
pccs() { # PREFIX OPTION...
    "$ratls" collateral --pccs --url "$at$1" "${sim[@]}" "${@:2}"
}
fails() { # EXIT TEXT COMMAND...: and says the text
    status "$1" "${@:3}" && { grep -q -- "$2" command.out || { cat command.out; return 1; }; }
}

# ---- what it makes ----
check 'collateral comes from the service' status 0 pcs /der -o pcs.json
check 'it says until when it is good' grep -q '^expires: *20..-..-..T..:..:..Z$' command.out
check 'it is what the service has' "$collateral" same pcs.json sim.json
check 'over one connection' equal "$(cut -d' ' -f1 nginx-access.log | sort -u | wc -l)" 1
check 'collateral comes from a PCCS, CRLs in hex' status 0 pccs /hex -o pccs.json
check 'and is the same' "$collateral" same pccs.json sim.json
check 'CRLs in PEM' status 0 pccs /pem -o pem.json
check 'are the same' "$collateral" same pem.json sim.json
check 'a slash more does not matter' status 0 pcs /der/ -o slash.json
check 'the evidence says which platform it is' status 0 "$ratls" collateral --evidence pki-here/quote \
    --ca-file ca.pem --insecure-sim-roots root-here.pem --pccs --url "$at/der" -o evidence.json
check 'localhost is a name of the server as well' status 0 "$ratls" collateral --pccs \
    --url "https://localhost:${port[tls]}/der" "${sim[@]}" -o localhost.json
check 'plain http is fine on loopback' status 0 "$ratls" collateral --pccs \
    --url "http://127.0.0.1:${port[plain]}/der" "${sim[@]}" -o plain.json
check 'proxies of the environment are not asked' status 0 env https_proxy=http://127.0.0.1:9 \
    all_proxy=http://127.0.0.1:9 "$ratls" collateral --pccs --url "$at/der" "${sim[@]}" -o proxy.json
echo secret-1 >key
check 'the key goes along' fails 2 'status 418' pccs /keyed --api-key-file key -o x.json
check 'only when it is given' fails 2 'status 401' pccs /keyed -o x.json

# ---- what goes wrong on the way ----
check 'a server under another CA is refused' fails 2 'certificate' "$ratls" collateral --pccs \
    --url "https://127.0.0.1:${port[lone]}/der" "${sim[@]}" -o x.json
check 'so is one for another host' fails 2 'subject name matches' "$ratls" collateral --pccs \
    --url "https://127.0.0.1:${port[elsewhere]}/der" "${sim[@]}" -o x.json
check 'so is one under a CA that is not in --ca-file' fails 2 'certificate' "$ratls" collateral --pccs \
    --url "$at/der" "${which[@]}" --ca-file lone.pem -o x.json
check 'a file without CAs trusts nobody' fails 2 'fetch_failed' "$ratls" collateral --pccs \
    --url "$at/der" "${which[@]}" --ca-file html -o x.json
check 'without --ca-file the system decides' fails 2 'certificate' "$ratls" collateral --pccs \
    --url "$at/der" "${which[@]}" -o x.json
check 'redirects are not followed' fails 2 'status 302' pccs /redirect -o x.json
check '404 is an error' fails 2 'status 404' pccs /absent -o x.json
check '500 is an error' fails 2 'status 500' pccs /broken -o x.json
check 'a body too large is not read' fails 2 'too large' pccs /large -o x.json
check 'a chain that is missing is an error' fails 2 'no SGX-PCK-CRL-Issuer-Chain' pccs /no-header -o x.json
begun=$SECONDS
check 'a slow server is given up' fails 2 'timed out' pccs /slow --timeout 2 -o x.json
check 'in time' test $((SECONDS - begun)) -lt 10
printf 'HTTP/1.1 200 OK\r\nSGX-PCK-CRL-Issuer-Chain: x\r\nContent-Length: 9999\r\n\r\n0123456789' >lie
launch liar "$helpers/tcp" serve "127.0.0.1:${port[liar]}" lie lie.got
wait_for /proc/net/tcp "$(printf ':%04X .* 0A ' "${port[liar]}")" || exit 2
check 'a body cut short is refused' fails 2 'fetch_failed' pccs /cut -o x.json
check 'nobody elsewhere is asked over plain http' fails 2 'plain http' "$ratls" collateral --pccs \
    --url http://example.org "${sim[@]}" -o x.json
check 'another platform has other documents' fails 2 'status 404' "$ratls" collateral --pccs \
    --url "$at/der" --tee tdx --fmspc 000000000000 --ca platform --ca-file ca.pem -o x.json
check 'nothing was written for any of them' test ! -e x.json

# ---- what came, but is not good ----
check 'a page instead of JSON is refused' fails 1 'collateral_malformed' pccs /html -o x.json
check 'collateral of another root is refused' fails 1 'collateral_signature' pccs /foreign -o x.json
check 'so is simulated collateral without its root' fails 1 'collateral_signature' "$ratls" collateral --pccs \
    --url "$at/der" "${which[@]}" --ca-file ca.pem -o x.json
check 'out of its dates' fails 1 'collateral_time' pccs /expired -o x.json
check 'not yet in its dates' fails 1 'collateral_time' pccs /der --time 2000-01-01T00:00:00Z -o x.json
check 'nothing was written for any of these' test ! -e x.json

service_of() { # PREFIX TEE FMSPC CA
    "$ratls" collateral --pccs --url "$at$1" --ca-file ca.pem --insecure-sim-roots root-here.pem \
        --tee "$2" --fmspc "$3" --ca "$4" -o x.json
}
check 'collateral of another model is refused' fails 1 'collateral_mismatch' service_of /model tdx 000000000000 platform
check 'so is that of the other TEE' fails 1 'collateral_mismatch' service_of /tee sgx $sim_fmspc platform
check 'and that of the other CA' fails 1 'collateral_mismatch' service_of /ca tdx $sim_fmspc processor
check 'nothing was written for these either' test ! -e x.json

# ---- cache ----
mkdir cache
file=cache/tdx-$sim_fmspc-platform.json
kept=(--cache cache --json)
origin() { # ORIGIN COMMAND...
    status 0 "${@:2}" && equal "$(sed -n 's/.*"origin":"\([a-z]*\)".*/\1/p' command.out)" "$1"
}
check 'what is not there is fetched' origin fetched pccs /older "${kept[@]}"
check 'into a file named after the platform' "$collateral" same $file older.json
check 'which everybody may read' equal "$(stat -c %a $file)" 644
check 'what is fresh is not fetched' origin cached pccs /absent "${kept[@]}"
check 'it goes to -o as well' origin cached pccs /absent "${kept[@]}" -o copy.json
check 'unchanged' cmp copy.json $file
soon=(--refresh-before 99999999)
check 'what is due is fetched' origin fetched pccs /newer "${kept[@]}" "${soon[@]}"
check 'and replaces the old' "$collateral" same $file newer.json
check 'when the service is down, what is valid is kept' origin kept pccs /absent "${kept[@]}" "${soon[@]}"
check 'and says so' grep -q 'the cached collateral is used: .*404' command.out
check 'an older issue is refused' fails 1 'collateral_rollback' pccs /der "${kept[@]}" "${soon[@]}"
check 'so is a lower evaluation number' fails 1 'collateral_rollback' pccs /lower "${kept[@]}" "${soon[@]}"
check 'the newer stays' "$collateral" same $file newer.json
check 'what is forged does not get in' status 1 pccs /foreign "${kept[@]}" "${soon[@]}"
check 'the good stays' "$collateral" same $file newer.json
cp foreign.json $file
check 'a forged file is fetched again' origin fetched pccs /der "${kept[@]}"
check 'with a warning' grep -q 'the cached collateral is ignored' command.out
cp foreign.json $file
check 'it does not stand in for a service that is down' fails 2 'status 404' pccs /absent "${kept[@]}"
check 'a good one replaces it' origin fetched pccs /der "${kept[@]}"
check 'a folder that is not there is an error' fails 2 'io_error' pccs /der --cache absent
check 'verify reads the folder' status 0 "$ratls" verify --evidence pki-here/quote --collateral cache \
    --insecure-sim-roots root-here.pem --authenticity-only --json
check 'and knows the status' grep -q '"tcb_status":"UpToDate"' command.out
check 'no draft is left behind' equal "$(ls -A cache)" "$(basename $file)"

# ---- options ----
nothing=("$ratls" collateral -o x.json --url "$at/der")
check 'the platform must be named' fails 2 '--tee is missing' "${nothing[@]}"
check 'by its FMSPC' fails 2 '--fmspc is missing' "${nothing[@]}" --tee tdx
check 'of 6 bytes' fails 2 '12 hex digits' "${nothing[@]}" --tee tdx --fmspc ../../../../ --ca platform
check 'and its CA' fails 2 '--ca is missing' "${nothing[@]}" --tee tdx --fmspc $sim_fmspc
check 'of which there are two' fails 2 'platform or processor' "${nothing[@]}" --tee tdx --fmspc $sim_fmspc --ca root
check 'other TEEs have other collateral' status 2 "${nothing[@]}" --tee snp --fmspc $sim_fmspc --ca platform
check 'it must go somewhere' fails 2 '--cache or -o' "$ratls" collateral "${sim[@]}"

# ---- real ----
for case in "${real[@]}"; do
    read -r name tee fmspc ca when <<<"$case"
    if [ ! -e "$name" ]; then
        skip "real collateral of $name is fetched" "no vectors in '${RATLS_VECTORS:-}'"
        continue
    fi
    served=("$ratls" collateral --url "$at/$name" --root-crl-url "$at/$name/root.der" --ca-file ca.pem
        -o real.json)
    asked=("${served[@]}" --tee "$tee" --fmspc "$fmspc" --ca "$ca")
    check "real collateral of $name is fetched" status 0 "${asked[@]}" --time "$when"
    check "$name: unchanged" "$collateral" same real.json "$(vector "$name")"
    check "$name: its quote says as much" status 0 "${served[@]}" --time "$when" \
        --evidence "$(dirname "$(vector "$name")")/quote.bin"
    check "$name: out of its dates now" fails 1 'collateral_time' "${asked[@]}"
done
