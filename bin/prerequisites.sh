# Sourced by the scripts beside this one: finds out what this machine lacks, and installs it.
# Each need_... function adds the Debian packages that are missing to `missing`; install_missing installs them.

missing=()

say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }

has_postgres_server() {
    command -v postgres >/dev/null 2>&1 && command -v initdb >/dev/null 2>&1 && return
    local directory
    for directory in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /usr/local/pgsql/bin "$(pg_config --bindir 2>/dev/null)"; do
        if [ -x "$directory/postgres" ] && [ -x "$directory/initdb" ]; then return; fi
    done
    return 1
}

links_libpq() {
    printf 'int main(void) { return 0; }' | cc -x c - -o /dev/null -lpq >/dev/null 2>&1
}

need_postgres_server() { has_postgres_server || missing+=(postgresql); }

need_build_tools() {
    command -v cc >/dev/null 2>&1 || missing+=(gcc libc6-dev)
    links_libpq || missing+=(libpq-dev)
}

need_browser() {
    command -v chromium >/dev/null 2>&1 || missing+=(chromium)
    command -v chromedriver >/dev/null 2>&1 || missing+=(chromium-driver)
}

has_mail_server() {
    local python
    for python in python3 /usr/bin/python3; do
        if "$python" -c 'import aiosmtpd' >/dev/null 2>&1; then return; fi
    done
    return 1
}

# The Home Location Register that the tests provision.
need_register() { command -v osmo-hlr >/dev/null 2>&1 || missing+=(osmo-hlr); }

# What the examples of docs/api.md are tried with.
need_curl() { command -v curl >/dev/null 2>&1 || missing+=(curl); }

# The mail server that the tests send to.
need_mail_server() { has_mail_server || missing+=(python3 python3-aiosmtpd); }

# The OpenID Connect provider that the tests sign in with.
need_provider() {
    command -v node >/dev/null 2>&1 || missing+=(nodejs)
    command -v npm >/dev/null 2>&1 || missing+=(npm)
}

# Its packages, in the versions of its lock file, once node is there; scripts of packages are not run.
install_provider() {
    local folder=$1/tests/oidc
    if [ "$folder/node_modules/.package-lock.json" -nt "$folder/package-lock.json" ]; then return; fi
    say "Installing the packages of the tests' provider"
    npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error || die "npm ci failed in tests/oidc"
    touch "$folder/node_modules/.package-lock.json"
}

find_rust() {
    if ! command -v cargo >/dev/null 2>&1 && [ -x "${HOME:-/nonexistent}/.cargo/bin/cargo" ]; then
        PATH="$HOME/.cargo/bin:$PATH"
    fi
    command -v cargo >/dev/null 2>&1
}

need_rust() {
    find_rust || die "Rust is missing: install it as https://rustup.rs says, then run this again"
}

# Installs a program that Cargo builds, where it is missing.
need_cargo_tool() {
    command -v "$1" >/dev/null 2>&1 && return
    say "Building $1, this once"
    # Its own target directory, so that it takes nothing from the project's and is gone afterwards.
    local build
    build=$(mktemp -d)
    cargo install --locked --quiet --target-dir "$build" "$1" || die "$1 could not be built"
    rm -rf "$build"
}

install_missing() {
    [ ${#missing[@]} -gt 0 ] || return 0
    local install="apt-get install --yes --no-install-recommends ${missing[*]}" as_root=()
    if ! command -v apt-get >/dev/null 2>&1; then
        die "this machine lacks what Debian calls ${missing[*]}: install PostgreSQL 13 or newer with its server programs" \
            "(initdb, postgres), the headers of its client library libpq, and a C compiler, then run this again"
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null 2>&1 || { [ ! -t 0 ] && ! sudo -n true 2>/dev/null; }; then
            die "${missing[*]} must be installed first; run as root: $install"
        fi
        as_root=(sudo)
    fi
    say "Installing what is missing: ${missing[*]}"
    # Standard input is not for questions: nobody may be there to answer.
    "${as_root[@]}" bash -s -- "${missing[@]}" >&2 <<'INSTALL' || die "the installation failed; by hand: $install"
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
install() { apt-get install --quiet --yes --no-install-recommends "$@" </dev/null; }
install_or_update() { install "$@" || { apt-get update --quiet </dev/null && install "$@"; }; }
# Debian's package makes and starts a server of its own, which nobody has asked for: tell it not to, this once.
if [[ " $* " == *" postgresql "* ]]; then
    install_or_update postgresql-common
    settings=/etc/postgresql-common/createcluster.conf
    if [ -f "$settings" ]; then
        cp --preserve=all "$settings" "$settings.before-simyard"
        trap 'mv "$settings.before-simyard" "$settings"' EXIT
        sed -i '/^ *create_main_cluster/d' "$settings"
        printf 'create_main_cluster = false\n' >>"$settings"
    fi
fi
install_or_update "$@"
INSTALL
}
