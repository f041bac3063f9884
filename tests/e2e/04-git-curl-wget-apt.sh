#!/bin/bash
# git, curl, wget and apt reach the outside through squid with the variables only, git with its config only, and go
# direct to what NO_PROXY names, also where NO_PROXY was written in a form that these programs cannot read.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

variables='eval "$(/opt/jobproxy/jobproxy env)"'
config='/opt/jobproxy/jobproxy setup; unset HTTP_PROXY HTTPS_PROXY'
# shellcheck disable=SC2034 # the clients: named, then read as ${!client}
{
clone='git clone -q http://HOST/repo.git "$(mktemp -d)/clone"'
curl='curl -fsS -m 5 http://HOST/'
tls='curl -fsSk -m 5 https://HOST/index.html'
wget='/usr/bin/wget -q -T 5 -t 1 -O - http://HOST/'
apt='mkdir -p /tmp/apt && cd /tmp/apt && echo "deb [trusted=yes] http://HOST/debian ./" >/etc/apt/sources.list
    apt-get -o Acquire::Retries=0 -o Acquire::http::Timeout=5 update 2>&1 && apt-get download lab-hello && test -s lab-hello_1_all.deb'
}

main() {
    must 'the lab is up' lab_network
    # the web on this side of the proxy
    docker run -d --name intern --network corp --ip 172.28.1.40 --network-alias intern.corp e2e/net origin >/dev/null
    # upper case only, as many runners have it: curl, git, wget and apt do not read that
    job_start job e2e/job -e "HTTP_PROXY=$PROXY" -e "HTTPS_PROXY=$PROXY"
    must 'the origin is up' wait_for 10 docker exec proxy curl -fsS http://origin.test/
    must 'the intranet is up' wait_for 10 docker exec job curl -fsS http://intern.corp/

    for client in clone curl wget apt; do cannot "$client, before" : "${!client}"; done
    for client in clone curl wget apt; do through "$client, variables" "$variables" "${!client}" 'GET http://origin.test/'; done
    through 'curl to https, variables' "$variables" "$tls" 'CONNECT origin.test:443'
    through 'clone, git config only' "$config" "$clone" 'GET http://origin.test/repo.git'
    cannot 'curl, git config only' "$config" "$curl"

    for client in clone curl wget apt; do around "$client, NO_PROXY" intern.corp "$variables" "${!client}"; done
    around 'clone, git config only, NO_PROXY' intern.corp "$config" "$clone"
    for client in clone curl wget apt; do
        through "$client, NO_PROXY=*.corp, before" "export http_proxy=$PROXY no_proxy=*.corp" "${!client}" 'http://intern.corp/' intern.corp '*.corp'
        around "$client, NO_PROXY=*.corp" '*.corp' "$variables" "${!client}"
    done
}

# as CLIENT-SCRIPT HOST HOOK [NO_PROXY]
as() {
    in_job job "rm -rf ~/.gitconfig ~/.docker; ${4:+export NO_PROXY='$4';} $3
        ${1//HOST/$2}"
}

cannot() { # WHAT HOOK SCRIPT
    log_mark
    check_not "$1: no answer" as "$3" origin.test "$2"
    check "$1: not through squid" went_around .
}

through() { # WHAT HOOK SCRIPT LOG [HOST NO_PROXY]
    log_mark
    check "$1: answers" as "$3" "${5:-origin.test}" "$2" "${6:-}"
    check "$1: through squid" went_through "200 .*$4"
}

around() { # WHAT NO_PROXY HOOK SCRIPT
    log_mark
    check "$1: answers" as "$4" intern.corp "$3" "$2"
    check "$1: not through squid" went_around .
}

main
