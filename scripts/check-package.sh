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
for file in usr/bin/nngp-kernel usr/include/limsym/kernel/gram.hpp usr/share/doc/limsym/copyright; do
    [[ -e $scratch/root/$file ]] || { echo "check-package: $file is missing"; exit 1; }
done
for pattern in 'usr/lib/*/cmake/limsym/limsym-config.cmake' 'usr/lib/*/pkgconfig/limsym-core.pc' \
    'usr/lib/*/limsym/limsym_hdf5.so' 'usr/share/man/man1/nngp-kernel.1*' 'usr/share/bash-completion/completions/nngp-kernel'; do
    compgen -G "$scratch/root/$pattern" >/dev/null || { echo "check-package: $pattern is missing"; exit 1; }
done
"$scratch/root/usr/bin/nngp-kernel" --version
echo "package: ok"
