#!/bin/bash
# The real gitlab-runner drives the docker executor with ci-templates/runner/config.toml: see runner/README.md.
# limit: 120
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

MODULE=gitlab.com/gitlab-org/gitlab-runner
COMMIT=9cbf0074ddb0e2f79d79f44406cafebf09117b64 # v19.3.0; its major version is not in the module's path

command -v go >/dev/null || skip 'no Go here to build gitlab-runner with; 09-runner-stand-in runs its jobs'
answer=$(cd "$LAB" && GOFLAGS=-mod=mod timeout 90 go mod download "$MODULE@$COMMIT" 2>&1) &&
    skip 'gitlab-runner v19.3.0 can be had here, but driving it could not be tried where this was written; 09-runner-stand-in runs its jobs'
skip "gitlab-runner v19.3.0 cannot be had as a Go module ($(tail -n 1 <<<"$answer" | tr -d '\t' | sed 's/^ *//')); 09-runner-stand-in runs its jobs"
