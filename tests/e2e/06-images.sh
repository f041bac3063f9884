#!/bin/bash
# The one-liner in every kind of image and home, and with every kind of broken binary, under BusyBox sh, dash and bash.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

main() {
    must 'the lab is up' lab_network
    busybox_only
    scratch
    other_user
    homes
    mounted_config
    git_comes_later
    broken_binaries
}

# after COMMAND [docker run option…]: a fresh job runs COMMAND after the one-liner; prints the output of both streams.
after() {
    local script
    script="$(one_liner)
        $1"
    shift
    job_start job "${image:-e2e/job}" -e "HTTP_PROXY=$PROXY" -e "HTTPS_PROXY=$PROXY" "$@" || return
    in_job job "$script" 2>&1
}

busybox_only() {
    log_mark
    image=e2e/busybox check 'busybox: reaches the origin' after 'timeout 5 wget -qO- http://origin.test/; cat ~/.docker/config.json; grep -F "proxy = " ~/.gitconfig'
    check 'busybox: through squid' went_through '200 GET http://origin.test/'
}

scratch() {
    local root=$LAB/images/scratch out
    mkdir -p "$root/tmp" && cp "$JOBPROXY" "$root/jobproxy" && import "$root" scratch
    out=$(docker run --rm -e HTTP_PROXY=proxy.corp:8080 -e HOME=/tmp e2e/scratch /jobproxy setup --export 2>"$LAB/log/scratch")
    check 'scratch: sets up' same "$?" 0
    check 'scratch: exports' contains "$out" "^export http_proxy='http://proxy.corp:8080'"
    out=$(docker run --rm -e HTTP_PROXY=proxy.corp:8080 e2e/scratch /jobproxy exec -- /jobproxy env --format dotenv 2>&1)
    check 'scratch: exec' contains "$out" '^http_proxy=http://proxy.corp:8080'
}

other_user() {
    check 'not root: config of its own, 0600' after 'test "$(stat -c "%a %u" $HOME/.docker/config.json)" = "600 65534"; curl -fsS -m 5 http://origin.test/' \
        -u 65534:65534 -e HOME=/tmp
}

homes() {
    local out
    out=$(after 'curl -fsS -m 5 http://origin.test/; test -s /root/.docker/config.json; env -i PATH=$PATH git config --file /root/.gitconfig http.proxy' --env-file <(echo HOME))
    check 'HOME unset: the passwd entry, and the origin' contains "$out" "ORIGIN-OK"
    out=$(in_job job 'unset HOME; rm -rf /root/.docker /root/.gitconfig; /opt/jobproxy/jobproxy setup; test -s /root/.docker/config.json && test -s /root/.gitconfig' 2>&1)
    check 'HOME unset: both files in the passwd home' same "$?" 0

    out=$(after 'curl -fsS -m 5 http://origin.test/' --read-only --tmpfs /run)
    check 'HOME read-only: the job continues and reaches the origin' contains "$out" ORIGIN-OK
    check 'HOME read-only: one line says so of docker' same "$(grep -c '^jobproxy: .*/root/.docker' <<<"$out")" 1
    check 'HOME read-only: one line says so of git' same "$(grep -c '^jobproxy: .*/root/.gitconfig' <<<"$out")" 1
    in_job job '/opt/jobproxy/jobproxy setup' >/dev/null 2>&1
    check 'HOME read-only: status 1' same "$?" 1
}

