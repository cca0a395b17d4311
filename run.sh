#!/usr/bin/env bash
# The main job: fine-tunes a RoBERTa text classifier with DeLoRA, saves it, loads it in a new process and uses it.
#   ./run.sh                                          on assets/data/support-tickets.tsv
#   ./run.sh --data FILE --text COLUMN --label COLUMN [--text2 COLUMN] [--base DIRECTORY]
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
"$here/build.sh"
exec dotnet "$here/artifacts/bin/Quickstart/release/Quickstart.dll" "$@"
