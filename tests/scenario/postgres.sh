#!/usr/bin/env bash
# PostgreSQL through the tunnel, by its own tools: sessions that last, many at once, rows both ways.
. "$(dirname "$0")/lib.sh"

export PGUSER=ratls PGDATABASE=postgres PGCONNECT_TIMEOUT=20
transactions=500
[ -z "${RATLS_QUICK:-}${RATLS_SANITIZED:-}" ] || transactions=50

ports tls plain
make_database
start_database

usual_pair
service server sql "127.0.0.1:${port[tls]}" "127.0.0.1:${port[database]}"
service client sql "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
start_proxy server client

direct() { psql -h 127.0.0.1 -p "${port[database]}" -XqAt "$@"; }
through() { psql -h 127.0.0.1 -p "${port[plain]}" -XqAt "$@"; }
rows='select string_agg(md5(aid::text || abalance), chr(10) order by aid) from pgbench_accounts'

check 'psql asks through the tunnel' equal "$(through -c 'select 6 * 7')" 42
check 'pgbench fills its tables through the tunnel' \
    pgbench -h 127.0.0.1 -p "${port[plain]}" -i -q
check "8 clients run $transactions transactions each" \
    pgbench -h 127.0.0.1 -p "${port[plain]}" -n -c 8 -j 2 -t $transactions
check 'each transaction is there once' \
    equal "$(direct -c 'select count(*) from pgbench_history')" $((8 * transactions))
direct -c "$rows" >direct.rows
through -c "$rows" >through.rows
check 'many rows come back unharmed' cmp direct.rows through.rows
check 'and they are many' test "$(wc -c <through.rows)" -gt 3000000
check 'the access log of the server has the sessions' wait_for server.log '"reason":"ok"' 11
