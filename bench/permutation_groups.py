"""Orbitals of permutation groups against the connected components of the graph of pairs in scipy, one thread."""

import time

from report import ours

# The groups of Sudoku and of a larger wreath product, and the seconds that their orbitals may take.
GROUPS = [("sudoku", 0.05), ("S50 wr S100", 5.0)]


def components(generators):
    """Orbits on pairs: scipy's components of the graph that joins (i, j) to (g(i), g(j))."""
    import numpy as np
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    n = generators.shape[1]
    pairs = np.arange(n * n)
    i, j = np.divmod(pairs, n)
    images = np.concatenate([g[i] * n + g[j] for g in generators.astype(np.int64)])
    sources = np.tile(pairs, len(generators))
    graph = coo_matrix((np.ones(len(images), dtype=np.int8), (sources, images)), shape=(n * n, n * n))
    return connected_components(graph, directed=False)[0]


def orbitals(report, options):
    import numpy as np
    import scipy

    for expression, limit in GROUPS[:1] if options.quick else GROUPS:
        file = options.work / "generators.u32"
        result = ours("pair-orbits", expression, options.runs, file)
        n = int(result["degree"])
        generators = np.fromfile(file, dtype=np.uint32).reshape(-1, n)
        times = []
        for _ in range(options.runs):
            begin = time.perf_counter()
            count = components(generators)
            times.append(time.perf_counter() - begin)
        report.add(f"orbitals-{n}", f"orbits on pairs of {expression} from {len(generators)} generators, n={n}, one thread",
                   f"scipy {scipy.__version__}, connected components", (result["ours"], times),
                   abs(count - result["orbitals"]), 0,
                   rate=(sorted(result["ours"])[len(result["ours"]) // 2], "s", "<=", limit))


def measurements():
    return {"orbitals": orbitals}
