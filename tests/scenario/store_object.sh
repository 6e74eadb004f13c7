#!/usr/bin/env bash
# A store in an object store, by the command: Ceph's radosgw, TLS before it, gateways that answer too
# early, servers that keep no conditions; who may not, who is down, who hangs, who is killed.
. "$(dirname "$0")/lib.sh"

if [ -z "${RATLS_OBJECT_STORE:-}" ]; then
    skip 'store_object' 'tests/run.sh started no object store'
    exit 0
fi
server=$(cat "$RATLS_OBJECT_STORE/url") access=$(cat "$RATLS_OBJECT_STORE/access")
secret=$(cat "$RATLS_OBJECT_STORE/secret") prefix=$(basename "$work" | tr -d .)
canary='canary-7f3a-never-in-clear'

keys() { # FILE SECRET [CA]
    (umask 077 && printf '{"region": "us-east-1", "access_key": "%s", "secret_key": "%s"%s}\n' \
        "$access" "$2" "${3:+, \"ca_file\": \"$3\"}" >"$1")
}
says() { # EXIT TEXT COMMAND...: of ratls; TEXT is a basic regular expression
    status "$1" "$ratls" "${@:3}" || return
    ! grep -q "$secret" command.out || { echo 'the key is shown'; return 1; }
    grep -q -- "$2" command.out || { echo "no '$2': $(cat command.out)"; return 1; }
}
add() { # NAME [OPTION...]
    "$ratls" policy add --store "$url" --name "$1" --author alice --state active "${@:2}" policy.json
}
object() { # VERB CURL-OPTION...: behind the store's back, FILE `object`
    [ "$1" = PUT ] || : >object
    curl -sf --noproxy '*' --aws-sigv4 aws:amz:us-east-1:s3 -u "$access:$secret" -X "$@" \
        -H "x-amz-content-sha256: $(sha256sum <object | cut -d' ' -f1)" "$server/ratls/$prefix/store"
}
# put: what is in `object` is there now. To radosgw a PUT without condition is a success also where it lost a
# race, here against one that was under way when its sender was killed; it is then not written.
put() {
    local n
    cp object put
    for n in 1 2 3 4 5; do
        cp put object
        object PUT --data-binary @object && object GET -o after && cmp -s put after && return
        sleep "0.$n"
    done
    return 1
}

keys keys.json "$secret"
url="s3+$server/ratls/$prefix?keys=$work/keys.json"
printf '{"tees": {"tdx": {"measurements": ["%s"]}}}' "$code_X" >policy.json

# ---- as every place ----
check 'there is none yet' says 2 'not_found' policy list --store "$url"
check 'a store is made' status 0 "$ratls" store create --store "$url"
check 'an item is added' says 0 '^policy/web@1 *active' policy add --store "$url" --name web \
    --author alice --state active policy.json
head=$("$ratls" store check --store "$url")
check 'and another' status 0 add db
check 'one is revoked' says 0 'revoked' policy revoke web@1 --store "$url" --author bob
check 'the trail tells' says 0 '3 .*bob *revoke *policy//web/1' store history --store "$url"
check 'it is whole, and goes on from where it was' says 0 '^3:' store check --store "$url" --head "$head"

# ---- who may not ----
keys wrong.json not-the-secret
check 'a wrong key is denied' says 2 'store_denied.*SignatureDoesNotMatch' \
    store check --store "${url/keys.json/wrong.json}"
cp keys.json loose.json && chmod 640 loose.json
check 'keys that others may read are not used' says 2 'store_denied.*mode 0640' \
    store check --store "${url/keys.json/loose.json}"
check 'there are none without a file' says 2 'store_denied' store check --store "${url/keys.json/none.json}"
check 'nor a bucket' says 2 'not_found.*NoSuchBucket' store create --store "${url/ratls\//nobody/}"

# ---- secrets ----
"$ratls" kek new "$work/kek" >kek.out || exit 2
printf %s "$canary" >value
check 'a secret is kept' says 0 '^key@1 *active' secret put key --store "$url" --kek "file:$work/kek" \
    --policy db --author alice --in value
check 'and opened' equal "$("$ratls" secret open key --reveal --store "$url" --kek "file:$work/kek")" "$canary"
check 'the object has it' object GET -o object
check 'sealed' grep -q ratls-secret/1 object
check 'not in clear' refuse grep -qF "$canary" object

# ---- several at once, and some that die ----
writer() { # NAME
    local i
    for i in 1 2 3 4; do
        add "$1-$i" >>"$1.out" 2>&1 || return
    done
}
writers() {
    local a b
    writer a & a=$!
    writer b & b=$!
    if ! wait $a || ! wait $b; then
        cat a.out b.out
        return 1
    fi
    equal "$("$ratls" policy list --store "$url" | grep -c '/[ab]-[1-4]@1 *active')" 8
}
check 'of two writers nothing is lost' writers
killed() {
    local i known
    for i in 1 2 3 4 5 6; do
        known=$("$ratls" store check --store "$url") || return
        add "killed-$i" >killed.out 2>&1 &
        sleep "0.0$((RANDOM % 10))"
        kill -KILL $! 2>/dev/null
        wait $! 2>/dev/null
        "$ratls" store check --store "$url" --head "$known" >check.out || { cat check.out; return 1; }
    done
}
check 'whoever is killed has changed all or nothing' killed

