#!/usr/bin/env bash
# `ratls token appraise` against nginx in the place of Trustee's attestation service: what it is
# asked, in the shapes of its sources (0569726), and results as its broker signs them, by José.
. "$(dirname "$0")/lib.sh"

# ---- what Trustee has, and what we know of it ----
jose jwk gen -i '{"alg":"ES256"}' -o as.jwk
jose jwk gen -i '{"alg":"ES256"}' -o other.jwk
for key in as other; do
    jose jwk pub -i $key.jwk | jq -c '{alg, kty, crv, x, y}' >$key.pub
done
jq -c '{keys: [.]}' as.pub >jwks.json
report=$(printf 'a5%.0s' $(seq 64))
"$ratls" attest --attester sim-tdx --report-data "$report" -o quote || exit 2

payload() { # JQ-FILTER: a result of its broker, and what is other in it
    jq -nc --arg report "$report" --argjson now "$(date +%s)" '{
        eat_profile: "tag:github.com,2024:confidential-containers/Trustee",
        iat: $now, exp: ($now + 300),
        "ear.verifier-id": {build: "attestation-service 0.1.0", developer: "https://confidentialcontainers.org"},
        submods: {cpu0: {
            "ear.status": "warning",
            "ear.trustworthiness-vector": {configuration: 36, executables: 33, hardware: 2},
            "ear.appraisal-policy-id": "default",
            "ear.veraison.annotated-evidence": {
                init_data: ("0" * 96), init_data_claims: null,
                report_data: $report, runtime_data_claims: null,
                tdx: {quote: {header: {version: "0400"}, body: {report_data: $report}},
                      ccel: {}, td_attributes: {debug: false}}}}}}'" | ${1:-.}"
}
signed() { # KEY HEADER-MEMBERS JQ-FILTER
    payload "${3:-.}" >payload.json
    jose jws sig -I payload.json -k "$1.jwk" -c \
        -s "$(jq -nc --slurpfile jwk "${4:-$1}.pub" '{protected: ({typ: "JWT", alg: "ES256", jwk: $jwk[0]} + '"$2"')}')"
}
status_of='.submods.cpu0."ear.status"' evidence_of='.submods.cpu0."ear.veraison.annotated-evidence"'
good=$(signed as '{}')
locations=$(
    serve() { # PATH TEXT [STATUS [TYPE]]
        echo "location = /$1 { default_type '${4:-text/plain; charset=utf-8}'; return ${3:-200} '$2'; }"
    }
    serve attestation "$good"
    serve foreign "$(signed other '{}')"
    serve disguised "$(signed other '{}' . as)"
    serve brought "$(signed as '{}' . other)"
    serve chain "$(signed as '{x5c: ["AA"]}')"
    serve stale "$(signed as '{}' '.iat -= 100')"
    serve over "$(signed as '{}' '.exp = .iat')"
    serve endless "$(signed as '{}' 'del(.exp)')"
    serve better "$(signed as '{}' "$status_of = \"affirming\"")"
    serve nonce "$(signed as '{}' "$evidence_of.report_data = \"00\"")"
    serve snp "$(signed as '{}' "$evidence_of |= (del(.tdx) + {snp: {}})")"
    serve sample "$(signed as '{}' "$evidence_of |= (del(.tdx) + {sample: {}})")"
    serve several "$good"$'\n'"$good"
    serve unsigned "$(jq -nj '"{\"typ\":\"JWT\",\"alg\":\"none\"}" | @base64' | tr -d =).$(cut -d. -f2 <<<"$good")."
    serve json '{"error":"no"}'
    serve json_typed "$good" 200 application/json
    serve failed 'InternalError("Verifier evaluate failed")' 500
    serve denied '{"error":"invalid_grant"}' 400
    echo "location = /moved { return 307 /attestation; }"
    echo "location = /huge { alias $work/huge; error_page 405 =200 \$uri; default_type text/plain; }"
)
truncate -s 100000 huge
ports front back
run_nginx "${port[front]}" <<END
    log_format body escape=none '\$request_method \$content_type \$request_body';
    client_body_buffer_size 256k;
    server { # nginx reads a body only where it is told on
        listen 127.0.0.1:${port[front]};
        access_log $work/asked body;
        location / { proxy_pass http://127.0.0.1:${port[back]}; }
    }
    server {
        listen 127.0.0.1:${port[back]};
        access_log off;
        $locations
    }
END

appraise() { # EXIT PATH OPTION...
    status "$1" "$ratls" token appraise "http://127.0.0.1:${port[front]}/$2" --evidence quote --issuer coco-as=jwks.json \
        --dialect trustee --tee "${tee:-tdx}" --nonce "$report" --allow-warning --json "${@:3}"
}
refused() { # PATH REASON
    appraise 1 "$1" --max-age 60 || return
    equal "$(jq -r .reason command.out)" "$2"
}
failed() { # PATH DETAIL
    appraise 2 "$1" || return
    grep -q "$2" command.out || { cat command.out; return 1; }
}

# ---- asked, and believed ----
check 'Trustee judges a quote' appraise 0 attestation
check 'and says which TEE, by which policy' equal "$(jq -c '[.verdict, .claims."token.iss", .claims."ear.tee",
    .claims."ear.status", .claims."ear.policy"]' command.out)" '["allow","coco-as","tdx","warning",["default"]]'
