#!/usr/bin/env bash
# Builds and runs all tests. The last line is: Tests: N passed, N failed, N skipped
#   DELORA_GOLDEN=DIR ./test.sh     checks another set of golden values of the same form
#   ./test.sh --filter EXPRESSION   runs a part (arguments go to dotnet test), once instead of once more on two threads
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
configuration=${CONFIGURATION:-Release}
./build.sh || exit 1

# Tests of the charts need a browser; without one they are skipped.
install_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return
    done
    if [ "$(id -u)" -ne 0 ]; then
        echo "== no browser: its tests are skipped. To have them run:  sudo apt-get install --no-install-recommends chromium" >&2
        return
    fi
    echo "== installing chromium" >&2
    export DEBIAN_FRONTEND=noninteractive
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null ||
        echo "== chromium could not be installed: its tests are skipped" >&2
}
install_browser

results=artifacts/test-results
rm -rf "$results"
status=0
# Half a minute; a part of the tests is run while one works.
if [ $# -eq 0 ] && ! dotnet format whitespace Microsoft.ML.DeLoRA.sln --no-restore --verify-no-changes >&2; then
    echo "== the code is not formatted:  dotnet format whitespace Microsoft.ML.DeLoRA.sln" >&2
    status=1
fi
run() {
    local name=$1
    shift
    dotnet test tests/Microsoft.ML.DeLoRA.Tests/Microsoft.ML.DeLoRA.Tests.csproj -c "$configuration" --no-build --nologo -v quiet \
        --logger "trx;LogFileName=$name.trx" --logger "console;verbosity=minimal" --results-directory "$results" "$@" || status=1
}
run all "$@"
# Products are shared out to one thread in the tests; what computes runs once more with two.
if [ $# -eq 0 ]; then
    in_rooms=$(printf '|FullyQualifiedName~DeLoRA.Tests.%s.' Encoders Adapters Training Models Serving MLNet)
    DELORA_TEST_THREADS=2 OMP_WAIT_POLICY=passive run two-threads --filter "(${in_rooms#|})&FullyQualifiedName!~KillTests"
fi

# Skipped tests are not among those that ran, hence total - executed.
awk '
    match($0, /<Counters [^>]*>/) {
        line = substr($0, RSTART, RLENGTH)
        total += value(line, "total"); executed += value(line, "executed")
        passed += value(line, "passed"); failed += value(line, "failed") + value(line, "error") + value(line, "timeout") + value(line, "aborted")
    }
    function value(text, name) { return match(text, " " name "=\"[0-9]+\"") ? substr(text, RSTART + length(name) + 3, RLENGTH - length(name) - 4) + 0 : 0 }
    END { printf "Tests: %d passed, %d failed, %d skipped\n", passed, failed, total - executed; exit failed > 0 || passed == 0 }
' "$results"/*.trx || status=1
exit $status