# ---- tampering ----
cp object whole && object GET -o object && cp object whole
sed '/^.*"name":"db"/s/c1/c2/;/"name":"db"/s/alice/mallo/' whole >object
check 'the object is changed behind its back' put
check 'which is noticed' says 1 'store_tampered' store check --store "$url"
head -c 17000000 /dev/zero | tr '\0' a >object
check 'one that is too large' put
check 'is not read to its end' says 2 'limit_exceeded\|too large' store check --store "$url"
cp whole object
check 'what was there is put back' put
check 'and taken' status 0 "$ratls" store check --store "$url"

# ---- TLS ----
ports tls gateway gives_up loose half other bare moved
cat >stunnel.conf <<END
foreground = yes
[s3]
accept = 127.0.0.1:${port[tls]}
connect = ${server#http://}
cert = $work/tls.pem
END
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout tls.key -out tls.crt -days 2 \
    -subj /CN=store -addext 'subjectAltName=IP:127.0.0.1' 2>openssl.out
cat tls.key tls.crt >tls.pem
launch stunnel stunnel stunnel.conf
check 'TLS is before it' wait_for stunnel.out 'Configuration successful'
keys tls.json "$secret" "$work/tls.crt"
https="s3+https://127.0.0.1:${port[tls]}/ratls/$prefix?keys=$work"
check 'its certificate is verified' says 0 '^[0-9]*:' store check --store "$https/tls.json"
check 'and refused when nobody vouches for it' says 2 'store_failed.*certificate' \
    store check --store "$https/keys.json"
kill -STOP "${pid[stunnel]}"
check 'a server that hangs is given up' says 2 'timeout.*1000 ms' store check --store "$https/tls.json&timeout=1"
kill -CONT "${pid[stunnel]}"
stop stunnel
check 'one that is down is told' says 2 'store_failed' store check --store "$https/tls.json"

# ---- gateways, and servers that keep no conditions: nginx ----
mkdir -p loose half other "bare/ratls/$prefix"
cp whole "bare/ratls/$prefix/store"
chmod 777 loose half other
run_nginx "${port[gateway]}" <<END
access_log $work/access.log;
server {
    listen 127.0.0.1:${port[gateway]};
    client_max_body_size 32m;
    proxy_set_header Host \$http_host;
    location / {
        error_page 418 = @early;
        set \$what "\$request_method \$uri";
        if (\$what = "PUT /ratls/$prefix/store") { return 418; }
        proxy_pass $server;
    }
    location @early {
        mirror /server;
        proxy_pass http://127.0.0.1:${port[gives_up]};
    }
    location /server {
        internal;
        proxy_ignore_client_abort on;
        proxy_pass $server\$request_uri;
    }
}
server {
    listen 127.0.0.1:${port[gives_up]};
    return 504;
}
server {
    listen 127.0.0.1:${port[loose]};
    root $work/loose;
    location / { dav_methods PUT DELETE; create_full_put_path on; add_header ETag '"x"' always; }
}
server {
    listen 127.0.0.1:${port[half]};
    root $work/half;
    location / {
        set \$made '';
        if (-f \$request_filename) { set \$made there; }
        if (\$http_if_none_match = '*') { set \$made \$made-absent; }
        if (\$made = there-absent) { return 412; }
        dav_methods PUT DELETE; create_full_put_path on; add_header ETag '"x"' always;
    }
}
server { # its ETag is always the same: only the last PUT of the trial, of 5 bytes, is refused
    listen 127.0.0.1:${port[other]};
    root $work/other;
    location / {
        set \$what "\$http_if_match \$http_content_length";
        if (\$what = '"x" 5') { return 412; }
        dav_methods PUT DELETE; create_full_put_path on; add_header ETag '"x"' always;
    }
}
server {
    listen 127.0.0.1:${port[bare]};
    root $work/bare;
    etag off;
}
server {
    listen 127.0.0.1:${port[moved]};
    return 307 $server\$request_uri;
}
END
count=$("$ratls" store check --store "$url" | cut -d: -f1)
direct=$url
url="s3+http://127.0.0.1:${port[gateway]}/ratls/$prefix?keys=$work/keys.json"
check 'a gateway that gives up says no more than that' status 0 add early
check 'and again' status 0 add early2
url=$direct
check 'nothing was done twice' equal "$("$ratls" store check --store "$url" | cut -d: -f1)" $((count + 2))
check 'the gateway did answer before the server' grep -q '" 504 ' access.log
for kind in loose half other; do
    check "a server that keeps no conditions is refused ($kind)" says 2 'unsupported.*keeps no conditions' \
        store create --store "s3+http://127.0.0.1:${port[$kind]}/ratls/$prefix?keys=$work/keys.json"
    check "nothing stays there ($kind)" equal "$(find $kind -type f)" ''
done
check 'one without ETags is not read either' says 2 'store_failed.*no strong ETag' \
    store check --store "s3+http://127.0.0.1:${port[bare]}/ratls/$prefix?keys=$work/keys.json"
check 'no redirect is followed' says 2 'store_failed.*status 307' \
    store check --store "s3+http://127.0.0.1:${port[moved]}/ratls/$prefix?keys=$work/keys.json"
