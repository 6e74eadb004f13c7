# From the lines of run.sh (part, measure, who, value) to medians, ratios and a table.
def median: sort | if length % 2 == 1 then .[length / 2 | floor] else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def shown: if . == null then "" elif . >= 100 then round | tostring
    elif . >= 10 then (. * 10 | round) / 10 | tostring else (. * 100 | round) / 100 | tostring end;
def ratio($a; $b): if $a == null or $b == null then null else $a / $b end;

["attested", "plain", "stunnel", "hitch", "haproxy", "nginx"] as $who
| {"a": "tunnel pair", "b": "termination of HTTPS", "c": "new connections, mutual", "d": "small requests, pair on one core",
   "e": "idle tunnels", "f": "start"} as $titles
| [inputs | split("\t") | {part: .[0], measure: .[1], who: .[2], value: (.[3] | tonumber)}]
| (map(select(.part == "a" and .who == "loopback")) | group_by(.measure)
   | map({(.[0].measure): (map(.value) | median)}) | add // {}) as $loopback
| map(select(.who != "loopback"))
| . as $lines
| (reduce $lines[] as $l ([]; if any(.[]; .part == $l.part and .measure == $l.measure) then .
                               else . + [$l | {part, measure}] end)) as $order
| [$order[] | . as $row
   | {part, measure, smaller_is_better: (.measure | test("CPU s|µs|^KiB per|^start, ms|^at rest")),
      values: ([$lines[] | select(.part == $row.part and .measure == $row.measure)] | group_by(.who)
               | map({(.[0].who): (map(.value) | median)}) | add)}]
# Levels and evidence that only we have are held against the plain handshakes of the others.
| . as $rows
| map(if .part == "c" and (.measure | test("^handshakes[ ,]")) then
          (.measure | sub("^handshakes.*, (?<unit>per second|CPU s per 10,000)$"; "handshakes, \(.unit)")) as $base
          | .values = (($rows[] | select(.part == "c" and .measure == $base) | .values) + .values)
      else . end)
| map(.smaller_is_better as $small | .values as $v
      | ([$v["stunnel", "hitch", "haproxy", "nginx"] | values] | if length == 0 then null elif $small then min else max end) as $best
      | ($v.attested // $v.plain) as $ours
      | .best_peer = $best | .to_best_peer = ratio($ours; $best) | .to_stunnel = ratio($ours; $v.stunnel)
      | .to_own_plain = (if $v.attested then ratio($v.attested; $v.plain) else null end))
| {machine: $machine, versions: $versions, runs: ($runs | tonumber), loopback: $loopback, rows: .}
| . + {markdown: (
    "Median of \(.runs) runs on \(.machine). \(.versions). Everybody: TLS 1.3, TLS_AES_128_GCM_SHA256, P-256, client certificates except for HTTPS, no resumption; "
    + "hitch has no client side, stunnel is its client. Ours is attested by simulated TDX on both sides (HTTPS: ours without attestation, for wrk shows no evidence). "
    + "Ratios are ours to theirs; ↓: less is better."
    + (if $loopback == {} then "" else " Loopback without a proxy: " + ($loopback | to_entries | map("\(.key) \(.value | shown)") | join("; ")) + "." end)
    + "\n\n| | to best peer | to stunnel | to own plain | " + ($who | map(if . == "attested" then "**attested**" elif . == "plain" then "ours, plain" else . end) | join(" | ")) + " |\n|---|"
    + ([range(9)] | map("---:|") | join("")) + "\n"
    + ([.rows | group_by(.part)[] | ["| **\($titles[.[0].part])** |" + ([range(9)] | map(" |") | join(""))]
        + map(.values as $v
              | "| \(.measure)\(if .smaller_is_better then " ↓" else "" end) | **\(.to_best_peer | shown)** | \(.to_stunnel | shown) | \(.to_own_plain | shown) | "
                + ([$who[] | $v[.] | shown] | join(" | ")) + " |") | .[]] | join("\n")))}
