#!/bin/bash
# HOME inside the work tree, as `variables: {HOME: $CI_PROJECT_DIR}` makes it: `artifacts: untracked: true` would upload the
# files that jobproxy writes there. git and docker work through the proxy, and the work tree stays clean.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

project=/builds/group/project

main() {
    must 'the lab is up' lab_network
    must 'dind is up' dind_start "${PROXY_ENV[@]}"
    must 'dind has an image' give_image
    for home in $project $project/.home; do
        job_start job e2e/job -e "HTTP_PROXY=$PROXY" -e "HTTPS_PROXY=$PROXY" -e DOCKER_HOST=tcp://docker:2375 -e "HOME=$home" \
            -e GITLAB_CI=true -e CI_DISPOSABLE_ENVIRONMENT=true -e CI_JOB_ID=7 -e "CI_PROJECT_DIR=$project"
        must 'the clone works' in_job job "export http_proxy=$PROXY; git clone -q http://origin.test/repo.git $project && mkdir -p $project.tmp $home"
        log_mark
        output=$(in_job job "cd $project
            $(one_liner)
            unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
            git ls-remote http://origin.test/repo.git
            docker run --rm box env
            git -c safe.directory='*' status --porcelain --ignored | sed 's/^/dirty: /'" 2>&1)
        check "$home: git goes through the proxy" went_through 'GET http://origin.test/repo.git'
        check "$home: containers have the proxy" contains "$output" "^HTTP_PROXY=$PROXY"
        check "$home: the work tree is clean" lacks "$output" '^dirty: '
        check "$home: it is said" contains "$output" '^jobproxy: docker and git get files outside of the work tree'
    done
}

give_image() { docker save e2e/busybox | docker exec -i dind docker load && docker exec dind docker tag e2e/busybox box; }

main
