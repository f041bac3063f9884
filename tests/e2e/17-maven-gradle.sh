#!/bin/bash
# Real Maven 3.8, 3.9 and 4, Gradle and its wrapper behind a squid that wants a password: what `--for maven,gradle` sets
# up is all that they get. Nothing is downloaded here: squid's log shows the requests.
# limit: 900
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
scenario

TOOLS=${XDG_CACHE_HOME:-/var/cache}/jobproxy/e2e/runtimes
declare -A mavens
missing=()
PASSWORD="p@s:s/w\\o#r&d+%<\"{\$'"

main() {
    install_packages 600 gradle maven unzip || skip 'maven and gradle cannot be installed'
    mkdir -p "$TOOLS" "$LAB/java/project/.mvn"
    must 'the lab is up' lab_network
    proxy_start basic
    must 'the password is known' password
    projects
    for version in debian 3.9.16 4.0.0-rc-5; do mavens[$version]=$(maven $version) || missing+=("Maven $version"); done
    encoded=$(/usr/bin/python3 -c 'import sys, urllib.parse as u; print(u.quote(sys.argv[1], safe=""))' "$PASSWORD")
    export HTTP_PROXY=http://$PROXY_USER:$encoded@172.28.1.10:3128 HTTPS_PROXY=http://$PROXY_USER:$encoded@172.28.1.10:3128
    export NO_PROXY=direct.test JAVA_TOOL_OPTIONS=-Duser.home=$LAB/java

    export JOBPROXY_FOR=java
    in_every_maven 'with java alone squid asks for the password' ' 407 CONNECT repo.maven.apache.org:443 -'
    export JOBPROXY_FOR=maven,gradle
    in_every_maven 'user and password arrive' " CONNECT repo.maven.apache.org:443 $PROXY_USER"
    export GRADLE_USER_HOME=$LAB/java/.gradle
    gradle_reaches 'Gradle' gradle --no-daemon --stacktrace fetch
    if wrapper; then gradle_reaches "Gradle's wrapper" ./gradlew fetch services.gradle.org; else missing+=("Gradle's wrapper"); fi

    # Another job with the same HOME: nothing is written there.
    rm -rf "$LAB/java/.gradle/gradle.properties" "$LAB/java/.m2/settings.xml"
    export GITLAB_CI=true JOBPROXY_PRIVATE=1 TMPDIR=$LAB/private
    mkdir -p "$TMPDIR"
    gradle_reaches 'Gradle, private' gradle --no-daemon fetch
    check 'no file in a shared HOME' test ! -e "$LAB/java/.gradle/gradle.properties" -a ! -e "$LAB/java/.m2/settings.xml"
    check 'no password in a log' lacks "$(cat "$LAB"/java/*.log)" 's:s/w'
    [ ${#missing[@]} = 0 ] || [ ${#failures[@]} -gt 0 ] || skip "all others pass, but these cannot be had: ${missing[*]}"
}

# password: squid's password file with a password of ASCII: Maven turns all other characters into question marks.
password() {
    htpasswd -bc "$LAB/passwords" "$PROXY_USER" "$PASSWORD" 2>/dev/null
    docker cp "$LAB/passwords" proxy:/conf/squid/passwords
    docker kill -s HUP proxy >/dev/null
    wait_for 10 lab_inside curl -fsS -m 5 -U "$PROXY_USER:$PASSWORD" -x "$PROXY" -o /dev/null http://origin.test/
}

projects() {
    cat >"$LAB/java/project/pom.xml" <<'X'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>corp</groupId><artifactId>app</artifactId><version>1</version><packaging>pom</packaging></project>
X
    cat >"$LAB/java/project/build.gradle" <<'X'
repositories { maven { url "https://repo.corp.test/m2" } }
configurations { one }
dependencies { one 'x.y:z:1' }
task fetch { doLast { configurations.one.files } }
X
    : >"$LAB/java/project/settings.gradle"
}

# maven VERSION: its program; 3.8 is Debian's, the others are from Maven Central.
maven() {
    [ "$1" != debian ] || { command -v mvn; return; }
    local program=$TOOLS/apache-maven-$1/bin/mvn
    [ -x "$program" ] || (unset JAVA_TOOL_OPTIONS HTTP_PROXY HTTPS_PROXY && timeout 200 mvn -q -B "-Dmaven.repo.local=$TOOLS/m2" \
        dependency:copy "-DoutputDirectory=$TOOLS" "-Dartifact=org.apache.maven:apache-maven:$1:zip:bin" &&
        unzip -q -o "$TOOLS/apache-maven-$1-bin.zip" -d "$TOOLS" && chmod +x "$program") >&2 || return
    echo "$program"
}

# in_every_maven WHAT REGEX: a plugin that nobody has is looked for in Maven Central.
in_every_maven() {
    local version
    for version in "${!mavens[@]}"; do
        [ -n "${mavens[$version]}" ] || continue
        log_mark
        in_project "$version" "${mavens[$version]}" -B corp.none:none-maven-plugin:1:none
        check "Maven $version: $1" went_through "$2"
    done
}

# in_project NAME COMMAND…: COMMAND after the one-liner, in the lab's network; it fails, since nothing can be downloaded.
in_project() {
    local name=$1
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    (cd "$LAB/java/project" && lab_inside timeout 120 bash -c 'eval "$("$JOBPROXY" setup --export)"; "$@"' bash "$@") \
        >"$LAB/java/$name.log" 2>&1 </dev/null
}

# wrapper: gradlew, as a package on npm carries it.
wrapper() {
    local package=$TOOLS/package/template/android
    [ -x "$package/gradlew" ] || (cd "$TOOLS" && unset JAVA_TOOL_OPTIONS HTTP_PROXY HTTPS_PROXY &&
        timeout 100 npm pack --silent @react-native-community/template@0.87.2 >/dev/null && tar xzf react-native-community-template-*.tgz) ||
        return
    cp -r "$package/gradle" "$package/gradlew" "$LAB/java/project/"
    chmod +x "$LAB/java/project/gradlew"
}

# gradle_reaches WHAT COMMAND…, the last word being the host that is asked if that is no task.
gradle_reaches() {
    local what=$1 host=repo.corp.test
    shift
    case ${*: -1} in *.*) host=${*: -1}; set -- "${@:1:$#-1}" ;; esac
    log_mark
    in_project "${what//[^A-Za-z]/}" "$@"
    # squid logs a tunnel at its end, which is here when the name of the host cannot be resolved.
    check "$what: user and password arrive" wait_for 60 logged " CONNECT $host:443 $PROXY_USER"
}

# logged REGEX: the proxy has logged such a line since the mark.
logged() { log_lines | grep -qE -- "$1"; }

main
