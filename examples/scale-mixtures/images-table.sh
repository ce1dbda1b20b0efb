#!/usr/bin/env bash
# Markdown tables from predictions: how a classifier fares on clean and corrupted images, and how well it knows.
#
# usage: images-table.sh NNGP-KERNEL out/images "MODEL..." "clean KIND..."
set -euo pipefail
nngp=$1 folder=$2
read -ra models <<<"$3"
read -ra kinds <<<"$4"

# accuracy and mean -logpdf of predictions that end in label ... y,logpdf
judged() {
    awk -F, 'NR > 1 { right += $1 == $(NF - 1); sum -= $NF } END { printf "%.3f | %.2f", right / (NR - 1), sum / (NR - 1) }' "$1"
}
auroc() { # SCORE IN OUT
    "$nngp" ood --score "$1" "$2" "$3" | sed 's/.*"auroc":\([^,}]*\).*/\1/' | awk '{ printf "%.3f", $1 }'
}

echo "| images | prior of s | accuracy | negative log density | AUROC by entropy | by variance |"
echo "| --- | --- | --- | --- | --- | --- |"
for kind in "${kinds[@]}"; do
    for model in "${models[@]}"; do
        clean=$folder/$model/clean.predictions
        these=$folder/$model/$kind.predictions
        row="| $kind | $model | $(judged "$these") |"
        if [[ $kind == clean ]]; then row+=" | |"; else row+=" $(auroc entropy "$clean" "$these") | $(auroc variance "$clean" "$these") |"; fi
        echo "$row"
    done
done
familiar=$folder/familiar
echo "| classes 1, 4, 8 held out | inverse-gamma | | | $(auroc entropy "$familiar/familiar.predictions" "$familiar/held-out.predictions") | $(auroc variance "$familiar/familiar.predictions" "$familiar/held-out.predictions") |"
