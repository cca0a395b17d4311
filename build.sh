#!/usr/bin/env bash
# Builds everything: installs what the machine lacks, finds out where the packages come from, compiles. Safe to run again.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
configuration=${CONFIGURATION:-Release}
say() { printf '== %s\n' "$*" >&2; }

if ! command -v dotnet >/dev/null; then
    echo "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download" >&2
    exit 1
fi

# Debian packages are needed only when the feed lacks TorchSharp and the stand-ins in compat/ take its place.
install_native() {
    local missing=()
    command -v g++ >/dev/null || missing+=(g++)
    command -v cmake >/dev/null || missing+=(cmake)
    if [ -z "${LIBTORCH:-}" ]; then
        [ -e /usr/include/torch/csrc/api/include/torch/torch.h ] || missing+=(libtorch-dev)
        [ -e /usr/lib/x86_64-linux-gnu/openblas-openmp/libblas.so.3 ] || missing+=(libopenblas0-openmp)
    fi
    [ ${#missing[@]} -eq 0 ] && return
    if [ "$(id -u)" -ne 0 ]; then
        echo "Please install, then run this again:  sudo apt-get install --no-install-recommends ${missing[*]}" >&2
        exit 1
    fi
    say "installing ${missing[*]}"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# One restore of a project that asks for the three packages tells whether the feed has them; the answer is kept.
probe_feed() {
    local probe=artifacts/probe
    mkdir -p "$probe"
    cat >"$probe/probe.csproj" <<'PROBE'
<Project Sdk="Microsoft.NET.Sdk">
  <ItemGroup>
    <ProductDependency Include="Microsoft.ML;Microsoft.ML.Tokenizers;TorchSharp;TorchBackend" />
  </ItemGroup>
</Project>
PROBE
    if dotnet restore "$probe/probe.csproj" -p:DependencySource=NuGet -p:ArtifactsPath="$PWD/$probe" -v quiet >"$probe/restore.log" 2>&1; then
        echo NuGet
    else
        echo Compat
    fi
}

remembered=artifacts/DependencySource.props
if [ -n "${DEPENDENCY_SOURCE:-}" ] || [ ! -f "$remembered" ]; then
    source=${DEPENDENCY_SOURCE:-$(probe_feed)}
    mkdir -p artifacts
    printf '<Project><PropertyGroup><DependencySource>%s</DependencySource></PropertyGroup></Project>\n' "$source" >"$remembered"
fi
source=$(sed -n 's:.*<DependencySource>\(.*\)</DependencySource>.*:\1:p' "$remembered")
say "dependencies: $source"
[ "$source" = Compat ] && install_native

say "building ($configuration)"
dotnet build Microsoft.ML.DeLoRA.sln -c "$configuration" -v quiet --nologo "$@" >&2
