# Sourced by bin/run: a Home Location Register for trying the portal on a real network.

# Its ports are fixed, so an address that is taken can't be helped by another port.
register_host=127.0.0.1
register=

is_open() { (exec 3<>"/dev/tcp/$register_host/$1") 2>/dev/null; }

# Starts osmo-hlr with its files in the directory $1, and writes there the file of networks that names it.
start_register() {
    mkdir -p "$1"
    cat >"$1/osmo-hlr.cfg" <<SETTINGS
log stderr
 logging filter all 1
 logging color 0
line vty
 bind $register_host
ctrl
 bind $register_host
hlr
 gsup
  bind ip $register_host
SETTINGS
    cat >"$1/networks.toml" <<NETWORKS
[networks.osmo-hlr]
kind = "osmo-hlr"
control = "$register_host:4259"
terminal = "$register_host:4258"
NETWORKS
    if is_open 4259 || is_open 4258; then
        die "another osmo-hlr is running on $register_host already: stop it, or name it in a file of networks, and start with --networks FILE instead of --with-hlr"
    fi
    # In a process group of its own: Ctrl-C is for the portal, which still needs it while it ends.
    set -m
    (cd "$1" && exec osmo-hlr -c osmo-hlr.cfg -l hlr.db >>register.log 2>&1) &
    register=$!
    set +m
    for _ in {1..100}; do
        if is_open 4259 && is_open 4258; then
            say "osmo-hlr runs on $register_host; look into it with: telnet $register_host 4258, then subscriber imsi IMSI show"
            return
        fi
        kill -0 "$register" 2>/dev/null || break
        sleep 0.1
    done
    stop_register
    die "osmo-hlr did not start; its log is $1/register.log"
}

stop_register() {
    [ -z "$register" ] || kill -TERM "$register" 2>/dev/null || return 0
    wait "$register" 2>/dev/null || true
}
