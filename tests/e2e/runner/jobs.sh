# shellcheck shell=bash disable=SC2030,SC2031 # a job's checks have log and said of their own
# The jobs of jobs.toml through ci-templates/runner/config.toml, and what must come of each. Sourced after lib.sh;
# The scenario's are `runner CONFIG NAME…`, which asks the coordinator for jobs until each NAME has ended, and
# HELPER_IMAGE, what the runner clones in.

OUT=$LAB/$(basename "$0" .sh) # each scenario its own, or it would judge the other's logs
TEMPLATE=$REPO/ci-templates/runner/config.toml
INSIDE=(nsenter --target "$LAB_PID" --net --) # lab_inside for what runs beside us: its process is $!, to be ended

# config FOLDER: our config.toml for the lab on standard output; the jobproxy it mounts is the one in FOLDER.
# dockerd looks the registry's name up, only to see whether it is an insecure one, and waits 10 s when nobody answers.
config() {
    sed -e "s|^\( *url = \).*|\1\"$(cat "$OUT/url")\"|" \
        -e "s|^\( *token = \).*|\1\"runner-token\"|" \
        -e "s|\"[^\"]*:/opt/jobproxy:ro\"|\"$1:/opt/jobproxy:ro\"|" \
        -e "s|http://172.17.0.1:3128|$PROXY|" \
        -e 's|# services_privileged = true|services_privileged = true|' \
        -e 's|^\( *\)\[runners\.docker\].*|&\n\1  network_mode = "corp"\n\1  helper_image = "'"$HELPER_IMAGE"'"\n\1  pull_policy = "never"\n\1  extra_hosts = ["registry.corp:172.28.2.30"]|' \
        "$TEMPLATE"
}

# run_jobs FOLDER NAME…: a coordinator hands out the jobs, one runner takes them; ends when each has its final state.
run_jobs() {
    local folder=$1 names coordinator login status=0
    shift
    names=$(IFS=, && echo "$*")
    login=$(python3 -c 'import sys, urllib.parse; print(*(urllib.parse.quote(a, "+") for a in sys.argv[1:]), sep=":")' "$PROXY_USER" "$PROXY_PASSWORD")
    mkdir -p "$OUT"
    rm -f "$OUT/url"
    docker cp "$JOBPROXY" "origin:/srv/$(release_file)" >/dev/null
    "${INSIDE[@]}" python3 "$E2E/runner/coordinator.py" "$E2E/runner/jobs.toml" "$OUT" "$names" \
        REPO=http://origin.test/repo.git "SHA=$(git -C "$LAB/images/net/srv/repo.git" rev-parse main)" \
        "PROXY_HOST=${PROXY#http://}" "PROXY_LOGIN=$login@${PROXY#http://}" "PASSWORD=$PROXY_PASSWORD" \
        "REGISTRY_USER=$REGISTRY_USER" "REGISTRY_PASSWORD=$REGISTRY_PASSWORD" \
        "INCLUDE=$(included)" "CHECKSUM=$(sha256sum <"$JOBPROXY" | cut -c 1-64)" &
    coordinator=$!
    wait_for 10 test -s "$OUT/url" && config "$folder" >"$OUT/config.toml" && runner "$OUT/config.toml" "$@" || status=1
    kill "$coordinator"
    wait "$coordinator" 2>/dev/null
    return $status
}

# included: the script that the include puts in front of a job.
included() {
    /usr/bin/python3 - "$REPO/ci-templates/gitlab-ci/jobproxy.gitlab-ci.yml" <<'P'
import sys, yaml
print(yaml.safe_load(open(sys.argv[1]))[".jobproxy"]["before_script"][0], end="")
P
}

# ended NAME…: every job has a final state.
ended() {
    local name
    for name; do [ -s "$OUT/$name.state" ] || return 1; done
}

# all_jobs: runs every job and judges it; a line each, and one more from `scenario`.
all_jobs() {
    lab_network
    each "$LAB/opt/jobproxy" clone dind busybox services after-script own-proxy switched-off request-method
    mkdir -p "$OUT/nothing"
    each "$OUT/nothing" no-binary include
    proxy_start basic
    each "$LAB/opt/jobproxy" password
    check 'nothing is left running' same "$(docker ps --format '{{.Names}}' | sort | paste -sd' ')" 'origin proxy registry'
}

# each FOLDER NAME…: runs the jobs one after the other, so that the proxy's log is about one at a time.
each() {
    local folder=$1 name
    shift
    for name; do
        log_mark
        check "$name: the runner works" run_jobs "$folder" "$name"
        check "$name" judged "$name"
    done
}

# judged NAME: the checks of one job in a scenario of its own.
judged() (
    SCENARIO=$SCENARIO/$1
    # shellcheck disable=SC2034 # lib.sh's
    checks=0 failures=() skipped='' SECONDS=0
    python3 "$E2E/runner/plain_log.py" "$OUT/$1.log" >"$OUT/$1.txt"
    log=$(<"$OUT/$1.txt")
    said=$(grep -v '\$ ' <<<"$log")
    "job_${1//-/_}"
    scenario_end 0
)

