#!/bin/bash
# `doctor --connect` with real proxies: squid without rules, with Debian's rules, with Basic, with NTLM; a proxy
# that does not exist, a name with twenty addresses that drop, a DNS server that is silent.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

main() {
    must 'the lab is up' lab_network
    encoded=$(/usr/bin/python3 -c 'import sys, urllib.parse as u; print(u.quote(sys.argv[1], safe=""))' "$PROXY_PASSWORD")

    proxy_start open
    finds 'open, https' "$PROXY" https://origin.test ''
    check 'open, https: by CONNECT' went_through ' 200 CONNECT origin.test:443'
    finds 'open, http' "$PROXY" http://origin.test ''
    check 'open, http: by GET' went_through ' 200 GET http://origin.test/'
    finds 'open, a host that does not exist' "$PROXY" https://nowhere.test 'connect-status.*CONNECT nowhere.test:443 with status 50[0-9]'
    finds 'https:// to plain squid' "${PROXY/http:/https:}" https://origin.test 'connect-not-tls.*answers TLS in plain HTTP'
    log_mark
    finds 'exempt' "$PROXY" http://172.28.1.1:1 'connect-direct.*CI_SERVER_URL: git goes direct to 172.28.1.1:1' NO_PROXY=172.28.1.1
    check 'exempt: the proxy is not asked' went_around 172.28.1.1:1

    proxy_start stock
    finds 'stock' "$PROXY" https://origin.test:8443 'connect-forbidden.*CONNECT origin.test:8443 with status 403'

    proxy_start basic
    finds 'Basic, no password' "$PROXY" https://origin.test 'connect-login.*wants a user and a password'
    finds 'Basic, wrong password' "http://$PROXY_USER:wrong@172.28.1.10:3128" https://origin.test 'connect-login.*refuses this user or password'
    finds 'Basic' "http://$PROXY_USER:$encoded@172.28.1.10:3128" https://origin.test ''

    proxy_start ntlm
    finds 'NTLM' "http://$PROXY_USER:$encoded@172.28.1.10:3128" https://origin.test 'connect-login-scheme.*accepts NTLM only.*cntlm or px'

    finds 'nobody listens' http://172.28.1.10:3129 https://origin.test 'connect-unreachable.*connection refused'
    slow_names
}

# finds WHAT PROXY SERVER REGEX [NAME=VALUE…]: what doctor says of this proxy and server; an empty REGEX: no connect-*
# finding. Doctor needs at most 3 seconds for each way, and 3 for the names.
finds() {
    local what=$1 proxy=$2 server=$3 regex=$4 said start=$SECONDS
    shift 4
    said=$(lab_inside timeout 20 env -i PATH=/nowhere HOME="$LAB/home" "http_proxy=$proxy" "https_proxy=$proxy" \
        "CI_SERVER_URL=$server" "$@" "$JOBPROXY" doctor --connect 2>&1)
    if [ -n "$regex" ]; then
        # The name of a finding stands at the end of its line.
        check "$what" contains "$(sed -E 's/^(.*) \(([a-z-]+)\)$/\2 \1/' <<<"$said")" "^$regex"
    else
        # Without curl and openssl on PATH nobody can say whether the proxy opens TLS; 19-ca has both.
        check "$what" lacks "$(grep -v '(connect-ca-unchecked)$' <<<"$said")" '\(connect-'
    fi
    check "$what: in time" [ $((SECONDS - start)) -le 7 ]
    check "$what: no password" not grep -F -e "$PROXY_PASSWORD" -e "$encoded" <<<"$said"
}

# Both names stand in files that only this process sees.
slow_names() {
    local n
    { echo 127.0.0.1 localhost; for n in $(seq 101 120); do echo "172.28.1.$n proxy.dropping"; done; } >"$LAB/hosts"
    echo 'nameserver 172.28.1.99' >"$LAB/resolv.conf"
    finds_with_files 'twenty addresses' http://proxy.dropping:3128 'connect-unreachable'
    finds_with_files 'silent DNS' http://proxy.silent:3128 'connect-unresolved.*cannot be resolved'
}

finds_with_files() { # WHAT PROXY REGEX
    local said start=$SECONDS
    # shellcheck disable=SC2016 # for the inner shell
    said=$(unshare --mount sh -c 'mount --bind "$1/hosts" /etc/hosts && mount --bind "$1/resolv.conf" /etc/resolv.conf && shift && exec "$@"' - "$LAB" \
        nsenter --target "$LAB_PID" --net -- timeout 20 env -i PATH=/nowhere HOME="$LAB/home" "http_proxy=$2" "https_proxy=$2" \
        "$JOBPROXY" doctor --connect 2>&1)
    check "$1" contains "$(sed -E 's/^(.*) \(([a-z-]+)\)$/\2 \1/' <<<"$said")" "^$3"
    check "$1: in time" [ $((SECONDS - start)) -le 5 ]
}

main
