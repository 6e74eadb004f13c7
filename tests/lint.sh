#!/usr/bin/env bash
# Size, complexity, layout and include rules over the whole source: prints a table of the largest
# and every violation; exits 1 when there is one. Needs pmccabe, clang-format, shellcheck.
set -u
cd "$(dirname "$0")/.." || exit 2

MAX_FUNCTION=60 MAX_TEST_FUNCTION=80 REVIEW_FUNCTION=40 MAX_FILE=800
MAX_PARAMETERS=5 MAX_COMPLEXITY=12 MAX_NESTING=3
# Callbacks and stand-ins whose parameters wolfSSL prescribes.
FOREIGN_SIGNATURES='refuse_ticket|hkdf_[a-z_]*|choose_alpn|choose_frames|wc_[a-z_]*|wolfSSL_[A-Za-z_]*'

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
rooms=(ratls proxy verifiers certs examples tests)
find "${rooms[@]}" -name '*.[ch]' -type f | sort >"$work/files"
grep '\.c$' "$work/files" >"$work/sources"
grep -rlE --exclude-dir='build*' --exclude-dir=.git '^#!.*[/ ](ba)?sh$' . | sort >"$work/scripts"
mapfile -t files <"$work/files"
mapfile -t sources <"$work/sources"
mapfile -t scripts <"$work/scripts"
: >"$work/fail"

fail() { # kind, then lines on stdin
    sed "s/^/$1: /" >>"$work/fail"
}

