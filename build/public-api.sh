#!/usr/bin/env bash
# Writes down the public API as it is: PublicAPI.Unshipped.txt of each package (what the compiler compares with, RS0016 and RS0017), and docs/api.md.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_CLI_UI_LANGUAGE=en
for project in Text Persistence ""; do
    folder=src/Microsoft.ML.DeLoRA${project:+.$project}
    file=$folder/PublicAPI.Unshipped.txt
    echo '#nullable enable' > "$file"
    # Each thing that is missing is said with the line that it should have.
    dotnet build "$folder" -c Release --nologo -v quiet --no-incremental -p:TreatWarningsAsErrors=false -p:WarningsAsErrors= -p:NoWarn=CS1591 |
        sed -nE "s/^.*(warning|error) RS0016: Symbol '(.*)' is not part of the declared public API.*$/\2/p" | LC_ALL=C sort -u > "$file.new"
    cat "$file.new" >> "$file"
    rm "$file.new"
    echo "$file: $(($(wc -l < "$file") - 1)) lines" >&2
done
dotnet build tests/Microsoft.ML.DeLoRA.Tests -c Release --nologo -v quiet
dotnet artifacts/bin/Microsoft.ML.DeLoRA.Tests/release/Microsoft.ML.DeLoRA.Tests.dll api
