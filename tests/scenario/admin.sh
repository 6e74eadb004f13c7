#!/usr/bin/env bash
# The admin listener: probes, status, metrics, orders, and the page that a person looks at; who may
# ask (T46, T159, T168), what leaks (T162), what text of peers may do (T79, T160).
. "$(dirname "$0")/lib.sh"

ports web tls plain other admin
start_nginx "${port[web]}"
usual_pair
policy policy-of-other.json "$code_X"
config other client "$code_X" policy-of-client.json root-server.pem
token=0123456789abcdef.secret
echo "$token" >token
chmod 600 token
service server 'svc' "127.0.0.1:${port[tls]}" "127.0.0.1:${port[web]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tls]}" 'client = yes'
service other svc "127.0.0.1:${port[other]}" "127.0.0.1:${port[tls]}" 'client = yes'
sed -i "1i admin = 127.0.0.1:${port[admin]}\nadmin-token = $work/token" server.conf
sed -i "1i admin = unix:$work/admin.sock" client.conf
start_proxy server client other

look() { # path, curl options...: body to answer, head to head; prints the status
    curl -s -m 10 -o answer -D head -w '%{http_code}' "http://127.0.0.1:${port[admin]}$1" "${@:2}"
}
known=(-H "Authorization: Bearer $token")
local_look() { # path, curl options...
    curl -s -m 10 -o answer -D head -w '%{http_code}' --unix-socket admin.sock "http://x$1" "${@:2}"
}
has() { # file, text
    grep -qF -- "$2" "$1" || { echo "no '$2' in $(head -c 2000 "$1")"; return 1; }
}
sample() { # metric with labels: its value in answer
    awk -v name="ratls_proxy_$1" '$1 == name {print $2}' answer
}

# ---- probes ----
check 'it lives' equal "$(look /livez)" 200
check 'and is ready' equal "$(look /readyz)" 200
user=$(id -un)
[ "$user" != root ] || user=nobody
check 'not as root' equal "$(ps -o user= -p "$(pgrep -P "${pid[server]}" ratls-admin)")" "$user"

# ---- who may ask ----
for path in / /status /metrics; do
    check "$path needs a token" equal "$(look $path)" 401
done
check 'and says how to show it' has head 'WWW-Authenticate: Bearer'
check 'a wrong token is none' equal "$(look /status -H "Authorization: Bearer ${token}x")" 401
check 'a part of it is none' equal "$(look /status -H "Authorization: Bearer ${token%?}")" 401
check 'nothing is none' equal "$(look /status -H 'Authorization: Bearer ')" 401
check 'a wrong token leaves a line' wait_for server.log '"event":"admin","path":"/status","status":401'
check 'an order needs a token' equal "$(look /reload -X POST)" 401
check 'a password is not enough for one' equal "$(look /reload -X POST -u "admin:$token")" 403
check 'another name for this machine is refused' equal \
    "$(look /status "${known[@]}" -H 'Host: evil.example')" 403
check 'before anything is said' equal "$(look /livez -H 'Host: 127.0.0.1.evil.example')" 403
check 'the token opens' equal "$(look /status "${known[@]}")" 200
check 'as a password, too' equal "$(look / -u "admin:$token")" 200
check 'not of somebody else' equal "$(look / -u "root:$token")" 401
check 'a problem is a document' equal "$(look /nothing "${known[@]}") $(jq -c . answer)" \
    '404 {"type":"about:blank","title":"no such path","status":404}'
check 'reading is GET' equal "$(look /status -X POST "${known[@]}")" 405
check 'orders are POST' equal "$(look /drain "${known[@]}")" 405
for _ in $(seq 12); do look /status -H 'Authorization: Bearer guess' >guesses.out; done
check 'who guesses waits' equal "$(look /status -H 'Authorization: Bearer guess')" 429
check 'with what is right as well' equal "$(look /status "${known[@]}")" 429
check 'probes go on' equal "$(look /readyz)" 200
sleep 1.2
check 'but not for long' equal "$(look /status "${known[@]}")" 200
check 'the socket is for its owner' equal "$(stat -c %a admin.sock)" 600
check 'who needs no token' equal "$(local_look /status)" 200