# One line for each function: file, first line, name, lines, parameters, nesting. .clang-format puts
# `{` and `}` of a function, and nothing else that matters here, into the first column.
measure() {
    awk -v OFS='\t' '
    function parameters(text,    i, c, depth, n) {
        if (text !~ /\(/ || text ~ /\([ ]*(void)?[ ]*\)[^()]*$/)
            return 0
        n = 1
        for (i = length(text); i > 0; i--) {
            c = substr(text, i, 1)
            if (c == ")") depth++
            else if (c == "(" && --depth == 0) break
            else if (c == "," && depth == 1) n++
        }
        return n
    }
    function name(text) {
        if (text ~ /^(Test|ParameterizedTest|ParameterizedTestParameters|TestSuite)\(/)
            return substr(text, 1, index(text, ")"))
        sub(/\(.*/, "", text)
        sub(/.*[ *]/, "", text)
        return text
    }
    FNR == 1 { head = ""; inside = 0 }
    !inside && /^[A-Za-z_]/ && !/;$/ { head = $0; first = FNR; next }
    !inside && head != "" && /^ / { head = head $0; next }
    !inside && head ~ /\(/ && /^\{/ { inside = 1; deepest = 0; next }
    inside && /^\}/ {
        print FILENAME, first, name(head), FNR - first + 1, parameters(head), deepest
        inside = 0; head = ""; next
    }
    inside && /^ +(\} )?(if|else|for|while|do|switch|[A-Z_]*FOREACH)[ (]/ {
        match($0, /^ +/)
        if (RLENGTH / 4 > deepest) deepest = int(RLENGTH / 4)
        next
    }
    !inside { head = "" }
    ' "$@"
}

check_sizes() {
    measure "${sources[@]}" >"$work/functions"
    awk -F'\t' -v max=$MAX_FUNCTION -v tests=$MAX_TEST_FUNCTION '
        $4 > ($1 ~ /^tests\// ? tests : max) {print $1 ":" $2 ": " $3 " has " $4 " lines"}
    ' "$work/functions" | fail 'function too long'
    awk -F'\t' -v max=$MAX_PARAMETERS -v foreign="^($FOREIGN_SIGNATURES)\$" '
        $5 > max && $3 !~ foreign {print $1 ":" $2 ": " $3 " has " $5}
    ' "$work/functions" | fail 'too many parameters'
    awk -F'\t' -v max=$MAX_NESTING '$6 > max {print $1 ":" $2 ": " $3 " goes " $6 " deep"}' \
        "$work/functions" | fail 'nesting'
    wc -l "${files[@]}" | awk '$2 != "total" {print $1 "\t" $2}' | sort -rn >"$work/lengths"
    awk -F'\t' -v max=$MAX_FILE '$1 > max {print $2 " has " $1 " lines"}' "$work/lengths" |
        fail 'file too long'
}

check_complexity() { # the second column of pmccabe is McCabe's own measure
    pmccabe "${sources[@]}" 2>/dev/null | sort -k2,2 -rn >"$work/complexity"
    awk -v max=$MAX_COMPLEXITY '$2 > max {print $6 " " $7 " has " $2}' "$work/complexity" |
        fail 'complexity'
}

each() { # command, files: some at a time, on all processors
    # shellcheck disable=SC2086 # a command with options
    printf '%s\0' "${@:2}" | xargs -0 -P "$(nproc)" -n 16 $1
}

check_layout() {
    each 'clang-format --dry-run -Werror' "${files[@]}" 2>&1 | grep 'error:' |
        awk -F: '!seen[$1]++ {print $1 ":" $2}' | fail 'clang-format'
    grep -nE '[[:space:]]+$' "${files[@]}" "${scripts[@]}" | fail 'trailing space'
    each 'shellcheck -x -f gcc' "${scripts[@]}" | fail 'shellcheck'
}

# house-style.md rule 19, and the direction in which programs may look.
check_includes() {
    grep -nE '^#include [<"]wolfssl/(ssl|internal)\.h' "${files[@]}" |
        grep -vE '^(ratls/tls[a-z_]*\.[ch]|tests/.*|examples/.*):' | fail 'wolfSSL TLS header'
    grep -nE '^#include [<"]wolfssl/' "${files[@]}" |
        grep -vE '^(ratls/tls[a-z_]*\.[ch]|ratls/offload/.*|certs/.*|verifiers/common/.*|tests/.*|examples/.*):' |
        fail 'wolfCrypt header'
    grep -nE '^#include [<"]openssl/' "${files[@]}" | grep -vE '^(ratls/offload|certs/sm)/' | fail 'OpenSSL header'
    grep -nE '^#include [<"]gcrypt' "${files[@]}" | grep -v '^certs/sm/gcm/' | fail 'libgcrypt header'
    grep -nE '^#include "' "${files[@]}" |
        grep -E '^(proxy|examples|ratls/tool)/' | while IFS=: read -r file line text; do
        header=${text#*\"} header=${header%%\"*}
        case $header in
        ratls/*) [ -e "ratls/include/$header" ] && continue ;;
        */*) ;;
        *) ls "$(dirname "$file")/$header" "${file%%/*}"/*/"$header" >"$work/found" 2>&1
            grep -vq 'No such file' "$work/found" && continue ;; # rooms: see CMakeLists.txt
        esac
        echo "$file:$line: $header"
    done | fail 'not a public header'
}

check_words() {
    grep -nE '\b(strcpy|strcat|sprintf|vsprintf|gets|strtok|alloca|atoi|atol|rand|system|popen|tmpnam) ?\(' \
        "${files[@]}" | grep -vE '^(tests|examples)/' | fail 'forbidden function'
    grep -E '^(ratls|certs|verifiers)/' "$work/sources" | grep -v '^ratls/tool/' |
        xargs grep -nE '\b(exit|abort|printf|fprintf|perror|puts) ?\(|\b(stdout|stderr)\b' |
        grep -vE '(format\(printf|RATLS_PRINTF)' | fail 'not in a library'
    grep -nE '^typedef struct' "${files[@]}" | fail 'typedef of a struct'
}

report() {
    printf '%d functions in %d sources, %d files, %d lines\n' "$(wc -l <"$work/functions")" \
        "${#sources[@]}" "${#files[@]}" "$(awk '{n += $1} END {print n}' "$work/lengths")"
    awk -F'\t' '$1 !~ /^tests/ {print $4}' "$work/functions" | sort -n | awk '
        {a[NR] = $1}
        END {print "function lines: median " a[int((NR + 1) / 2)] ", p95 " a[int(NR * .95)]}'
    echo "longest functions (review above $REVIEW_FUNCTION):"
    sort -t"$(printf '\t')" -k4,4 -rn "$work/functions" |
        awk -F'\t' -v mark=$REVIEW_FUNCTION '$4 > mark || NR <= 5 {printf "  %3d %s:%d %s\n", $4, $1, $2, $3}'
    echo 'largest files:'
    head -5 "$work/lengths" | awk -F'\t' '{printf "  %4d %s\n", $1, $2}'
    echo 'most complex functions:'
    head -5 "$work/complexity" | awk '{printf "  %3d %s %s\n", $2, $6, $7}'
}

for tool in pmccabe clang-format shellcheck; do
    command -v $tool >/dev/null || { echo "lint: $tool is missing" >&2; exit 2; }
done
check_sizes
check_complexity
check_layout
check_includes
check_words
report
if [ -s "$work/fail" ]; then
    echo "$(wc -l <"$work/fail") violations:"
    sed 's/^/  /' "$work/fail"
    exit 1
fi
echo 'no violations'
