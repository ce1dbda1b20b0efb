#!/usr/bin/env bash
# Runs the README's two commands in a fresh Debian 12 root that holds nothing but a clone of HEAD, and checks them.
#
# usage: scripts/clean-room.sh [demo|test]...   (default: both; needs root, mmdebstrap and git)
# The root uses this machine's package sources. CLEAN_ROOM_KEEP=1 leaves it in place.
set -euo pipefail
cd "$(dirname "$0")/.."
((EUID == 0)) || { echo "clean-room.sh: run it as root" >&2; exit 2; }
command -v mmdebstrap >/dev/null || { echo "clean-room.sh: install mmdebstrap first" >&2; exit 2; }
(($# > 0)) || set -- demo test

root=$(mktemp -d /var/tmp/limsym-clean-room.XXXXXX)
cleanup() {
    for mount in proc dev/pts dev sys; do mountpoint -q "$root/$mount" && umount -l "$root/$mount"; done
    if [[ -n ${CLEAN_ROOM_KEEP:-} ]]; then echo "kept: $root" >&2; else rm -rf --one-file-system "$root"; fi
}
trap cleanup EXIT

echo "==> a fresh Debian 12" >&2
mmdebstrap --quiet --mode=root --variant=minbase bookworm "$root"
# Packages come from where this machine gets them.
for part in sources.list sources.list.d apt.conf.d keyrings preferences.d; do
    [[ -e /etc/apt/$part ]] && { rm -rf "$root/etc/apt/$part"; cp -a "/etc/apt/$part" "$root/etc/apt/"; }
done
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
if [[ -d /usr/share/keyrings ]]; then cp -a /usr/share/keyrings/. "$root/usr/share/keyrings/"; fi
mount --bind /dev "$root/dev"
mount --bind /dev/pts "$root/dev/pts" # pseudo-terminals, for the tests of what a terminal shows
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"

git clone --quiet --no-local . "$root/home/limsym"
for command in "$@"; do
    echo "==> scripts/bootstrap.sh $command" >&2
    began=$SECONDS
    chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
        /home/limsym/scripts/bootstrap.sh "$command" >"$root/$command.log" 2>&1 ||
        { tail -n 60 "$root/$command.log"; echo "clean-room: $command failed"; exit 1; }
    tail -n 25 "$root/$command.log"
    echo "clean-room: $command passed in $((SECONDS - began)) s"
done
