#!/usr/bin/env bash
# Plays through setup.sh and tests.sh on this machine, with the system's libtorch 1.13 and a pretend GPU; publish.sh first.
# Arguments go to tests.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
pretend=$PWD/artifacts/gpu/libpretend_cuda.so
g++ -std=c++17 -O1 -fPIC -shared -o "$pretend" benchmarks/gpu/rehearsal/pretend_cuda.cpp \
    -isystem /usr/include/torch/csrc/api/include -ltorch_cpu -lc10
TORCH=system benchmarks/gpu/setup.sh
LD_PRELOAD=$pretend benchmarks/gpu/tests.sh "$@"
