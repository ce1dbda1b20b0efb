"""Bases of equivariant maps: conjugate gradients without a matrix, against scipy.linalg.null_space of the constraints."""

import time

from report import ours


def against_null_space(name, group, representation, goal):
    def measure(report, options):
        import numpy as np
        import scipy.linalg

        constraints, basis = options.work / "constraints.f64", options.work / "basis.f64"
        mine = ours("invariant-vectors", group, representation, options.runs, constraints, basis)
        n, dimension = int(mine["size"]), int(mine["dimension"])
        matrix = np.fromfile(constraints).reshape((-1, n), order="F")
        theirs = []
        for _ in range(1 if n > 800 else options.runs):  # minutes of singular values
            begin = time.perf_counter()
            peer = scipy.linalg.null_space(matrix, rcond=1e-10)
            theirs.append(time.perf_counter() - begin)
        assert peer.shape[1] == dimension, (peer.shape, dimension)
        q = np.fromfile(basis).reshape((n, dimension), order="F") if dimension else np.zeros((n, 0))
        difference = float(np.max(np.abs(q @ q.T - peer @ peer.T)))
        samples = (mine["ours"][: len(theirs)], theirs)
        report.add(name, f"invariant vectors of {representation} under {group}, N = {n}, dimension {dimension}",
                   f"scipy {scipy.__version__} null_space", samples, difference, 1e-9, at_least=goal)

    return measure


def measurements():
    return {
        "basis-so3-t6": against_null_space("basis-so3-t6", "SO(3)", "T(6)", 50.0),
        "basis-lorentz-t5": against_null_space("basis-lorentz-t5", "O(1,3)", "T(5)", 50.0),
    }
