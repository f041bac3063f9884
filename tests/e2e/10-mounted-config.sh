#!/bin/bash
# The documented way to give jobs registry logins: a config.json that is mounted into the job by itself. A writable file
# is overwritten in place; with a read-only file docker gets a private copy. Either way login and proxies work.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

main() {
    must 'the lab is up' lab_network
    must 'the dind image' dind_image
    must 'dind is up' dind_start -i dind-jobproxy "${PROXY_ENV[@]}"
    must 'dind has an image' give_image
    for mode in rw ro; do
        printf '{\n\t"auths": {\n\t\t"registry.corp:5000": {\n\t\t\t"auth": "%s"\n\t\t}\n\t}\n}' \
            "$(printf %s "$REGISTRY_USER:$REGISTRY_PASSWORD" | base64)" >"$LAB/config.json"
        cp "$LAB/config.json" "$LAB/before.json"
        job_start job e2e/job -e DOCKER_HOST=tcp://docker:2375 "${PROXY_ENV[@]}" -v "$LAB/config.json:/root/.docker/config.json:$mode"
        for cli in $(in_job job 'for cli in docker docker-new; do ! command -v $cli >/dev/null || echo $cli; done'); do
            works "$mode-$cli"
        done
        if [ $mode = ro ]; then
            check "$mode: the mounted file is what it was" cmp "$LAB/config.json" "$LAB/before.json"
            check_not "$mode: without --export it is an error" in_job job '/opt/jobproxy/jobproxy setup'
        else
            check "$mode: the mounted file has both" grep -q httpProxy "$LAB/config.json"
            check "$mode: the login is what it was" grep -qF "$(grep '"auth"' "$LAB/before.json")" "$LAB/config.json"
        fi
    done
}

give_image() { docker save e2e/busybox | docker exec -i dind docker load && docker exec dind docker tag e2e/busybox box; }

works() { # NAME
    local cli=${1#*-} output
    output=$(in_job job "$(one_liner)
        $cli tag box registry.corp:5000/$1 && $cli push registry.corp:5000/$1 && $cli rmi registry.corp:5000/$1
        $cli pull registry.corp:5000/$1 && $cli run --rm box env" 2>&1)
    check "$1: login, push and pull" contains "$output" "Downloaded newer image for registry.corp:5000/$1"
    check "$1: containers have the proxy" contains "$output" "HTTP_PROXY=$PROXY"
}

main
