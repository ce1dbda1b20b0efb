"""Random networks with stable weights: drawn layer by layer from their exact law, against NumPy with whole matrices."""

import time

from report import ours, two_sample_distance

ALPHA = 1.5


def stable(generator, alpha, shape):
    """Chambers, Mallows and Stuck."""
    import numpy as np

    v = np.pi * (generator.random(shape) - 0.5)
    e = generator.standard_exponential(shape)
    return np.sin(alpha * v) / np.cos(v) ** (1 / alpha) * (np.cos((1 - alpha) * v) / e) ** ((1 - alpha) / alpha)


def numpy_network(generator, n, x):
    """Three dense layers and tanh, the weighted sums divided by n^(1/alpha)."""
    import numpy as np

    hidden = np.tanh(stable(generator, ALPHA, (n, len(x))) @ x)
    hidden = np.tanh(stable(generator, ALPHA, (n, n)) @ hidden / n ** (1 / ALPHA))
    return float(stable(generator, ALPHA, n) @ hidden / n ** (1 / ALPHA))


def aggregate(report, options):
    import numpy as np

    x = np.array([1.0, -0.5])
    generator = np.random.default_rng(4)
    # the same law: 600 networks of width 32 from each side; 1.95 sqrt(2/600) is the 0.1 % point of the distance
    file = options.work / "outputs.f64"
    ours("aggregate", ALPHA, 32, 600, options.threads, 1, file)
    peers = np.array([numpy_network(generator, 32, x) for _ in range(600)])
    difference = two_sample_distance(np.fromfile(file), peers)
    n, nets = (4096 if not options.quick else 1024), 200
    samples = ([], [])
    for _ in range(options.runs):
        samples[0].extend(ours("aggregate", ALPHA, n, nets, options.threads, 1, file)["ours"])
        begin = time.perf_counter()
        numpy_network(generator, n, x)
        samples[1].append(time.perf_counter() - begin)
    report.add("stable-aggregate", f"one network of three layers with stable weights, width {n} (mean of {nets})",
               f"NumPy {np.__version__} with whole weight matrices", samples, difference, 0.113, at_least=100.0)


def measurements():
    return {"stable-aggregate": aggregate}
