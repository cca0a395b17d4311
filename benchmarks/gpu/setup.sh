#!/usr/bin/env bash
# On the machine with the GPU: unpacks what publish.sh packed to artifacts/gpu/run/bin, finds Python's torch, checks that TorchSharp's library
# finds all its symbols there, and writes artifacts/gpu/run/environment.sh for the other scripts. Ends with: ready
#   TORCH_LIB=FOLDER setup.sh    takes libtorch from there in place of Python's torch
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
run=$PWD/artifacts/gpu/run
lib=${TORCH_LIB:-$(python3 -c 'import os, torch; print(os.path.join(torch.__path__[0], "lib"))')}
[ -f "$lib/libtorch_cpu.so" ] || { echo "$lib has no libtorch_cpu.so" >&2; exit 1; }
mkdir -p "$run"
[ -d "$run/bin" ] || tar -C "$run" -xJf artifacts/gpu/publish/programs.tar.xz
cat >"$run/environment.sh" <<END
export DELORA_RUN=$run DELORA_BIN=$run/bin DELORA_BENCHMARKS=$run/bin/Benchmarks
export LD_LIBRARY_PATH=$lib\${LD_LIBRARY_PATH:+:\$LD_LIBRARY_PATH}
END
. "$run/environment.sh"
ldd -r "$DELORA_BIN/libLibTorchSharp.so" >"$run/symbols.log" 2>&1 || true
# A weak version is the one that was repaired.
if grep -E 'undefined symbol|not found' "$run/symbols.log" | grep -v 'weak version' >"$run/missing.log"; then
    echo "TorchSharp's library lacks $(wc -l <"$run/missing.log") symbols or files with the libtorch in $lib; the first of them:" >&2
    head -20 "$run/missing.log" >&2
    exit 1
fi
"$DELORA_BIN/delora" doctor || true
echo ready
