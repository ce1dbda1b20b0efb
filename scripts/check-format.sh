#!/usr/bin/env bash
# Sources are as clang-format leaves them.
set -euo pipefail
cd "$(dirname "$0")/.."
git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 --dry-run -Werror
echo "format: ok"
