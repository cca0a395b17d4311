#!/usr/bin/env bash
# Run this on the machine with the GPU: unpacks what publish.sh packed, builds compat/native against Python's torch, and tries both.
#   TORCH=FOLDER setup.sh    another libtorch (include/ and lib/ in it); TORCH=system: the one that the compiler finds by itself
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
top=$PWD
run=$top/artifacts/gpu/run
mkdir -p "$run"
for part in runtime programs; do
    python3 -W ignore -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' \
        "artifacts/gpu/publish/$part.tar.xz" "$run" &
done

torch=${TORCH:-$(python3 -c 'import os, torch; print(os.path.dirname(torch.__file__))')}
[ "$torch" = system ] && torch=
sh compat/native/build.sh "$run/native" "$run/native/libcompat_torch.so" "$torch" >"$run/native.log" 2>&1 || {
    tail -60 "$run/native.log"
    exit 1
}
wait
[ -x "$run/dotnet/dotnet" ] && [ -f "$run/bin/delora.dll" ] || { echo "the archives did not unpack" >&2; exit 1; }
python3 benchmarks/gpu/embedded.py fill "$run/bin/Microsoft.ML.DeLoRA.dll" assets/roberta-nano/model.safetensors

cat >"$run/environment.sh" <<ENVIRONMENT
export DOTNET_ROOT='$run/dotnet' PATH="$run/dotnet:\$PATH"
export COMPAT_TORCH_LIBRARY='$run/native/libcompat_torch.so' LD_LIBRARY_PATH="${torch:+$torch/lib:}\${LD_LIBRARY_PATH:-}"
export DELORA_BENCHMARKS='$run/bin/Benchmarks.dll' DELORA_BIN='$run/bin' DELORA_RUN='$run'
ENVIRONMENT
. "$run/environment.sh"
ldd "$COMPAT_TORCH_LIBRARY" | grep 'not found' && exit 1
dotnet "$DELORA_BIN/delora.dll" pretrain --help >/dev/null
dotnet exec --runtimeconfig "$DELORA_BIN/Microsoft.ML.DeLoRA.Tests.runtimeconfig.json" "$DELORA_BIN/xunit.console.dll" \
    "$DELORA_BIN/Microsoft.ML.DeLoRA.Tests.dll" -nologo -nocolor -class Microsoft.ML.DeLoRA.Tests.Serving.DevicesTests
echo "ready: . $run/environment.sh"
