#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test. See usage below.
set -u
cd "$(dirname "$0")/.." || exit 2
. tests/packages.sh

PARTS='lint unit install scenario fuzz asan tsan'
usage() {
    cat <<END
usage: tests/run.sh [--quick] [PART...]

  lint      size, complexity, layout and include rules
  unit      Criterion programs
  install   the installed library, used from pkg-config and CMake
  scenario  whole processes: proxies, nginx, curl, openssl, stunnel
  fuzz      each fuzz target for \$RATLS_FUZZ_SECONDS (2) from a fresh corpus
  asan      unit and scenario again under AddressSanitizer and UBSan
  tsan      the proxy and the command in a scenario under ThreadSanitizer

All of them without PART; --quick leaves out fuzz, asan, tsan and makes scenarios smaller.
A part may be narrowed: unit=der, scenario=tunnel_http, asan=timers, fuzz=x509.
RATLS_VECTORS  folder of real evidence (../shared/vectors)
RATLS_BUILD    build folder (build); the others are named after it
END
}

parts=() quick=
for arg; do
    case $arg in
    --quick) quick=1 ;;
    -h | --help) usage; exit 0 ;;
    *) parts+=("$arg") ;;
    esac
done
if [ ${#parts[@]} -eq 0 ]; then
    [ -n "$quick" ] && PARTS='lint unit install scenario'
    read -ra parts <<<"$PARTS"
fi
for part in "${parts[@]}"; do
    [[ " $PARTS " = *" ${part%%=*} "* ]] || { usage >&2; exit 2; }
done

build=$(realpath -m "${RATLS_BUILD:-build}")
jobs_max=$(nproc)
log=$build/test-logs
rm -rf "$log"
mkdir -p "$log" || exit 2
: >"$log/results"

RATLS_VECTORS=$(realpath -m "${RATLS_VECTORS:-../shared/vectors}")
export RATLS_VECTORS RATLS_QUICK=$quick
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1

# ---- bookkeeping ----

result() { # pass|fail|skip, name, why
    printf '%s\t%s\t%s\n' "$1" "$2" "${3:-}" >>"$log/results"
    case $1 in
    fail) echo "FAIL $2${3:+: $3}" ;;
    skip) echo "skip $2${3:+: $3}" ;;
    esac
}

printable() {
    LC_ALL=C tr -cd '\11\12\40-\176'
}

tail_of() { # file[, lines]: shown below a failure, after what compilers call errors
    grep -ahE '(error|Error):? ' "$1" 2>/dev/null | head -n 8 | printable | sed 's/^/    > /'
    tail -n "${2:-25}" "$1" 2>/dev/null | printable | sed 's/^/    | /'
    echo "    (all of it: $1)"
}

step() { # name, command...: one result, output to a log
    local name=$1 out=$log/${1//[^A-Za-z0-9_.-]/_}.log
    shift
    if "$@" >"$out" 2>&1; then
        result pass "$name"
    else
        result fail "$name" "exit $?"
        tail_of "$out"
        return 1
    fi
}

pool() { # how many at once, command...: in the background, as soon as there is room
    while [ "$(jobs -rp | wc -l)" -ge "$1" ]; do
        wait -n
    done
    "${@:2}" &
}

# `ok - x`, `not ok - x`, `ok - x # SKIP why` (Criterion) and `skip - x: why` (scenarios) on stdin.
count_lines() { # prefix of names
    local line name
    while IFS= read -r line; do
        name=${line#*ok - }
        name=${name%%  (*}
        case $line in
        'ok - '*'# SKIP'*) result skip "$1${name%%  #*}" "${line#*# SKIP }" ;;
        'ok - '*) result pass "$1$name" ;;
        'not ok - '*) result fail "$1$name" ;;
        'skip - '*)
            name=${line#skip - }
            result skip "$1${name%%: *}" "${name#*: }"
            ;;
        esac
    done
}

# ---- builds ----

configure_and_build() { # folder, targets ("" for all), cmake arguments...
    local dir=$1 targets=$2
    shift 2
    cmake -S . -B "$dir" "$@" || return
    # shellcheck disable=SC2086 # a list
    cmake --build "$dir" -j"$jobs_max" ${targets:+--target $targets}
}

build_main() {
    step 'build' configure_and_build "$build" '' -DCMAKE_BUILD_TYPE=RelWithDebInfo \
        -DRATLS_TESTS=ON -DCMAKE_INSTALL_PREFIX=/usr
}

