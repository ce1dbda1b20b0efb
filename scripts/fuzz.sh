#!/bin/bash
# Builds the fuzz targets (preset asan: clang, address and undefined-behaviour sanitizers) and runs each from its seeds.
# usage: scripts/fuzz.sh [RUNS]        (20000 runs of each target; always the same ones)
#        scripts/fuzz.sh --seconds N   (N seconds of each target; other runs each time)
# A finding leaves crash-* in build-asan/findings and the exit status is 1.
set -euo pipefail
cd "$(dirname "$0")/.."
what=runs amount=${1:-20000}
[[ ${1:-} != --seconds ]] || what=seconds amount=${2:-}
case $amount in
'' | *[!0-9]*)
    echo "fuzz.sh: '$amount' is not a number of $what" >&2
    exit 2
    ;;
esac
limit=(-seed=1 -runs="$amount")
[[ $what == runs ]] || limit=(-max_total_time="$amount")

cmake --preset asan -DLIMSYM_MODULES= >/dev/null
targets=()
for source in tests/fuzz/fuzz_*.cpp; do
    name=${source##*/}
    targets+=("${name%.cpp}")
done
ninja -C build-asan "${targets[@]}"

mkdir -p build-asan/findings
failed=0
for target in "${targets[@]}"; do
    corpus=tests/fuzz/corpus/${target#fuzz_}
    work=build-asan/corpus/$target # what a run learns stays out of the source tree
    mkdir -p "$work" "$corpus"
    log=build-asan/findings/$target.log
    if build-asan/fuzz/"$target" "${limit[@]}" -max_len=4096 -timeout=20 -rss_limit_mb=3000 \
        -artifact_prefix=build-asan/findings/"$target"- "$work" "$corpus" >"$log" 2>&1; then
        echo "$target: $amount $what, nothing found"
    else
        failed=1
        echo "$target: FOUND something:" >&2
        grep -E "ERROR|SUMMARY|runtime error|Test unit written" "$log" >&2 || tail -n 5 "$log" >&2
    fi
done
exit "$failed"
