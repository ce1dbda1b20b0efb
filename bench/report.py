"""Our side's results, and the list of comparisons made; used by all measurements."""

import json
import pathlib
import statistics
import subprocess
import sys

BENCH = pathlib.Path(__file__).resolve().parent
BINARIES = BENCH.parent / "build-bench" / "bin"


def ours(*words):
    """The JSON line that limsym_bench prints for these words."""
    line = subprocess.run([BINARIES / "limsym_bench", *map(str, words)], check=True, capture_output=True, text=True)
    return json.loads(line.stdout)


def two_sample_distance(a, b):
    """Of Kolmogorov and Smirnov."""
    import numpy as np

    everything = np.concatenate([a, b])
    below = [np.searchsorted(np.sort(s), everything, side="right") / len(s) for s in (a, b)]
    return float(np.max(np.abs(below[0] - below[1])))


def judged(value, unit, sign, goal):
    met = None if goal is None else (value >= goal if sign == ">=" else value <= goal)
    return {"value": value, "unit": unit, "sign": sign, "goal": goal, "met": met}


def rate_text(rate):
    goal = "" if rate["goal"] is None else f", goal {rate['sign']} {rate['goal']:g} {'met' if rate['met'] else 'MISSED'}"
    return f"{rate['value']:.3g} {rate['unit']}{goal}"


class Report:
    """The comparisons made so far; a goal is a bound on ours / peer ("at_most") or on peer / ours ("at_least")."""

    def __init__(self):
        self.comparisons = []

    def add(self, name, what, peer, samples, difference, tolerance, at_most=None, at_least=None, rate=None):
        """`rate`: a figure of our side alone, (value, unit, ">=" or "<=", goal or None)."""
        if difference is not None and not difference <= tolerance:
            sys.exit(f"compare.py: {name}: the results differ by {difference:.2g}; not more than {tolerance:.2g} expected")
        mine, theirs = samples
        inverse = at_least is not None
        ratio = lambda a, b: b / a if inverse else a / b
        pairs = sorted(ratio(a, b) for a, b in zip(mine, theirs))
        value = ratio(statistics.median(mine), statistics.median(theirs))
        goal = at_least if inverse else at_most
        entry = {
            "name": name, "what": what, "peer": peer, "ratio": value, "of": "peer/ours" if inverse else "ours/peer",
            "ratio_of_minima": ratio(min(mine), min(theirs)), "ratio_smallest": pairs[0], "ratio_largest": pairs[-1],
            "goal": goal, "met": None if goal is None else (value >= goal if inverse else value <= goal),
            "difference": difference, "ours_seconds": mine, "peer_seconds": theirs,
            "rate": None if rate is None else judged(*rate),
        }
        self.comparisons.append(entry)
        self.show(entry)

    @staticmethod
    def show(entry):
        goal = ""
        if entry["goal"] is not None:
            sign = ">=" if entry["of"] == "peer/ours" else "<="
            goal = f"goal {sign} {entry['goal']:g}: {'met' if entry['met'] else 'MISSED'}"
        difference = "" if entry["difference"] is None else f"  differ by {entry['difference']:.1e}"
        print(
            f"{entry['name']:<18} {entry['ratio']:7.3f} {entry['of']:<9} "
            f"[{entry['ratio_smallest']:.3f} .. {entry['ratio_largest']:.3f}]  "
            f"ours {statistics.median(entry['ours_seconds']):.4g} s, peer {statistics.median(entry['peer_seconds']):.4g} s  "
            f"{goal}{difference}\n{'':<18} {entry['what']} / {entry['peer']}",
            flush=True,
        )
        if entry["rate"] is not None:
            print(f"{'':<18} {rate_text(entry['rate'])}", flush=True)
