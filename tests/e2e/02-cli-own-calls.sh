#!/bin/bash
# The docker CLI's own calls to tcp://docker:2375 and, with TLS, 2376 go through the proxy before the one-liner and direct
# after it; under another alias, at an IP address, and where the proxy cannot resolve `docker`.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

main() {
    must 'the lab is up' lab_network
    job_start job e2e/job "${PROXY_ENV[@]}" -v certs:/certs:ro

    must 'dind is up' dind_start --network-alias engine
    both_ways plain docker:2375
    both_ways plain engine:2375
    both_ways plain 172.28.1.20:2375
    proxy_start no-dns
    fails_before_works_after plain docker:2375
    fails_before_works_after plain engine:2375

    proxy_start open
    must 'dind with TLS is up' dind_start --network-alias engine -v certs:/certs -e DOCKER_TLS_CERTDIR=/certs \
        -e DOCKER_TLS_SAN=DNS:engine,IP:172.28.1.20
    both_ways tls docker:2376
    both_ways tls engine:2376
    both_ways tls 172.28.1.20:2376
    proxy_start stock # no CONNECT to 2376
    fails_before_works_after tls docker:2376
    proxy_start no-dns
    fails_before_works_after tls docker:2376
}

# call [HOOK] CLI MODE ADDRESS: a docker command in the job, after HOOK where one is given.
call() {
    local hook='' tls=()
    [ $# = 3 ] || { hook=$1; shift; }
    [ "$2" = plain ] || tls=(-e DOCKER_TLS_VERIFY=1 -e DOCKER_CERT_PATH=/certs/client)
    in_job job "$hook
        timeout 15 $1 version --format {{.Server.Version}}" -e "DOCKER_HOST=tcp://$3" "${tls[@]}"
}

clis() { in_job job 'for cli in docker docker-new; do ! command -v $cli >/dev/null || echo $cli; done'; }

both_ways() { # MODE ADDRESS
    for cli in $(clis); do
        log_mark
        check "$cli $2 before: it answers" call "$cli" "$@"
        check "$cli $2 before: through the proxy" went_through "$2"
        log_mark
        check "$cli $2 after: it answers" call "$(one_liner)" "$cli" "$@"
        check "$cli $2 after: direct" went_around .
    done
}

fails_before_works_after() { # MODE ADDRESS
    for cli in $(clis); do
        log_mark
        check_not "$cli $2 before: the proxy cannot reach it" call "$cli" "$@"
        check "$cli $2 before: it was asked" went_through "[45][0-9]{2} [A-Z]+ (http://)?$2"
        log_mark
        check "$cli $2 after: it answers" call "$(one_liner)" "$cli" "$@"
        check "$cli $2 after: direct" went_around .
    done
}

main
