#!/usr/bin/env bash
# The Debian packages: made from the build, installed on this machine, used, and removed without a trace.
. "$(dirname "$0")/lib.sh"

skip_all() {
    skip 'packages' "$1"
    exit 0
}
[ -z "${RATLS_SANITIZED:-}" ] || skip_all 'those of a sanitizer are not for use'
[ "$(id -u)" -eq 0 ] || skip_all 'not root'
command -v dpkg >/dev/null || skip_all 'not on Debian'
grep -qx 'CMAKE_INSTALL_PREFIX:PATH=/usr' "$build/CMakeCache.txt" || skip_all 'the build is not for /usr'
packages=(libratls-dev libratls-extra0 libratls0 ratls ratls-proxy)
[ ! -x "$build/ratls-rim" ] || packages+=(ratls-rim)
dpkg-query -W "${packages[@]}" >dpkg.out 2>dpkg.err
[ ! -s dpkg.out ] || skip_all 'they are installed here already'

# ---- made ----
check 'cpack makes packages' env -C "$build" cpack -G DEB -B "$work/deb" -D CPACK_DEBIAN_COMPRESSION_TYPE=gzip
check 'there are all of them' equal "$(find deb -maxdepth 1 -name '*.deb' -printf '%f\n' | cut -d_ -f1 | sort | xargs)" \
    "${packages[*]}"
needs() { dpkg-deb -f deb/"$1"_*.deb Depends; }
check 'the proxy needs no library that fetches or stores' \
    refuse grep -E 'curl|libpq|sqlite|jwt|ratls-extra' <(needs ratls-proxy; needs libratls0)
check 'only ratls-rim needs libxml2' equal "$(for name in "${packages[@]}"; do needs "$name" | grep -q libxml2 && echo "$name"; done)" \
    "${packages[5]:-}"
check 'the proxy needs its library in the same version' grep -q 'libratls0 (= ' <(needs ratls-proxy)

# ---- installed ----
everything() { # no folders whose content is only a cache, and none that others are busy with
    find /etc /usr /var/lib /var/log -xdev \( -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/lib/postgresql \
        -o -path /var/log/apt -o -name __pycache__ \) -prune -o ! -name '*-' -print | sort
}
purge() { dpkg --force-unsafe-io -P "${packages[@]}" >purge.out 2>&1; }
trap 'purge; finish' EXIT
everything >before
check 'they install' dpkg --force-unsafe-io -i deb/*.deb
everything >installed
check 'nothing runs yet' refuse pgrep -x ratls-proxy -U ratls
check 'workers have a user' equal "$(id -un ratls)" ratls
check 'the configuration is kept by upgrades' grep -q /etc/ratls/ratls-proxy.conf \
    <(dpkg-query -W -f '${Conffiles}' ratls-proxy)
for page in man1/ratls.1 man3/ratls.3 man8/ratls-proxy.8; do
    check "the manual $page is compressed" gzip -t "/usr/share/man/$page.gz"
done
check 'the configuration as installed has no service, and says so' status 2 \
    /usr/bin/ratls-proxy --check /etc/ratls/ratls-proxy.conf
check 'that is all that is wrong' grep -q 'there is no \[service\]' command.out
check 'the command works' grep -q '^ratls 0' <(/usr/bin/ratls --version)
check 'the library is found by pkg-config' pkg-config --exists ratls ratls-store ratls-opa ratls-fetch

if command -v systemd-analyze >/dev/null; then
    units='ratls-proxy.service ratls-proxy@web.service'
    for unit in $units; do
        check "systemd knows every word of $unit" \
            equal "$(SYSTEMD_LOG_LEVEL=warning systemd-analyze verify --man=no "$unit" 2>&1 | grep -i ratls)" ''
        check "systemd finds $unit exposed less than 3.0 of 10" systemd-analyze security --offline=yes --threshold=30 \
            "/usr/lib/systemd/system/${unit/@web/@}"
    done
    cp /usr/share/doc/ratls-proxy/examples/ratls-proxy.socket ./
    check 'systemd knows every word of the socket' \
        equal "$(systemd-analyze verify --man=no ./ratls-proxy.socket 2>&1 | grep -i ratls)" ''
else
    skip 'units' 'systemd-analyze is not here'
fi

# ---- used, with a socket that a service manager opened, as the units do ----
ports web tls plain
start_nginx "${port[web]}"
usual_pair
service server svc systemd:web "127.0.0.1:${port[web]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
sed -i '1i setuid = ratls' server.conf
# As much as the unit leaves it.
unit=/usr/lib/systemd/system/ratls-proxy.service
capabilities=$(sed -n 's/^CapabilityBoundingSet=//p' $unit | tr 'A-Z ' 'a-z,' | sed 's/cap_/+/g')
check 'control: the unit takes capabilities' grep -qE '^\+set.id(,\+[a-z_]+){4}$' <<<"$capabilities"
limited=(setpriv "--bounding-set=-all,$capabilities" --inh-caps=-all --no-new-privs)
launch server "$helpers/supervise" "$work/notify" "web=127.0.0.1:${port[tls]}" -- \
    "${limited[@]}" /usr/bin/ratls-proxy server.conf
check 'the proxy of the package says that it is ready' wait_for server.out '^READY=1'
proxy=$(sed -n 's/^pid //p' server.out)
start_proxy client
check 'it serves' equal "$(get "${port[plain]}")" hello
for worker in $(pgrep -P "$proxy"); do
    check 'its workers run as ratls' equal "$(ps -o user= -p "$worker")" ratls
    check 'with the library of the package' grep -q '/usr/lib/.*/libratls.so.0' "/proc/$worker/maps"
done
kill -TERM "$proxy"
check 'it says that it ends' wait_for server.out '^STOPPING=1'
check 'and ends in order' wait "${pid[server]}"
unset 'pid[server]'

# ---- removed ----
check 'they are removed' purge
everything >after
check 'nothing is left' equal "$(comm -13 before after | grep -v "^$work")" ''
check 'nothing else went along' equal "$(comm -23 before after)" ''
check 'control: files had come' test "$(comm -13 before installed | wc -l)" -gt 40
check 'the user is gone' refuse id ratls
