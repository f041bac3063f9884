#!/bin/bash
# The services of a job stand in its /etc/hosts, as GitLab Runner writes them there (extra hosts `ALIAS:ADDRESS`, links).
# Services are reached through the proxy before the one-liner and directly after. All other hosts stay behind the proxy, also a host
# that the operator pinned with `extra_hosts`, and for other ports of the docker daemon.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

variables='eval "$(/opt/jobproxy/jobproxy env)"'
curl='curl -sS -m 5 -o /dev/null http://HOST/'

main() {
    must 'the lab is up' lab_network
    # one address with three names, as the runner gives a service `e2e/net` with alias `web`
    docker run -d --name service --network corp --ip 172.28.1.40 e2e/net origin >/dev/null
    docker run -d --name dind-stand-in --network corp --ip 172.28.1.50 e2e/net origin >/dev/null
    for mode in extra-hosts links; do
        docker rm -fv job >/dev/null 2>&1
        "start_$mode"
        must "$mode: the service is up" wait_for 10 in_job job "curl -fsS --noproxy '*' -m 2 http://web/"
        through "$mode: web, before" true web
        around "$mode: web" web
        through "$mode: web, JOBPROXY_NO_SERVICES=1" "export JOBPROXY_NO_SERVICES=1; $variables" web
        [ $mode = links ] || around "$mode: the name of the image" e2e-net
        through "$mode: a pinned host" "$variables" registry.corp:5000
        through "$mode: another port of the daemon" "$variables" docker:8080
        said=$(in_job job '/opt/jobproxy/jobproxy env 2>&1 >/dev/null')
        check "$mode: the log says so" contains "$said" '^jobproxy: NO_PROXY: added .*web.* \(services in /etc/hosts; '
        check "$mode: no container id" lacks "$said" '[0-9a-f]{12}'
        check "$mode: not the container itself" lacks "$said" 'concurrent-0[, ]'
    done
    range
}

# The alias is a name of the hosts file only, so that what reaches it did not ask docker's resolver.
start_extra-hosts() {
    job_start job e2e/job "${JOB[@]}" --add-host e2e__net:172.28.1.40 --add-host e2e-net:172.28.1.40 --add-host web:172.28.1.40 \
        --add-host docker:172.28.1.50 --add-host registry.corp:172.28.2.30
}

# Docker writes links into the hosts file on its default bridge only, which has no way to the proxy: the lines are copied.
start_links() {
    job_start job e2e/job "${JOB[@]}" --add-host docker:172.28.1.50 --add-host registry.corp:172.28.2.30
    in_job job 'echo "172.28.1.40 web $(printf %012x 1234567) runner-abc-project-1-concurrent-0-net-0" >>/etc/hosts'
}

JOB=(--hostname runner-abc-project-1-concurrent-0 -e CI_DISPOSABLE_ENVIRONMENT=true "${PROXY_ENV[@]}")

# A range that is removed leaves the address of the service.
range() {
    log_mark
    check 'a range: the service answers by address' in_job job "$variables; ${curl/HOST/172.28.1.40}" -e NO_PROXY=172.16.0.0/12 -e no_proxy=172.16.0.0/12
    check 'a range: directly' went_around .
}

through() { # WHAT SETUP HOST
    log_mark
    in_job job "$2; ${curl/HOST/$3}" >/dev/null 2>&1
    check "$1: through the proxy" went_through "http://$3"
}

around() { # WHAT HOST
    log_mark
    check "$1: it answers" in_job job "$variables; ${curl/HOST/$2}"
    check "$1: directly" went_around .
}

main
