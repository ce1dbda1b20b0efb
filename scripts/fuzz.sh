#!/bin/bash
# Builds the fuzz targets with clang and runs each from its seed corpus.
# usage: scripts/fuzz.sh [RUNS]    (20000 runs of each target; always the same ones)
# A finding leaves crash-* in build-fuzz/findings and the exit status is 1.
set -euo pipefail
cd "$(dirname "$0")/.."
runs=${1:-20000}
case $runs in
'' | *[!0-9]*)
    echo "fuzz.sh: '$runs' is not a number of runs" >&2
    exit 2
    ;;
esac

cmake --preset fuzz >/dev/null
targets=()
for source in tests/fuzz/fuzz_*.cpp; do
    name=${source##*/}
    targets+=("${name%.cpp}")
done
ninja -C build-fuzz "${targets[@]}"

mkdir -p build-fuzz/findings
failed=0
for target in "${targets[@]}"; do
    corpus=tests/fuzz/corpus/${target#fuzz_}
    work=build-fuzz/corpus/$target # what a run learns stays out of the source tree
    mkdir -p "$work" "$corpus"
    log=build-fuzz/findings/$target.log
    if build-fuzz/fuzz/"$target" -seed=1 -runs="$runs" -max_len=4096 -timeout=20 -rss_limit_mb=3000 \
        -artifact_prefix=build-fuzz/findings/"$target"- "$work" "$corpus" >"$log" 2>&1; then
        echo "$target: $runs runs, nothing found"
    else
        failed=1
        echo "$target: FOUND something:" >&2
        grep -E "ERROR|SUMMARY|runtime error|Test unit written" "$log" >&2 || tail -n 5 "$log" >&2
    fi
done
exit "$failed"
