#!/bin/bash
# A proxy at 172.17.0.1, the address of the host's docker0, and a dind service in a network of its own, as the runner makes
# one with FF_NETWORK_PER_BUILD: dind takes 172.17.0.1 for its own bridge, unless --bip of Dockerfile.dind says another.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

host_proxy=http://172.17.0.1:3128

main() {
    must 'the lab is up' lab_network
    must 'the proxy is up' proxy_at_docker0
    must 'a network for the build' docker network create --subnet 172.28.3.0/24 build
    must 'the dind image' dind_image

    must 'dind without --bip is up' dind --log-level=warn
    log_mark
    check 'without --bip: dockerd does not reach the proxy' contains "$(pull)" '172.17.0.1:3128.* connection refused'
    check_not 'without --bip: nor does a container' in_container
    check 'without --bip: the proxy was not asked' went_around .

    must 'dind from the template is up' dind
    log_mark
    check 'dockerd asks the registry, which wants a login' contains "$(pull)" 'no basic auth credentials|unauthorized'
    check 'through the proxy' went_through 'GET http://registry.corp:5000/v2/'
    check 'a container in dind reaches the origin' in_container
    check 'through the proxy, too' went_through '200 GET http://origin.test/'
}

# Gives the lab's host the address that a host has on docker0, and starts a proxy at this address that asks squid.
proxy_at_docker0() {
    lab_inside ip link add docker0 type bridge && lab_inside ip address add 172.17.0.1/16 dev docker0 && lab_inside ip link set docker0 up
    docker run -d --name docker0-proxy --network host e2e/net sh -c \
        'printf "%s\n" "Port 3128" "Listen 172.17.0.1" "Upstream http 172.28.1.10:3128" >/tmp/conf && exec tinyproxy -d -c /tmp/conf' >/dev/null
    wait_for 10 lab_inside bash -c ': </dev/tcp/172.17.0.1/3128'
}

dind() { # [dockerd argument…]
    docker rm -fv dind >/dev/null 2>&1
    docker run -d --name dind --privileged --network build -e DOCKER_TLS_CERTDIR= -e "HTTP_PROXY=$host_proxy" -e "HTTPS_PROXY=$host_proxy" \
        dind-jobproxy "$@" >/dev/null && wait_for 30 docker exec dind docker version &&
        docker save e2e/busybox | docker exec -i dind docker load
}

pull() { docker exec dind docker pull registry.corp:5000/nothing 2>&1; }

in_container() { docker exec dind docker run --rm -e "http_proxy=$host_proxy" e2e/busybox timeout 10 wget -qO- http://origin.test/; }

main
