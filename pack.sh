#!/usr/bin/env bash
# Builds the packages into artifacts/packages, a folder that is a feed: the library's three, and the tool for this machine's system.
# Arguments go to dotnet, such as -p:RepositoryUrl=https://... or -p:Version=0.2.0-preview.1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
./build.sh "$@"
configuration=${CONFIGURATION:-Release}
packages=$PWD/artifacts/packages
say() { printf '== %s\n' "$*" >&2; }
pack() { dotnet pack "src/$1" -c "$configuration" --no-build -v quiet --nologo -p:PackageOutputPath="$packages" "${@:2}"; }

say "packing the library"
pack Microsoft.ML.DeLoRA.Text "$@"
pack Microsoft.ML.DeLoRA.Persistence "$@"
pack Microsoft.ML.DeLoRA "$@"
say "packing the tool: libtorch is compressed, which takes a minute"
pack Microsoft.ML.DeLoRA.Cli -p:CreateHardLinksForPublishFilesIfPossible=true "$@"
# The small package that names those of the systems; each system's own machine packs its own.
pack Microsoft.ML.DeLoRA.Cli -p:RuntimeIdentifier= -p:CreateRidSpecificToolPackages=false "$@"
ls -l "$packages"
