#!/bin/bash
# The real gitlab-runner drives the docker executor with ci-templates/runner/config.toml: see runner/README.md.
# The first run builds it, which takes ten minutes; after that the scenario takes one or two.
# limit: 1800
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=runner/jobs.sh
. "$E2E/runner/jobs.sh"
# shellcheck source=runner/binaries.sh
. "$E2E/runner/binaries.sh"
scenario

HELPER_IMAGE=e2e/helper

# gitlab-runner's own judgement of our files; to the one for Helm the chart adds url and token.
templates() {
    local name config
    for name in runner runner/shell kubernetes helm; do
        config=$LAB/${name//\//-}.toml
        case $name in
        helm) /usr/bin/python3 -c 'import sys, yaml; print(yaml.safe_load(sys.stdin)["runners"]["config"])' <"$REPO/ci-templates/kubernetes/values.yaml" |
            sed '/^ *\[\[runners\]\]/a url = "https://gitlab.example.com/"\ntoken = "glrt-your-runner-token"' >"$config" ;;
        *) cp "$REPO/ci-templates/$name/config.toml" "$config" ;;
        esac
        check "gitlab-runner lint: $name" "$GITLAB_RUNNER/gitlab-runner" lint --config "$config"
    done
    sed -i 's/pre_build_script/pre_biuld_script/' "$config"
    check_not 'gitlab-runner lint finds a slip' "$GITLAB_RUNNER/gitlab-runner" lint --config "$config"
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