state_is() { same "$(cat "$OUT/$1.state" 2>/dev/null)" "$2" || { echo "$log"; return 1; }; }

job_clone() {
    check 'it succeeds' state_is clone success
    check 'the sources are there' contains "$said" '^CLONED-OK$'
    check 'git asked the proxy' went_through 'GET http://origin.test/repo.git/'
    check 'the log has one line for each hook' same "$(grep -oE '^\$ eval "\$\(x=\$\(/opt/jobproxy/jobproxy [a-z]+' <<<"$log" | grep -oE '[a-z]+$' | paste -sd' ')" 'env setup'
}

job_dind() {
    check 'it succeeds' state_is dind success
    check 'docker run reaches the origin' contains "$said" '^run says: ORIGIN-OK$'
    check 'docker build reaches the origin' contains "$said" 'build says: ORIGIN-OK'
    check 'both through the proxy' same "$(log_lines | grep -c 'GET http://origin.test/ ')" 2
    check 'the masked password is hidden' lacks "$log" "$REGISTRY_PASSWORD"
    check 'the service pushes through the proxy' went_through 'registry.corp:5000'
    check 'the CLI talks to its service directly' went_around 'docker:2375'
}

job_busybox() {
    check 'it succeeds' state_is busybox success
    check 'wget reaches the origin' contains "$said" '^busybox says: ORIGIN-OK$'
    check 'through the proxy' went_through 'GET http://origin.test/ '
}

job_after_script() {
    check 'it fails' state_is after-script failed
    check_not 'nothing ran after the failure' contains "$said" 'never reached'
    check 'after_script has the variables, with a scheme' contains "$said" "^after: $PROXY/? $PROXY/? $PROXY/? $PROXY/?\$"
    check 'after_script reaches the origin' contains "$said" '^after: ORIGIN-OK$'
    check 'through the proxy' went_through 'GET http://origin.test/ '
}

# The runner has no jobproxy: the include fetches one, through the proxy.
job_include() {
    check 'it fails' state_is include failed
    check 'fetched through the proxy' went_through "200 GET http://origin.test/$(release_file) "
    check 'the script has the variables' contains "$said" "^include: $PROXY $PROXY$"
    check 'after_script has them too' contains "$said" "^after: $PROXY $PROXY$"
    check 'nothing of it is left behind' contains "$said" '^left:$'
}

# A project's own HTTP_PROXY beats that of config.toml in both letter cases, since config.toml has no http_proxy.
job_own_proxy() {
    check 'it succeeds' state_is own-proxy success
    check 'the origin answers' contains "$said" '^ORIGIN-OK$'
}

# Also an empty one.
job_switched_off() {
    check 'it succeeds' state_is switched-off success
    check 'no proxy is left' contains "$said" '^off: unset unset unset unset$'
    check 'the log says so' contains "$said" '^jobproxy: '
}

# Other containers of the job are asked directly, under every name that the runner gives them.
job_services() {
    check 'it succeeds' state_is services success
    check 'the alias answers' contains "$said" '^alias says: ORIGIN-OK$'
    check "the image's name answers" contains "$said" '^name says: ORIGIN-OK$'
    check 'directly' went_around 'http://(web|e2e-net)/ '
    check 'no container id is in NO_PROXY' lacks "$(grep '^list: ' <<<"$said")" '[0-9a-f]{12}'
    check "nor the job's own name" contains "$said" '^own name: absent$'
    check 'JOBPROXY_NO_SERVICES=1: through the proxy' went_through 'http://web/\? ' # squid logs no query
}

job_request_method() {
    check 'it succeeds' state_is request-method success
    check 'jobproxy says what docker will do' contains "$said" '^jobproxy: REQUEST_METHOD is set'
    check 'docker does it' contains "$said" '^refusing$'
    check 'without the variable docker works' contains "$said" '^docker answers: linux$'
}

job_no_binary() {
    check 'the job continues and succeeds' state_is no-binary success
    check 'the script ran' contains "$said" '^the script ran$'
    check 'one warning a container, the helper and the job' same "$(grep -c '^/opt/jobproxy/jobproxy exported nothing' <<<"$said")" 2
}

job_password() {
    check 'it succeeds' state_is password success
    check 'curl reaches the origin' contains "$said" '^password job says: ORIGIN-OK$'
    check 'the proxy knows the user' went_through "GET http://origin.test/ $PROXY_USER"
    check 'nothing was left to the mask' lacks "$log" 'MASKED'
    check 'the log does not hold the password' python3 "$E2E/runner/lacks_password.py" "$OUT/password.log" "$PROXY_PASSWORD"
    check 'nor as a person reads it' python3 "$E2E/runner/lacks_password.py" "$OUT/password.txt" "$PROXY_PASSWORD"
}
