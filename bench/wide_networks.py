"""Gram matrices of dense and convolutional networks against neural-tangents, at equal precision and size."""

import importlib.util
import json
import pathlib
import statistics
import subprocess
import sys

from report import ours


def relu_layers(affine, depth):
    return {"repeat": {"times": depth, "layers": [affine, {"activation": "relu"}]}}


DENSE = {
    "schema": "limsym/network@1",
    "layers": [relu_layers({"dense": {"sigma_w": 2**0.5, "sigma_b": 0.1}}, 4), {"dense": {"sigma_w": 1.0}}],
}


def convolutional(shrink):
    """21 convolutions of 32 x 32 images; `shrink` makes vectors of images."""
    convolution = {"conv": {"kernel": [3, 3], "padding": "SAME", "sigma_w": 2**0.5, "sigma_b": 0.1}}
    return {
        "schema": "limsym/network@1",
        "input_shape": [32, 32, 3],
        "layers": [relu_layers(convolution, 21), shrink, {"dense": {"sigma_w": 1.0}}],
    }


POSITIONS = convolutional({"flatten": {}})
POOLED = convolutional({"global_avg_pool": {}})


def compare(report, options, name, what, network, size, dtype, most_milliseconds, rate_size):
    import numpy as np

    if importlib.util.find_spec("neural_tangents") is None:
        print(f"{name:<18} skipped: there is no neural-tangents here", flush=True)
        return
    d = int(np.prod(network.get("input_shape", [784])))
    x = np.random.default_rng(4).standard_normal((max(size, rate_size), d))
    network_file = options.work / "network.json"
    points, result, peer_result = (options.work / f"{each}.f64" for each in ("points", "ours", "peer"))
    network_file.write_text(json.dumps(network))

    def write_points(n):
        x[:n].ravel(order="F").tofile(points)

    def time_ours(n):
        return ours("gram-files", network_file, points, n, d, "ntk", dtype, options.threads, result)["ours"]

    write_points(size)
    program = pathlib.Path(__file__).parent / "neural_tangents_peer.py"
    peer_words = (network_file, points, size, "ntk", dtype, options.threads, peer_result)
    samples = ([], [])
    with subprocess.Popen([sys.executable, program, *map(str, peer_words)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as peer:
        versions = json.loads(peer.stdout.readline())
        for _ in range(options.runs if network is not POOLED else min(2, options.runs)):
            samples[0].extend(time_ours(size))
            print(file=peer.stdin, flush=True)
            samples[1].append(float(peer.stdout.readline()))
        peer.stdin.close()
    got, want = np.fromfile(result), np.fromfile(peer_result)
    difference = float(np.max(np.abs(got - want) / np.abs(want)))
    rate_samples = samples[0]
    if rate_size != size:
        write_points(rate_size)
        rate_samples = [each for _ in range(3) for each in time_ours(rate_size)]
    # Entries above the diagonal are copies.
    milliseconds = 1e3 * statistics.median(rate_samples) / (rate_size * (rate_size + 1) / 2)
    report.add(name, f"{what}, NTK, {dtype}, n={size}",
               f"neural-tangents {versions['neural_tangents']}, jax {versions['jax']} on CPU, jitted and warm",
               samples, difference, 1e-7 if dtype == "f64" else 5e-3, at_least=4.0,
               rate=(milliseconds, f"ms an entry at n={rate_size}", "<=", most_milliseconds))


def measurements():
    dense = "Gram matrix of d=784 points, 4 ReLU layers"
    positions = "21-layer CNN on 32 x 32 x 3 images, no pooling"
    pooled = "the same with global average pooling"
    # Sizes: for the comparison, for it when quick, for the time of an entry.
    table = {
        "nt-dense-f64": (dense, DENSE, (3000, 1000, 3000), "f64", None),
        "nt-dense-f32": (dense, DENSE, (3000, 1000, 3000), "f32", None),
        "nt-conv-f64": (positions, POSITIONS, (64, 16, 64), "f64", 0.12),
        "nt-conv-f32": (positions, POSITIONS, (64, 16, 64), "f32", 0.05),
        "nt-pooled-f64": (pooled, POOLED, (2, 2, 16), "f64", 100.0),
    }

    def measure(name, what, network, sizes, dtype, most):
        size, quick_size, rate_size = sizes

        def run(report, options):
            chosen = (quick_size, quick_size) if options.quick else (size, rate_size)
            compare(report, options, name, what, network, chosen[0], dtype, most, chosen[1])

        return run

    return {name: measure(name, *row) for name, row in table.items()}
