#!/usr/bin/env bash
# Builds everything. Safe to run again. Arguments go to dotnet build, such as -p:TorchBackend=cuda-linux.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"
if ! command -v dotnet >/dev/null; then
    echo "The .NET 10 SDK is needed: https://dotnet.microsoft.com/download" >&2
    exit 1
fi
say() { printf '== %s\n' "$*" >&2; }
solution=Microsoft.ML.DeLoRA.sln

say "restoring packages (the first time libtorch is among them: 270 MB to download, for three systems)"
dotnet restore $solution -v quiet "$@" >&2
say "compiling"
dotnet build $solution -c "${CONFIGURATION:-Release}" --no-restore -v minimal --nologo "$@" >&2
say "built in $SECONDS s"
