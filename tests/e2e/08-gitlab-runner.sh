#!/bin/bash
# The real gitlab-runner drives the docker executor with ci-templates/runner/config.toml: see runner/README.md.
# The first run builds gitlab-runner, which takes ten minutes; after that the scenario takes one or two.
# limit: 1800
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=runner/jobs.sh
. "$E2E/runner/jobs.sh"
# shellcheck source=runner/binaries.sh
. "$E2E/runner/binaries.sh"
scenario

HELPER_IMAGE=e2e/helper

# `gitlab-runner lint` of the templates, and of the files that jobproxy-host makes.
templates() {
    local name config host=${JOBPROXY%/*}/jobproxy-host
    for name in runner runner/shell kubernetes helm helm-values applied; do
        config=$LAB/${name//\//-}.toml
        case $name in
        helm) of_chart <"$REPO/ci-templates/kubernetes/values.yaml" >"$config" ;;
        helm-values) "$host" helm-values --proxy "$PROXY" --no-proxy '.corp,10.0.0.0/8' --image registry.corp/jobproxy:1 | of_chart >"$config" ;;
        applied)
            mkdir -p "$LAB/applied/etc/gitlab-runner"
            printf '[[runners]]\n  name = "x"\n  url = "https://gitlab.example.com/"\n  token = "glrt-x"\n  executor = "docker"\n  [runners.docker]\n    image = "x"\n' \
                >"$LAB/applied/etc/gitlab-runner/config.toml"
            "$host" apply --root "$LAB/applied" --binary "$JOBPROXY" --proxy "$PROXY" --no-proxy .corp >/dev/null
            config=$LAB/applied/etc/gitlab-runner/config.toml ;;
        *) cp "$REPO/ci-templates/$name/config.toml" "$config" ;;
        esac
        check "gitlab-runner lint: $name" "$GITLAB_RUNNER/gitlab-runner" lint --config "$config"
    done
    sed -i 's/pre_build_script/pre_biuld_script/' "$config"
    check_not 'gitlab-runner lint finds a slip' "$GITLAB_RUNNER/gitlab-runner" lint --config "$config"
}

# of_chart: the config.toml in the values of the chart, which adds url and token.
of_chart() {
    /usr/bin/python3 -c 'import sys, yaml; print(yaml.safe_load(sys.stdin)["runners"]["config"])' |
        sed '/^ *\[\[runners\]\]/a url = "https://gitlab.example.com/"\ntoken = "glrt-your-runner-token"'
}

# In the lab's network, from where nothing outside can be asked. SIGQUIT: end the job, clean up, then leave.
runner() {
    local config=$1 runner status=0
    shift
    lab_inside timeout 30 "$GITLAB_RUNNER/gitlab-runner" verify --config "$config" || return
    "${INSIDE[@]}" "$GITLAB_RUNNER/gitlab-runner" run --config "$config" --working-directory "$LAB" >"$OUT/runner.log" 2>&1 &
    runner=$!
    wait_for 90 ended "$@" || status=1
    kill -QUIT "$runner"
    wait_for 20 not kill -0 "$runner" || { status=1; kill -KILL "$runner"; }
    wait "$runner" 2>/dev/null
    [ $status = 0 ] || tail -n 20 "$OUT/runner.log"
    return $status
}

runner_binaries || skip "$no_binaries; 09-runner-stand-in runs its jobs"
"$GITLAB_RUNNER/gitlab-runner" --version
must 'the helper image' image_helper
all_jobs
templates
