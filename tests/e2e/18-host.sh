#!/bin/bash
# jobproxy-host on a host that boots a real systemd, with Debian's cntlm and docker, and a stand-in for gitlab-runner's
# service: plan, apply --restart, check, a job through cntlm to a proxy that speaks NTLM only, a reboot, remove.
#
#   docker0 (containers)  --  the host, eth0 10.99.0.1  --  outside 10.99.0.2: squid with NTLM, the origin, a neighbour
# limit: 400
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
scenario

HOST=$LAB/host
JOBPROXY_HOST=${JOBPROXY_HOST:-${JOBPROXY%/*}/jobproxy-host}
OUTSIDE=10.99.0.2

main() {
    [ -x "$JOBPROXY_HOST" ] || skip "no jobproxy-host beside $JOBPROXY"
    mkdir -p "$HOST"
    # shellcheck disable=SC2154 # status is set where it is used
    trap 'status=$?; host_down; scenario_end $status' EXIT
    outside_up
    must 'the outside is up' wait_for 5 outside busybox wget -qO- http://127.0.0.1/
    boot || skip 'systemd does not boot here'
    must 'docker and the runner are installed' prepare
    plan_and_apply
    in_force
    from_inside_and_outside
    a_job
    reboot
    taken_back
}

# on_host COMMAND…: runs in the booted host, without this machine's environment.
on_host() { timeout 120 nsenter --target "$HOST_PID" --all -- env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@"; }
outside() { nsenter --target "$OUTSIDE_PID" --net --pid -- "$@"; }

outside_up() {
    # Its end ends all that runs outside.
    setpriv --pdeathsig KILL unshare --net --pid --fork --kill-child sleep 1000 2>/dev/null &
    wait_for 5 eval "OUTSIDE_PID=\$(pgrep -P $!)"
    outside ip link set lo up
    mkdir -p "$HOST/log" "$HOST/www" && chmod 777 "$HOST/log" && echo ORIGIN-OK >"$HOST/www/index.html"
    sed "s|/conf/squid/|$HOST/|" "$E2E/lab/conf/squid/ntlm.conf" >"$HOST/ntlm.conf"
    sed "s|/var/log/squid/|$HOST/log/|" "$E2E/lab/conf/squid/common.conf" >"$HOST/common.conf"
    printf 'hosts_file %s/hosts\ndns_nameservers 127.0.0.9\n' "$HOST" >>"$HOST/common.conf"
    printf '127.0.0.1 localhost\n%s origin.test gitlab.test\n' $OUTSIDE >"$HOST/hosts"
    chmod 755 "$LAB" "$HOST"
    outside squid -N -f "$HOST/ntlm.conf" >"$HOST/log/squid" 2>&1 &
    for port in 80 443; do outside busybox httpd -f -p $port -h "$HOST/www" & done
    # Their end is no news.
    disown -a
}

# boot: the host is up, with its network.
boot() {
    setpriv --pdeathsig KILL nsenter --target "$LAB_PID" --mount -- "$E2E/lab/systemd" "$HOST" >"$HOST/log/systemd" 2>&1 </dev/null &
    BOOT=$!
    wait_for 10 eval "HOST_PID=\$(pgrep -P $BOOT -x systemd || pgrep -P \$(pgrep -P $BOOT))" || return
    HOST_PID=$(descendant "$BOOT")
    wait_for 10 on_host test -e /run/systemd/private || { tail "$HOST/log/systemd" >&2; return 1; }
    nsenter --target "$OUTSIDE_PID" --net -- ip link del out0 2>/dev/null
    nsenter --target "$HOST_PID" --net -- ip link add eth0 type veth peer name out0 netns "$OUTSIDE_PID"
    nsenter --target "$HOST_PID" --net -- ip address add 10.99.0.1/24 dev eth0
    nsenter --target "$HOST_PID" --net -- ip link set eth0 up
    outside ip address add $OUTSIDE/24 dev out0
    outside ip link set out0 up
    wait_for 60 on_host bash -c 'systemctl is-system-running | grep -qE "running|degraded"'
}

# descendant PID: the last process in the line of only children.
descendant() {
    local pid=$1 child
    while child=$(pgrep -P "$pid" | head -n 1) && [ -n "$child" ] && [ "$(cat "/proc/$pid/comm")" != systemd ]; do pid=$child; done
    echo "$pid"
}

# halt: as a power cut.
halt() {
    kill -KILL "$HOST_PID" 2>/dev/null
    wait "$BOOT" 2>/dev/null
    sleep 1
    find /sys/fs/cgroup -depth -type d -path "*/${LAB##*/}-host*" -exec rmdir {} + 2>/dev/null
    return 0
}

host_down() {
    [ -z "${HOST_PID:-}" ] || halt
    [ -z "${OUTSIDE_PID:-}" ] || kill -KILL "$OUTSIDE_PID" 2>/dev/null
}

prepare() {
    local limit
    limit=$(ulimit -Hn)
    on_host mkdir -p /etc/systemd/system/docker.service.d /etc/gitlab-runner /opt /etc/docker
    # What a machine without CAP_SYS_RESOURCE allows.
    printf '[Service]\nLimitNOFILE=%s\nLimitNPROC=%s\nLimitCORE=%s\n' "$limit" "$(ulimit -Hu)" "$(ulimit -Hc)" |
        sed 's/unlimited/infinity/' | on_host tee /etc/systemd/system/docker.service.d/50-lab.conf >/dev/null
    on_host tee /etc/gitlab-runner/config.toml >/dev/null <<'T'
concurrent = 1

[[runners]]
  name = "docker" # by hand
  url = "https://gitlab.test/"
  token = "glrt-secret-of-runner"
  executor = "docker"
  environment = ["https_proxy=172.17.0.1:3128", "OWN=1"]
  pre_build_script = "echo own script"
  [runners.docker]
    image = "busybox"
    volumes = ["/cache"]
T
    on_host tee /etc/systemd/system/gitlab-runner.service >/dev/null <<U
[Service]
ExecStart=/opt/lab/runner-service
Restart=always
RestartSec=120
[Install]
WantedBy=multi-user.target
U
    on_host rm -f /etc/docker/daemon.json
    printf '%s origin.test gitlab.test parent.test\n' $OUTSIDE | on_host tee -a /etc/hosts >/dev/null
    # Squid's helper takes NTLM, but not NTLMv2, which is cntlm's default.
    on_host sh -c 'printf "Auth NTLM\n" >>/etc/cntlm.conf'
    # /tmp of the host is its own.
    on_host mkdir -p /opt/lab
    cp -a "$JOBPROXY" "$JOBPROXY_HOST" "$E2E"/lab/{runner-service,one-job} "/proc/$HOST_PID/root/opt/lab/"
    on_host systemctl daemon-reload
    on_host systemctl enable docker cntlm gitlab-runner
    on_host systemctl start docker gitlab-runner || { on_host journalctl -u docker --no-pager -n 20; return 1; }
    image
    printf 'company-secret\n' | on_host sh -c 'umask 077; cat >/root/password'
    on_host find /etc -type f -exec md5sum {} + | sort -k 2 >"$HOST/before"
}

# image: docker of the host gets an image of BusyBox and curl. BusyBox wget says `Connection: close`, which cntlm hands on:
# squid then ends the connection in the middle of the login.
image() {
    tar -C "$(root_of host-job /usr/bin/curl)" -c . | on_host docker import -c "ENV PATH=$image_path" - busybox >/dev/null
}

cntlm_options=(--cntlm --parent parent.test:3128 --user alice --domain CORP --password-file /root/password --no-proxy .corp.example)

plan_and_apply() {
    local output status
    bridge=$(on_host ip -4 -o address show dev docker0 | sed -n 's/.* inet \([0-9.]*\).*/\1/p')
    output=$(on_host /opt/lab/jobproxy-host plan "${cntlm_options[@]}" 2>&1); status=$?
    check 'plan: something would change' same "$status" 2
    check 'plan: finds docker0'"'"'s address' contains "$output" "^\+Listen.*$bridge:3128"
    check 'plan: shows no secret' lacks "$output" 'secret|[0-9A-F]{32}'
    check 'plan: changed nothing' same "$(on_host find /etc -type f -exec md5sum {} + | sort -k 2)" "$(cat "$HOST/before")"
    on_host docker run -d --rm --label com.gitlab.gitlab-runner.type=build busybox sleep 3 >/dev/null
    output=$(on_host /opt/lab/jobproxy-host apply --restart "${cntlm_options[@]}" 2>&1); status=$?
    check 'apply --restart: done' same "$status" 0 || echo "$output" >&2
    check 'apply --restart: waits for the job' contains "$output" 'containers of jobs that run: 1'
    check 'apply --restart: in order' same "$(grep '^running: ' <<<"$output" | tr '\n' ' ')" \
        'running: systemctl daemon-reload running: systemctl restart docker running: systemctl restart cntlm running: systemctl restart gitlab-runner '
    output=$(on_host /opt/lab/jobproxy-host apply "${cntlm_options[@]}" 2>&1)
    check 'apply again: nothing to change' contains "$output" '^nothing to change$'
    output=$(on_host /opt/lab/jobproxy-host apply --restart "${cntlm_options[@]}" 2>&1)
    check 'apply --restart again: restarts nothing' lacks "$output" '^(running|waiting)'
    on_host touch /etc/systemd/system/gitlab-runner.service.d/90-jobproxy.conf
    output=$(on_host /opt/lab/jobproxy-host apply --restart "${cntlm_options[@]}" 2>&1)
    check 'apply --restart later: restarts what runs since before' same "$(grep '^running: ' <<<"$output" | tr '\n' ' ')" \
        'running: systemctl daemon-reload running: systemctl restart gitlab-runner '
}

in_force() {
    local service
    for service in docker gitlab-runner; do
        # The guide: "Verify that the configuration has been loaded".
        check "systemctl show $service" same "$(on_host systemctl show --property=Environment $service)" \
            "Environment=HTTP_PROXY=http://$bridge:3128 HTTPS_PROXY=http://$bridge:3128 NO_PROXY=.corp.example"
    done
    check 'dockerd says so' contains "$(on_host docker info 2>/dev/null)" "HTTP Proxy: http://$bridge:3128"
    check 'cntlm.conf is for root only' same "$(on_host stat -c '%a %U' /etc/cntlm.conf)" '600 root'
    check 'no plain password is left' not on_host grep -rq company-secret /etc
    check_is_right 'check'
}

# check_is_right WHAT: jobproxy-host check finds nothing wrong.
check_is_right() {
    local output status
    output=$(on_host /opt/lab/jobproxy-host check --cntlm --parent parent.test:3128 --no-proxy .corp.example 2>&1); status=$?
    check "$1: all is right: $output" same "$status" 0
    output=$(on_host /opt/lab/jobproxy-host check 2>&1); status=$?
    check "$1: without options, against what was applied: $output" same "$status" 0
}

from_inside_and_outside() {
    check 'a container reaches cntlm' on_host docker run --rm busybox sh -c ": | nc -w 3 $bridge 3128"
    check 'the outside reaches the host' outside busybox ping -c 1 -W 3 10.99.0.1
    check_not 'the outside does not reach cntlm' outside timeout 3 bash -c ': </dev/tcp/10.99.0.1/3128'
    on_host cp -a /etc/cntlm.conf /root/
    on_host sh -c 'sed -i "s/^Listen.*/Listen 10.99.0.1:3128/" /etc/cntlm.conf && systemctl restart cntlm'
    sleep 1
    check 'check: finds cntlm where the outside reaches it' contains "$(on_host /opt/lab/jobproxy-host check 2>&1)" 'fail cntlm-exposed: cntlm listens on 10.99.0.1:3128'
    check 'plan: would take that back' contains "$(on_host /opt/lab/jobproxy-host plan "${cntlm_options[@]}" 2>&1)" "^\+Listen.*$bridge:3128"
    on_host cp -a /root/cntlm.conf /etc/
    on_host systemctl restart cntlm
    wait_for 5 on_host bash -c ": </dev/tcp/$bridge/3128"
}

a_job() {
    local output
    : >"$HOST/log/access.log"
    output=$(on_host /opt/lab/one-job busybox 'env; curl -fsS -m 10 http://origin.test/' 2>&1)
    check 'a job: reaches the origin' contains "$output" ORIGIN-OK
    check 'a job: its own script runs' contains "$output" 'own script'
    check 'a job: has no credentials' lacks "$output" 'company-secret|alice'
    check 'a job: squid knows the user from cntlm' wait_for 5 grep -q '^10.99.0.1 200 GET http://origin.test/ [^-]' "$HOST/log/access.log"
}

reboot() {
    halt
    boot
    must 'the host boots again' on_host systemctl is-active multi-user.target
    wait_for 30 on_host systemctl is-active docker cntlm gitlab-runner
    image
    check_is_right 'after a reboot'
    a_job
}

taken_back() {
    local status
    on_host /opt/lab/jobproxy-host remove --restart >"$HOST/log/remove" 2>&1; status=$?
    check "remove: $(cat "$HOST/log/remove")" same "$status" 0
    on_host find /etc -type f -exec md5sum {} + | sort -k 2 >"$HOST/after"
    # Written by systemd and docker themselves.
    check 'remove: every file is as before' same "$(diff "$HOST/before" "$HOST/after" | grep -v -e /etc/docker/key.json -e /etc/machine-id -e /etc/resolv.conf)" \
        "$(diff /dev/null /dev/null)"
    check 'remove: no variables in force' same "$(on_host systemctl show --property=Environment docker)" 'Environment='
    check_not 'remove: no binary' on_host test -e /opt/jobproxy
}

main
