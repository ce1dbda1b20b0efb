#!/usr/bin/env bash
# pages.sh TOOL MAN-PAGE COMPLETIONS-FOLDER: the built page and completions of a tool are well formed and agree.
set -euo pipefail

name=$(basename "$1")
mandoc -Tlint -Wwarning "$2"
bash -n "$3/$name"
if command -v shellcheck >/dev/null; then shellcheck -s bash "$3/$name"; fi
if command -v zsh >/dev/null; then zsh -n "$3/_$name"; fi
if command -v fish >/dev/null; then fish --no-execute "$3/$name.fish"; fi
wide=$({ "$1" --help; "$1" --generate options | sed 's/ --.*//' | uniq | while read -r command; do
    # shellcheck disable=SC2086 # a subcommand may be two words
    "$1" $command --help
done; } | awk 'length > 110')
if [[ -n $wide ]]; then
    echo "help is too wide: $wide" >&2
    exit 1
fi
check-options.sh "$1" "$2"
