#!/usr/bin/env bash
# Run this where the SDK is. Publishes tests, tool and benchmarks with the .NET runtime, for a machine with a GPU, Python's torch and no
# .NET: artifacts/gpu/publish/programs.tar.xz. Without libtorch, which Python's torch has there. See README.md beside this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
publish=artifacts/gpu/publish
stage=artifacts/gpu/stage
rm -rf "$publish" "$stage"
mkdir -p "$publish" "$stage"

for project in tests/Microsoft.ML.DeLoRA.Tests benchmarks; do
    echo "== publishing $project" >&2
    dotnet publish "$project" -c Release -r linux-x64 --self-contained -o "$stage/bin" -v quiet --nologo \
        -p:CreateHardLinksForPublishFilesIfPossible=true -p:DebugType=none
done
# What libtorch's packages brought, the other test runner, and what debuggers need.
rm -f "$stage"/bin/{libtorch*,libc10*,libgomp*,libshm*,libaoti*,libbackend_with_compiler*,libjitbackend_test*,libnnapi_backend*} \
    "$stage"/bin/{*.pdb,*.xml,*.dbg,testhost*,Microsoft.TestPlatform.*,Microsoft.VisualStudio.*,xunit.runner.visualstudio*} \
    "$stage"/bin/{libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so,createdump}
[ -s "$stage/bin/libLibTorchSharp.so" ] || { echo "libLibTorchSharp.so was not published" >&2; exit 1; }

echo "== packing" >&2
tar -C "$stage" -c bin | xz -T0 -9 >"$publish/programs.tar.xz"
rm -rf "$stage"
size=$(stat -c %s "$publish/programs.tar.xz")
ls -l "$publish"
[ "$size" -lt 64000000 ] || { echo "programs.tar.xz has $size bytes, more than 64 MB" >&2; exit 1; }
