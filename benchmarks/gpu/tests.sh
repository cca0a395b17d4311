#!/usr/bin/env bash
# All tests, their models on the GPU; after setup.sh. Arguments go to the runner: -class NAME, -namespace NAME, -method NAME.
#   DELORA_TEST_DEVICE=cpu tests.sh    the same on the processor, against this libtorch
#   RESULTS=FOLDER tests.sh            where the results go; the last line counts them
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. artifacts/gpu/run/environment.sh
export DELORA_TEST_DEVICE=${DELORA_TEST_DEVICE:-cuda} OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
results=${RESULTS:-$DELORA_RUN/results}
mkdir -p "$results"
rm -f "$results"/*."$DELORA_TEST_DEVICE".xml
for name in Compat.Tests Microsoft.ML.DeLoRA.Tests; do
    # What the runner prints while tests capture the console is lost: its XML file counts.
    dotnet exec --runtimeconfig "$DELORA_BIN/$name.runtimeconfig.json" "$DELORA_BIN/xunit.console.dll" "$DELORA_BIN/$name.dll" \
        -nologo -nocolor -quiet -xml "$results/$name.$DELORA_TEST_DEVICE.xml" "$@" >"$results/$name.$DELORA_TEST_DEVICE.log" 2>&1
    [ -s "$results/$name.$DELORA_TEST_DEVICE.xml" ] && continue
    echo "$name ended without results:"
    tail -40 "$results/$name.$DELORA_TEST_DEVICE.log"
done
python3 benchmarks/gpu/test_summary.py "$results"/*."$DELORA_TEST_DEVICE".xml
