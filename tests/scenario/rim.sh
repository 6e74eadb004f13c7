#!/usr/bin/env bash
# NVIDIA's manifests become reference values: a GPU as they have it is accepted, one with other firmware
# refused. They are made and signed by others' programs, openssl(1) and xmlsec1(1).
. "$(dirname "$0")/lib.sh"
rim=$build/ratls-rim
[ -x "$rim" ] || { skip 'manifests' 'built without libxml2'; exit 0; }

# ---- a CA of manifests ----
# cert NAME ISSUER EXTENSIONS...
cert() {
    openssl ecparam -name secp384r1 -genkey -noout -out "$1.key"
    printf '%s\n' "${@:3}" >"$1.ext"
    openssl req -new -key "$1.key" -subj "/CN=test RIM $1" -out "$1.csr"
    if [ "$1" = "$2" ]; then
        openssl x509 -req -in "$1.csr" -signkey "$1.key" -sha384 -days 30 -extfile "$1.ext" -out "$1.pem"
    else
        openssl x509 -req -in "$1.csr" -CA "$2.pem" -CAkey "$2.key" -sha384 -days 30 -extfile "$1.ext" -out "$1.pem"
    fi
}
{
    for own in root other; do cert $own $own basicConstraints=critical,CA:TRUE keyUsage=critical,keyCertSign; done
    cert ca root basicConstraints=critical,CA:TRUE,pathlen:0 keyUsage=critical,keyCertSign
    cert signer ca basicConstraints=critical,CA:FALSE keyUsage=critical,digitalSignature
} 2>openssl.err || { cat openssl.err; exit 2; }

# ---- manifests ----
x48() { printf "$1%.0s" $(seq 48); }
# measurements REMAINDER: all 64, those of this parity active. Simulated devices hold their SPDM index, one more.
measurements() {
    local i values alternatives active
    for i in $(seq 0 63); do
        active=False alternatives=1 values=$(x48 00)
        if [ $((i % 2)) = "$1" ]; then active=True values=$(x48 "$(printf %02x $((i + 1)))"); fi
        values="ns2:Hash0=\"$values\""
        if [ "$i" = 9 ]; then alternatives=2 values+=" ns2:Hash1=\"$(x48 "${second:-5a}")\""; fi
        echo "    <ns0:Resource type=\"Measurement\" index=\"$i\" active=\"$active\" alternatives=\"$alternatives\" $values" \
            "name=\"Measurement_$i\" size=\"48\"/>"
    done
}
certificates() {
    local name
    for name in signer ca root; do
        printf '<ds:X509Certificate>%s\n</ds:X509Certificate>' "$(grep -v ^- $name.pem)"
    done
}
# manifest NAME VERSION REMAINDER: NAME.xml, signed
manifest() {
    local more=http://www.w3.org/2001/04/xmldsig-more c14n=http://www.w3.org/2006/12/xml-c14n11
    local dsig=http://www.w3.org/2000/09/xmldsig
    cat >"$1.unsigned" <<XML
<SoftwareIdentity xmlns="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:ns0="http://standards.iso.org/iso/19770/-2/2015/schema.xsd" xmlns:ns2="http://www.w3.org/2001/04/xmlenc#sha384" corpus="false" name="GH100" patch="false" supplemental="false" tagId="$1" version="1.0" tagVersion="0">
  <ns0:Entity name="nobody" role="softwareCreator tagCreator"/>
  <ns0:Meta xmlns:ns1="urn:a" ns1:PlatformModel="GH100" colloquialVersion="$2" edition="GPU" product="GH100" revision="r1"/>
  <ns0:Payload xmlns:SHA384="http://www.w3.org/2001/04/xmlenc#sha384">
$(measurements "$3")
  </ns0:Payload>
<ds:Signature xmlns:ds="$dsig#"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="$c14n"/><ds:SignatureMethod Algorithm="$more#ecdsa-sha384"/><ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="$dsig#enveloped-signature"/><ds:Transform Algorithm="$c14n"/></ds:Transforms><ds:DigestMethod Algorithm="$more#sha384"/><ds:DigestValue/></ds:Reference></ds:SignedInfo><ds:SignatureValue/><ds:KeyInfo><ds:X509Data>$(certificates)</ds:X509Data></ds:KeyInfo></ds:Signature></SoftwareIdentity>
XML
    xmlsec1 --sign --privkey-pem signer.key --output "$1.xml" "$1.unsigned" 2>>xmlsec.err || exit 2
}
manifest driver 590.12 0
manifest vbios 96.00.A5.00.01 1
manifest newer 590.13 0
manifest overlap 590.12 1

# ---- converted ----
trusted=root.pem
body() { status "$1" "$rim" --root "$trusted" --driver "$2.xml" --vbios "$3.xml" "${@:4}"; }
check 'two manifests become a body' body 0 driver vbios -o gpu.json
check 'of all that is active, but for what NVDEC0 runs' equal \
    "$(jq '[.claims | keys[] | select(startswith("nvidia.measurements."))] | length' gpu.json)" 63