wait_for asked POST
sed 's/^POST application.json //' asked >request.json
check 'it was asked in its form' equal "$(jq -c '[keys, (.verification_requests | length),
    (.verification_requests[0] | keys), .verification_requests[0].tee, .policy_ids]' request.json)" \
    '[["policy_ids","verification_requests"],1,["evidence","runtime_data","runtime_data_hash_algorithm","tee"],"tdx",["default"]]'
unurl() { tr '_-' '/+' | sed 's/$/==/' | base64 -di 2>/dev/null; }
check 'about this quote' cmp quote <(jq -r '.verification_requests[0].evidence' request.json | unurl | jq -r .quote | base64 -d)
check 'and this report data' equal "$(jq -r '.verification_requests[0].runtime_data.raw' request.json | unurl |
    od -An -v -tx1 | tr -d ' \n')" "$report"
check 'a policy can be named' appraise 0 attestation --policy-id web
check 'by its name' equal "$(tail -n 1 asked | sed 's/^[^{]*//' | jq -c .policy_ids)" '["web"]'
check 'the result is verified alone, too' status 0 "$ratls" token verify "$good" --issuer coco-as=jwks.json \
    --dialect trustee --nonce "$report" --tee tdx --allow-warning

# ---- refused ----
check 'signed by another key' refused foreign token_key
check 'by another key under the name of the pinned one' refused disguised token_signature
check 'with another key in its header' refused brought token_key
check 'with a chain of certificates' refused chain token_malformed
check 'without a signature' refused unsigned token_algorithm
check 'older than asked for' refused stale token_expired
check 'over' refused over token_expired
check 'without an end' refused endless token_malformed
check 'better than its vector' refused better token_status
check 'about other report data' refused nonce token_nonce
check 'about another TEE' refused snp token_binding
check 'about a TEE for tests' refused sample token_binding
check 'two results' refused several token_malformed
check 'JSON instead of one' refused json token_malformed
check 'warnings, where they are not asked for' status 1 "$ratls" token verify "$good" --issuer coco-as=jwks.json \
    --dialect trustee --nonce "$report"
jq -c '.keys[0].kid = "k"' jwks.json >named.json
check 'by the rules of ours' status 1 "$ratls" token verify "$good" --issuer coco-as=named.json --audience web --type JWT
check 'for its header first' grep -q "header 'jwk' is not allowed" command.out
check 'answered as something else' failed json_typed 'is no text'
check 'a failure' failed failed 'status 500'
check 'a refusal' failed denied 'status 400'
check 'a redirect' failed moved 'status 307'
check 'an answer that is too long' failed huge 'too large'
tee=snp check 'a TEE in another form' failed attestation 'sev crate'
check 'several issuers in one dialect' appraise 2 attestation --issuer other=jwks.json
check 'a dialect that is none' status 2 "$ratls" token verify "$good" --issuer coco-as=jwks.json --dialect kbs
check 'no audience, strictly' status 2 "$ratls" token verify "$good" --issuer coco-as=jwks.json
stop nginx TERM >/dev/null
