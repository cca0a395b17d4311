#!/bin/sh
# build.sh FOLDER LIBRARY [LIBTORCH]: builds the shim in FOLDER and puts it at LIBRARY, against the libtorch in LIBTORCH or the system's.
set -eu
source=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"

# Two builds that share the folder must not run cmake there at once.
exec 9>"$1/.lock"
flock 9

# -U: look for libtorch anew, it may be another one now.
generator=$(command -v ninja >/dev/null && echo Ninja || echo "Unix Makefiles")
cmake -U "*TORCH*" -U "C10*" -S "$source" -B "$1" -G "$generator" -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="${3:-}"
cmake --build "$1"

# mv, not cp over it: a program that runs keeps the library that it has mapped.
cp "$1/libcompat_torch.so" "$2.new"
mv -f "$2.new" "$2"
