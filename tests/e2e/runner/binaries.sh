# shellcheck shell=bash
# Where gitlab-runner comes from. Sourced after lib.sh.

MODULE=gitlab.com/gitlab-org/gitlab-runner
VERSION=19.3.0 # of the commit in go.mod

# runner_binaries: GITLAB_RUNNER becomes a folder with gitlab-runner, gitlab-runner-helper and gitlab-runner-build: the one
# it names, else one that is built once and kept. Status 1 when there is none, and no_binaries says why.
runner_binaries() {
    if [ -n "${GITLAB_RUNNER:-}" ]; then
        complete "$GITLAB_RUNNER" || because "GITLAB_RUNNER=$GITLAB_RUNNER lacks gitlab-runner, gitlab-runner-helper or gitlab-runner-build"
        return
    fi
    GITLAB_RUNNER=${XDG_CACHE_HOME:-/var/cache}/jobproxy/e2e/gitlab-runner-$VERSION
    complete "$GITLAB_RUNNER" || build "$GITLAB_RUNNER"
}

# shellcheck disable=SC2034 # the scenario's
because() { no_binaries=$1; return 1; }

complete() { [ -x "$1/gitlab-runner" ] && [ -x "$1/gitlab-runner-helper" ] && [ -x "$1/gitlab-runner-build" ]; }

# build FOLDER: the two programs of go.mod, without cgo, and the script that comes with them. Go's own caches are kept
# beside FOLDER until it is there, so that a build that ran out of time continues at the next run.
build() {
    local folder=$1 said
    command -v go >/dev/null || because 'no Go here to build gitlab-runner with' || return
    mkdir -p "$folder.go/module"
    cp "$E2E/runner/go.mod" "$folder.go/module/"
    said=$(in_module 300 go mod download "$MODULE" 2>&1) || {
        rm -rf "$folder.go"
        because "gitlab-runner v$VERSION cannot be had as a Go module ($(last_line "$said"))"
        return
    }
    said=$(build_in "$folder.new" 2>&1) || because "gitlab-runner v$VERSION does not build ($(last_line "$said"))" || return
    rm -rf "$folder" && mv "$folder.new" "$folder" && rm -rf "$folder.go"
}

build_in() {
    local module
    rm -rf "$1" && mkdir "$1" &&
        in_module 1300 go build -ldflags "-X $MODULE/common.VERSION=$VERSION" -o "$1/" tool &&
        module=$(in_module 60 go list -m -f '{{.Dir}}' "$MODULE") &&
        install -m 755 "$module/tests/dockerfiles/gitlab-runner-helper-entrypoint/scripts/gitlab-runner-build" "$1/"
}

# in_module SECONDS COMMAND…: with go.mod's commit turned into a version by Go, hence -mod=mod.
in_module() {
    cd "$folder.go/module" || return
    GOPATH=$folder.go/path GOCACHE=$folder.go/cache GOFLAGS='-mod=mod -modcacherw' CGO_ENABLED=0 timeout "$@"
}

last_line() { tail -n 1 <<<"$1" | tr -d '\t' | sed 's/^ *//'; }

# image_helper: e2e/helper, what gitlab-runner clones in: its own two programs, bash and git.
image_helper() {
    local root
    root=$(root_of helper /usr/bin/bash)
    ln -sf /usr/bin/bash "$root/bin/bash"
    add_git "$root"
    install -m 755 "$GITLAB_RUNNER"/gitlab-runner-{helper,build} "$root/usr/bin/"
    import "$root" helper 'CMD ["sh"]'
}
