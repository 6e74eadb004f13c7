#!/usr/bin/env bash
# A real object store for tests: Ceph's radosgw over a cluster of one monitor and one OSD in memory.
# Debian's packages are unpacked into a folder of their own, for installed they would bring half a
# system along. Not a scenario: tests/run.sh calls it.
#
#   object_store.sh unpack CACHE        downloads and unpacks what is missing
#   object_store.sh start CACHE FOLDER  a server; FOLDER/url, FOLDER/access and FOLDER/secret tell
#                                       where it is, there is a bucket named `ratls`
#   object_store.sh stop FOLDER
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/../packages.sh"

arch=$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo x86_64-linux-gnu)
access=RATLSTESTACCESS
secret=ratls-test-secret-3c1f5a

fetch() { # FOLDER
    # shellcheck disable=SC2086 # a list
    (cd "$1" && apt-get -q -o APT::Sandbox::User=root download ${PACKAGES[object_store]})
}

unpack() { # CACHE
    local cache=$1 new=$1.new package
    [ ! -e "$cache/complete" ] || return 0
    rm -rf "$cache" "$new"
    mkdir -p "$new/packages"
    # Lists of packages may be absent or old where all that tests install was there already.
    fetch "$new/packages" || { apt-get -q update && fetch "$new/packages"; }
    for package in "$new"/packages/*.deb; do
        dpkg -x "$package" "$new"
    done
    rm -rf "$new/packages"
    touch "$new/complete"
    mv "$new" "$cache"
}

use() { # CACHE
    tools=$1/usr/bin libraries=$1/usr/lib/$arch
    export LD_LIBRARY_PATH=$libraries:$libraries/ceph:$1/lib/$arch
}

configuration() { # FOLDER PORT-OF-MONITOR PORT
    cat <<END
[global]
fsid = 1b4a2c9e-6f1f-4c55-9d5b-1d2f3e4a5b6c
mon_host = v1:127.0.0.1:$2
public_addr = 127.0.0.1
ms_bind_msgr2 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
ms_mon_client_mode = crc
ms_client_mode = crc
ms_cluster_mode = crc
ms_service_mode = crc
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 1
osd_pool_default_pgp_num = 1
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
osd_objectstore = memstore
memstore_device_bytes = 1073741824
osd_data = $1/osd
mon_data = $1/mon
rgw_data = $1/rgw
keyring = $1/keyring
run_dir = $1
admin_socket =
pid_file =
log_file = $1/\$type.log
mon_cluster_log_file = $1/cluster.log
erasure_code_dir = $libraries/ceph/erasure-code
osd_class_dir = $libraries/rados-classes
plugin_dir = $libraries/ceph
rgw_mime_types_file = /dev/null
rgw_frontends = beast endpoint=127.0.0.1:$3
rgw_thread_pool_size = 32
rgw_run_sync_thread = false
END
}

free_port() { # PREVIOUS
    local port=$(($1 + 1))
    while ss -tln "sport = :$port" | grep -q LISTEN; do
        port=$((port + 1))
    done
    echo $port
}

launch() { # FOLDER NAME COMMAND...
    setsid "${@:3}" >"$1/$2.out" 2>&1 </dev/null &
    echo $! >>"$1/pids"
}

answers() { # URL
    curl -s -o /dev/null --noproxy '*' --max-time 5 "$1"
}

make_bucket() { # URL
    local nothing
    nothing=$(sha256sum </dev/null | cut -d' ' -f1)
    curl -sf -o /dev/null --noproxy '*' --max-time 60 -X PUT --aws-sigv4 aws:amz:us-east-1:s3 \
        -u "$access:$secret" -H "x-amz-content-sha256: $nothing" "$1/ratls"
}

start() { # CACHE FOLDER
    local d=$2 monitor port options=(-c "$2/ceph.conf") tick
    use "$1"
    mkdir -p "$d/mon" "$d/osd" "$d/rgw"
    monitor=$(free_port $((20000 + $$ % 5000)))
    port=$(free_port "$monitor")
    configuration "$d" "$monitor" "$port" >"$d/ceph.conf"
    touch "$d/pids"
    "$tools/monmaptool" --create --fsid 1b4a2c9e-6f1f-4c55-9d5b-1d2f3e4a5b6c \
        --addv a "[v1:127.0.0.1:$monitor]" "$d/monmap"
    "$tools/osdmaptool" "${options[@]}" --createsimple 1 --pg-bits 0 "$d/osdmap"
    "$tools/ceph-authtool" --create-keyring "$d/keyring" --gen-key -n mon. --cap mon 'allow *'
    "$tools/ceph-mon" "${options[@]}" --mkfs -i a --monmap "$d/monmap" --keyring "$d/keyring" --osdmap "$d/osdmap"
    "$tools/ceph-osd" "${options[@]}" --no-mon-config -i 0 --mkfs \
        --osd-uuid 0b4a2c9e-6f1f-4c55-9d5b-1d2f3e4a5b6d
    launch "$d" mon "$tools/ceph-mon" "${options[@]}" -i a -f
    # It ends at once ("wrong fsid") when it comes before the monitor has its first map.
    # shellcheck disable=SC2016 # it is the other shell's
    launch "$d" osd bash -c 'for _ in $(seq 60); do "$@" && break; sleep 0.5; done' osd \
        "$tools/ceph-osd" "${options[@]}" -i 0 -f
    launch "$d" rgw "$tools/radosgw" "${options[@]}" -n client.rgw -f
    timeout 60 "$tools/radosgw-admin" "${options[@]}" -n client.rgw user create --uid=ratls \
        --display-name=ratls --access-key=$access --secret-key=$secret
    for tick in $(seq 600); do
        answers "http://127.0.0.1:$port" && break
        [ "$tick" -lt 600 ] || return 1
        sleep 0.1
    done
    make_bucket "http://127.0.0.1:$port"
    echo $access >"$d/access"
    echo $secret >"$d/secret"
    echo "http://127.0.0.1:$port" >"$d/url"
}

stop() { # FOLDER
    local pid
    while read -r pid; do
        kill -KILL -- "-$pid" 2>/dev/null || true # each has a session of its own
    done <"$1/pids"
    rm -rf "$1"
}

"$@"