# ---- what is shown ----
exec 5<>"/dev/tcp/127.0.0.1/${port[plain]}"
check 'a peer connects' ask 5
get "${port[other]}" >refused.out 2>&1
wait_for server.log '"result":"deny"' 1
check 'status is JSON' equal "$(look /status "${known[@]}") $(jq -r .state answer)" '200 ready'
check 'with the peer' equal "$(jq -r '.peers[0] | "\(.service) \(.tee) \(.level) \(.simulated)"' answer)" \
    'svc tdx session true'
check 'its measurement' equal "$(jq -r '.peers[0].measurement' answer)" "$code_C"
check 'its bytes' test "$(jq '.peers[0].bytes_in' answer)" -gt 10
check 'and who was refused, and why' equal \
    "$(jq -r '.refusals[0] | "\(.reason) \(.measurement)"' answer)" "measurement_mismatch $code_X"
check 'insecure settings stand there' equal "$(jq -r '.services[0].insecure' answer)" \
    'insecure-sim-roots insecure-allow-sim-attester'

# ---- metrics ----
check 'metrics' equal "$(look /metrics "${known[@]}")" 200
check 'are in the format of Prometheus' awk -f "$here/../helpers/metrics.awk" answer
check 'one peer was allowed' equal "$(sample 'verdicts_total{service="svc",tee="tdx",reason="ok"}')" 1
check 'one was not' equal \
    "$(sample 'verdicts_total{service="svc",tee="tdx",reason="measurement_mismatch"}')" 1
check 'handshakes' equal "$(sample 'handshakes_total{service="svc",result="ok"}') $(sample \
    'handshakes_total{service="svc",result="failed"}')" '1 1'
check 'appraisals took some time' equal "$(sample 'appraisal_seconds_count{service="svc"}')" 2
check 'a connection is open' equal "$(sample 'connections_open{service="svc"}')" 1
check 'the certificate ends within an hour' test \
    "$(sample 'identity_not_after_seconds{service="svc"}')" -le $(($(date +%s) + 3600))

# ---- the page ----
check 'the page' equal "$(look / "${known[@]}")" 200
check 'has no script' refuse grep -qi '<script' answer
check 'and may not have any' has head "Content-Security-Policy: default-src 'none'; style-src 'self'"
check 'nor be kept' has head 'Cache-Control: no-store'
# A browser by its own protocol, which knows how to do without scripts: one message ends with NUL.
browser() {
    mkfifo to-browser from-browser
    exec 8<>to-browser 9<>from-browser
    launch chromium timeout 60 chromium-headless-shell --no-sandbox --disable-gpu --hide-scrollbars \
        --window-size=1240,1000 --user-data-dir="$work/browser" --remote-debugging-pipe \
        3<&8 4>&9
    tell Target.createTarget '{"url":"about:blank"}'
    tell Target.attachToTarget "{\"flatten\":true,\"targetId\":$(jq .result.targetId <<<"$reply")}"
    session=$(jq -r .result.sessionId <<<"$reply")
    tell Page.enable '{}'
}
hear() { # filter of jq: the first message that it is true of, in reply
    while IFS= read -r -d '' -t 20 -u 9 reply; do
        ! jq -e "$1" <<<"$reply" >jq.out || return 0
    done
    return 1
}
told=0 session=
tell() { # METHOD PARAMETERS: the answer, in reply
    told=$((told + 1))
    printf '{"id":%d,"method":"%s","params":%s%s}\0' $told "$1" "$2" \
        "${session:+,\"sessionId\":\"$session\"}" >&8
    hear ".id == $told"
}
dom() { # URL: what is in it when it is loaded
    tell Page.navigate "{\"url\":\"$1\"}" && hear '.method == "Page.loadEventFired"'
    tell DOM.getDocument '{"depth":0}'
    tell DOM.getOuterHTML "{\"nodeId\":$(jq .result.root.nodeId <<<"$reply")}"
    jq -r .result.outerHTML <<<"$reply"
}
if command -v chromium-headless-shell >which.out; then
    shots=${RATLS_SHOTS:-$build/test-logs}
    mkdir -p "$shots"
    echo '<p id="said">nothing</p><script>said.textContent = "a word"</script>' >script.html
    browser
    dom "file://$work/script.html" >dom.html
    check 'a browser runs scripts' has dom.html '>a word</p>'
    tell Emulation.setScriptExecutionDisabled '{"value":true}'
    dom "file://$work/script.html" >dom.html
    check 'or does not' has dom.html '>nothing</p>'
    dom "http://admin:$token@127.0.0.1:${port[admin]}/" >dom.html
    check 'a browser without scripts shows the peer' has dom.html "<code title=\"$code_C\">"
    check 'and the refusal' has dom.html 'measurement_mismatch'
    tell Page.captureScreenshot '{}'
    jq -r .result.data <<<"$reply" | base64 -d >"$shots/status-page.png"
    check 'and paints it' test -s "$shots/status-page.png"
    exec 8>&- 9<&-
    stop chromium