# The instrumented ones in a third of the time: lines in reports, but no variables; a fast linker.
quickly=(-DCMAKE_BUILD_TYPE=RelWithDebInfo '-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1 -g1'
    -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold -DCMAKE_SHARED_LINKER_FLAGS=-fuse-ld=mold)

build_asan() {
    step 'build under ASan and UBSan' configure_and_build "$build-asan" '' "${quickly[@]}" \
        -DRATLS_SANITIZE=address
}

build_fuzz() {
    step 'build fuzz targets' configure_and_build "$build-fuzz" '' "${quickly[@]}" \
        -DCMAKE_C_COMPILER=clang -DRATLS_FUZZ=ON -DRATLS_TESTS=OFF
}

build_tsan() {
    step 'build under TSan' configure_and_build "$build-tsan" 'ratls_cmd ratls_proxy' \
        "${quickly[@]}" -DRATLS_SANITIZE=thread
}

# ---- parts ----

complaint='(Address|Leak|Thread)Sanitizer: |runtime error: '
unit_program() { # program, prefix
    local name tap out status planned found
    name=$(basename "$1")
    tap=$log/$2$name.tap
    out=$log/$2$name.log
    mkdir -p "$(dirname "$tap")"
    timeout -k 5 600 "$1" -j1 --tap="$tap" >"$out" 2>&1
    status=$?
    count_lines "$2" <"$tap"
    planned=$(sed -n 's/^1\.\.//p' "$tap")
    found=$(grep -acE '^(not )?ok ' "$tap")
    if [ "${planned:-0}" -ne "$found" ]; then
        result fail "$2$name" "$found of ${planned:-no} tests ended"
        tail_of "$out"
    elif grep -aq '^not ok' "$tap"; then
        grep -aA12 '^not ok' "$tap" | printable | sed 's/^/    | /'
        tail_of "$out" 10
    elif grep -qaE "$complaint" "$out"; then # Criterion overlooks what LeakSanitizer finds at exit
        result fail "$2$name" 'a sanitizer complains'
        grep -aE -A8 "$complaint" "$out" | head -n 30 | printable | sed 's/^/    | /'
    elif [ $status -ne 0 ]; then
        result fail "$2$name" "exit $status"
        tail_of "$out"
    fi
}

run_unit() { # build folder, prefix, what
    local program
    for program in "$1"/tests/*"$3"*_test; do
        if [ ! -e "$program" ]; then
            [ "$1" != "$build" ] || result fail "$2$3" 'no such test'
            continue # under sanitizers the name may be that of a scenario
        fi
        pool $((jobs_max + 1)) unit_program "$program" "$2" # some of them wait
    done
    wait
}

hundred=$$ # of ports: no two scenarios that run at once have the same
scenario() { # script, build folder, prefix, sanitizer
    local name out status
    name=$(basename "$1" .sh)
    out=$log/$3$name.log
    mkdir -p "$(dirname "$out")"
    # shellcheck disable=SC2086 # a command with options, or nothing
    timeout -k 30 420 env RATLS_BUILD_DIR="$2" RATLS_SANITIZED="${4:-}" RATLS_HUNDRED="$hundred" \
        ${wrap:-} "$1" >"$out" 2>&1
    status=$?
    grep -aE '^(ok|not ok|skip) - ' "$out" | count_lines "$3$name: "
    if ! grep -aqE '^(ok|not ok|skip) - ' "$out"; then
        result fail "$3$name" "nothing was tested, exit $status"
        tail_of "$out"
    elif grep -aq '^not ok - ' "$out"; then
        tail_of "$out" 60
    elif [ $status -ne 0 ]; then
        result fail "$3$name" "exit $status"
        tail_of "$out"
    fi
}

run_scenarios() { # build folder, prefix, what, sanitizer
    local script
    for script in tests/scenario/*"$3"*.sh; do
        if [ "${4:-}" = asan ] && [ -z "$3" ] && grep -q '^# Plain builds only' "$script"; then
            result skip "$2$(basename "$script" .sh)" 'plain builds only'
            continue
        fi
        hundred=$((hundred + 1))
        # They wait for most of their time.
        [ -x "$script" ] && pool $((jobs_max * 2)) scenario "$script" "$1" "$2" "${4:-}"
    done
    wait
}

fuzz_target() { # program
    local name seeds work=$log/fuzz seconds=${RATLS_FUZZ_SECONDS:-2}
    name=$(basename "$1" _fuzz)
    seeds=("$work/corpus/$name")
    [ -d "${seeds[0]}" ] || seeds=("$work"/corpus/*/)
    mkdir -p "$work/found/$name"
    step "fuzz/$name" "$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
        -max_len=65536 -print_final_stats=1 -artifact_prefix="$work/$name-" \
        "$work/found/$name" "${seeds[@]}"
}

