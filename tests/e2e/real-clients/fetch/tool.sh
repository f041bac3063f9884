#!/bin/sh
# Makes a tool that needs a project ask for each URL: tool.sh NAME URL...; the witnesses see how each request went.
set -eu

chromium() {
    page=
    for url; do page="$page<img src='${url}x'>"; done
    exec chromium --headless=new --no-sandbox --disable-gpu --no-first-run --disable-sync --disable-extensions \
        --disable-background-networking --disable-component-update --disable-default-apps --disable-dev-shm-usage \
        --user-data-dir="$HOME/chromium" --timeout=8000 --dump-dom "data:text/html,$page"
}

bundler() {
    mkdir -p "$HOME/bundler"
    cd "$HOME/bundler"
    printf 'source "%s"\ngem "x"\n' "$1" >Gemfile
    rm -rf Gemfile.lock "$HOME/.bundle"
    BUNDLE_RETRY=0 BUNDLE_TIMEOUT=4 exec bundle lock
}

git_lfs() {
    [ -d "$HOME/lfs" ] || git init -q "$HOME/lfs"
    cd "$HOME/lfs"
    exec git -c "lfs.url=${1}x" -c lfs.dialtimeout=4 lfs locks
}

# Maven asks every repository for the parent of a project. The first one takes the place of Central.
maven() {
    home=$1
    shift
    mkdir -p "$HOME/maven"
    cd "$HOME/maven"
    rm -rf m2
    {
        echo '<project><modelVersion>4.0.0</modelVersion><parent><groupId>x</groupId><artifactId>x</artifactId>'
        echo '<version>1</version><relativePath/></parent><artifactId>y</artifactId><packaging>pom</packaging><repositories>'
        for url; do
            id=${n:+r$n} n=$((${n:-0} + 1))
            echo "<repository><id>${id:-central}</id><url>$url</url></repository>"
        done
        echo '</repositories></project>'
    } >pom.xml
    # Maven blocks http repositories by a mirror of this name.
    echo '<settings><mirrors><mirror><id>maven-default-http-blocker</id><mirrorOf>none</mirrorOf><url>http://none/</url>
        </mirror></mirrors></settings>' >settings.xml
    # A run of Maven 4 takes nine seconds of a processor with the second compiler of the JVM, and four without it.
    export MAVEN_OPTS='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
    exec "$home/bin/mvn" -q -B -s settings.xml -Dmaven.repo.local=m2 -Dmaven.wagon.rto=4000 -Daether.connector.connectTimeout=4000 \
        -Daether.connector.requestTimeout=4000 -Daether.connector.http.useSystemProperties=true \
        -Daether.connector.http.retryHandler.count=0 validate
}

# Debian's plugins bring the jar that `gradle wrapper` puts into a project, without the file that tells its version.
gradle_wrapper() {
    mkdir -p "$HOME/gradle/wrapper"
    cd "$HOME"
    lib=/usr/share/gradle/lib
    [ -f gradle/wrapper/gradle-wrapper.jar ] ||
        unzip -p $lib/plugins/gradle-plugins-*.jar gradle-wrapper.jar >gradle/wrapper/gradle-wrapper.jar
    for setting in distributionBase=GRADLE_USER_HOME zipStoreBase=GRADLE_USER_HOME distributionPath=d zipStorePath=d \
        "distributionUrl=$(echo "$1" | sed 's/:/\\:/g')g.zip"; do
        echo "$setting"
    done >gradle/wrapper/gradle-wrapper.properties
    echo versionNumber=4.4.1 >build-receipt.properties
    rm -rf "$HOME/.gradle"
    exec java -Duser.home="$HOME" -cp gradle/wrapper/gradle-wrapper.jar:. \
        org.gradle.wrapper.GradleWrapperMain help
}

yarn() {
    mkdir -p "$HOME/yarn"
    cd "$HOME/yarn"
    echo '{"name":"x"}' >package.json
    : >yarn.lock
    export YARN_NPM_REGISTRY_SERVER="${1%/}" YARN_UNSAFE_HTTP_WHITELIST='*' YARN_HTTP_TIMEOUT=4000 YARN_HTTP_RETRY=0 YARN_ENABLE_TELEMETRY=0
    exec "$NODE" "$TOOLS/node_modules/@yarnpkg/cli-dist/bin/yarn.js" npm info x
}

# `pnpm view` would start npm.
pnpm_10() {
    mkdir -p "$HOME/pnpm"
    cd "$HOME/pnpm"
    echo '{"name":"x"}' >package.json
    exec "$NODE" "$TOOLS/node_modules/pnpm-10/bin/pnpm.cjs" add y --lockfile-only --registry="$1" --fetch-retries=0 \
        --fetch-timeout=4000 --config.update-notifier=false
}

podman() {
    image=${1#https://}
    exec podman --root "$HOME/podman" --runroot "$HOME/podman-run" --storage-driver vfs manifest inspect "${image%/}/x:1"
}

name=$1
shift
"$name" "$@"
