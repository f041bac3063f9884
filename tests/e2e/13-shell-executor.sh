#!/bin/bash
# ci-templates/runner/shell/config.toml: two projects behind two proxies and a runner without a proxy on one HOME, their jobs
# at the same time. Each job has its own proxy in git, docker, curl and after_script; No byte of HOME changes.
# The stages are run as gitlab-runner's shell executor runs them (shells/abstract.go, shells/bash.go of v19.3.0).
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

TEMPLATE=$REPO/ci-templates/runner/shell/config.toml
RUNNER_USER=4242
DIRECT=http://172.28.2.20/repo.git # the lab's machine reaches the origin itself, too

main() {
    must 'the lab is up' lab_network
    must 'a second proxy' between second 172.28.1.11 squid -N -f /conf/squid/open.conf
    must 'the origin is up' wait_for 10 lab_inside curl -fsS --noproxy '*' "${DIRECT%/*}/"
    must 'the second proxy is up' wait_for 10 lab_inside bash -c ': </dev/tcp/172.28.1.11/3128'
    chmod 666 "$LAB/docker.sock"
    home
    mapfile -t RUNNER_ENV < <(of_template environment | sed 's|http://proxy.corp.example:|http://alice:secret-a@172.28.1.10:|')
    before=$(everything "$LAB/shell/home")

    for round in 1 2 3; do
        log_mark
        first "${round}1" & second "${round}2" & without "${round}3" & wait
        for number in 1 2 3; do judge "$round$number"; done
    done
    check 'HOME is what it was' same "$(everything "$LAB/shell/home")" "$before"
    check 'no password in HOME and in no work tree' not grep -rq 'secret-' "$LAB/shell/home" "$LAB"/shell/builds/slot/group/{first,second,without}
    check 'no password in a log' not grep -q 'secret-' "$LAB"/shell/*.log
    check 'no job asked the proxy of another' not grep -qE '\?..2' "$LAB/log/proxy/access.log"
    check 'no job asked the proxy of another (2)' not grep -qE '\?..1' "$LAB/log/second/access.log"
    check 'one folder a slot is left' same "$(folders)" 'first/jobproxy-31 second/jobproxy-32 '
    # The first project has no proxy now: the next job removes the password of the first project.
    repository=$DIRECT job first 41 'echo "the script ran"'
    check 'a job without a proxy works' contains "$(<"$LAB/shell/41.log")" '^the script ran$'
    check 'the folder of the ended job is removed' same "$(folders)" 'second/jobproxy-32 '
}

# The runner's proxy, a project's own proxy, and a runner without a proxy.
first() { job first "$1" "$work" "${RUNNER_ENV[@]}"; }
second() { job second "$1" "$work" "${RUNNER_ENV[@]}" HTTP_PROXY=http://bob:secret-b@172.28.1.11:3128 HTTPS_PROXY=http://bob:secret-b@172.28.1.11:3128; }
without() { repository=$DIRECT job without "$1" "$work"; }

# shellcheck disable=SC2016 # the job's shell
work='
test -z "$HTTP_PROXY" || git config --global user.name "$CI_JOB_ID"
test -z "$HTTP_PROXY" || curl -fsS -m 10 -o /dev/null "http://origin.test/?$CI_JOB_ID"
sleep 0.5
echo "git: $(git config http.proxy | sed "s/.*@//")"
echo "docker: $(docker run --rm --network none e2e/busybox env | sed -n "s/^HTTP_PROXY=.*@//p")"
echo "login: $(grep -c registry.example "${DOCKER_CONFIG:-$HOME/.docker}/config.json")"
echo "mail: $(git config user.email)"
test -z "$HTTP_PROXY" || echo "name: $(git config user.name)"
test -z "$(git status --porcelain --ignored)" && echo "the work tree is clean"'

judge() { # NUMBER
    local log proxy
    log=$(<"$LAB/shell/$1.log")
    case $1 in
    ?1) proxy=172.28.1.10:3128 ;;
    ?2) proxy=172.28.1.11:3128 ;;
    *) proxy='' ;;
    esac
    check "job $1 succeeds" contains "$log" '^job succeeded$'
    check "job $1: git has its proxy" contains "$log" "^git: $proxy\$"
    check "job $1: containers have its proxy" contains "$log" "^docker: $proxy\$"
    check "job $1: the login of HOME is there" contains "$log" '^login: 1$'
    check "job $1: so are git's settings" contains "$log" '^mail: runner@example$'
    [ -z "$proxy" ] || check "job $1: after_script has its proxy" contains "$log" "^after: $proxy\$"
    check "job $1: the work tree is clean" contains "$log" '^the work tree is clean$'
    [ -z "$proxy" ] || check "job $1: git's own settings are its own" contains "$log" "^name: $1\$"
}

# home: makes the HOME of the runner's user.
home() {
    mkdir -p "$LAB"/shell/{root,builds,home/.docker}
    echo '{"auths":{"registry.example":{"auth":"dTpw"}}}' >"$LAB/shell/home/.docker/config.json"
    printf '[user]\n\temail = runner@example\n[safe]\n\tdirectory = *\n' >"$LAB/shell/home/.gitconfig"
    chown -R "$RUNNER_USER:$RUNNER_USER" "$LAB/shell"
}

everything() { (cd "$1" && find . -printf '%p %m %T@\n' -type f -exec sha256sum {} + | sort); }

# folders: prints the private folders, by project.
folders() { (cd "$LAB/shell/builds/slot/group" && find . -name 'jobproxy-*' -printf '%P ' | sed 's/\.tmp//g' | tr ' ' '\n' | sort | xargs -I{} printf '{} '); }

# job PROJECT NUMBER SCRIPT VARIABLE…: the stages of a job; its log is $LAB/shell/NUMBER.log.
job() {
    local folder=$LAB/shell/builds/slot/group/$1 number=$2 script=$3 hook status=0
    shift 3
    local variables=(CI=true GITLAB_CI=true "CI_JOB_ID=$number" "CI_PROJECT_DIR=$folder" "GITLAB_ENV=$folder.tmp/gitlab_runner_env"
        "DOCKER_HOST=$DOCKER_HOST" "$@")
    {
        stage "${variables[@]}" "rm -f '$folder.tmp/gitlab_runner_env'"
        hook=$(of_template pre_get_sources_script)
        stage "${variables[@]}" "$hook
            rm -rf '$folder' && git clone -q '${repository:-http://origin.test/repo.git}' '$folder'" || status=1
        hook=$(of_template pre_build_script)
        [ $status != 0 ] || stage "${variables[@]}" "cd '$folder'
            $hook
            $script" || status=1
        # shellcheck disable=SC2016 # the job's shell
        stage "${variables[@]}" "cd '$folder'"' && echo "after: $(git config http.proxy | sed "s/.*@//")"'
        [ $status != 0 ] || echo 'job succeeded'
    } >"$LAB/shell/$number.log" 2>&1
}

# stage VARIABLE… SCRIPT: one shell of the runner's user with the variables and those of $GITLAB_ENV.
stage() {
    local script=${*: -1} exports
    exports=$(printf 'export %q\n' "${@:1:$#-1}")
    machine bash --login <<<"$exports
        mkdir -p \"\${GITLAB_ENV%/*}\"; touch \"\$GITLAB_ENV\"
        while read -r pair; do export \"\$pair\"; done <\"\$GITLAB_ENV\"
        set -eo pipefail
        (eval $(printf %q "$script")) </dev/null"
}

# machine COMMAND…: as the runner's user in the lab's network, on this machine's files but for the marks of a container.
machine() {
    "${INSIDE[@]}" unshare --mount --propagation private sh -ec '
        root=$1 opt=$2 home=$3 user=$4; shift 4
        mount -t tmpfs none "$root"
        for name in /*; do
            if [ -L "$name" ]; then cp -P "$name" "$root"; elif [ -d "$name" ]; then mkdir "$root$name"; mount --rbind "$name" "$root$name"; fi
        done
        mount -t tmpfs none "$root/opt" && mkdir "$root/opt/jobproxy" && mount --bind "$opt" "$root/opt/jobproxy"
        test ! -e "$root/.dockerenv"
        exec chroot "$root" setpriv --reuid="$user" --regid="$user" --clear-groups \
            env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$home" "$@"' \
        sh "$LAB/shell/root" "$LAB/opt/jobproxy" "$LAB/shell/home" "$RUNNER_USER" "$@"
}
INSIDE=(nsenter --target "$LAB_PID" --net --)

# of_template KEY: the template's value, of a list one entry a line.
of_template() {
    /usr/bin/python3 - "$TEMPLATE" "$1" <<'P'
import sys, tomllib
value = tomllib.load(open(sys.argv[1], "rb"))["runners"][0][sys.argv[2]]
print(value if isinstance(value, str) else "\n".join(value))
P
}

main
