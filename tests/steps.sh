# shellcheck shell=bash
# Sourced by tests/run and .ci/run.

# step COMMAND…: prints a line before the command, a line with the time after the command, and a line every 25 seconds in
# between, so that silence in a pipeline never looks like a hang.
step() {
    local name="${*:1:2}" started=$SECONDS status=0 ticker
    printf '\n== %s\n' "$*"
    tick "$name" &
    ticker=$!
    "$@" || status=$?
    kill $ticker
    wait $ticker 2>/dev/null || true
    echo "== $name: $((SECONDS - started)) s$([ $status = 0 ] || echo ", status $status")"
    return $status
}

tick() {
    local pause
    trap 'kill $pause; exit' TERM
    while :; do
        sleep 25 >/dev/null 2>&1 &
        pause=$!
        wait $pause
        echo "   $1: still running after $((SECONDS - started)) s"
    done
}
