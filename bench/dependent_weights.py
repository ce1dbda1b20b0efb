"""Networks with node variances: draws and training, against torch, NumPy and scipy as a user would write them."""

import time

from report import ours, two_sample_distance
from torch_peer import TorchPeer

ALPHA, TAU = 0.5, 2.0
PRIOR = f"gbfry:alpha={ALPHA},tau={TAU}"
# Two samples of 600 from one law are further apart than this with probability 1/1000: 1.95 sqrt(2/600).
SAME_LAW = 0.113


def alternate(runs, our_words, peer):
    """Our times (of the words) and the peer's, in turn; neither's first run counts."""
    samples = ([], [])
    peer()
    for _ in range(runs):
        samples[0].extend(ours(*our_words)["ours"])
        begin = time.perf_counter()
        peer()
        samples[1].append(time.perf_counter() - begin)
    return samples


def gbfry(generator, p, count):
    """`count` node variances at width p, with mean 1."""
    import numpy as np

    eta, c = (TAU - ALPHA) / TAU, (TAU - 1) / (TAU - ALPHA)
    growth = (1 + (ALPHA * p / eta) ** (1 / ALPHA)) ** ALPHA - 1
    y = (1 + growth * generator.random(count)) ** (1 / ALPHA)
    return c * generator.standard_gamma(1 - ALPHA, count) / y * generator.random(count) ** (-1 / TAU)


def numpy_network(generator, p):
    """One output of a network of two hidden ReLU layers at the input 1: given the variances, nodes are independent."""
    import numpy as np

    kernel = 1.0
    for _ in range(2):
        hidden = np.maximum(np.sqrt(kernel) * generator.standard_normal(p), 0.0)
        kernel = gbfry(generator, p, p) @ hidden**2
    return float(np.sqrt(kernel) * generator.standard_normal())


def finite(report, options):
    import numpy as np

    generator = np.random.default_rng(5)
    file = options.work / "outputs.f64"
    ours("dependent-networks", PRIOR, 2, 50, 600, options.threads, 1, file)
    small = np.fromfile(file)
    width, nets = (2000 if not options.quick else 500), 4000
    words = ("dependent-networks", PRIOR, 2, width, nets, options.threads, 1, file)
    what = f"one network of two hidden ReLU layers with node variances, width {width} (mean of {nets}), one input"

    difference = two_sample_distance(small, np.array([numpy_network(generator, 50) for _ in range(600)]))
    calls = 200
    samples = alternate(options.runs, words, lambda: [numpy_network(generator, width) for _ in range(calls)])
    samples[1][:] = [each / calls for each in samples[1]]
    report.add("mogp-finite-numpy", what, f"NumPy {np.__version__}, given the variances (nodes independent)", samples,
               difference, SAME_LAW, at_least=20.0)

    with TorchPeer("torch_wide_peer.py", [ALPHA, TAU, options.threads]) as peer:
        if peer.missing("mogp-finite-torch"):
            return
        difference = two_sample_distance(small, np.array(peer.ask({"width": 50, "nets": 600})["outputs"]))
        samples = ([], [])
        request = {"width": width, "nets": 20}
        peer.ask(request)
        for _ in range(options.runs):
            samples[0].extend(ours(*words)["ours"])
            samples[1].append(peer.ask(request)["seconds"])
        report.add("mogp-finite-torch", what, f"{peer.version} with whole weight matrices, float32", samples, difference,
                   SAME_LAW, at_least=500.0)


def variances(report, options):
    import numpy as np

    generator = np.random.default_rng(6)
    width, draws = 2000, (1000 if not options.quick else 100)
    file = options.work / "variances.f64"
    ours("node-variances", PRIOR, width, 1, options.threads, 1, file)
    difference = two_sample_distance(np.log(np.fromfile(file)[:600]), np.log(gbfry(generator, width, 600)))
    samples = alternate(options.runs, ("node-variances", PRIOR, width, draws, options.threads, 1, file),
                        lambda: gbfry(generator, width, width * draws))
    report.add("mogp-variances", f"{width * draws} GBFRY node variances", f"NumPy {np.__version__}, one array",
               samples, difference, SAME_LAW, at_least=10.0)


def upper_gamma(alpha, x):
    """Gamma(-alpha, x)"""
    import math
    from scipy import special

    return (x**-alpha * math.exp(-x) - math.gamma(1 - alpha) * special.gammaincc(1 - alpha, x)) / alpha


def ggp_tail(x):
    """rho(x, inf), beta = eta = 1"""
    import math

    return upper_gamma(ALPHA, x) / math.gamma(1 - ALPHA)


def gbfry_tail(x):
    """rho(x, inf), mean 1"""
    import math
    from scipy import special

    w, s = x * (TAU - ALPHA) / (TAU - 1), TAU - ALPHA
    lower = math.gamma(s) * special.gammainc(s, w)
    return s / (math.gamma(1 - ALPHA) * TAU) * (w**-TAU * lower + upper_gamma(ALPHA, w))


