#!/usr/bin/env bash
# Regression table of "Scale Mixtures of Neural Network Gaussian Processes" on two public data sets, 20 splits each:
# four hidden ReLU layers, everything standardised on the training part, hyperparameters by evidence on the training
# part alone, errors and log densities in original units. Beside every figure stands the one that an independent NumPy
# program gives for the same protocol; the script fails when they differ by more than rounding.
#
# usage: examples/demo.sh [FOLDER OF nngp-kernel (build/bin)]
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$(cd "${1:-build/bin}" && pwd)
data=examples/data
out=$(dirname "$bin")/demo
mkdir -p "$out"
network=(--activation relu --depth 4)

scales='"sigma_w":[1,1.4,2],"sigma_b":[0,0.3,1],"noise":[1e-6,1e-5,1e-4,1e-3,1e-2,0.1,1,10]'
priors=
for alpha in 0.5 1 2 4; do
    for beta in 0.5 1 2 4; do priors+=,\"inverse_gamma:alpha=$alpha,beta=$beta\"; done
done
echo "{$scales}" >"$out/grid.json"
echo "{$scales,\"scale_prior\":[${priors#,}]}" >"$out/grid-inverse-gamma.json"

cv() { # SET TARGET OPTIONS...
    local set=$1 target=$2
    shift 2
    "$bin/nngp-kernel" cv "${network[@]}" --target "$target" --splits "$data/$set/test-rows.csv" "$@" "$data/$set/data.csv"
}

metric() { # FILE mean|stderr NAME
    sed -n '$ s/.*"'"$2"'":{\([^}]*\)}.*/\1/p' "$1" | tr ',' '\n' | sed -n 's/^"'"$3"'"://p'
}

# Burr(2,1) on the kernels that the inverse-gamma prior chose, split by split.
burr() { # SET TARGET SPLITS
    local split=0 line scale
    rm -f "$out/$1-burr."*
    while IFS= read -r line; do
        case $line in *'"choice":{'*) ;; *) continue ;; esac
        # shellcheck disable=SC2001
        scale=$(sed 's/.*"sigma_w":\([^,]*\),"sigma_b":\([^,]*\),"noise":\([^,]*\),.*/{"sigma_w":[\1],"sigma_b":[\2],"noise":[\3]}/' <<<"$line")
        echo "$scale" >"$out/choice.json"
        cv "$1" "$2" --grid "$out/choice.json" --scale-prior burr12:c=2,d=1 --shard "$split/$3" |
            grep -F '"choice"' >>"$out/$1-burr.records"
        split=$((split + 1))
    done <"$out/$1-inverse-gamma.ndjson"
    "$bin/nngp-kernel" cv --summary "$out/$1-burr.records" >"$out/$1-burr.ndjson"
}

failed=0
row() { # SET LABEL FILE METRIC REFERENCE
    local value error verdict
    value=$(metric "$3" mean "$4")
    error=$(metric "$3" stderr "$4")
    verdict=$(awk -v value="$value" -v error="$error" -v reference="$5" 'BEGIN {
        difference = value > reference ? value - reference : reference - value
        printf "%8.3f ± %5.3f  %9.3f  %10.1e  %s", value, error, reference, difference,
            difference <= 0.00051 ? "ok" : "DIFFERS" }')
    printf '%-7s %-22s %-5s %s\n' "$1" "$2" "${4%%_*}" "$verdict"
    [[ $verdict != *DIFFERS ]] || failed=1
}

table() { # SET TARGET then RMSE and NLL of NNGP, ml2, inverse gamma, and NLL of Burr
    local set=$1 target=$2
    cv "$set" "$target" --grid "$out/grid.json" --scale-prior point:1 >"$out/$set-point.ndjson"
    cv "$set" "$target" --grid "$out/grid.json" --scale-prior ml2 >"$out/$set-ml2.ndjson"
    cv "$set" "$target" --grid "$out/grid-inverse-gamma.json" >"$out/$set-inverse-gamma.ndjson"
    burr "$set" "$target" 20
    row "$set" "NNGP, s = 1" "$out/$set-point.ndjson" rmse "$3"
    row "$set" "NNGP, s = 1" "$out/$set-point.ndjson" nll_observed "$4"
    row "$set" "s fitted" "$out/$set-ml2.ndjson" rmse "$5"
    row "$set" "s fitted" "$out/$set-ml2.ndjson" nll_observed "$6"
    row "$set" "inverse gamma" "$out/$set-inverse-gamma.ndjson" rmse "$7"
    row "$set" "inverse gamma" "$out/$set-inverse-gamma.ndjson" nll_observed "$8"
    row "$set" "Burr(2,1), same kernel" "$out/$set-burr.ndjson" nll_observed "$9"
}

printf '%-7s %-22s %-5s %16s  %9s  %10s\n' set model value "mean ± std. error" reference difference
table yacht resistance 0.737 1.238 0.559 0.562 0.559 0.561 0.558
table boston medv 2.977 2.518 2.736 2.414 2.724 2.402 2.402

"$bin/nngp-kernel" fit "${network[@]}" --sigma-b 0.3 --target resistance --features froude --standardise xy --noise auto \
    --scale-prior inverse_gamma:alpha=2,beta=2 --model-out "$out/model.json" "$data/yacht/data.csv" >"$out/fit.json"
{ echo froude; awk 'BEGIN { for (i = 0; i <= 80; i++) printf "%.5f\n", 0.1 + 0.375 * i / 80 }'; } >"$out/froude.csv"
"$bin/nngp-kernel" predict --model "$out/model.json" --quantiles .05,.25,.5,.75,.95 --plot "$out/yacht.svg" \
    "$out/froude.csv" >"$out/predictions.csv"
echo
echo "records and models:  $out"
echo "fan chart of resistance against Froude number:  $out/yacht.svg"
((failed == 0)) || { echo "demo.sh: a figure differs from its reference by more than rounding" >&2; exit 1; }