else
    skip 'the page in a browser' 'no chromium-headless-shell'
fi

# ---- counters outlive workers, the admin process is replaced ----
ready() {
    for _ in $(seq 100); do
        [ "$(look /readyz)" = 200 ] && return
        sleep 0.1
    done
    return 1
}
not_ready() { # reason[, how often to look]
    for _ in $(seq "${2:-50}"); do
        [ "$(look /readyz "${known[@]}")" = 503 ] && grep -qx "$1" answer && return
        sleep 0.05
    done
    cat answer
    return 1
}
without_workers() { # each death makes the pause before the next birth longer: soon it is seen
    for _ in $(seq 7); do
        pkill -KILL -P "${pid[server]}" ratls-worker
        not_ready no_worker_ready 5 && return
    done
    return 1
}
check 'without workers it is not ready' without_workers
check 'it is with new ones' ready
exec 5>&-
look /metrics "${known[@]}" >status.out
check 'counters went on' equal "$(sample 'verdicts_total{service="svc",tee="tdx",reason="ok"}')" 1
check 'what was open is closed' equal "$(sample 'connections_open{service="svc"}')" 0
check 'the deaths are counted' equal "$(sample worker_exits_total)" "$(grep -c '"event":"worker_exit"' server.log)"
kill -KILL "$(pgrep -P "${pid[server]}" ratls-admin)"
check 'the admin process is replaced when it dies' ready

# ---- limits ----
crowd() { # connections that say a byte now and then do not keep others out for ever
    "$helpers/tcp" hold "127.0.0.1:${port[admin]}" 80 1 >hold.out 2>&1 &
    sleep 0.3
    local admin
    admin=$(pgrep -P "${pid[server]}" ratls-admin)
    [ "$(find "/proc/$admin/fd" -lname 'socket:*' | wc -l)" -le 70 ]
}
check 'no more than 64 visitors at once' crowd
wait $!
check 'a head that is too long ends' refuse test "$(look /livez -H "X: $(head -c 20000 /dev/zero | tr '\0' x)")" = 200
check 'a body that is too long ends' refuse test \
    "$(look /reload -X POST "${known[@]}" --data-binary "@$build/ratls-proxy")" = 202

# ---- ends ----
look /metrics "${known[@]}" >status.out
check 'who was refused is counted by its end' equal \
    "$(sample 'connections_closed_total{service="svc",end="refused"}')" 1
check 'and logged with it' wait_for server.log '"result":"deny".*"end":"refused"'

# ---- orders ----
check 'an order by its owner' equal "$(local_look /reload -X POST)" 202
check 'leaves a line' wait_for client.log '"event":"admin","path":"/reload","status":202,"peer":"uid '
exec 5<>"/dev/tcp/127.0.0.1/${port[plain]}"
check 'a peer connects again' ask 5
check 'it drains by order' equal "$(look /drain -X POST "${known[@]}")" 202
check 'is not ready then' not_ready draining
check 'and says so in metrics' equal "$(look /metrics "${known[@]}") $(sample 'state{state="draining"}')" '200 1'
exec 5>&-
drained=0
wait "${pid[server]}" || drained=$?
check 'and ends' equal $drained 0
unset 'pid[server]'
