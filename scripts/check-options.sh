#!/usr/bin/env bash
# check-options.sh TOOL [MAN-PAGE]: help, man page and the completions of bash, zsh and fish name the same options for
# every subcommand. The man page is the tool's own unless one is given.
set -euo pipefail

tool=$1
name=$(basename "$tool")
identifier=${name//-/_}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Lines "subcommand --option", the subcommand's words joined by _, as all but the shells' functions can be.
"$tool" --generate options | sed 's/ --/\t--/' | awk -F'\t' '{ gsub(/[ -]/, "_", $1); print $1, $2 }' | sort >"$folder/declared"

"$tool" --generate options | sed 's/ --.*//' | uniq | while read -r command; do
    # shellcheck disable=SC2086 # a subcommand may be two words
    "$tool" $command --help | grep -oE '^  (-., )?--[a-z0-9-]+' | sed -E "s/.* ?(--[a-z0-9-]+)/$(tr ' -' '__' <<<"$command") \1/"
done | sort >"$folder/help"

{ if [[ $# -gt 1 ]]; then cat "$2"; else "$tool" --generate man; fi; } | awk '
    /^\.Sh / { place = $0 == ".Sh SUBCOMMANDS" ? "own" : $0 == ".Sh COMMON OPTIONS" ? "common" : "" }
    /^\.Ss / && place == "own" { command = substr($0, 5); gsub(/[ -]/, "_", command); commands[command] = 1 }
    /^Forms of the result/ && place == "own" { has_forms[command] = 1 }
    /^\.It .*Fl \\-/ {
        option = $0; sub(/.*Fl \\-/, "--", option); sub(/ .*/, "", option)
        if (place == "own") print command, option
        if (place == "common") common[option] = 1
    }
    END { for (c in commands) for (o in common) if (o != "--to" || c in has_forms) print c, o }' | sort >"$folder/man"

"$tool" --generate complete-bash | awk -F"'" '
    /^    .*\)$/ { command = $2; gsub(/[ -]/, "_", command) }
    /^        options=/ { n = split($2, options, " "); for (i = 1; i <= n; ++i) print command, options[i] }' |
    sort >"$folder/bash"

"$tool" --generate complete-zsh | awk -v prefix="_${identifier}_" '
    index($0, prefix) == 1 && /\(\) \{$/ { command = substr($1, length(prefix) + 1); sub(/\(\)/, "", command) }
    /^        .\(--/ { option = $0; sub(/^[^)]*\)/, "", option); sub(/[=[].*/, "", option); if (option ~ /^--/) print command, option }' |
    sort >"$folder/zsh"

"$tool" --generate complete-fish | awk -F"'" -v begins="__${identifier}_begins " '
    index($2, begins) == 1 {
        command = substr($2, length(begins) + 1); gsub(/[ -]/, "_", command)
        option = $3; sub(/.* -l /, "--", option); sub(/ .*/, "", option); print command, option
    }' | sort >"$folder/fish"

if [[ ! -s $folder/declared ]]; then
    echo "$name: has no subcommand"
    exit
fi
agree=true
for source in help man bash zsh fish; do
    if ! diff "$folder/declared" "$folder/$source" >"$folder/difference"; then
        echo "$name: $source differs from what is declared:" >&2
        cat "$folder/difference" >&2
        agree=false
    fi
done
$agree || exit 1
echo "$name: the options of help, man page, bash, zsh and fish agree"
