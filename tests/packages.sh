# shellcheck shell=bash
# Debian packages by purpose. Sourced by tests/run.sh and examples/quickstart.sh.
declare -A PACKAGES=(
    [build]='gcc make cmake pkg-config libc6-dev libwolfssl-dev libcjson-dev libcbor-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev libjwt-dev libevent-dev libinih-dev libseccomp-dev libp11-kit-dev libssl-dev libtss2-dev libgcrypt20-dev libxml2-dev'
    [demo]='nginx curl'
    [test]='libcriterion-dev mold dpkg-dev file groff-base clang libclang-rt-dev llvm clang-format pmccabe shellcheck openssl stunnel4 postgresql sqlite3 procps iproute2 chromium-headless-shell jq jose softhsm2 iperf3 wrk swtpm tpm2-tools libtss2-tcti-swtpm0 xmlsec1'
    [bench]='hitch haproxy libnginx-mod-stream gnuplot-nox'
    # Not installed, but unpacked: tests/scenario/object_store.sh.
    [object_store]='radosgw ceph-mon ceph-osd ceph-base ceph-common librados2 libaio1 libboost-context1.74.0 libboost-thread1.74.0 libdaxctl1 libfuse2 libibverbs1 libleveldb1d liblua5.3-0 libndctl6 libnl-3-200 libnl-route-3-200 liboath0 libpmem1 librabbitmq4 librdmacm1 libsnappy1v5'
)

# install_packages PURPOSE...: what is missing of them, and nothing else. Services stay stopped.
install_packages() {
    local purpose package missing=() as_root=()
    for purpose; do
        for package in ${PACKAGES[$purpose]}; do
            dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
                missing+=("$package")
        done
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "installing: ${missing[*]}"
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo 'root or sudo is needed to install them' >&2; return 1; }
        as_root=(sudo)
    fi
    # Debian starts the services of new packages unless this file says no.
    local veto=/usr/sbin/policy-rc.d made=
    if [ ! -e $veto ]; then
        printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $veto >/dev/null
        "${as_root[@]}" chmod 755 $veto
        made=yes
    fi
    "${as_root[@]}" apt-get update -q && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -q -y --no-install-recommends "${missing[@]}"
    local status=$?
    [ -z "$made" ] || "${as_root[@]}" rm -f $veto
    return $status
}
