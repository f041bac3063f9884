#!/bin/bash
# A proxy that wants a password of special characters, and the guide's chain: cntlm on the bridge's own address in front
# of an NTLM proxy, jobs without credentials. Nothing prints a password.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

main() {
    must 'the lab is up' lab_network
    must 'dind is up' dind_start
    must 'dind has an image' give_image
    encoded=$(/usr/bin/python3 -c 'import sys, urllib.parse as u; print(u.quote(sys.argv[1], safe=""))' "$PROXY_PASSWORD")

    proxy_start basic
    password_is_used "$encoded" 'squid, encoded'
    password_is_used "${encoded//%2B/+}" 'squid, + not encoded'
    password_is_not_printed
    unescaped_password_is_refused
    tinyproxy_with_password
    cntlm_chain
}

give_image() { docker save e2e/job | docker exec -i dind docker load; }

# job_with URL: a job whose proxy is URL.
job_with() {
    job_start job e2e/job -e DOCKER_HOST=tcp://docker:2375 -e "HTTP_PROXY=$1" -e "HTTPS_PROXY=$1"
}

# every_client [NAME]: every client reaches the origin in this job, after the one-liner.
every_client() {
    in_job job "$(one_liner)
        curl -fsS -m 5 http://origin.test/ | grep -q ORIGIN-OK
        curl -fsSk -m 5 https://origin.test/index.html | grep -q ORIGIN-OK
        /usr/bin/wget -q -T 5 -t 1 -O - http://origin.test/ | grep -q ORIGIN-OK
        git clone -q http://origin.test/repo.git /tmp/variables
        docker run --rm e2e/job curl -fsS -m 5 http://origin.test/ | grep -q ORIGIN-OK
        unset HTTP_PROXY HTTPS_PROXY http_proxy https_proxy
        git clone -q http://origin.test/repo.git /tmp/config"
}

password_is_used() { # PASSWORD-IN-URL NAME
    job_with "$PROXY"
    log_mark
    check_not "$2: no answer without the password" in_job job 'curl -fsS -m 5 http://origin.test/' -e "http_proxy=$PROXY"
    check "$2: 407 without the password" went_through ' 407 GET http://origin.test/'
    job_with "http://$PROXY_USER:$1@172.28.1.10:3128"
    log_mark
    check "$2: curl, wget, git and a container reach the origin" every_client
    check "$2: squid knows the user" went_through " 200 CONNECT origin.test:443 $PROXY_USER"
    check "$2: from dind too" went_through "^172.28.1.20 200 GET http://origin.test/ $PROXY_USER"
}

password_is_not_printed() {
    local said
    said=$(in_job job 'for how in "setup" "setup --verbose" "setup --dry-run --verbose" "setup --export --quiet"; do
            case $how in *export*) /opt/jobproxy/jobproxy $how >/dev/null ;; *) HOME=$(mktemp -d) /opt/jobproxy/jobproxy $how ;; esac
        done' 2>&1)
    check 'jobproxy says which proxy' contains "$said" '\*\*\*@172.28.1.10:3128'
    check 'no password in what it prints' lacks_password "$said"
    # git and docker print the config
    said=$(in_job job '/opt/jobproxy/jobproxy setup && docker info 2>&1; docker --debug version 2>&1' -e JOBPROXY_VERBOSE=1 2>&1)
    check 'no password from docker' lacks_password "$said"
}

lacks_password() { not grep -F -e "$PROXY_PASSWORD" -e "$encoded" -e 'w/o#r' -e 'w%2Fo%23r' -e 'p@ss' -e 'p%40ss' <<<"$1"; }

unescaped_password_is_refused() {
    local said status
    job_with "http://$PROXY_USER:$PROXY_PASSWORD@172.28.1.10:3128"
    said=$(in_job job '/opt/jobproxy/jobproxy setup --export' 2>&1)
    status=$?
    check 'unescaped password: status 1' same $status 1
    check 'unescaped password: how to write it is said' contains "$said" 'HTTP_PROXY.*write it as %23'
    check 'unescaped password: not printed' lacks_password "$said"
    check 'unescaped password: nothing exported or written' in_job job '! /opt/jobproxy/jobproxy env 2>/dev/null | grep . && ! test -e ~/.docker -o -e ~/.gitconfig'
    check 'unescaped password: the job continues' in_job job "$(one_liner)
        true"
}

tinyproxy_with_password() {
    between tinyproxy 172.28.1.12 sh -c '{ cat /conf/tinyproxy.conf; echo BasicAuth carol s3cret; } >/tmp/conf; exec tinyproxy -d -c /tmp/conf'
    must 'tinyproxy is up' wait_for 10 lab_inside bash -c ': </dev/tcp/172.28.1.12/8888'
    job_with 'http://carol:wrong@172.28.1.12:8888'
    check_not 'tinyproxy: no answer with a wrong password' every_client
    job_with 'http://carol:s3cret@172.28.1.12:8888'
    log_mark tinyproxy
    check 'tinyproxy: curl, wget, git and a container reach the origin' every_client
    check 'tinyproxy: it was the way' went_through 'GET http://origin.test/' tinyproxy
}

cntlm_chain() {
    between parent 172.28.1.14 squid -N -f /conf/squid/ntlm.conf
    local conf=$LAB/cntlm.conf address gateway=172.28.1.1
    address=$(docker inspect -f '{{.NetworkSettings.Networks.wan.IPAddress}}' parent)
    sed -e "s/172\.17\.0\.1:3128/$gateway:3128/" -e "/^Proxy /d" -e "s/^Listen/Proxy $address:3128\n&/" "$REPO/ci-templates/cntlm/cntlm.conf" >"$conf"
    echo 'Auth NTLM' >>"$conf" # the fake domain controller sends no target info, which NTLMv2 needs
    lab_inside timeout 60 cntlm -f -c "$conf" >"$LAB/log/cntlm" 2>&1 </dev/null &
    must 'cntlm listens on the bridge' wait_for 10 lab_inside bash -c ": </dev/tcp/$gateway/3128"
    check_not 'cntlm listens nowhere else' lab_inside bash -c ': </dev/tcp/172.28.2.1/3128'
    job_with "$gateway:3128" # without a scheme, as the guide writes it
    log_mark parent
    check 'cntlm: curl, wget, git and a container reach the origin' every_client
    check 'cntlm: the parent asks for a login' went_through ' 407 GET http://origin.test/ -' parent
    check 'cntlm: the parent got one' went_through ' 200 CONNECT origin.test:443 [^-]' parent
    check 'cntlm: the job has no credentials' lacks "$(in_job job "$(one_liner)
        env; cat ~/.docker/config.json ~/.gitconfig" 2>&1)" 'testuser|password'
    kill %1
}

main
