#!/bin/bash
# From the config that jobproxy wrote, `docker run` and `docker build` in dind hand all variables to containers, which
# then reach the origin through squid. The image holds no proxy.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

fetch='env | grep -i proxy | sort; timeout 5 wget -qO- http://origin.test/'
dockerfile="FROM box\nRUN $fetch"

main() {
    must 'the lab is up' lab_network
    must 'dind is up' dind_start
    job_start job e2e/job -e DOCKER_HOST=tcp://docker:2375 "${PROXY_ENV[@]}" -e NO_PROXY=.corp.example
    must 'dind has an image' give_image
    before docker
    for cli in docker docker-new; do
        in_job job "command -v $cli" >/dev/null || continue
        docker_run $cli
        docker_build $cli 0 "$cli, legacy builder"
    done
    docker_build docker 1 'docker, BuildKit' # docker-new has none without its buildx plugin
}

give_image() { docker save e2e/busybox | docker exec -i dind docker load && docker exec dind docker tag e2e/busybox box; }

# after COMMAND: runs COMMAND in the job, after the one-liner.
after() {
    in_job job "$(one_liner)
        $1"
}

before() {
    log_mark
    check_not "before: $1 run does not reach the origin" in_job job "$1 run --rm box sh -c '$fetch'" -e NO_PROXY=docker:2375
    check 'before: no request goes through squid' went_around origin.test
}

docker_run() {
    log_mark
    output=$(after "$1 run --rm box sh -c '$fetch'" 2>&1)
    check "$1 run: the origin answers" contains "$output" ORIGIN-OK
    has_all_variables "$1 run" "$output"
    check "$1 run: through squid, from dind" went_through '^172.28.1.20 200 GET http://origin.test/'
}

# docker_build CLI BUILDKIT NAME
docker_build() {
    log_mark
    output=$(after "mkdir -p /c; printf '$dockerfile' >/c/Dockerfile
        DOCKER_BUILDKIT=$2 BUILDKIT_PROGRESS=plain $1 build --no-cache -t built /c" 2>&1)
    check "$3: the origin answers" contains "$output" ORIGIN-OK
    has_all_variables "$3" "$output"
    check "$3: through squid, from dind" went_through '^172.28.1.20 200 GET http://origin.test/'
    image=$(after "$1 history --no-trunc built; $1 inspect built" 2>/dev/null)
    check "$3: the image is there" contains "$image" '"Architecture"'
    check "$3: no proxy in its history or config" lacks "${image//$fetch/}" '172.28.1.10|[Hh][Tt][Tt][Pp][Ss]?_[Pp][Rr][Oo][Xx][Yy]'
}

# has_all_variables NAME OUTPUT: both cases, with the values that were set.
has_all_variables() {
    local name
    for name in HTTP_PROXY HTTPS_PROXY http_proxy https_proxy; do check "$1: $name" contains "$2" "\b$name=$PROXY"; done
    for name in NO_PROXY no_proxy; do check "$1: $name" contains "$2" "\b$name=.corp.example,docker:2375,docker:2376"; done
}

main
