#!/usr/bin/env bash
# What others see of the library: installed files, symbols, pkg-config and CMake packages; and that
# a room cannot include what it must not see. $RATLS_BUILD_DIR is a finished build (build/).
set -u
cd "$(dirname "$0")/.." || exit 2
build=$(realpath "${RATLS_BUILD_DIR:-build}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

fact() { # text, command...
    if "${@:2}" >"$work/out" 2>&1; then
        echo "ok - $1"
    else
        echo "not ok - $1"
        sed 's/^/    | /' "$work/out"
        bad=1
    fi
}
refuse() {
    ! "$@"
}

prefix=$(sed -n 's/^CMAKE_INSTALL_PREFIX:PATH=//p' "$build/CMakeCache.txt")
DESTDIR=$work/root cmake --install "$build" >"$work/install.log" || exit 1
root=$work/root$prefix
library=$(find "$root" -name libratls.so)
libdir=$(dirname "$library")

# ---- symbols and files ----
strays() {
    nm -D --defined-only "$library" | awk '{print $3}' | grep -vE '^(ratls_[a-z0-9_]+|RATLS_[0-9]+)(@@?RATLS_[0-9]+)?$'
}
fact 'only ratls_ symbols are exported' refuse strays
fact 'something is exported' test "$(nm -D --defined-only "$library" | grep -c ' T ratls_')" -gt 20
declared() { # header...: functions marked RATLS_API
    (cd "$root/include/ratls" && cat "${@/%/.h}") | tr '\n' ' ' |
        grep -o 'RATLS_API [^;(]*(' | sed 's/ *($//; s/.*[ *]//' | sort
}
exports() { # library, header...: what they declare, and nothing else
    [ -n "$(declared "${@:2}")" ] || return
    diff <(nm -D --defined-only "$1" | awk '$2 == "T" {print $3}' | sed 's/@.*//' | sort) \
        <(declared "${@:2}")
}
fetch=$libdir/libratls-fetch.so
fact 'libratls-fetch exports what its headers have' test \
    "$(nm -D --defined-only "$fetch" | awk '$2 == "T" {print $3}' | sed 's/@.*//' | sort)" = \
    "$(printf 'ratls_%s\n' collateral_free collateral_get evidence_fetch_token remote_appraise request_send response_free secret_fetch token_fetch)"
store=$libdir/libratls-store.so
fact 'libratls-store exports what its headers have' exports "$store" store bundle secrets
opa=$libdir/libratls-opa.so
fact 'libratls-opa exports what its header has' exports "$opa" opa
loads() { # program or library, what
    LD_LIBRARY_PATH=$libdir ldd "$1" | grep -q "$2"
}
fact 'libratls-fetch loads libcurl' loads "$fetch" libcurl
fact 'libratls-opa loads libcurl' loads "$opa" libcurl
fact 'libratls-opa is found by its soname' test -e "$libdir/libratls-opa.so.0"
for name in libsqlite3 libpq libjwt; do
    fact "libratls-store loads $name" loads "$store" $name
done
for name in libsqlite3 libpq libjwt libcurl libratls-store libratls-opa libratls-fetch; do
    fact "what runs in a TEE does not load $name: ratls-proxy" refuse loads "$root/bin/ratls-proxy" $name
    fact "what runs in a TEE does not load $name: libratls" refuse loads "$library" $name
done
named_xml() { readelf -dW "$1" | grep -q 'NEEDED.*libxml2'; } # others' libraries may load it
named() { # library, soname
    # shellcheck disable=SC2016 # the dollar is meant
    readelf -dW "$1" | grep -q "SONAME.*\[$2\]" && readelf -dW "$1" | grep -q 'RUNPATH.*\[$ORIGIN\]'
}
fact 'libratls-store has its name, and finds its neighbours' named "$store" libratls-store.so.0
fact 'libratls-opa has, too' named "$opa" libratls-opa.so.0
for file in bin/ratls bin/ratls-proxy share/man/man1/ratls.1 share/man/man8/ratls-proxy.8 share/man/man5/ratls-proxy.conf.5 include/ratls/ratls.h; do
    fact "$file is installed" test -s "$root/$file"
done
for tee in default tdx sgx snp cca virtcca nitro itrustee csv nvidia tpm az_snp_vtpm az_tdx_vtpm ascend_npu; do
    fact "the policy $tee.json is installed, and good" \
        "$root/bin/ratls" policy check "$root/share/ratls/policies/$tee.json"
done
if grep -qx 'RATLS_RIM:BOOL=\(1\|ON\)' "$build/CMakeCache.txt"; then
    fact 'ratls-rim runs where it was installed' "$root/bin/ratls-rim" --version
    fact 'it loads libxml2' loads "$root/bin/ratls-rim" libxml2
fi
for binary in "$root/bin/ratls" "$root/bin/ratls-proxy" "$library" "$fetch" "$store" "$opa"; do
    fact "only ratls-rim parses XML: $(basename "$binary")" refuse named_xml "$binary"
done
for program in ratls ratls-proxy; do
    fact "$program runs where it was installed" "$root/bin/$program" --version
done
hardened() {
    readelf -lW "$1" | grep -q GNU_RELRO && readelf -dW "$1" | grep -q 'BIND_NOW\|NOW' &&
        refuse grep -q 'GNU_STACK.*RWE' <(readelf -lW "$1") &&
        readelf -hW "$1" | grep -q 'Type: *DYN'
}
for file in "$root/bin/ratls" "$root/bin/ratls-proxy" "$library" "$fetch" "$store" "$opa"; do
    fact "$(basename "$file") is hardened: PIE or shared, RELRO, bound at start, no executable stack" \
        hardened "$file"
done

# ---- headers ----
for header in "$root"/include/ratls/*.h; do
    name=$(basename "$header")
    echo "#include <ratls/$name>" >"$work/one.c"
    # shellcheck disable=SC2046 # flags
    fact "ratls/$name compiles alone" cc -std=c11 -Wall -Wextra -Wpedantic -Werror -I"$root/include" \
        $(pkg-config --cflags wolfssl) -fsyntax-only "$work/one.c"
done

# ---- two users ----
cat >"$work/user.c" <<'END'
#include <ratls/ratls.h>
#include <stdio.h>
int main(void)
{
    struct ratls_trust *trust = NULL;
    if (ratls_trust_new(ratls_env_system(), &trust) != RATLS_OK)
        return 1;
    ratls_trust_unref(trust);
    return puts(ratls_err_reason(RATLS_OK)) < 0;
}
END
cat >"$work/asks.c" <<'END'
#include <ratls/appraise.h>
#include <ratls/opa.h>
int main(void)
{
    ratls_decide_fn *decide = ratls_opa_judge;
    struct ratls_opa *opa = NULL;
    enum ratls_err e = ratls_opa_new("http+unix:/run/opa.sock", "a", 1000, &opa, NULL);
    ratls_opa_free(opa);
    return e || !decide;
}
END
asks_by_pkg_config() {
    local flags
    flags=$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --define-variable=prefix="$root" \
        --cflags --libs ratls-opa) || return
    # shellcheck disable=SC2086 # flags
    cc -std=c11 "$work/asks.c" -o "$work/asks" $flags && LD_LIBRARY_PATH=$libdir "$work/asks"
}
fact 'a program that asks an OPA builds with pkg-config and runs' asks_by_pkg_config
by_pkg_config() {
    local flags
    flags=$(PKG_CONFIG_PATH=$libdir/pkgconfig pkg-config --define-variable=prefix="$root" \
        --cflags --libs ratls) || return
    # shellcheck disable=SC2086 # flags
    cc -std=c11 "$work/user.c" -o "$work/user" $flags && LD_LIBRARY_PATH=$libdir "$work/user"
}
fact 'a program builds with pkg-config and runs' by_pkg_config
mkdir "$work/project"
cp "$work/user.c" "$work/project/"
cat >"$work/project/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.25)
project(user C)
find_package(ratls 0.1 REQUIRED)
add_executable(user user.c)
target_link_libraries(user ratls::ratls)
END
by_cmake() {
    cmake -S "$work/project" -B "$work/project/build" -DCMAKE_PREFIX_PATH="$root" &&
        cmake --build "$work/project/build" && "$work/project/build/user"
}
fact 'a program builds with find_package(ratls) and runs' by_cmake

# ---- rooms: the compile command of a file, with another text in its place ----
compiles_in_room() { # file of the room, header
    local command
    echo "#include \"$2\"" >"$work/probe.c"
    command=$(grep -B1 "\"file\": \"$PWD/$1\"" "$build/compile_commands.json" |
        sed -n 's/^ *"command": "\(.*\)",$/\1/p' | sed 's/\\"/"/g' |
        sed "s| -o [^ ]* -c [^ ]*| -fsyntax-only $work/probe.c|")
    (cd "$build" && sh -c "$command")
}
while read -r file own foreign; do
    fact "$(dirname "$file") sees $own" compiles_in_room "$file" "$own"
    fact "$(dirname "$file") cannot see $foreign" refuse compiles_in_room "$file" "$foreign"
done <<'END'
ratls/base/text.c base.h x509.h
certs/der.c base.h registry.h
certs/der.c der.h conn.h
verifiers/tdx/parse.c quote.h policy.h
verifiers/registry.c registry.h session.h
verifiers/cca/verify.c arm_token.h policy.h
verifiers/virtcca/token.c cose.h trust.h
verifiers/csv/chain.c hygon.h trust.h
ratls/attesters/tsm.c base.h conn.h
ratls/attesters/tsm.c attesters.h sim_snp.h
ratls/attesters/sim/sim_cca.c attesters.h cose.h
ratls/conn.c registry.h dcap.h
ratls/tool/main.c ratls/ratls.h base.h
proxy/main.c ratls/ratls.h base.h
ratls/http/easy.c base.h json.h
ratls/offload/device.c offload.h crypto.h
certs/crypto.c offload.h json.h
certs/sm/sm2.c sm.h crypto.h
ratls/opa/opa.c json.h trust.h
ratls/opa/opa.c answer.h x509.h
ratls/outside.c trust.h answer.h
ratls/store/store.c json.h trust.h
ratls/store/folder.c backend.h corim.h
ratls/bundle/bundle.c json.h trust.h
ratls/bundle/corim_read.c cbor_strict.h backend.h
ratls/custody/release.c snapshot.h trust.h
ratls/store/store.c snapshot.h sealed.h
ratls/trust.c trust.h backend.h
ratls/baseline.c baseline.h refval.h
proxy/main.c ratls/store.h backend.h
proxy/main.c ratls/opa.h address.h
ratls/tool/cmd_store.c ratls/bundle.h store_impl.h
examples/blocking.c ratls/ratls.h base.h
END
exit $bad
