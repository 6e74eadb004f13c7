#!/usr/bin/env bash
# What a worker, which faces the network, can do and what it knows (T71).
. "$(dirname "$0")/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
    skip 'workers give up their privileges' 'not root'
    exit 0
fi
ports web tls plain
start_nginx "${port[web]}"
usual_pair
openssl req -new -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \
    -subj /CN=canary-ca -addext keyUsage=critical,keyCertSign -days 1 2>openssl.out
chmod 600 ca.key
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}" \
    "identity-ca-cert = $work/ca.pem" "identity-ca-key = $work/ca.key"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes' \
    "CAfile = $work/ca.pem"
start_proxy server client
check 'the CA-signed identity works' equal "$(get "${port[plain]}")" hello

status() { sed -n "s/^$2:[[:space:]]*\([0-9a-fx]*\).*/\1/p" "/proc/$1/status"; }
nobody=$(id -u nobody)
worker=$(pgrep -P "${pid[server]}" | head -n 1)
for worker in $(pgrep -P "${pid[server]}"); do
    check 'a worker runs as nobody' equal "$(status "$worker" Uid) $(status "$worker" Gid)" \
        "$nobody $(id -g nobody)"
    check 'a worker has no capability' equal "$(status "$worker" CapPrm)$(status "$worker" CapEff)" \
        00000000000000000000000000000000
    check 'a worker cannot gain privileges' equal "$(status "$worker" NoNewPrivs)" 1
    check 'a worker leaves no core' grep -q 'Max core file size *0 *0' "/proc/$worker/limits"
    [ -n "${RATLS_SANITIZED:-}" ] && continue
    check 'a worker cannot be traced by its own user' equal "$(stat -c %U "/proc/$worker/mem")" root
done
[ -n "${RATLS_SANITIZED:-}" ] && skip 'a worker cannot be traced' 'the leak check needs it'
check 'no file of the server but sockets, log and pipes is open in a worker' \
    equal "$(find "/proc/$worker/fd" -lname "$work/*" -printf '%l\n' | grep -v '/server\.\(log\|out\)$')" ''

# ---- what is in the memory of a process ----
knows() { # PID HEX: 0 when the bytes, or their reverse, are in its memory
    perl - "$1" "$2" <<'END'
my ($pid, $hex) = @ARGV;
my $plain = pack 'H*', $hex;
my $turned = reverse $plain;
open my $maps, '<', "/proc/$pid/maps" or exit 2;
open my $mem, '<:raw', "/proc/$pid/mem" or exit 2;
while (<$maps>) {
    next unless /^([0-9a-f]+)-([0-9a-f]+) rw/;
    my ($from, $to) = (hex $1, hex $2);
    next if $to - $from > 1 << 28;
    seek $mem, $from, 0;
    read $mem, my $bytes, $to - $from or next;
    exit 0 if index($bytes, $plain) >= 0 || index($bytes, $turned) >= 0;
}
exit 1;
END
}
scalar() { # FILE: private scalar of a P-256 key, hex
    openssl ec -in "$1" -noout -text 2>/dev/null | sed -n '/^priv:/,/^pub:/p' |
        grep '^ ' | tr -d ' :\n' | tail -c 64
}
text_hex() { printf %s "$1" | od -An -tx1 | tr -d ' \n'; }
if [ -z "${RATLS_SANITIZED:-}" ]; then
    check 'control: a worker knows the name of the CA' knows "$worker" "$(text_hex canary-ca)"
    check 'control: the master knows the key of the platform' \
        knows "${pid[server]}" "$(scalar pki-server/pck.key)"
    for worker in $(pgrep -P "${pid[server]}"); do
        check 'a worker does not know the key of the CA' refuse knows "$worker" "$(scalar ca.key)"
        for key in root ca pck; do
            check "a worker does not know the simulated platform's $key key" \
                refuse knows "$worker" "$(scalar pki-server/$key.key)"
        done
    done
else
    skip 'what is in the memory of a worker' 'too much of it under a sanitizer'
fi
