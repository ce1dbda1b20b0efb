#!/usr/bin/env bash
# Holds the layers of libcore/README.md: includes point down only, domain modules do not include one another,
# CLI11 is known to tools/common alone, and tools go through libcore.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A layer=([base]=1 [data]=2 [numerics]=3 [network]=4 [symmetry]=4
    [equivariance]=5 [kernel]=5 [process]=5 [stable]=5 [mixture]=5 [nodescaling]=5 [satnet]=5 [imitation]=5 [smoothness]=5)
# The exceptions inside the domain layer, FROM:TO.
allowed=" process:kernel mixture:kernel nodescaling:kernel mixture:stable "
failed=0
complain() {
    printf '%s\n' "$*" >&2
    failed=1
}

while IFS=: read -r file target; do
    from=${file#libcore/limsym/}
    from=${from%%/*}
    if [[ -z ${layer[$from]:-} ]]; then
        complain "$file: unknown module '$from'"
    elif [[ -z ${layer[$target]:-} ]]; then
        complain "$file: includes unknown module '$target'"
    elif [[ $from != "$target" && $allowed != *" $from:$target "* ]] && ((layer[$target] >= layer[$from])); then
        complain "$file: $from must not include $target"
    fi
done < <(grep -roE '#include "limsym/[a-z0-9]+/' libcore/limsym --include='*.hpp' --include='*.cpp' |
    sed -E 's|^([^:]+):#include "limsym/([a-z0-9]+)/|\1:\2|')

refuse() { # PATTERN FOLDERS MESSAGE: no source there may match
    local found
    # shellcheck disable=SC2086
    found=$(grep -rnE "$1" $2 --include='*.hpp' --include='*.cpp' || true)
    [[ -z $found ]] || complain "$3:"$'\n'"$found"
}
refuse '#include "(common|[a-z]+-[a-z]+)/' libcore 'libcore must not include tools'
refuse '#include [<"]CLI/' libcore 'only tools/common may include CLI11'
for tool in tools/*/; do
    [[ $tool == tools/common/ ]] && continue
    refuse '#include [<"](CLI/|cblas|lapack|hdf5|tbb/|boost/)' "$tool" 'tools go through libcore'
done
refuse 'std::(cout|cerr|exit|quick_exit)\b|[^n]printf\(' libcore 'the library never prints or exits'

((failed)) || echo "includes: the layers hold"
exit "$failed"
