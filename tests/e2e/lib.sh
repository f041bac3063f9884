# shellcheck shell=bash
# The lab: a dockerd of its own in its own network, mount and pid namespaces, so that nothing on the machine is touched
# and one kill ends everything. Sourced by `run`, by every scenario and by runner/.
#
#   corp 172.28.1.0/24 (internal)          proxy .10          wan 172.28.2.0/24 (internal)
#   job .30, dind .20 (alias docker)  ->  squid, both nets  ->  origin.test .20, registry.corp .30
#
# Set by lab_up and exported: LAB (scratch folder), DOCKER_HOST, LAB_PID, HOME and DOCKER_CONFIG (scratch).

E2E=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(cd "$E2E/../.." && pwd)
export E2E REPO

PROXY=http://172.28.1.10:3128
export PROXY_USER=alice PROXY_PASSWORD='p@ss:w/o#r?d+%&"$ü'
export REGISTRY_USER=bob REGISTRY_PASSWORD=registry-secret
# What an operator puts into `environment`: upper and lower case.
# shellcheck disable=SC2034 # used by the scenarios
PROXY_ENV=(-e "HTTP_PROXY=$PROXY" -e "HTTPS_PROXY=$PROXY" -e "http_proxy=$PROXY" -e "https_proxy=$PROXY")

# shellcheck source=debian.sh
. "$E2E/debian.sh"
# shellcheck source=lab/images.sh
. "$E2E/lab/images.sh"

# ---- the lab ----------------------------------------------------------------------------------------------------------

# docker ARG…: Debian's CLI, never longer than DOCKER_TIMEOUT seconds (60).
docker() { timeout -k 5 "${DOCKER_TIMEOUT:-60}" /usr/bin/docker "$@"; }

# lab_packages: installs what the lab is made of.
lab_packages() {
    # The package busybox-static would take the place of busybox, and the other way round.
    command -v busybox >/dev/null || install_packages 100 busybox || return
    install_packages 400 apache2-utils cntlm curl docker-registry dnsmasq-base docker.io git iproute2 iptables \
        openssl python3 python3-venv python3-yaml rsync shellcheck squid tinyproxy wget
}

# lab_up: starts dockerd; call it in the shell that will also call lab_down. Status 1 and the log's end when it cannot.
lab_up() {
    LAB=$(mktemp -d "${TMPDIR:-/tmp}/jobproxy-e2e.XXXXXX")
    mkdir -p "$LAB"/{home,docker-config,log,opt/jobproxy}
    chmod 755 "$LAB"
    export LAB DOCKER_HOST=unix://$LAB/docker.sock HOME=$LAB/home DOCKER_CONFIG=$LAB/docker-config
    unset DOCKER_CONTEXT DOCKER_TLS_VERIFY DOCKER_CERT_PATH HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy
    setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child --mount-proc \
        "$E2E/lab/inside" --data-root "$LAB/data" --exec-root "$LAB/exec" --pidfile "$LAB/pid" -H "$DOCKER_HOST" \
        --add-runtime "lab=$E2E/lab/runc" --cgroup-parent "/${LAB##*/}" >"$LAB/log/dockerd" 2>&1 </dev/null &
    LAB_UNSHARE=$!
    for _ in $(seq 100); do
        LAB_PID=$(pgrep -P "$LAB_UNSHARE" || true)
        export LAB_PID
        [ -n "$LAB_PID" ] && docker version >/dev/null 2>&1 && return
        kill -0 "$LAB_UNSHARE" 2>/dev/null || break
        sleep 0.2
    done
    tail -n 5 "$LAB/log/dockerd" >&2
    return 1
}

