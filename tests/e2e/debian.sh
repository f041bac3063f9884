# shellcheck shell=bash
# Debian's packages. Sourced by lib.sh, by real-clients/install.sh and by tests/run.

# install_packages SECONDS PACKAGE…: those of them that are missing, in SECONDS at the most. No package is removed for
# them, none of their services is started, now or at the next boot.
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

# disable_services PACKAGE: its maintainer scripts have enabled them.
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
