#!/usr/bin/env bash
# All tests, their models on the GPU; after setup.sh. Arguments go to the test program: -class NAME, -namespace NAME, -method NAME.
#   DELORA_TEST_DEVICE=cpu tests.sh    the same on the processor, against this libtorch
#   RESULTS=FOLDER tests.sh            where the results go; the last line counts them
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. artifacts/gpu/run/environment.sh
export DELORA_TEST_DEVICE=${DELORA_TEST_DEVICE:-cuda} OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
results=${RESULTS:-$DELORA_RUN/results}
name=$results/tests.$DELORA_TEST_DEVICE
mkdir -p "$results"
rm -f "$name.xml"
"$DELORA_BIN/Microsoft.ML.DeLoRA.Tests" -noLogo -noColor -xml "$name.xml" "$@" >"$name.log" 2>&1
if [ ! -s "$name.xml" ]; then
    echo "the tests ended without results:"
    tail -40 "$name.log"
    exit 1
fi
python3 benchmarks/gpu/test_summary.py "$name.xml"