check 'of these versions' equal "$(jq -r '.claims | [."nvidia.driver_version"[0], ."nvidia.vbios_version"[0]] | join(" ")' gpu.json)" \
    '590.12 96.00.a5.00.01'
check 'with both values of one' equal "$(jq -r '.claims."nvidia.measurements.10"[]' gpu.json)" "$(x48 0a; echo; x48 5a)"
check 'with NVDEC0 on there is one more' body 0 driver vbios --nvdec0-on -o on.json
check 'namely that' equal "$(jq -r '.claims."nvidia.measurements.36"[0]' on.json)" "$(x48 24)"
check 'and the status differs' equal "$(jq -r '.claims."nvidia.nvdec0_status"[0]' gpu.json on.json | xargs)" '55 aa'
check 'without -o it goes to standard output' cmp gpu.json <("$rim" --root root.pem --driver driver.xml --vbios vbios.xml)

sed 's/index="9" active="True" alternatives="2" ns2:Hash0="0a/index="9" active="True" alternatives="2" ns2:Hash0="0b/' vbios.xml >changed.xml
check 'a manifest that was changed is refused' body 1 driver changed
check 'for its signature' grep -q bundle_signature command.out
trusted=other.pem
check 'one under another root, too' body 1 driver vbios
check 'for its chain' grep -q ': chain: ' command.out
trusted=root.pem
check 'one whose signer was not valid yet' body 1 driver vbios --time 2020-01-01T00:00:00Z
check 'one that was never signed' status 1 "$rim" --root root.pem --driver driver.xml --vbios vbios.unsigned
check 'an index that both answer for' body 1 overlap vbios
check 'which is said' grep -q 'index 1 is active in both' command.out
check 'no manifest of a driver: usage' status 2 "$rim" --root root.pem --vbios vbios.xml
check 'no file: input' body 2 nothing vbios
check 'no root in the file of roots: input' status 2 "$rim" --root vbios.xml --driver driver.xml --vbios vbios.xml
check 'a time that is none: usage' body 2 driver vbios --time yesterday
check 'an unknown option: usage' body 2 driver vbios --colour red
check 'help is help' grep -q -- '--nvdec0-on' <("$rim" --help)

# ---- used ----
challenge=$(printf '11%.0s' $(seq 64))
code=$(x48 c0)
"$ratls" refval add --store trust --tee nvidia --name h100 --state active gpu.json >/dev/null || exit 2
cat >policy.json <<JSON
{"tees": {"tdx": {"measurements": ["$code"], "tcb_status": ["not_evaluated"], "insecure_simulated": true},
          "nvidia": {"reference_values": ["h100"], "insecure_simulated": true}},
 "devices": {"nvidia": 1}}
JSON
# verdict OPTIONS...: of a TD with a simulated GPU
verdict() {
    local device=sim-nvidia:pki=$work/pki-gpu option
    for option; do device+=,$option; done
    "$ratls" attest --attester sim-tdx --attester-options "pki=$work/pki-td,mrtd=$code" --report-data "$challenge" \
        --insecure-sim-root-out root-td --device "$device" -o evidence.cbor || return
    "$ratls" attest --attester sim-nvidia --attester-options "pki=$work/pki-gpu" --report-data "$(x48 00 | cut -c1-64)" \
        --insecure-sim-root-out root-gpu -o gpu.cbor || return
    cat root-td root-gpu >roots.pem
    "$ratls" verify --json --evidence evidence.cbor --insecure-sim-roots roots.pem --report-data "$challenge" \
        --policy policy.json --store trust 2>>verify.err | jq -r '.verdict + " " + .reason'
}
check 'a GPU as the manifests have it is accepted' equal "$(verdict)" 'allow ok'
check 'with the other value too' equal "$(verdict "firmware=$(x48 5a)")" 'allow ok'
check 'with other firmware it is refused' equal "$(verdict "firmware=$(x48 5b)")" 'deny measurement_mismatch'
check 'with another driver, too' equal "$(verdict driver=590.13)" 'deny measurement_mismatch'
check 'its manifest makes it good' body 0 newer vbios -o newer.json
"$ratls" refval add --store trust --tee nvidia --name h100 --state active newer.json >/dev/null || exit 2
check 'beside the first' equal "$(verdict driver=590.13) $(verdict)" 'allow ok allow ok'
"$ratls" refval revoke --store trust nvidia/h100@1 >/dev/null || exit 2
check 'which is revoked' equal "$(verdict) $(verdict driver=590.13)" 'deny reference_value_revoked allow ok'
"$ratls" refval add --store other --tee nvidia --name h100 --state active on.json >/dev/null || exit 2
rm -r trust && mv other trust
check 'values for NVDEC0 that is on are none for one that is off' equal "$(verdict)" 'deny measurement_mismatch'
