#!/usr/bin/env bash
# All shards with GNU parallel: deploy/gnu-parallel.sh FACES MODEL FEATURES [SHARDS [AT_ONCE]]
# Add --sshloginfile to use several machines that share the folders.
set -euo pipefail
faces=$1 model=$2 features=$3 shards=${4:-16} at_once=${5:-2}

one_shard() { # one_shard SHARD: once more after 75, up to five times
    local code try
    for try in 1 2 3 4 5; do
        code=0
        lightcnn job run --input "$faces" --model "$model" --output "$features" --shard "$1" --max-bad 0.1% || code=$?
        [ "$code" -eq 75 ] || return "$code"
        echo "shard $1: attempt $try ended with 75" >&2
        sleep $((10 * try))
    done
    return 75
}
export -f one_shard
export faces model features

seq 0 $((shards - 1)) | parallel --jobs "$at_once" --halt soon,fail=1 one_shard "{}/$shards"
lightcnn job verify "$features"
