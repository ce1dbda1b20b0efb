#!/usr/bin/env bash
# Builds the unit tests with a sanitizer and runs them, except those of the test suite `slow`.
# usage: scripts/sanitize.sh asan|tsan [MODULE...]    (asan: address and undefined behaviour; tsan: threads)
# With modules, only they are built: name all that they include (base numerics), else all of libcore.
# JOBS (all cores) is how many compilers and tests run at once.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-}
case $preset in
    asan | tsan) shift ;;
    *)
        echo "sanitize.sh: '$preset' is unknown; expected asan or tsan" >&2
        exit 2
        ;;
esac
modules=$(IFS=';' && printf '%s' "$*")
jobs=${JOBS:-$(nproc)}
cmake --preset "$preset" "-DLIMSYM_MODULES=$modules" ${LIMSYM_SHARED:+"-DLIMSYM_SHARED=$LIMSYM_SHARED"} >/dev/null
ninja -C "build-$preset" -j "$jobs" units
ctest --preset "$preset" -L unit --parallel "$jobs"
