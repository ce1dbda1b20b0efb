#!/usr/bin/env bash
# usage: run.sh BUILD-FOLDER COMPILER — installs into a scratch folder and uses what lies there.
set -euo pipefail
build=$1 compiler=$2
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cmake --install "$build" --prefix "$scratch/usr" >/dev/null
want="0.250000 0.079577" # relu, inputs orthogonal: 1/2 q and q/(2 pi), q = 1/2

cmake -S "$here/consumer" -B "$scratch/build" -DCMAKE_CXX_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$scratch/usr" >/dev/null
cmake --build "$scratch/build" >/dev/null
got=$("$scratch/build/consumer")
[[ $got == *" $want" ]] || { echo "find_package consumer printed '$got'; expected '$want'"; exit 1; }

pc=$(find "$scratch/usr" -name limsym-core.pc -printf '%h\n')
mapfile -t flags < <(PKG_CONFIG_PATH=$pc pkg-config --define-prefix --cflags --libs limsym-core | xargs -n1)
"$compiler" "$here/consumer/main.cpp" "${flags[@]}" -o "$scratch/consumer"
got=$("$scratch/consumer")
[[ $got == *" $want" ]] || { echo "pkg-config consumer printed '$got'; expected '$want'"; exit 1; }

# The installed tool finds its HDF5 module, man page and completions beside it.
"$scratch/usr/bin/nngp-kernel" --version
for file in share/man/man1/nngp-kernel.1 share/man/man7/limsym.7 share/bash-completion/completions/nngp-kernel \
    share/zsh/vendor-completions/_nngp-kernel share/fish/vendor_completions.d/nngp-kernel.fish; do
    [[ -s $scratch/usr/$file || -s $scratch/usr/$file.gz ]] || { echo "$file was not installed"; exit 1; }
done
printf 'x,y\n0,0\n1,1\n2,0\n' >"$scratch/t.csv"
"$scratch/usr/bin/nngp-kernel" fit --activation relu --depth 2 --target y --model-out "$scratch/m.h5" "$scratch/t.csv" >/dev/null
"$scratch/usr/bin/nngp-kernel" predict --model "$scratch/m.h5" "$scratch/t.csv" | head -n 2
echo "install: ok"
