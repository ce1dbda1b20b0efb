#!/usr/bin/env bash
# Regression table of "Scale Mixtures of Neural Network Gaussian Processes" on two public data sets, 20 splits each, by
# examples/scale-mixtures: beside every figure stands the one that an independent NumPy program gives for the same
# protocol; the script fails when they differ by more than rounding. Then a fan chart.
#
# usage: examples/demo.sh [FOLDER OF nngp-kernel (build/bin)]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(cd "${1:-build/bin}" && pwd)
out=$(dirname "$bin")/demo
make --silent --no-print-directory --directory examples/scale-mixtures --jobs "$(nproc)" table check fan \
    NNGP_KERNEL="$bin/nngp-kernel" OUT="$out" DATA=../data SETS="yacht boston"
echo
echo "records, models and plots of the splits:  $out"
echo "fan chart of resistance against Froude number:  $out/yacht.svg"
