#!/usr/bin/env bash
# Builds the Debian packages from build/, unpacks them into a scratch root and runs what is there.
set -euo pipefail
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd build && cpack -B "$scratch/packages" >/dev/null)
for package in "$scratch"/packages/*.deb; do
    dpkg-deb -x "$package" "$scratch/root"
    dpkg-deb -f "$package" Package Version Depends
done
for file in bin/nngp-kernel include/limsym/kernel/gram.hpp share/doc/limsym/copyright cmake/limsym/limsym-config.cmake \
    pkgconfig/limsym-core.pc limsym/limsym_hdf5.so share/man/man1/nngp-kernel.1 \
    share/bash-completion/completions/nngp-kernel; do
    [[ -n $(find "$scratch/root/usr" -path "*/$file*" -print -quit) ]] || { echo "check-package: $file is missing"; exit 1; }
done
"$scratch/root/usr/bin/nngp-kernel" --version
echo "package: ok"
