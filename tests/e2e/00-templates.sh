#!/bin/bash
# The lab passes shellcheck. Every template parses; the hooks are the same everywhere; systemd accepts the drop-ins.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

templates=$REPO/ci-templates

main() {
    check 'shellcheck' shellcheck "$E2E"/run "$E2E"/*.sh "$E2E"/runner/*.sh "$E2E"/lab/{images.sh,inside,runc,origin,dind-entrypoint,runner-service,systemd}
    check "TOML and YAML" "$E2E/lab/check-templates" "$templates"
    mkdir "$LAB/printed"
    cp -r "$templates" "$REPO/templates" "$LAB/printed/"
    "${JOBPROXY%/*}/jobproxy-host" helm-values --proxy "$PROXY" --no-proxy '.corp,10.0.0.0/8' --image registry.corp/jobproxy:1 \
        >"$LAB/printed/ci-templates/kubernetes/values.yaml"
    check 'the values that jobproxy-host prints' "$E2E/lab/check-templates" "$LAB/printed/ci-templates"
    command -v systemd-analyze >/dev/null || must 'systemd can be installed' install_packages 200 systemd
    systemd
    check 'every template has a test' same "$(cd "$templates" && find . -type f | sort | tr '\n' ' ')" \
        './cntlm/cntlm.conf ./dind/.gitlab-ci.yml ./dind/Dockerfile.dind ./dind/Dockerfile.job ./gitlab-ci/jobproxy.gitlab-ci.yml ./kubernetes/config.toml ./kubernetes/values.yaml ./runner/config.toml ./runner/shell/config.toml ./systemd/docker.service.d/http-proxy.conf ./systemd/gitlab-runner.service.d/http-proxy.conf '
}

systemd() {
    local units=$LAB/units
    mkdir -p "$units" && cp -r "$templates"/systemd/* "$units/"
    printf '[Unit]\nDescription=stand-in\n[Service]\nExecStart=/bin/true\n' | tee "$units/docker.service" >"$units/gitlab-runner.service"
    for unit in docker gitlab-runner; do
        check "systemd: $unit.service.d" verify "$units" $unit
        sed -i 's/^Environment/Enviroment/' "$units/$unit.service.d/http-proxy.conf"
        check_not "systemd: $unit.service.d: it is read, a slip in it is found" verify "$units" $unit
    done
}

# verify FOLDER UNIT: systemd reports nothing about it.
verify() {
    local said
    said=$(SYSTEMD_UNIT_PATH="$1:" timeout 30 systemd-analyze verify --man=no "$1/$2.service" 2>&1 | grep -F "$2.service")
    echo "$said"
    [ -z "$said" ]
}

main
