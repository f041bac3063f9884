# shellcheck shell=bash
# The lab's images, made of this machine's own Debian packages: no registry is reachable. Sourced by lib.sh.

image_path=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# with_libraries FILE…: the files and every library they load, one path a line, each once.
with_libraries() {
    local file
    for file; do
        echo "$file"
        ldd "$file" 2>/dev/null | grep -oE '/[^ ]+' || true
    done | sort -u
}

# root_of NAME FILE…: makes the folder of image NAME (busybox, accounts, FILEs with their libraries) and prints it.
root_of() {
    local root=$LAB/images/$1
    shift
    rm -rf "$root"
    mkdir -p "$root"/{bin,dev,etc/ssl/certs,home,lib64,proc,root,run,srv,sys,tmp,usr/bin,usr/lib,usr/local/bin,usr/sbin,var/tmp,var/lib,var/log}
    chmod 1777 "$root/tmp" "$root/var/tmp"
    /bin/busybox --list | while read -r applet; do ln -s busybox "$root/bin/$applet"; done
    rm -f "$root/bin/busybox"
    printf 'root:x:0:0:root:/root:/bin/sh\nproxy:x:13:13::/:/bin/false\n_apt:x:100:65534::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n' >"$root/etc/passwd"
    printf 'root:x:0:\nproxy:x:13:\nnogroup:x:65534:\n' >"$root/etc/group"
    printf 'hosts: files dns\npasswd: files\ngroup: files\n' >"$root/etc/nsswitch.conf"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
    add_to "$root" /bin/busybox "$@" /lib/x86_64-linux-gnu/{libnss_files,libnss_dns,libresolv}.so.2
    echo "$root"
}

# add_to ROOT FILE…: copies FILEs and the libraries they load, links resolved.
add_to() {
    local root=$1
    shift
    # shellcheck disable=SC2046 # one path a line, none with blanks
    cp -L --parents $(with_libraries "$@") "$root/"
}

# add_git ROOT: git with what it needs for http remotes.
add_git() {
    add_to "$1" /usr/bin/git /usr/lib/git-core/git-remote-http
    cp --parents -r /usr/share/git-core "$1/"
    ln -sf git-remote-http "$1/usr/lib/git-core/git-remote-https"
    ln -sf /usr/bin/git "$1/usr/lib/git-core/git"
    local helper
    for helper in git-sh-setup git-submodule; do cp --parents "/usr/lib/git-core/$helper" "$1/"; done
}

# add_docker_cli ROOT: Debian's CLI as `docker`, the machine's newer one, where there is one, as `docker-new`.
add_docker_cli() {
    cp /usr/bin/docker "$1/usr/local/bin/docker"
    [ ! -x /usr/local/bin/docker ] || cp /usr/local/bin/docker "$1/usr/local/bin/docker-new"
}

# import ROOT NAME [CHANGE…]: the folder becomes image e2e/NAME.
import() {
    local root=$1 name=$2 change changes=()
    shift 2
    for change in "ENV PATH=$image_path" "$@"; do changes+=(-c "$change"); done
    tar --numeric-owner -C "$root" -c . | docker import "${changes[@]}" - "e2e/$name" >/dev/null
}

# A job without anything: BusyBox and its sh.
image_busybox() { import "$(root_of busybox)" busybox 'CMD ["sh"]'; }

# A job as people have it: bash, dash, git, curl, wget, apt and two docker CLIs.
image_job() {
    local root
    root=$(root_of job /usr/bin/{bash,dash,curl,wget,apt-get,dpkg,gpgv} /usr/lib/apt/methods/{http,gpgv,store})
    ln -sf /usr/bin/bash "$root/bin/bash"
    add_git "$root"
    add_docker_cli "$root"
    mkdir -p "$root"/etc/apt/{apt.conf.d,preferences.d,trusted.gpg.d,sources.list.d} "$root"/var/lib/{apt/lists/partial,dpkg} \
        "$root"/var/cache/apt/archives/partial "$root/usr/lib/dpkg" "$root/usr/share/dpkg"
    cp -r /usr/share/dpkg/. "$root/usr/share/dpkg/"
    : >"$root/var/lib/dpkg/status"
    import "$root" job 'CMD ["sh"]'
}