# lab_down: ends dockerd and every container at once; the namespaces take mounts, bridge and networks with them.
lab_down() {
    [ -n "${LAB:-}" ] || return 0
    [ -z "${LAB_UNSHARE:-}" ] || { kill -KILL "$LAB_UNSHARE" && wait "$LAB_UNSHARE"; } 2>/dev/null
    for _ in $(seq 50); do
        find /sys/fs/cgroup -depth -type d -path "*/${LAB##*/}*" -exec rmdir {} + 2>/dev/null
        rm -rf --one-file-system "$LAB" 2>/dev/null
        [ -n "$(find "$LAB" /sys/fs/cgroup -path "*${LAB##*/}*" -print -quit 2>/dev/null)" ] || return 0
        sleep 0.2
    done
    echo "could not remove $LAB or its cgroups" >&2
}

# lab_inside COMMAND…: runs COMMAND on this machine's files, but in the lab's network (its addresses exist only there).
lab_inside() { nsenter --target "$LAB_PID" --net -- "$@"; }

# lab_images [NAME…]: builds e2e/NAME; without names busybox, job, dind and net.
lab_images() {
    [ $# -gt 0 ] || set -- busybox job dind net
    local name
    for name; do "image_$name" || return; done
}

# lab_network: no containers but a fresh proxy (squid, open.conf), origin and registry on corp and wan.
lab_network() {
    lab_clear
    docker network inspect corp >/dev/null 2>&1 || docker network create --internal --subnet 172.28.1.0/24 corp >/dev/null
    docker network inspect wan >/dev/null 2>&1 || docker network create --internal --subnet 172.28.2.0/24 wan >/dev/null
    docker run -d --name origin --network wan --ip 172.28.2.20 --network-alias origin.test e2e/net origin >/dev/null
    docker run -d --name registry --network wan --ip 172.28.2.30 --network-alias registry.corp e2e/net docker-registry serve /conf/registry.yml >/dev/null
    proxy_start open
}

# lab_clear: removes every container.
lab_clear() {
    local all
    all=$(docker ps -aq)
    # shellcheck disable=SC2086 # a list of ids
    [ -z "$all" ] || docker rm -fv $all >/dev/null
}

# proxy_start CONF: squid with lab/conf/squid/CONF.conf is the only way from corp to wan; starts a new log.
proxy_start() {
    docker rm -fv proxy >/dev/null 2>&1
    between proxy 172.28.1.10 squid -N -f "/conf/squid/$1.conf"
    wait_for 10 lab_inside bash -c ': </dev/tcp/172.28.1.10/3128'
}

# between NAME IP COMMAND…: a container of e2e/net on both networks, IP on corp, its log folder at $LAB/log/NAME.
between() {
    local name=$1 ip=$2
    shift 2
    mkdir -p "$LAB/log/$name"
    rm -f "$LAB/log/$name/access.log"
    chmod 777 "$LAB/log/$name"
    docker create --name "$name" --network corp --ip "$ip" -v "$LAB/log/$name:/var/log/squid" e2e/net "$@" >/dev/null &&
        docker network connect wan "$name" && docker start "$name" >/dev/null
}

# dind_start [-i IMAGE] [docker run option…] [-- dockerd argument…]: the dind service at 172.28.1.20, alias docker,
# plain 2375 unless an option says `-e DOCKER_TLS_CERTDIR=/certs`; waits until it answers.
dind_start() {
    local image=e2e/dind options=()
    [ "${1:-}" != -i ] || { image=$2; shift 2; }
    while [ $# -gt 0 ] && [ "$1" != -- ]; do options+=("$1"); shift; done
    [ $# = 0 ] || shift
    docker rm -fv dind >/dev/null 2>&1
    docker run -d --name dind --privileged --network corp --ip 172.28.1.20 --network-alias docker -e DOCKER_TLS_CERTDIR= \
        -v "$LAB/opt/jobproxy:/opt/jobproxy:ro" "${options[@]}" "$image" "$@" >/dev/null || return
    wait_for 30 docker exec dind docker version || { docker logs --tail 20 dind >&2; return 1; }
}

# dind_image: dind-jobproxy, from ci-templates/dind/Dockerfile.dind.
dind_image() {
    docker tag e2e/dind docker:28-dind
    cp "$JOBPROXY" "$LAB/jobproxy" && tar -C "$LAB" -c jobproxy -C "$REPO/ci-templates/dind" Dockerfile.dind |
        docker build -q -t dind-jobproxy -f Dockerfile.dind -
}

# job_start NAME IMAGE [docker run option…]: a job's container on corp that idles; the folder of jobproxy (or the folder
# JOBPROXY_FOLDER) is mounted as the runner's `volumes` do it.
job_start() {
    local name=$1 image=$2
    shift 2
    docker rm -fv "$name" >/dev/null 2>&1
    docker run -d --name "$name" --network corp -v "${JOBPROXY_FOLDER:-$LAB/opt/jobproxy}:/opt/jobproxy:ro" \
        "$@" "$image" sleep 1000 >/dev/null
}

# in_job NAME SCRIPT [docker exec option…]: SCRIPT under `sh -e` in the job, at most 60 s, no input.
in_job() {
    local name=$1 script=$2
    shift 2
    docker exec "$@" "$name" timeout 55 sh -ec "$script" </dev/null
}

# release_file: the name under which the include looks for jobproxy on this machine.
release_file() { [ "$(uname -m)" = x86_64 ] && echo jobproxy || echo "jobproxy-$(uname -m)"; }

# one_liner [KEY]: the hook of ci-templates/runner/config.toml, pre_build_script unless KEY says another.
one_liner() {
    /usr/bin/python3 - "$REPO/ci-templates/runner/config.toml" "${1:-pre_build_script}" <<'P'
import sys, tomllib
print(tomllib.load(open(sys.argv[1], "rb"))["runners"][0][sys.argv[2]])
P
}

# wait_for SECONDS COMMAND…: runs COMMAND, silently, until it succeeds.
wait_for() {
    local end=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $end ] || return 1
        sleep 0.2
    done
}

# ---- the witness: squid's log -----------------------------------------------------------------------------------------

# log_mark [PROXY]: forgets what PROXY (container name, `proxy`) has logged so far.
log_mark() { log_lines_before=$(grep -c "" "$LAB/log/${1:-proxy}/access.log" 2>/dev/null); }

# log_lines [PROXY]: lines since the mark: client, status, method, URL, user.
log_lines() { tail -n +$((${log_lines_before:-0} + 1)) "$LAB/log/${1:-proxy}/access.log" 2>/dev/null; }

# went_through REGEX [PROXY]: the proxy has logged such a line since the mark (a tunnel is logged at its end: waits 3 s).
went_through() { wait_for 3 eval "log_lines ${2:-} | grep -qE -- '$1'" || { echo "the proxy's log has no $1:"; log_lines "${2:-}"; return 1; }; }

# went_around REGEX [PROXY]: it has not.
went_around() {
    sleep 0.5
    if log_lines "${2:-}" | grep -E -- "$1"; then return 1; fi
}

# ---- reporting --------------------------------------------------------------------------------------------------------

# scenario: call first. One line is printed when the script ends: pass, fail or skip, its name, and why.
scenario() {
    SCENARIO=$(basename "$0" .sh)
    checks=0 failures=() skipped=
    exec 3>&1 1>&2
    trap 'scenario_end $?' EXIT
    trap 'exit 143' TERM INT
}

# check WHAT COMMAND…: COMMAND must succeed; what it printed is shown when it does not.
check() {
    local what=$1 output
    shift
    checks=$((checks + 1))
    if output=$("$@" 2>&1); then return 0; fi
    failures+=("$what")
    printf '  %s: FAILED %s\n%s\n' "$SCENARIO" "$what" "$output" | sed '2,$s/^/    /' | head -n 30 >&2
}

# check_not WHAT COMMAND…: COMMAND must fail.
check_not() {
    local what=$1
    shift
    check "$what" not "$@"
}
not() { if "$@"; then return 1; fi; }

# must WHAT COMMAND…: as check, but the scenario cannot go on without it.
must() { check "$@" || exit 1; [ ${#failures[@]} = 0 ] || exit 1; }

# contains TEXT REGEX / lacks TEXT REGEX / same A B: for use with check.
contains() { grep -qE -- "$2" <<<"$1" || { echo "no match of $2 in:"; echo "$1"; return 1; }; }
lacks() { if grep -E -- "$2" <<<"$1"; then return 1; fi; }
same() { [ "$1" = "$2" ] || { printf 'expected: %s\n     got: %s\n' "$2" "$1"; return 1; }; }

# skip REASON: ends the scenario as skipped.
skip() { skipped=$1; exit 0; }

scenario_end() {
    trap - EXIT
    if [ -n "$skipped" ]; then
        echo "skip $SCENARIO: $skipped" >&3
        exit 77
    elif [ ${#failures[@]} -gt 0 ]; then
        echo "fail $SCENARIO: ${#failures[@]} of $checks checks, first: ${failures[0]}" >&3
        exit 1
    elif [ "$1" != 0 ] || [ "$checks" = 0 ]; then
        [ "$1" != 143 ] || set -- 'SIGTERM (out of time?)'
        echo "fail $SCENARIO: ended early with $1 after $checks checks" >&3
        exit 1
    fi
    echo "pass $SCENARIO: $checks checks, $SECONDS s" >&3
    exit 0
}