mounted_config() {
    local config=$LAB/mounted.json out
    echo '{"auths": {"registry.corp:5000": {"auth": "Ym9iOng="}}}' >"$config"
    out=$(after 'ls -l $DOCKER_CONFIG; cat $DOCKER_CONFIG/config.json' -v "$config:/root/.docker/config.json:ro")
    check 'config.json mounted read-only: a line says what docker reads now' contains "$out" '^jobproxy: /root/.docker/config.json: cannot write: read-only file system; DOCKER_CONFIG names a private copy'
    check 'config.json mounted read-only: nobody else can read the copy' contains "$out" '^-rw------- .* config.json'
    check 'config.json mounted read-only: the copy has the login' contains "$out" Ym9iOng=
    check 'config.json mounted read-only: and the proxies' contains "$out" '"httpProxy"'
    check 'config.json mounted read-only: the file itself stays' same "$(cat "$config")" '{"auths": {"registry.corp:5000": {"auth": "Ym9iOng="}}}'
    out=$(after 'echo "${DOCKER_CONFIG:-unset}"; cat ~/.docker/config.json' -v "$config:/root/.docker/config.json")
    check 'config.json mounted: it is written in place' contains "$out" '^unset'
    check 'config.json mounted: the login stays' contains "$out" Ym9iOng=
    check 'config.json mounted: the proxies are in it' contains "$out" '"httpProxy"'
}

git_comes_later() {
    job_start job e2e/busybox -e "HTTP_PROXY=$PROXY" -e "HTTPS_PROXY=$PROXY"
    docker run --rm e2e/job tar -C / -c bin/bash usr/bin/git usr/lib usr/share/git-core lib64 lib/x86_64-linux-gnu >"$LAB/git.tar" 2>/dev/null
    log_mark
    check 'git installed after setup: it has no git yet' in_job job "! command -v git; $(one_liner)"
    docker cp - job:/ <"$LAB/git.tar" >/dev/null
    check 'git installed after setup: clones' in_job job 'unset HTTP_PROXY HTTPS_PROXY; git clone -q http://origin.test/repo.git /tmp/clone && cat /tmp/clone/README'
    check 'git installed after setup: through squid' went_through '200 GET http://origin.test/repo.git'
}

# A binary that is missing, not executable, of another machine, or that fails: one warning, and the user's script runs.
broken_binaries() {
    local folder=$LAB/opt/broken kind shell home
    mkdir -p "$folder"
    for kind in missing not-executable other-machine; do
        rm -f "$folder/jobproxy"
        case $kind in
        not-executable) cp "$JOBPROXY" "$folder/jobproxy" && chmod 644 "$folder/jobproxy" ;;
        other-machine) cp "$JOBPROXY" "$folder/jobproxy" && printf '\xb7' | dd of="$folder/jobproxy" bs=1 seek=18 conv=notrunc status=none ;;
        esac
        JOBPROXY_FOLDER=$folder job_start job e2e/job -e "HTTP_PROXY=$PROXY" -w /tmp
        for shell in 'busybox sh' dash bash; do
            continues "$kind, $shell" -eu "$shell" '^/opt/jobproxy/jobproxy exported nothing'
            # BusyBox runs a file that the kernel refuses to start as a script: several lines, the last is a syntax error.
            check "$kind, $shell: the shell says why" contains "$out" 'not found|No such file|Permission denied|Exec format error|syntax error'
        done
        check "$kind: nothing is left behind" same "$(in_job job 'ls -A /tmp')" ''
    done
    job_start job e2e/job -e 'HTTP_PROXY=gopher://proxy' -w /tmp
    for shell in 'busybox sh' dash bash; do continues "exit 1, $shell" -eu "$shell" 'jobproxy: HTTP_PROXY'; done
    for home in /proc /sys; do
        job_start job e2e/job -e "HTTP_PROXY=$PROXY" -e "HOME=$home" -w /tmp
        for shell in 'busybox sh' dash bash; do
            continues "exit 1 with exports, HOME=$home, $shell" -eu "$shell" "SCRIPT-RUNS with $PROXY"
        done
    done
    continues 'pipefail, bash' '-eu -o pipefail' bash "SCRIPT-RUNS with $PROXY"
}

continues() { # WHAT FLAGS SHELL REGEX
    # shellcheck disable=SC2086 # words
    out=$(docker exec job $3 $2 -c "$(one_liner)
        echo SCRIPT-RUNS with \${http_proxy:-no proxy}" </dev/null 2>&1)
    check "$1: the job continues" contains "$out" '^SCRIPT-RUNS'
    check "$1: it says so" contains "$out" "$4"
}

main
