#!/bin/bash
# A BuildKit builder in a container of its own, made by the real buildx: docker's config does not reach such a builder,
# the words of `env --format driver-opts` do. squid wants a password.
# limit: 2400
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

# Debian 12 has neither. buildx comes from the release after, BuildKit from the Go module proxy. Compiling BuildKit takes
# longer than all other scenarios: HEAVY=1 does that, and keeps the programs for every later run.
BUILDKIT=v0.13.2
TOOLS=${XDG_CACHE_HOME:-/var/cache}/jobproxy/e2e/builders

main() {
    mkdir -p "$TOOLS"
    buildx || skip 'docker-buildx cannot be had'
    buildkit || skip "BuildKit $BUILDKIT is not there; HEAVY=1 builds BuildKit, where Go is installed"
    must 'the lab is up' lab_network
    must 'the image of BuildKit' image_buildkit
    proxy_start basic
    encoded=$(/usr/bin/python3 -c 'import sys, urllib.parse as u; print(u.quote(sys.argv[1], safe=""))' "$PROXY_PASSWORD")
    export HTTP_PROXY=http://$PROXY_USER:$encoded@172.28.1.10:3128
    # Both kinds of entries that need quotes: a comma between two of them, and a name that buildx would take for an option.
    export NO_PROXY=.corp.example,env.test
    prepare_config
    must 'buildx is there' contains "$(docker buildx version)" 'docker/buildx'

    check 'docker has the proxy' "$JOBPROXY" setup
    log_mark
    builder plain
    check_not 'docker'\''s config does not reach the builder' build plain "FROM registry.corp:5000/base"
    check 'and squid has not seen the builder' went_around registry.corp

    log_mark
    builder proxied "$("$JOBPROXY" env --format driver-opts)"
    check 'the builder has the list' builder_has proxied 'no_proxy=.corp.example,env.test,docker:2375,docker:2376'
    check 'the builder has the proxy' builder_has proxied "http_proxy=$("$JOBPROXY" env --format dotenv | sed -n 's/^http_proxy=//p')"
    check 'the builder pushes' build proxied "FROM scratch
COPY file /file" --output type=registry,name=registry.corp:5000/base
    check 'through squid, with the password' went_through " 201 PUT http://registry.corp:5000/v2/base/manifests/latest $PROXY_USER"
    log_mark
    check 'the builder pulls' build proxied "FROM registry.corp:5000/base
COPY file /other"
    check 'through squid' went_through " 200 (GET|HEAD) http://registry.corp:5000/v2/base/manifests/.* $PROXY_USER"
}

# buildx: the plugin that docker finds.
buildx() {
    local plugin=$TOOLS/docker-buildx
    [ -x "$plugin" ] || {
        unpack_from_suite trixie docker-buildx "$TOOLS/trixie" &&
            install -m 755 "$TOOLS/trixie/usr/libexec/docker/cli-plugins/docker-buildx" "$plugin"
    } || return
    mkdir -p "$DOCKER_CONFIG/cli-plugins"
    install -m 755 "$plugin" "$DOCKER_CONFIG/cli-plugins/docker-buildx"
}

# buildkit: buildkitd and buildctl, built once. The module cannot be installed by name: its go.mod excludes versions.
buildkit() {
    local bin=$TOOLS/buildkit-$BUILDKIT source
    [ -x "$bin/buildkitd" ] && [ -x "$bin/buildctl" ] && return
    [ "${HEAVY:-}" = 1 ] && command -v go >/dev/null || return
    source=$(in_go mod download -json "github.com/moby/buildkit@$BUILDKIT" | sed -n 's/.*"Dir": "\(.*\)",/\1/p')
    rm -rf "$TOOLS/buildkit"
    cp -r --no-preserve=mode "$source" "$TOOLS/buildkit" && rm -rf "$TOOLS/buildkit/vendor" || return
    (cd "$TOOLS/buildkit" && in_go build -trimpath -o "$bin/" ./cmd/buildkitd ./cmd/buildctl)
}

in_go() { (cd "$TOOLS/buildkit" 2>/dev/null || cd "$TOOLS" && GOPATH=$TOOLS/go GOCACHE=$TOOLS/go-cache GOFLAGS=-mod=mod CGO_ENABLED=0 timeout 2000 go "$@"); }

image_buildkit() {
    local root
    root=$(root_of buildkit /usr/sbin/runc)
    install -m 755 "$TOOLS/buildkit-$BUILDKIT"/build{kitd,ctl} "$root/usr/local/bin/"
    import "$root" buildkit 'ENTRYPOINT ["buildkitd"]'
}

# prepare_config: the login of the registry, and the registry's lack of TLS.
prepare_config() {
    printf '{"auths": {"registry.corp:5000": {"auth": "%s"}}}\n' "$(printf %s "$REGISTRY_USER:$REGISTRY_PASSWORD" | base64)" \
        >"$DOCKER_CONFIG/config.json"
    printf '[registry."registry.corp:5000"]\n  http = true\n' >"$LAB/buildkitd.toml"
    mkdir -p "$LAB/context"
    echo content >"$LAB/context/file"
}

# builder NAME WORDS: a docker-container builder on the network corp.
builder() {
    check "$1: the builder is made" eval "docker buildx create --name '$1' --driver docker-container --driver-opt image=e2e/buildkit \
        --driver-opt network=corp --config '$LAB/buildkitd.toml' ${2:-}"
    check "$1: the builder starts" docker buildx inspect --bootstrap "$1"
}

builder_has() { docker exec "buildx_buildkit_${1}0" sh -c "tr '\\0' '\\n' </proc/1/environ" | grep -xF "$2"; }

# build BUILDER DOCKERFILE [OPTION…]
build() {
    local builder=$1
    printf '%s\n' "$2" >"$LAB/context/Dockerfile"
    shift 2
    DOCKER_TIMEOUT=90 docker buildx build --builder "$builder" --no-cache --progress plain "$@" "$LAB/context"
}

main
