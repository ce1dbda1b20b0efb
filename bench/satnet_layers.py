"""The SDP layer of symsat-learn: coordinate updates against SATNet's CPU kernel, an epoch of Sudoku, completions."""

import pathlib
import subprocess
import tempfile
import time

from report import BINARIES, ours


def updates(report, options):
    result = ours("satnet-layer", options.runs)
    if not result["peer"]:
        print("satnet-layer: the peer is left out; set LIMSYM_SATNET_SOURCE to the folder src of a copy of "
              "github.com/locuslab/SATNet")
        return
    what = "coordinate update forward and backward, Sudoku shape n=729 k=32, 25 sweeps, single precision, one thread"
    peer = "SATNet's CPU kernel, m=732"
    report.add("satnet-dense", f"{what}, dense C", peer, (result["dense"], result["peer"]), None, None, at_least=4)
    report.add("satnet-sums", f"{what}, nested sums", peer, (result["sums"], result["peer"]), None, None, at_least=100)


def sudoku(report, options):
    tool = BINARIES / "symsat-learn"
    if not tool.exists():
        print("satnet-sudoku: build-bench/bin/symsat-learn is not built")
        return
    records = 900 if options.quick else 9000
    with tempfile.TemporaryDirectory() as folder:
        def run(*words, stdout=subprocess.DEVNULL):
            began = time.perf_counter()
            subprocess.run([tool, *map(str, words)], check=True, stdout=stdout, stderr=subprocess.DEVNULL)
            return time.perf_counter() - began

        data, test, model = (pathlib.Path(folder) / name for name in ("d.ndjson", "t.ndjson", "m.json"))
        run("gen", "sudoku", "--count", records, "--givens", 36, "--seed", 1, "-o", data)
        run("gen", "sudoku", "--count", 1000, "--givens", 36, "--seed", 2, "-o", test)
        train = ["train", data, "--problem", "sudoku", "--group", "sudoku", "--threads", options.threads]
        seconds = run(*train, "--epochs", 1, "--max-iter", 30, "--eps", 0)
        print(f"satnet-epoch: {seconds * 9000 / records:.1f} s an epoch of 9000 boards, 30 sweeps (goal 20 s, aim 12 s)")
        run(*train, "--epochs", 6, "--eps", "1e-5", "--max-iter", 60, "--model-out", model)
        seconds = run("complete", "--model", model, test, "--threads", options.threads)
        print(f"satnet-complete: {1000 / seconds:.0f} boards/s to convergence, 36 givens (goal 500)")


def measurements():
    return {"satnet-layer": updates, "satnet-sudoku": sudoku}
