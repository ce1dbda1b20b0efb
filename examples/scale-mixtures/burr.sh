#!/usr/bin/env bash
# Scores Burr(2,1) on the kernel and noise that another prior chose, split by split.
#
# usage: burr.sh "CV COMMAND" CHOICES.ndjson DATA.csv TEST-ROWS.csv SPLITS OUT.ndjson
set -euo pipefail
read -ra cv <<<"$1"
choices=$2 data=$3 rows=$4 splits=$5 out=$6
folder=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf -- "$folder"' EXIT
target=$(head -n 1 "$data" | tr -d '\r' | sed 's/.*,//')
split=0
# The choice of a split is the one point of its grid.
grep -F '"limsym/cv-split@1"' "$choices" |
    sed 's/.*"choice":{"sigma_w":\([^,]*\),"sigma_b":\([^,]*\),"noise":\([^,]*\),.*/{"sigma_w":[\1],"sigma_b":[\2],"noise":[\3]}/' |
    sed 's/"sigma_b":\[null\]/"sigma_b":[0]/' |
    while IFS= read -r grid; do
        echo "$grid" >"$folder/grid.json"
        "${cv[@]}" --scale-prior burr12:c=2,d=1 --target "$target" --splits "$rows" --first "$splits" \
            --grid "$folder/grid.json" --shard "$split/$splits" "$data" </dev/null |
            grep -F '"limsym/cv-split@1"' >>"$folder/records"
        split=$((split + 1))
    done
{ cat "$folder/records"; "${cv[0]}" cv --summary "$folder/records"; } >"$folder/whole"
mv "$folder/whole" "$out"
