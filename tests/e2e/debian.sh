# shellcheck shell=bash
# Debian's packages. Sourced by lib.sh and by real-clients/install.sh.

# install_packages SECONDS PACKAGE…: those of them that are missing, in SECONDS at the most.
install_packages() {
    local seconds=$1 missing=() package
    shift
    for package; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} = 0 ] && return
    export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # RUNLEVEL=1: no service is started
    timeout 120 apt-get -qq -o DPkg::Lock::Timeout=100 update
    timeout "$seconds" apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "${missing[@]}"
}
