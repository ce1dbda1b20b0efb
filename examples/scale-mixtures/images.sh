#!/usr/bin/env bash
# The first COUNT images of a pair of idx files as a table: label,x1,...,x784 with every pixel in -1 ... 1.
#
# usage: images.sh IMAGES.gz LABELS.gz COUNT
set -euo pipefail
images=$1 labels=$2 count=$3
pixels=784
[[ -r $images && -r $labels ]] || {
    echo "images.sh: $images or $labels is missing; install Debian's dataset-fashion-mnist, or say IMAGES=FOLDER" >&2
    exit 1
}
# What follows the headers of 16 and 8 bytes. head closes the pipe early: what came of it is counted below.
bytes() { { gunzip -c "$1" 2>/dev/null || true; } | tail -c "+$2" 2>/dev/null | head -c "$3" | od -An -v -tu1 "-w$4"; }
printf label
seq -s "" -f ",x%g" 1 "$pixels"
paste -d ' ' <(bytes "$labels" 9 "$count" 1) <(bytes "$images" 17 "$((count * pixels))" "$pixels") |
    awk -v count="$count" -v pixels="$pixels" '
        NF != pixels + 1 { exit }
        { printf "%d", $1; for (j = 2; j <= NF; j++) printf ",%.5g", $j / 127.5 - 1; print ""; whole++ }
        END { if (whole != count) { print "images.sh: " whole + 0 " whole images; expected " count >"/dev/stderr"; exit 1 } }'
