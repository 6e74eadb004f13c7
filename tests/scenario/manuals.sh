#!/usr/bin/env bash
# Manuals are sound, and ratls(3) says what the headers say (T164).
. "$(dirname "$0")/lib.sh"
top=$(realpath "$here/../..")
[ -z "${RATLS_SANITIZED:-}" ] || { skip 'manuals' 'the same under a sanitizer'; exit 0; }

for page in "$top"/ratls/man/*.[1-8] "$top"/proxy/man/*.[1-8]; do
    name=$(basename "$page")
    check "$name is formatted without a warning" equal "$(groff -ww -man -Tutf8 "$page" 2>&1 >page.txt)" ''
done

functions() { grep -ohE '\bratls_[a-z0-9_]+' "$@" | sort -u; }
# Functions in the text are bold, with () behind them; in the example they are called.
sed 's/ \{0,1\}()/()/g; s/\\-/-/g' "$top/ratls/man/ratls.3" | grep -ohE '\bratls_[a-z0-9_]+ ?\(\)?' |
    tr -d ' ()' | sort -u >named
functions "$top"/ratls/include/ratls/*.h >declared
check 'ratls(3) names functions' test "$(wc -l <named)" -gt 40
check 'every function that ratls(3) names is in a header' equal "$(comm -23 named declared)" ''
for header in "$top"/ratls/include/ratls/*.h; do
    check "ratls(3) says what $(basename "$header") is for" grep -q "^\.BR\{0,1\} .*$(basename "$header")" "$top/ratls/man/ratls.3"
done

sed -n '/^\.EX/,/^\.EE/p' "$top/ratls/man/ratls.3" | grep -v '^\.E' | sed 's/\\e/\\/g' >example.c
echo 'int main(void) { return talk(0, (struct ratls_bytes){0}) == RATLS_OK; }' >>example.c
check 'the example of ratls(3) compiles' cc -std=c11 -Wall -Wextra -Wpedantic -Werror \
    -I"$top/ratls/include" example.c -o example -L"$build" -lratls
check 'and runs: without a policy it refuses' env LD_LIBRARY_PATH="$build" ./example
