#!/usr/bin/env bash
# From a bare Debian 12 to built, tested and installed tools.
#
# usage: scripts/bootstrap.sh COMMAND
#   packages [build|test]   install the Debian packages that building (default: both) and testing need
#   build [TARGET...]       packages, then a release build; the executables lie in build/bin
#   demo                    build nngp-kernel and reproduce a table of its paper on real data (examples/demo.sh)
#   test                    build everything and run every test
#   install --prefix DIR    build, then copy tools, library, man pages and completions below DIR (no root needed)
#   uninstall --prefix DIR  remove what install put there
# Environment: JOBS (all cores), LIMSYM_NO_APT=1 to never call apt, LIMSYM_SHARED (folder of the acceptance vectors).
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(g++ cmake ninja-build make pkg-config libarmadillo-dev libopenblas-pthread-dev libcli11-dev nlohmann-json3-dev
    libtbb-dev librandom123-dev libboost-dev libboost-math-dev libhdf5-dev zlib1g-dev libmd-dev libnauty2-dev gnuplot-nox)
test_packages=(doctest-dev python3 jq gzip mandoc man-db bash-completion zsh fish shellcheck clang libclang-rt-14-dev
    clang-format-14 bsdextrautils bsdutils procps dpkg-dev file)

# What nngp-kernel is made of: the demo builds no more than that.
demo_modules='base;data;numerics;network;kernel;process'

say() { printf '==> %s\n' "$*" >&2; }
fail() {
    printf 'bootstrap.sh: %s\n' "$*" >&2
    exit 2
}

packages() {
    local missing=() package
    for package in "$@"; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] || missing+=("$package")
    done
    ((${#missing[@]} > 0)) || return 0
    [[ -z ${LIMSYM_NO_APT:-} ]] || fail "these packages are missing: ${missing[*]}"
    say "installing ${#missing[@]} packages: ${missing[*]}"
    local as_root=()
    if ((EUID != 0)); then
        command -v sudo >/dev/null || fail "these packages are missing and there is no sudo: ${missing[*]}"
        as_root=(sudo)
    fi
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

build() { # CMAKE-OPTIONS... -- TARGETS...
    local options=()
    while (($# > 0)) && [[ $1 != -- ]]; do
        options+=("$1")
        shift
    done
    shift
    say "building in build/"
    cmake --preset release -DLIMSYM_MODULES= -DLIMSYM_MODULE_TOOLS= "${options[@]}" >build.log 2>&1 || { cat build.log >&2; fail "cmake failed"; }
    rm -f build.log
    cmake --build build --parallel "${JOBS:-$(nproc)}" ${1:+--target "$@"} >&2
}

prefix_of() {
    local prefix=
    case ${1:-} in
        --prefix) prefix=${2:-} ;;
        --prefix=*) prefix=${1#--prefix=} ;;
    esac
    [[ -n $prefix ]] || fail "expected --prefix DIR"
    case $prefix in /*) printf '%s\n' "$prefix" ;; *) printf '%s\n' "$PWD/$prefix" ;; esac
}

command=${1:-help}
(($# == 0)) || shift
case $command in
    packages)
        case ${1:-all} in
            build) packages "${build_packages[@]}" ;;
            test | all) packages "${build_packages[@]}" "${test_packages[@]}" ;;
            *) fail "packages: '$1' is unknown; expected build or test" ;;
        esac
        ;;
    build)
        packages "${build_packages[@]}"
        build -DLIMSYM_BUILD_TESTS=OFF -- "$@"
        ;;
    demo)
        packages "${build_packages[@]}"
        build -DLIMSYM_BUILD_TESTS=OFF "-DLIMSYM_MODULES=$demo_modules" -DLIMSYM_MODULE_TOOLS=nngp-kernel -- nngp-kernel
        examples/demo.sh build/bin
        ;;
    test)
        packages "${build_packages[@]}" "${test_packages[@]}"
        build -DLIMSYM_BUILD_TESTS=ON ${LIMSYM_SHARED:+"-DLIMSYM_SHARED=$LIMSYM_SHARED"} --
        ctest --test-dir build --output-on-failure --parallel "${JOBS:-$(nproc)}"
        skipped=$(grep -ohE 'SKIPPED: .*' build/Testing/Temporary/LastTest.log | sort -u || true)
        if [[ -n $skipped ]]; then
            printf '%s checks skipped:\n%s\n' "$(wc -l <<<"$skipped")" "$skipped"
            [[ ! -d ${LIMSYM_SHARED:-../shared} ]] || fail "nothing may be skipped where the acceptance vectors are there"
        fi
        ;;
    install)
        prefix=$(prefix_of "$@")
        packages "${build_packages[@]}"
        build -DLIMSYM_BUILD_TESTS=OFF --
        cmake --install build --prefix "$prefix" >/dev/null
        mkdir -p "$prefix/share/limsym"
        mv build/install_manifest.txt "$prefix/share/limsym/installed-files"
        say "installed below $prefix; remove with: scripts/bootstrap.sh uninstall --prefix $prefix"
        ;;
    uninstall)
        prefix=$(prefix_of "$@")
        list=$prefix/share/limsym/installed-files
        [[ -f $list ]] || fail "$list is missing: nothing was installed there by this script"
        while IFS= read -r file || [[ -n $file ]]; do
            case $file in "$prefix"/*) rm -f -- "$file" ;; esac
            printf '%s\n' "$file" >>"$list.gone"
        done <"$list"
        # Folders that are empty now go too, from the inside out; those that hold anything else stay.
        folders=$(sed 's|/[^/]*$||' "$list.gone" | sort -ru)
        rm -f -- "$list" "$list.gone"
        folders+=$'\n'$prefix/share/limsym
        while IFS= read -r folder; do
            while [[ $folder == "$prefix"/* ]] && rmdir -- "$folder" 2>/dev/null; do folder=${folder%/*}; done
        done <<<"$folders"
        say "removed from $prefix"
        ;;
    help | -h | --help) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" ;;
    *) fail "'$command' is unknown; expected packages, build, demo, test, install or uninstall" ;;
esac