def search(tail, g):
    import math
    from scipy.optimize import brentq

    log_g = math.log(g)
    return math.exp(brentq(lambda y: math.log(tail(math.exp(y))) - log_g, -30.0, 3.0, xtol=1e-11, rtol=1e-11))


def inverse_tail(report, options):
    import numpy as np
    import scipy

    n, searched = (1_000_000 if not options.quick else 100_000), 300
    g = np.exp(np.random.default_rng(7).uniform(np.log(0.02), np.log(200.0), n))
    arguments, result = options.work / "arguments.f64", options.work / "inverse.f64"
    g.tofile(arguments)
    for prior, tail in ((f"ggp:alpha={ALPHA}", ggp_tail), (PRIOR, gbfry_tail)):
        words = ("inverse-tails", prior, arguments, n, options.threads, 1, result)
        ours(*words)
        want = np.array([search(tail, each) for each in g[:searched]])
        difference = float(np.max(np.abs(np.fromfile(result)[:searched] / want - 1)))
        samples = alternate(options.runs, words, lambda: [search(tail, each) for each in g[:searched]])
        samples[1][:] = [each / searched for each in samples[1]]
        report.add(f"mogp-inverse-{prior[:prior.index(':')]}",
                   f"one of {n} inverses of the tail measure of {prior}, the table's making included",
                   f"scipy {scipy.__version__} brentq in ln x, 1e-11", samples, difference, 1e-9, at_least=1000.0)


def kernel(report, options):
    import numpy as np

    generator = np.random.default_rng(8)
    n, d, tail = (500 if not options.quick else 100), 784, 200.0
    x = generator.standard_normal((n, d))
    inputs, result = options.work / "inputs.f64", options.work / "corners.f64"
    x.ravel(order="F").tofile(inputs)
    first_root = np.linalg.cholesky(x @ x.T / d)

    def step(root):
        """Points of the measure with tail x^(-1/2), all those of arrivals below T, and the next kernel."""
        arrivals = np.cumsum(generator.standard_exponential(int(tail + 10 * tail**0.5)))
        points = arrivals[arrivals < tail] ** -2.0
        nodes = np.maximum(root @ generator.standard_normal((n, len(points))), 0.0) * np.sqrt(points)
        return nodes @ nodes.T

    def singular_root(matrix):
        values, vectors = np.linalg.eigh(matrix)
        return vectors * np.sqrt(np.maximum(values, 0.0))

    peers = {"mogp-kernel": (1, 40, 20, 2.0, lambda: step(first_root)),
             "mogp-kernel-deep": (2, 40, 3, None, lambda: step(singular_root(step(first_root))))}
    for name, (depth, draws, calls, goal, one_kernel) in peers.items():
        words = ("random-kernels", "stable:alpha=0.5", depth, tail, inputs, n, d)
        rest = (options.threads, 1, result)
        small = 600 if depth == 1 else 150
        ours(*words, small, *rest)
        got, want = np.fromfile(result), np.array([one_kernel()[n - 1, 0] for _ in range(small)])
        difference = two_sample_distance(got, want) * (small / 600) ** 0.5
        samples = alternate(options.runs, (*words, draws, *rest), lambda: [one_kernel() for _ in range(calls)])
        samples[1][:] = [each / calls for each in samples[1]]
        report.add(name, f"one random kernel of the limit, n={n}, T={tail:g}, {depth} hidden ReLU layers (mean of {draws})",
                   f"NumPy {np.__version__} (root of the first kernel made once" + (")" if depth == 1 else ", eigh of the second)"),
                   samples, difference, SAME_LAW, at_least=goal)


def training(report, options):
    width, hidden, rows = (500, 4, 6000) if not options.quick else (100, 2, 2000)
    features, classes, batch = 784, 10, 100
    for precision, tolerance, goal in (("f64", 1e-6, 1.5), ("f32", 1e-3, None)):
        shape = (features, width, hidden, classes, rows, batch, precision, options.threads)
        words = ("training-epoch", options.work, *shape, 1)
        loss = ours(*words)["loss"]
        with TorchPeer("torch_training_peer.py", [options.work, *shape]) as peer:
            if peer.missing(f"mogp-train-{precision}"):
                return
            difference = abs(peer.ask({})["loss"] / loss - 1)
            samples = ([], [])
            for _ in range(options.runs):
                samples[0].extend(ours(*words)["ours"])
                samples[1].append(peer.ask({})["seconds"])
            report.add(f"mogp-train-{precision}",
                       f"an epoch of training with node variances, width {width}, {hidden} hidden layers, {rows} rows of "
                       f"{features}, batch {batch}, {precision}", f"{peer.version} on CPU", samples, difference, tolerance,
                       at_least=goal)


def measurements():
    return {"mogp-finite": finite, "mogp-variances": variances, "mogp-inverse": inverse_tail, "mogp-kernel": kernel,
            "mogp-train": training}
