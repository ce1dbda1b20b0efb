#!/usr/bin/env bash
# usage: run-blocks.sh SOURCE-FOLDER BUILD-FOLDER DOCUMENT
# Runs the ```sh run blocks of a document, in order, as one script in a scratch copy of the tree; every command must
# succeed, and each block but the first must print something or make a file.
set -euo pipefail
source=$1 build=$2 document=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cp -r "$source/examples" "$scratch/examples"
mkdir "$scratch/build"
ln -s "$build/bin" "$scratch/build/bin"
ln -s "$build/lib" "$scratch/build/lib"

awk '/^```sh run$/ {inside = 1; next} /^```$/ {inside = 0} inside' "$source/$document" >"$scratch/script.sh"
commands=$(grep -c . "$scratch/script.sh")
((commands > 5)) || { echo "$document: only $commands lines to run"; exit 1; }
cd "$scratch"
bash -euo pipefail -x script.sh >output.txt
[[ $(wc -l <output.txt) -ge 10 ]] || { echo "$document: the commands print next to nothing"; exit 1; }
echo "$document: $commands lines ran"
