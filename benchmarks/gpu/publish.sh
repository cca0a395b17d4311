#!/usr/bin/env bash
# Run this where the SDK is. Builds tests, tool and benchmarks, and packs them with the .NET runtime, for a machine with a GPU and without
# .NET: artifacts/gpu/publish/{runtime,programs}.tar.xz. See README.md beside this.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
export DEPENDENCY_SOURCE=Compat
publish=artifacts/gpu/publish
stage=artifacts/gpu/stage
rm -rf "$publish" "$stage"
mkdir -p "$publish" "$stage/dotnet" "$stage/bin"

for project in tests/Compat.Tests tests/Microsoft.ML.DeLoRA.Tests benchmarks; do
    dotnet build "$project" -c Release -v quiet --nologo -nodeReuse:false -p:DependencySource=Compat
done
for name in Compat.Tests Benchmarks Microsoft.ML.DeLoRA.Tests; do
    cp -r "artifacts/bin/$name/release/." "$stage/bin"
done
# Not the native library, which is built there, nor what only `dotnet test` needs.
rm -rf "$stage"/bin/{*.xml,*.so,testhost*,Microsoft.TestPlatform.*,Microsoft.VisualStudio.*,xunit.runner.visualstudio*,screenshots}
dotnet build benchmarks/gpu/TestRunner.csproj -v quiet --nologo -nodeReuse:false -t:CopyRunner -restore -p:RunnerFolder="$PWD/$stage/bin"
python3 benchmarks/gpu/embedded.py cut "$stage/bin/Microsoft.ML.DeLoRA.dll" assets/roberta-nano/model.safetensors

# The runtime of the installed SDK, without its debuggers' parts.
root=$(dirname "$(readlink -f "$(command -v dotnet)")")
version=$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App \(10[^ ]*\) .*/\1/p' | tail -1)
cp "$root/dotnet" "$stage/dotnet"
mkdir -p "$stage/dotnet/host/fxr" "$stage/dotnet/shared/Microsoft.NETCore.App"
cp -r "$root/host/fxr/$version" "$stage/dotnet/host/fxr"
cp -r "$root/shared/Microsoft.NETCore.App/$version" "$stage/dotnet/shared/Microsoft.NETCore.App"
rm -f "$stage"/dotnet/shared/Microsoft.NETCore.App/*/{libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so,createdump}

tar -C "$stage" -c dotnet | xz -T0 -9 >"$publish/runtime.tar.xz"
tar -C "$stage" -c bin | xz -T0 -9 >"$publish/programs.tar.xz"
rm -rf "$stage"
ls -l "$publish"
