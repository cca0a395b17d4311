#!/usr/bin/env bash
# Writes down the public API as it is: PublicAPI.Unshipped.txt of each package, which the compiler compares with (RS0016, RS0017), and docs/api.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_UI_LANGUAGE=en
log=$(mktemp)
trap 'rm -f "$log"' EXIT
projects=(Microsoft.ML.DeLoRA.Text Microsoft.ML.DeLoRA.Persistence Microsoft.ML.DeLoRA)
for project in "${projects[@]}"; do
    echo '#nullable enable' > "src/$project/PublicAPI.Unshipped.txt"
done
dotnet build tests/Microsoft.ML.DeLoRA.Tests -c Release --nologo -v quiet -p:TreatWarningsAsErrors=false > "$log" || { grep -E ' error ' "$log" >&2; exit 1; }
for project in "${projects[@]}"; do
    # Whatever is missing is named with the line that it should have.
    sed -nE "s/^.* RS0016: Symbol '(.*)' is not part of the declared public API.*\/$project\.csproj.*$/\1/p" "$log" | LC_ALL=C sort -u >> "src/$project/PublicAPI.Unshipped.txt"
    echo "$project: $(($(wc -l < "src/$project/PublicAPI.Unshipped.txt") - 1)) lines" >&2
done
dotnet artifacts/bin/Microsoft.ML.DeLoRA.Tests/release/Microsoft.ML.DeLoRA.Tests.dll api
