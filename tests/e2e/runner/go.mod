// What binaries.sh builds. The commit is v19.3.0's: its major version is not in the path, so Go makes a pseudo-version of it.
module jobproxy.test/e2e/runner

go 1.26.5

tool (
	gitlab.com/gitlab-org/gitlab-runner
	gitlab.com/gitlab-org/gitlab-runner/apps/gitlab-runner-helper
)

require gitlab.com/gitlab-org/gitlab-runner 9cbf0074ddb0e2f79d79f44406cafebf09117b64
