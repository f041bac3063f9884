#!/bin/bash
# A private registry behind the proxy: login, push and pull through a dind that was built from ci-templates/dind keep
# working, in whatever order setup and login come; the guide's `echo … > config.json` loses the login.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

login="echo $REGISTRY_PASSWORD | \$cli login -u $REGISTRY_USER --password-stdin registry.corp:5000 2>/dev/null"
guide='mkdir -p $HOME/.docker && echo "{ \"proxies\": { \"default\": { \"httpProxy\": \"$HTTP_PROXY\", \"httpsProxy\": \"$HTTPS_PROXY\", \"noProxy\": \"$NO_PROXY\" } } }" > $HOME/.docker/config.json'
direct='export NO_PROXY=docker:2375 no_proxy=docker:2375'

main() {
    must 'the lab is up' lab_network
    must 'the dind image' dind_image
    must 'dind is up' dind_start -i dind-jobproxy "${PROXY_ENV[@]}" -e NO_PROXY='*.corp.example'
    check "dockerd's environment is complete" dockerd_has 'no_proxy=.corp.example,docker:2375,docker:2376'
    job_start job e2e/job -e DOCKER_HOST=tcp://docker:2375 "${PROXY_ENV[@]}"
    must 'dind has an image' give_image

    refused 'no login' "$direct"
    refused "login, then the guide's echo" "$direct; $login; $guide"
    setup=$(one_liner)
    for cli in $(in_job job 'for cli in docker docker-new; do ! command -v $cli >/dev/null || echo $cli; done'); do
        works "$cli-setup-login" "$setup
            $login"
        works "$cli-login-setup" "$direct; $login
            $setup"
        works "$cli-setup-login-setup" "$setup
            $login
            $setup"
    done
}

dockerd_has() { docker exec dind sh -c "tr '\\0' '\\n' </proc/1/environ" | grep -xF "$1"; }

give_image() { docker save e2e/busybox | docker exec -i dind docker load && docker exec dind docker tag e2e/busybox registry.corp:5000/refused; }

refused() { # NAME SCRIPT
    check_not "$1: no push" in_job job "cli=docker; export HOME=\$(mktemp -d); $2
        docker push registry.corp:5000/refused"
}

works() { # NAME SCRIPT
    log_mark
    check "$1: login, push and pull" in_job job "cli=${1%%-[sl]*}; export HOME=\$(mktemp -d)
        $2
        image=registry.corp:5000/$1
        \$cli tag registry.corp:5000/refused \$image
        \$cli push \$image
        \$cli rmi \$image
        \$cli pull \$image
        grep -q auths \$HOME/.docker/config.json
        grep -q httpProxy \$HOME/.docker/config.json"
    check "$1: dind pushed through squid" went_through "^172.28.1.20 201 PUT http://registry.corp:5000/v2/$1/manifests/latest"
    check "$1: dind pulled through squid" went_through "^172.28.1.20 200 (GET|HEAD) http://registry.corp:5000/v2/$1/manifests/"
    check "$1: the job's own calls went direct" went_around 'docker:2375'
    check "$1: the registry has it" in_registry "$1"
}

in_registry() { docker exec origin curl -fsS -u "$REGISTRY_USER:$REGISTRY_PASSWORD" "http://registry.corp:5000/v2/$1/tags/list" | grep '"latest"'; }

main
