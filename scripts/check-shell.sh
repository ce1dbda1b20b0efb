#!/usr/bin/env bash
# Every shell script of the tree passes shellcheck.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t scripts < <(grep -rlE '^#!.*\b(bash|sh)\b' .ci scripts bench examples tests --include='*' 2>/dev/null |
    grep -vE '\.(md|cpp|hpp|py)$|/\.venv/|/\.work/')
shellcheck --shell=bash "${scripts[@]}"
echo "shellcheck: ${#scripts[@]} scripts are clean"
