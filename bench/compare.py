"""Runs every measurement of limsym_bench against its peer and prints the ratios; called by bench/run.sh.

A line is: what is measured, our time and the peer's (median of the runs; the peers' runs alternate with ours), the
ratio of medians, its spread (from the ratios of neighbouring runs), the goal, and how far the two results differ.
Results are compared before anything is timed.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from report import BENCH, BINARIES, Report, ours, rate_text
import dependent_weights
import stable_laws
import heavy_networks
import equivariant_bases
import shallow_networks
import jacobian_limits
import jacobian_networks
import permutation_groups
import satnet_layers
import wide_networks


def gram_syrk(report, options):
    n = 8000 if not options.quick else 3000
    result = ours("gram-syrk", n, 784, 4, options.threads, options.runs)
    report.add("gram-syrk", f"lower triangle of the Gram matrix, n={n} d=784, 4 ReLU layers, double",
               "cblas_dsyrk of the same points (OpenBLAS's threads)", (result["ours"], result["peer"]),
               result["max_relative_difference"], 1e-12, at_most=1.5)


def gram_activations(report, options):
    n = 8000 if not options.quick else 3000
    result = ours("gram-activations", n, 13, 4, options.threads, options.runs)
    report.add("gram-activations", f"lower triangle of the Gram matrix, n={n} d=13, 4 ReLU layers, double",
               f"the bare activation loop ({result['kernels']}) over n^2/2 entries in cache, 4 times",
               (result["ours"], result["peer"]), result["max_relative_difference"], 1e-12, at_most=1.3)


def numpy_recursion(x, layers, sigma_b):
    """As it is written by hand: whole matrices at every layer."""
    import numpy as np

    kernel = x @ x.T / x.shape[1]
    for _ in range(layers):
        kernel = 2.0 * kernel + sigma_b**2
        root = np.sqrt(np.diag(kernel))
        norms = np.outer(root, root)
        cosine = np.clip(kernel / norms, -1.0, 1.0)
        angle = np.arccos(cosine)
        kernel = norms * (np.sqrt(1.0 - cosine**2) + (np.pi - angle) * cosine) / (2.0 * np.pi)
    return kernel


def gram_numpy(report, options):
    import numpy as np

    n, d, layers = (3000 if not options.quick else 1000), 784, 4
    x = np.asfortranarray(np.random.default_rng(1).standard_normal((n, d)))
    points, result = options.work / "points.f64", options.work / "gram.f64"
    x.ravel(order="F").tofile(points)
    network = options.work / "network.json"
    network.write_text(json.dumps(wide_networks.DENSE))
    words = ("gram-files", network, points, n, d, "nngp", "f64", options.threads, result)
    ours(*words)
    kernel = np.fromfile(result).reshape((n, n), order="F")
    want = numpy_recursion(x, layers, 0.1)
    difference = float(np.max(np.abs(kernel - want) / np.abs(want)))
    samples = ([], [])
    for _ in range(options.runs):
        samples[0].extend(ours(*words)["ours"])
        begin = time.perf_counter()
        numpy_recursion(x, layers, 0.1)
        samples[1].append(time.perf_counter() - begin)
    report.add("gram-numpy", f"whole Gram matrix, n={n} d={d}, {layers} ReLU layers, double",
               f"the same recursion in NumPy {np.__version__}, whole matrices and np.arccos", samples, difference, 1e-7,
               at_least=8.0)


def factor(report, options):
    n = 5000 if not options.quick else 2000
    result = ours("factor", n, options.threads, options.runs)
    report.add("fit-lapack", f"exact regression, n={n}, kernel given: Cholesky, weights, y'A^-1 y, log det A, evidence",
               "dpotrf_ alone of OpenBLAS (its own threads)", (result["ours"], result["peer"]),
               result["max_relative_difference"], 1e-12, at_most=1.2)


def regression(report, options):
    import numpy as np
    import sklearn
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import Kernel

    n, m, noise = (5000 if not options.quick else 1500), 1000, 0.1
    generator = np.random.default_rng(2)
    x = generator.standard_normal((n + m, 8))
    gram = numpy_recursion(x, 2, 0.1)
    y = np.sin(x[:n, 0]) + 0.1 * generator.standard_normal(n)
    for name, values in (("train", gram[:n, :n]), ("cross", gram[n:, :n]), ("diagonal", np.diag(gram)[n:]), ("y", y)):
        np.asarray(values).ravel(order="F").tofile(options.work / f"{name}.f64")

    class Precomputed(Kernel):
        """Points are row numbers of the matrix at hand: the kernel costs a copy, as it does on our side."""

        def __init__(self):
            pass

        def __call__(self, a, b=None, eval_gradient=False):
            rows = slice(int(a[0, 0]), int(a[-1, 0]) + 1)
            columns = rows if b is None else slice(int(b[0, 0]), int(b[-1, 0]) + 1)
            return gram[rows, columns].copy()

        def diag(self, a):
            return np.diag(gram)[a[:, 0].astype(int)].copy()

        def is_stationary(self):
            return False

    numbers = np.arange(n + m, dtype=float)[:, None]

    def peer():
        model = GaussianProcessRegressor(kernel=Precomputed(), alpha=noise, optimizer=None)
        model.fit(numbers[:n], y)
        return model.predict(numbers[n:], return_std=True)

    words = ("fit-predict", options.work, n, m, noise, options.threads)
    ours(*words)
    mean, sd = peer()
    difference = max(float(np.max(np.abs(np.fromfile(options.work / "mean.f64") - mean))),
                     float(np.max(np.abs(np.fromfile(options.work / "sd.f64") - sd))))
    samples = ([], [])
    for _ in range(options.runs):
        samples[0].extend(ours(*words)["ours"])
        begin = time.perf_counter()
        peer()
        samples[1].append(time.perf_counter() - begin)
    report.add("fit-sklearn", f"fit n={n} and prediction with sd at {m} points, kernel given",
               f"scikit-learn {sklearn.__version__} GaussianProcessRegressor(optimizer=None), kernel given", samples,
               difference, 1e-8, at_most=0.7)


def start_up(report, options):
    tool = BINARIES / "nngp-kernel"
    if (not tool.exists() or shutil.which("hyperfine") is None
            or subprocess.run([tool, "--help"], capture_output=True).returncode != 0):
        print("start-up           left out: needs a working nngp-kernel --help, and hyperfine", flush=True)
        return
    samples = ([], [])
    for _ in range(options.runs):
        for command, times in ((f"{tool} --help", samples[0]), (str(BINARIES / "limsym_bench_empty"), samples[1])):
            file = options.work / "hyperfine.json"
            subprocess.run(["hyperfine", "-N", "--style", "none", "--warmup", "5", "--runs", "40", "--export-json",
                            file, command], check=True, capture_output=True)
            times.append(json.loads(file.read_text())["results"][0]["median"])
    report.add("start-up", "nngp-kernel --help (medians of 40 by hyperfine -N)", "an empty program linked to OpenBLAS",
               samples, None, None, at_most=1.5)


def csv(report, options):
    import numpy as np

    n = 2000 if not options.quick else 500
    values = np.random.default_rng(3).standard_normal((n, n))
    file = options.work / "numbers.csv"
    with open(file, "w", encoding="ascii") as out:
        for row in values:
            out.write(",".join(map(repr, row.tolist())) + "\n")
    result = ours("csv", file, options.runs)
    times = []
    for _ in range(max(1, options.runs // 2)):
        begin = time.perf_counter()
        read = np.loadtxt(file, delimiter=",")
        times.append(time.perf_counter() - begin)
    if not np.array_equal(read, values):
        sys.exit("compare.py: csv: NumPy read other numbers")
    rate = result["bytes"] / statistics.median(result["ours"]) / 1e6
    report.add("csv-read", f"{n} x {n} numbers, {result['bytes'] / 1e6:.0f} MB of CSV",
               f"NumPy {np.__version__} loadtxt", (result["ours"], times),
               abs(result["sum"] - float(values.sum())) / n, 1e-9, rate=(rate, "MB/s", ">=", 150))


def multiply(report, options):
    n = 3000 if not options.quick else 1500
    result = ours("multiply", n, options.threads, options.runs)
    report.add("multiply", f"matrix product by fixed tiles, n={n} ({result['gflops']:.0f} Gflop/s)",
               "cblas_dgemm (OpenBLAS's threads)", (result["ours"], result["peer"]),
               result["max_relative_difference"], 1e-12)


MEASUREMENTS = {
    "gram-syrk": gram_syrk,
    "gram-activations": gram_activations,
    "gram-numpy": gram_numpy,
    "fit-lapack": factor,
    "fit-sklearn": regression,
    "start-up": start_up,
    "csv-read": csv,
    "multiply": multiply,
    **wide_networks.measurements(),
    **stable_laws.measurements(),
    **shallow_networks.measurements(),
    **heavy_networks.measurements(),
    **equivariant_bases.measurements(),
    **jacobian_limits.measurements(),
    **jacobian_networks.measurements(),
    **dependent_weights.measurements(),
    **permutation_groups.measurements(),
    **satnet_layers.measurements(),
}


def machine():
    """What the figures were measured on."""
    import numpy
    import scipy
    import sklearn
    import threadpoolctl

    def first(command):
        try:
            return subprocess.run(command, check=True, capture_output=True, text=True, cwd=BENCH).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return ""

    processor = [line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines()
                 if line.startswith(("model name", "model\t", "cpu family"))][:3]
    blas = [f"{p['internal_api']} {p['version']} {p.get('architecture', '')}" for p in threadpoolctl.threadpool_info()
            if p["user_api"] == "blas"]
    return {
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": ", ".join(processor), "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": platform.platform(), "load_at_start": round(os.getloadavg()[0], 2),
        "commit": first(["git", "describe", "--always", "--dirty"]), "limsym": ours("versions"),
        "python": platform.python_version(), "numpy": numpy.__version__, "scipy": scipy.__version__,
        "sklearn": sklearn.__version__, "python_blas": sorted(set(blas)),
        "hyperfine": first(["hyperfine", "--version"]),
    }


def markdown(results):
    """The table of bench/README.md."""
    rows = ["| measured | peer | ratio | spread | goal | ours | peer |", "| --- | --- | --- | --- | --- | --- | --- |"]
    for c in results["comparisons"]:
        sign = ">=" if c["of"] == "peer/ours" else "<="
        goal = "" if c["goal"] is None else f"{sign} {c['goal']:g} {'met' if c['met'] else 'missed'}"
        rate = "" if c["rate"] is None else f" ({rate_text(c['rate'])})"
        rows.append(
            f"| {c['what']} | {c['peer']} | {c['ratio']:.2f} {c['of']} | {c['ratio_smallest']:.2f}–{c['ratio_largest']:.2f} | "
            f"{goal} | {statistics.median(c['ours_seconds']):.4g} s{rate} | {statistics.median(c['peer_seconds']):.4g} s |")
    return "\n".join(rows) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="small sizes: does everything run?")
    parser.add_argument("--only", default=",".join(MEASUREMENTS), help="names, separated by commas")
    parser.add_argument("-o", "--out", type=pathlib.Path, help="JSON of the results (bench/results/latest.json; of a part: bench/.work)")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - set(MEASUREMENTS)
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))}; expected {', '.join(MEASUREMENTS)}")

    import threadpoolctl

    where = machine()
    for key, value in where.items():
        print(f"{key:<14} {json.dumps(value) if isinstance(value, (dict, list)) else value}")
    print(f"{'threads':<14} {options.threads} on both sides, {options.runs} alternating runs\n", flush=True)
    report = Report()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None) as work:
        options.work = pathlib.Path(work)
        with threadpoolctl.threadpool_limits(limits=options.threads):
            for name in options.only.split(","):
                MEASUREMENTS[name](report, options)
    results = {"machine": where, "threads": options.threads, "runs": options.runs, "quick": options.quick,
               "comparisons": report.comparisons}
    # Only a whole run replaces the results that are kept.
    whole = not options.quick and options.only == ",".join(MEASUREMENTS)
    out = options.out or BENCH / ("results" if whole else ".work") / "latest.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(results, indent=1) + "\n")
    out.with_suffix(".md").write_text(markdown(results))
    missed = [c["name"] for c in report.comparisons if c["met"] is False or (c["rate"] or {}).get("met") is False]
    print(f"\n{out} written" + (f"; goals missed: {', '.join(missed)}" if missed else ""))


if __name__ == "__main__":
    main()
