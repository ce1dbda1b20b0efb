"""Stable laws against scipy and NumPy, one thread each; libstable (in C) is not in Debian: its ratios use the figures
that were measured elsewhere (libstable4u 1.0.4 on two AMD Zen 4 cores: 11 us a density) and say so."""

import time

from report import ours

ALPHA = 1.5
LIBSTABLE_DENSITY = 11e-6  # seconds, not of this machine
SCIPY_ERROR = 1e-4  # of its densities between -8 and 8 at this alpha; ours are held to 60-digit values by tests


def numpy_map(alpha, u, e):
    """Chambers, Mallows and Stuck as it is written by hand."""
    import numpy as np

    v = np.pi * (u - 0.5)
    return np.sin(alpha * v) / np.cos(v) ** (1 / alpha) * (np.cos((1 - alpha) * v) / e) ** ((1 - alpha) / alpha)


def peer_seconds(work, count, runs):
    """Seconds an item, after one run that is not counted."""
    work()
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        times.append((time.perf_counter() - begin) / count)
    return times


def sample(report, options):
    import numpy as np
    from scipy.stats import levy_stable

    n = 1_000_000 if not options.quick else 100_000
    random = np.random.default_rng(3)
    pairs, result = options.work / "pairs.f64", options.work / "variates.f64"
    u, e = random.random(n), random.exponential(size=n)
    np.concatenate([u, e]).tofile(pairs)
    ours("stable-map", ALPHA, pairs, n, result)
    want = numpy_map(ALPHA, u, e)
    # cos(pi (u - 1/2)) loses digits near the ends; ours does not.
    inside = np.abs(u - 0.5) < 0.49
    difference = float(np.max(np.abs(np.fromfile(result)[inside] / want[inside] - 1)))
    mine = ours("stable-variates", ALPHA, n, options.runs)["ours"]
    draw = lambda: numpy_map(ALPHA, random.random(n), random.exponential(size=n))
    report.add("stable-sample-numpy", f"a variate of S_{ALPHA}(1), {n} at a time, one thread",
               f"the same map in NumPy {np.__version__}", (mine, peer_seconds(draw, n, options.runs)), difference, 1e-12,
               at_least=8)
    few = n // 10
    report.add("stable-sample-scipy", f"a variate of S_{ALPHA}(1), one thread", "scipy.stats.levy_stable.rvs",
               (mine, peer_seconds(lambda: levy_stable.rvs(ALPHA, 0, size=few, random_state=random), few, options.runs)),
               None, None, at_least=50)


def density(report, options):
    import numpy as np
    from scipy.stats import levy_stable

    random = np.random.default_rng(4)
    few = 200 if not options.quick else 20
    peer_points = np.sort(random.uniform(-8, 8, few))
    points, result = options.work / "points.f64", options.work / "density.f64"
    want = levy_stable.pdf(peer_points, ALPHA, 0)
    theirs = peer_seconds(lambda: levy_stable.pdf(peer_points, ALPHA, 0), few, options.runs)
    for method, n, at_least, of_libstable in (("table", 1_000_000, 5000, 100), ("exact", 20_000, 200, 4)):
        n = n if not options.quick else n // 10
        many = np.concatenate([peer_points, random.uniform(-8, 8, n - few)])
        many.tofile(points)
        mine = ours("stable-density", ALPHA, method, points, n, options.runs, result)["ours"]
        difference = float(np.max(np.abs(np.fromfile(result)[:few] / want - 1)))
        report.add(f"stable-pdf-{method}", f"a density of S_{ALPHA}(1), by {method}, {n} points, one thread",
                   "scipy.stats.levy_stable.pdf", (mine, theirs), difference, SCIPY_ERROR, at_least=at_least,
                   rate=(LIBSTABLE_DENSITY / sorted(mine)[len(mine) // 2], "x libstable (11 us, measured elsewhere)",
                         ">=", of_libstable))


def likelihood(report, options):
    n = 100_000 if not options.quick else 10_000
    result = ours("stable-likelihood", ALPHA, n, options.threads, options.runs)
    difference = abs(result["alpha"] - ALPHA) / result["se"]
    median = sorted(result["ours"])[len(result["ours"]) // 2]
    report.add("stable-mle", f"maximum likelihood of alpha, sigma, loc with standard errors, n={n}", "a second",
               (result["ours"], [1.0] * len(result["ours"])), difference, 5.0, at_most=1.0, rate=(median, "s", "<=", 1.0))


def measurements():
    return {"stable-sample": sample, "stable-pdf": density, "stable-mle": likelihood}
