#!/usr/bin/env bash
# roberta-nano on a GPU: the same shape and vocabulary as assets/roberta-nano, the whole corpus, large steps. After setup.sh.
#   pretrain.sh CORPUS MINUTES [TOTAL_MINUTES]
# CORPUS holds wiki.txt.xz, books.txt.xz and reviews.txt.xz, or those of them that unpack_corpus.py has not unpacked to
# artifacts/gpu/run/corpus before. A first short run measures the speed, and the schedule is laid out for TOTAL_MINUTES (MINUTES when not
# given); where one call may not last that long, another goes on. The model, as it is so far, and its log are in
# artifacts/gpu/run/roberta-nano. DEVICE, BATCH_TOKENS, RATES and MIX in the environment change the settings.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
. artifacts/gpu/run/environment.sh
corpus=$1 minutes=$2 total=${3:-$2}
output=${OUTPUT:-$DELORA_RUN/roberta-nano}
batch=${BATCH_TOKENS:-131072}
read -r adam muon <<<"${RATES:-1.5e-3 0.02}"
mkdir -p "$output/work"
cp -n assets/roberta-nano/{vocab.json,merges.txt} "$output"

python3 benchmarks/gpu/unpack_corpus.py "$corpus" "$DELORA_RUN/corpus"
files=("$DELORA_RUN"/corpus/{wiki,books,reviews}.txt)

# shellcheck disable=SC2086
train() {
    "$DELORA_BIN/pretrain" --device "${DEVICE:-cuda}" --output "$output" --corpus "${files[@]}" --mix ${MIX:-45 25 30} \
        --batch-tokens "$batch" --length 128 --long-length 512 --learning-rate "$adam" --matrix-learning-rate "$muon" ${OPTIONS:-} "$@"
}

if [ ! -f "$output/work/steps" ]; then
    rm -f "$output/work/checkpoint.safetensors"
    train --steps 1000000 --minutes "${CALIBRATION_MINUTES:-0.4}" | tail -3
    # Between two lines of the log, so without what the start takes. A tenth is kept back for the checkpoints and the end.
    awk -v minutes="$total" 'NR == 2 { step = $1; seconds = $3 } END {
        if (NR < 3 || $3 <= seconds) { print "the run was too short to measure the speed" >"/dev/stderr"; exit 1 }
        printf "%d\n", 0.9 * 60 * minutes * ($1 - step) / ($3 - seconds) }' "$output/training-log.tsv" >"$output/work/steps.new"
    mv "$output/work/steps.new" "$output/work/steps"
    rm -f "$output/work/checkpoint.safetensors" "$output/training-log.tsv"
fi
steps=$(cat "$output/work/steps")
echo "== $steps steps of $batch tokens"
train --steps "$steps" --minutes "$minutes" | awk 'NR % 20 == 1 || /written|Stopped/'
ls -l "$output"
