# shellcheck shell=bash
# Debian's packages. Sourced by lib.sh, by real-clients/install.sh and by tests/run.

# install_packages SECONDS PACKAGE…: installs the missing packages in at most SECONDS. No package is removed, and no service
# is started, now or at the next boot.
install_packages() {
    local seconds=$1 missing=() package before status=0
    shift
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    before=$(installed_packages)
    DEBIAN_FRONTEND=noninteractive apt_without_services "$seconds" "${missing[@]}" || status=$?
    comm -13 <(echo "$before") <(installed_packages) | while read -r package; do disable_services "$package"; done
    return $status
}

installed_packages() { dpkg-query -W -f '${Package}\n' | sort -u; }

apt_without_services() {
    local policy=/usr/sbin/policy-rc.d seconds=$1 status=0 own=
    shift
    # Status 101 forbids to start a service (invoke-rc.d(8), deb-systemd-invoke(1p)).
    [ -e $policy ] || { own=1 && printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy; }
    timeout 120 apt-get -qq -o DPkg::Lock::Timeout=100 update &&
        timeout "$seconds" apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-remove --no-install-recommends "$@" >/dev/null ||
        status=$?
    [ -z "$own" ] || rm -f $policy
    return $status
}

# disable_services PACKAGE: disables the services that the maintainer scripts of PACKAGE have enabled.
disable_services() {
    local file
    dpkg -L "$1" | while read -r file; do
        case $file in
        */systemd/system/*.wants/*) ;;
        */systemd/system/*.service | */systemd/system/*.socket | */systemd/system/*.timer)
            deb-systemd-helper disable "${file##*/}" ;;
        /etc/init.d/*) update-rc.d "${file##*/}" disable ;;
        esac
    done >/dev/null 2>&1
}

# unpack_from_suite SUITE PACKAGE FOLDER: the files of a package of another Debian, from the machine's own mirror. Nothing
# is installed, and the machine's own lists stay as they are.
unpack_from_suite() {
    local suite=$1 package=$2 folder=$3 work mirror
    # shellcheck disable=SC1091,SC2016 # a file of the system; apt reads the $()
    mirror=$(. /etc/os-release && apt-get indextargets --format '$(REPO_URI)' \
        'Created-By: Packages' 'Component: main' "Release: $VERSION_CODENAME" | head -n 1)
    [ -n "$mirror" ] || return
    work=$(mktemp -d) && mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$folder"
    echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$work/sources.list"
    local apt_get=(timeout 200 apt-get -qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
        -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root
        -o Acquire::Languages=none)
    "${apt_get[@]}" update && (cd "$work" && "${apt_get[@]}" download "$package") && dpkg -x "$work/$package"_*.deb "$folder"
    local status=$?
    rm -rf "$work"
    return $status
}
