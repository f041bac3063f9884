#!/bin/bash
# The jobs of scenario 8 with runner/stand_in.py instead of gitlab-runner. The scenario proves nothing about gitlab-runner;
# it proves that jobproxy and ci-templates/runner/config.toml do their part when a runner does what it says there.
# limit: 240
# shellcheck source=lib.sh
. "${0%/*}/lib.sh"
# shellcheck source=runner/jobs.sh
. "$E2E/runner/jobs.sh"
scenario

HELPER_IMAGE=e2e/job
runner() { lab_inside timeout 100 python3 "$E2E/runner/stand_in.py" "$1" && ended "${@:2}"; }

all_jobs