run_fuzz() { # what
    local program
    mkdir -p "$log/fuzz"
    step 'forge makes the corpus' "$build-fuzz/tests/forge" corpus "$log/fuzz/corpus" || return
    for program in "$build-fuzz"/fuzz/*"$1"*_fuzz; do
        pool "$jobs_max" fuzz_target "$program"
    done
    wait
}

lint() {
    if tests/lint.sh >"$log/lint.log" 2>&1; then
        result pass lint
    else
        result fail lint "exit $?"
        tail_of "$log/lint.log" 60
    fi
}

# TSan needs a fixed address layout on some kernels.
run_tsan() { # what
    local probe=$log/tsan-probe.log script
    if ! setarch -R "$build-tsan/ratls" --version >"$probe" 2>&1; then
        result skip tsan "a program under ThreadSanitizer does not start here: $(head -1 "$probe")"
        return
    fi
    result skip 'tsan/unit' 'Criterion does not start under ThreadSanitizer'
    for script in tests/scenario/*"${1:-tunnel_http}"*.sh; do
        wrap='setarch -R' scenario "$script" "$build-tsan" tsan/ tsan
    done
}

want() { # part: is it wanted? The narrowing word is left in $only.
    local part
    for part in "${parts[@]}"; do
        [ "${part%%=*}" = "$1" ] || continue
        only=
        [[ $part = *=* ]] && only=${part#*=}
        return 0
    done
    return 1
}

# ---- an object store, for whatever tests stores: made while the build runs ----

object_store=$log/object-store
begin_object_store() {
    local part wanted=
    for part in "${parts[@]}"; do
        case $part in
        unit | scenario | asan | *=*store* | *=*s3* | *=*secret*) wanted=yes ;;
        esac
    done
    [ -n "$wanted" ] || return 0
    trap 'end_object_store' EXIT
    (bash tests/scenario/object_store.sh unpack "$build-object-store" &&
        bash tests/scenario/object_store.sh start "$build-object-store" "$object_store") \
        >"$log/object-store.log" 2>&1 &
    object_store_pid=$!
}
use_object_store() {
    [ -n "${object_store_pid:-}" ] || return 0
    if wait "$object_store_pid"; then
        export RATLS_OBJECT_STORE=$object_store
    else
        echo "no object store ($log/object-store.log): tests that need one are skipped"
    fi
}
end_object_store() {
    kill "$object_store_pid" 2>/dev/null
    [ ! -e "$object_store/pids" ] || bash tests/scenario/object_store.sh stop "$object_store"
}

timed() { # title, command...
    local begun=$SECONDS status=0
    echo "== $1"
    "${@:2}" || status=$?
    echo "   $((SECONDS - begun)) s"
    return $status
}

# ---- all of it ----

install_packages build demo test || result fail 'installing packages'
[ -d "$RATLS_VECTORS" ] || echo "no vectors in $RATLS_VECTORS: tests that read them are skipped"

only=
begin_object_store
want lint && timed 'lint' lint
if timed 'build' build_main; then
    timed 'object store' use_object_store
    want unit && timed 'unit tests' run_unit "$build" unit/ "$only"
    want install && timed 'install' scenario tests/install.sh "$build" ''
    want scenario && timed 'scenarios' run_scenarios "$build" scenario/ "$only"
fi
if want fuzz && timed 'build for fuzzing' build_fuzz; then
    timed 'fuzzing' run_fuzz "$only"
fi
if want asan && timed 'build under ASan and UBSan' build_asan; then
    want asan && timed 'unit tests under ASan and UBSan' run_unit "$build-asan" asan/ "$only"
    timed 'scenarios under ASan and UBSan' run_scenarios "$build-asan" asan-scenario/ "$only" asan
fi
if want tsan && timed 'build under TSan' build_tsan; then
    timed 'scenario under TSan' run_tsan "$only"
fi

count() {
    grep -ac "^$1	" "$log/results"
}
failed=$(count fail)
echo
[ "$failed" -eq 0 ] || sed -n 's/^fail\t\([^\t]*\)\t\(.*\)/failed: \1 \2/p' "$log/results"
echo "$(count pass) passed, $failed failed, $(count skip) skipped"
[ "$failed" -eq 0 ]
