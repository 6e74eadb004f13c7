#!/usr/bin/env bash
# The comparison with other proxies runs and comes to a report. What it measures is not judged here.
# Plain builds only.
. "$(dirname "$0")/lib.sh"

if [ -n "${RATLS_SANITIZED:-}" ]; then
    skip 'the comparison runs' 'a sanitizer is no measure'
    exit 0
fi
check 'the comparison runs' env RATLS_BUILD_DIR="$build" timeout 240 "$here/../bench/run.sh" --smoke --installed \
    --out "$work/report"
check 'and every part has rows' equal \
    "$(jq -r '[.rows[].part] | unique | join(" ")' report/report.json)" 'a b c d e f'
check 'with all that we measure of ourselves' equal \
    "$(jq '[.rows[] | select(.values.attested == null and .values.plain == null)] | length' report/report.json)" 0
check 'and a peer to be held against' equal \
    "$(jq '[.rows[] | select(.values.stunnel == null)] | length' report/report.json)" 0
check 'as a table, too' grep -q '^| 1 stream, Gbit/s | ' report/report.md
check 'parts that are none are wrong usage' status 2 "$here/../bench/run.sh" --only x
check 'as are numbers that are none' status 2 "$here/../bench/run.sh" --runs 0
check 'and options that are none' status 2 "$here/../bench/run.sh" --fast
