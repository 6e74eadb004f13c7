#!/usr/bin/env bash
# Every way to end a tunnel, at each of its sides, with bytes under way and without: what the other
# ends see, and the word in the log of both proxies. What ended in order is clean and whole; nothing
# else looks like it.
. "$(dirname "$0")/lib.sh"
shopt -s extglob

ports plain tap tls backend lost lost_tls
usual_pair
sed -i 's/^workers = 2/workers = 1/' server.conf client.conf
service server svc "127.0.0.1:${port[tls]}" "127.0.0.1:${port[backend]}"
service client svc "127.0.0.1:${port[plain]}" "127.0.0.1:${port[tap]}" 'client = yes'
service server lost "127.0.0.1:${port[lost_tls]}" "127.0.0.1:${port[backend]}" 'tcp-user-timeout = 1s'
service client lost "127.0.0.1:${port[lost]}" "127.0.0.1:${port[tap]}" 'client = yes'
start_proxy server client

few=say=1000 many=say=3000000 more=say=64000000 # than the relays hold; than they and the kernel do
wanted() { # found, pattern
    # shellcheck disable=SC2053 # a pattern
    [[ $1 == $2 ]] || { echo "found '$1', not '$2'"; return 1; }
}
either='@(truncated|reset)' # which of them is seen first
n=0
ending() { # FACT PLAIN TLS STEPS APP BACK CLIENT SERVER: see tests/helpers/ends.c; then both words
    local steps
    n=$((n + 1))
    read -ra steps <<<"$4"
    "$helpers/ends" "127.0.0.1:${port[$2]}" "127.0.0.1:${port[tap]}" "127.0.0.1:${port[$3]}" \
        "127.0.0.1:${port[backend]}" "${steps[@]}" >ends.out 2>ends.err
    wait_for client.log '"event":"connection"' $n >wait.out || not_ok "$1: the client logs it"
    wait_for server.log '"event":"connection"' $n >wait.out || not_ok "$1: the server logs it"
    check "$1" wanted "$(tr '\n' ' ' <ends.out)/ $(member client end) $(member server end)" \
        "app $5 back $6 / ${7/either/$either} ${8/either/$either}"
}
while IFS='|' read -r fact steps app back client server; do
    ending "$fact" plain tls "$steps" "$app" "$back" "$client" "$server"
