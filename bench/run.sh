#!/usr/bin/env bash
# Builds limsym and its benchmarks, makes the environment of the Python peers, and prints ratios against them.
#   bench/run.sh [--threads N] [--runs N] [--quick] [--only NAME[,NAME]] [-o RESULTS.json]
set -euo pipefail
cd "$(dirname "$0")/.."

# The peers: pinned packages in an environment of their own; Debian's python3-sklearn where pip reaches no index.
make_environment() {
    /usr/bin/python3 -m venv bench/.venv &&
        bench/.venv/bin/pip install --quiet -r bench/requirements.txt &&
        bench/.venv/bin/pip install --quiet --no-deps -r bench/requirements-without-dependencies.txt
}
python=bench/.venv/bin/python
if ! "$python" -c 'import numpy, scipy, sklearn, threadpoolctl, jax' 2>/dev/null; then
    rm -rf bench/.venv
    if ! make_environment; then
        rm -rf bench/.venv
        python=/usr/bin/python3
        if ! "$python" -c 'import numpy, scipy, sklearn, threadpoolctl'; then
            echo "bench/run.sh: the peers need pip with network, or Debian's python3-numpy python3-scipy python3-sklearn" >&2
            exit 1
        fi
        echo "bench/run.sh: no pip packages; the peers are Debian's" >&2
    fi
fi

# torch, 2.5 GB of wheels: without it Debian's python3-torch serves, or its measurements are left out with a word.
if [[ $python == bench/.venv/bin/python ]] && ! "$python" -c 'import torch' 2>/dev/null; then
    "$python" -m pip install --quiet -r bench/requirements-torch.txt || echo "bench/run.sh: torch could not be installed" >&2
fi

# LIMSYM_SATNET_SOURCE: the folder src of a copy of github.com/locuslab/SATNet, the peer of satnet-layer.
cmake --preset bench "-DLIMSYM_SATNET_SOURCE=${LIMSYM_SATNET_SOURCE:-}" >/dev/null
targets=(limsym_bench limsym_bench_empty)
if cmake --build --preset bench --target help | grep -q '^nngp-kernel:'; then
    targets+=(nngp-kernel)
fi
targets+=(symsat-learn)
cmake --build --preset bench --target "${targets[@]}"
exec "$python" bench/compare.py "$@"