# A docker:dind service.
image_dind() {
    local root
    root=$(root_of dind /usr/sbin/{dockerd,runc,docker-proxy,xtables-nft-multi} \
        /usr/bin/{containerd,containerd-shim-runc-v2,openssl} /usr/sbin/ip "$(command -v docker-init || command -v tini)")
    local name
    for name in iptables ip6tables iptables-save iptables-restore; do ln -sf xtables-nft-multi "$root/usr/sbin/$name"; done
    add_docker_cli "$root"
    cp --parents -r /usr/lib/x86_64-linux-gnu/xtables "$root/"
    mkdir -p "$root/usr/lib/ssl"
    cp /etc/ssl/openssl.cnf "$root/usr/lib/ssl/"
    cp "$E2E/lab/dind-entrypoint" "$root/usr/local/bin/dockerd-entrypoint.sh"
    mkdir -p "$root/etc/docker" # the registry has no certificate; a resolver that refuses at once, as in lab/inside
    echo '{"insecure-registries": ["registry.corp:5000"], "dns": ["172.28.1.10"]}' >"$root/etc/docker/daemon.json"
    import "$root" dind 'ENTRYPOINT ["dockerd-entrypoint.sh"]' 'VOLUME /var/lib/docker' 'EXPOSE 2375/tcp 2376/tcp' 'ENV DOCKER_TLS_CERTDIR=/certs'
}

# The outside: squid, tinyproxy, cntlm, a registry, a web server with a git and an apt repository.
image_net() {
    local root
    root=$(root_of net /usr/sbin/{squid,cntlm} /usr/bin/{tinyproxy,docker-registry,curl,openssl} \
        /usr/lib/squid/{basic_ncsa_auth,ntlm_fake_auth,unlinkd,log_file_daemon})
    cp --parents -rL /etc/squid /usr/share/squid /usr/share/squid-langpack /usr/share/tinyproxy "$root/" 2>/dev/null || true
    mkdir -p "$root"/{conf,var/log/squid,var/spool/squid,var/lib/registry,usr/lib/ssl}
    chmod 777 "$root"/{run,var/log/squid,var/spool/squid}
    cp /etc/ssl/openssl.cnf "$root/usr/lib/ssl/"
    cp -r "$E2E/lab/conf/." "$root/conf/"
    htpasswd -bc "$root/conf/squid/passwords" "$PROXY_USER" "$PROXY_PASSWORD" 2>/dev/null
    htpasswd -bBc "$root/conf/registry-passwords" "$REGISTRY_USER" "$REGISTRY_PASSWORD" 2>/dev/null
    cp "$E2E/lab/origin" "$root/usr/local/bin/origin"
    echo ORIGIN-OK >"$root/srv/index.html"
    web_git_repository "$root/srv/repo.git"
    web_apt_repository "$root/srv/debian"
    import "$root" net
}

# web_git_repository FOLDER: one commit, served as plain files.
web_git_repository() {
    local work=$LAB/images/repo
    rm -rf "$work"
    git init -q -b main "$work"
    echo CLONED-OK >"$work/README"
    git -C "$work" add README
    git -C "$work" -c user.name=lab -c user.email=lab@origin.test commit -q -m 'The only commit'
    git clone -q --bare "$work" "$1"
    git -C "$1" update-server-info
}

# web_apt_repository FOLDER: one empty package in a flat repository.
web_apt_repository() {
    local work=$LAB/images/deb deb=$1/lab-hello.deb
    rm -rf "$work"
    mkdir -p "$work/DEBIAN" "$1"
    printf 'Package: lab-hello\nVersion: 1\nArchitecture: all\nMaintainer: lab <lab@origin.test>\nDescription: a package of nothing\n' >"$work/DEBIAN/control"
    dpkg-deb --root-owner-group -b "$work" "$deb" >/dev/null
    { cat "$work/DEBIAN/control"; printf 'Filename: ./lab-hello.deb\nSize: %s\nSHA256: %s\n' "$(stat -c %s "$deb")" "$(sha256sum "$deb" | cut -d' ' -f1)"; } >"$1/Packages"
}