done <<CASES
both end|app.half back.half|all end|all end|clean|clean
the backend ends first|back.half app.told app.half|all end|all end|clean|clean
a question, its end, an answer|app.$few app.half back.told back.$few back.half|all end|all end|clean|clean
an answer after the end, larger than a relay holds|app.half back.told back.$many back.half|all end|all end|clean|clean
a question after the end, likewise|back.half app.told app.$many app.half|all end|all end|clean|clean
the end behind bytes that nobody takes yet|back.deaf app.$many app.half settle back.half|all end|all end|clean|clean
the end of the backend likewise|app.deaf back.$many back.half settle app.half|all end|all end|clean|clean
both ends behind such bytes|app.deaf back.deaf app.$many back.$many app.half back.half settle|all end|all end|clean|clean
the client closes, and so does the backend|app.close back.told back.half|gone|all end|clean|clean
the client resets|app.reset|gone|all reset|reset|truncated
the client resets with a question under way|back.deaf app.$more settle app.reset|gone|part reset|reset|either
the client resets with an answer under way|app.deaf back.$more settle app.reset|gone|all reset|reset|either
the client resets after its end|app.half back.told app.reset|gone|all end reset|reset|reset
the client resets after the end of the backend|back.half app.told app.reset|gone|all reset|reset|truncated
the client closes under an answer|app.close back.told back.$few|gone|all end reset|reset|reset
the client closes under an answer and its end|app.close back.told back.$few back.half|gone|all end|reset|clean
the client resets under a large answer|app.half app.deaf back.told back.$more settle app.reset|gone|all end reset|reset|reset
the backend resets|back.reset|all reset|gone|truncated|reset
the backend resets with an answer under way|app.deaf back.$more settle back.reset|part reset|gone|either|reset
the backend resets with a question under way|back.deaf app.$more settle back.reset|all reset|gone|either|reset
the backend answers early and closes|back.deaf app.$more settle back.$few settle back.close|all reset|gone|either|reset
the backend answers early and closes at once|back.deaf app.$more settle back.$few back.close|all reset|gone|either|reset
the backend resets after its end|back.half app.told back.reset|all end reset|gone|reset|reset
the backend resets after the end of the client|app.half back.told back.reset|all reset|gone|truncated|reset
FIN without close_notify|cut.fin|all reset|all reset|truncated|truncated
FIN without close_notify with a question under way|back.deaf app.$more settle cut.fin|all reset|part reset|either|truncated
FIN without close_notify with an answer under way|app.deaf back.$more settle cut.fin|part reset|all reset|truncated|either
FIN without close_notify after the end of the client|app.half back.told cut.fin|all reset|all end reset|truncated|reset
FIN without close_notify after the end of the backend|back.half app.told cut.fin|all end reset|all reset|reset|truncated
a reset between the proxies|cut.reset|all reset|all reset|reset|reset
a reset between them with a question under way|back.deaf app.$more settle cut.reset|all reset|part reset|reset|reset
a reset between them with an answer under way|app.deaf back.$more settle cut.reset|part reset|all reset|reset|reset
a reset between them after the end of the client|app.half back.told cut.reset|all reset|all end reset|reset|reset
a reset between them after the end of the backend|back.half app.told cut.reset|all end reset|all reset|reset|reset
CASES
ending 'a backend that takes nothing for longer than tcp-user-timeout is lost' lost lost_tls \
    "back.deaf app.$more wait=2000" 'all reset' 'part reset' either timeout
check 'which is a timeout' equal "$(member server reason)" timeout

# ---- a link that is down: nobody says so ----
space=ratls-ends-$$ link=rl$$ net=198.18.$((next_port / 100 % 250))
make_link() {
    ip netns add "$space" && ip link add "$link" type veth peer name "${link}p" netns "$space" &&
        ip addr add "$net.1/30" dev "$link" && ip link set "$link" up &&
        ip -n "$space" addr add "$net.2/30" dev "${link}p" &&
        ip -n "$space" link set "${link}p" up && ip -n "$space" link set lo up
}
if [ "$(id -u)" -ne 0 ] || ! make_link >link.out 2>&1; then
    skip 'a peer behind a dead link is lost' 'only root makes network namespaces, where the system allows it'
    ip netns del "$space" >link.out 2>&1
    exit 0
fi
ports near far
config far server "$code_S" policy-of-server.json root-client.pem
config near client "$code_C" policy-of-client.json root-server.pem
sed -i 's/^drain-timeout.*/drain-timeout = 1s/' far.conf # its peer is lost, too
service far svc "$net.2:${port[far]}" "127.0.0.1:${port[backend]}"
service near svc "127.0.0.1:${port[near]}" "$net.2:${port[far]}" 'client = yes' 'tcp-user-timeout = 1s'
launch counter ip netns exec "$space" "$helpers/tcp" count "127.0.0.1:${port[backend]}"
wait_for counter.out listening || exit 2
RATLS_WRAP="ip netns exec $space" start_proxy far
start_proxy near
exec 5<>"/dev/tcp/127.0.0.1/${port[near]}"
check 'a tunnel is open over the link' wait_for counter.out opened
ip -n "$space" link set "${link}p" down
ip netns del "$space" # it lives as long as those within
begun=$(now_ms)
echo question >&5
check 'a peer behind a dead link is lost at tcp-user-timeout' closed_within 5 "$begun" 5000
check 'which is a timeout' equal "$(wait_for near.log '"event":"connection"'; member near reason)" timeout
exec 5>&-
ip link del "$link"
