"""torch's side of the measurement of training: FOLDER FEATURES WIDTH HIDDEN CLASSES ROWS BATCH f64|f32 THREADS.

One epoch for every line on standard input: the same network, prior, start, order and optimiser as ours, written as a
user would. Prints a line of JSON: seconds, and the mean cross-entropy of the batches plus the penalty at the end."""

import json
import pathlib
import sys
import time

import numpy as np
import torch

folder = pathlib.Path(sys.argv[1])
features, width, hidden, classes, rows, batch = map(int, sys.argv[2:8])
dtype = {"f64": torch.float64, "f32": torch.float32}[sys.argv[8]]
torch.set_num_threads(int(sys.argv[9]))

x = torch.tensor(np.fromfile(folder / "x.f64").reshape(rows, features), dtype=dtype)
labels = torch.tensor(np.fromfile(folder / "labels.u32", dtype=np.uint32).astype(np.int64))
order = torch.tensor(np.fromfile(folder / "order.u64", dtype=np.uint64).astype(np.int64))
start = np.fromfile(folder / "start.f64")
widths = [features] + [width] * hidden + [classes]
s = np.pi / 2
penalty = 0.2 / rows


def parameters():
    """Weights, biases and ln lambda of every layer, in the order of ours."""
    place = 0

    def take(*shape):
        nonlocal place
        count = int(np.prod(shape))
        part = start[place : place + count].reshape(shape, order="F")
        place += count
        return torch.tensor(np.ascontiguousarray(part), dtype=dtype, requires_grad=True)

    layers = []
    for l, (n_in, n_out) in enumerate(zip(widths, widths[1:])):
        layers.append((take(n_out, n_in), take(n_out), take(n_in) if l > 0 else None))
    return layers


def logits(layers, h):
    for l, (weight, bias, log_variance) in enumerate(layers):
        if l == 0:
            h = torch.nn.functional.linear(h / features**0.5, weight, bias)
        else:
            h = torch.nn.functional.linear(torch.relu(h) * torch.exp(log_variance / 2), weight, bias)
    return h


def log_prior(layers):
    total = 0.0
    for weight, bias, log_variance in layers:
        total = total - 0.5 * (weight**2).sum() - 0.5 * (bias**2).sum()
        if log_variance is not None:
            r = torch.exp(log_variance) * (width / s) ** 2
            total = total + (np.log(width / (np.pi * s)) - 0.5 * log_variance - torch.log1p(r)).sum()
    return total


def epoch():
    layers = parameters()
    optimiser = torch.optim.Adam([p for layer in layers for p in layer if p is not None], lr=0.001)
    total = 0.0
    begin = time.perf_counter()
    for first in range(0, rows, batch):
        chosen = order[first : first + batch]
        optimiser.zero_grad()
        cross_entropy = torch.nn.functional.cross_entropy(logits(layers, x[chosen]), labels[chosen])
        loss = cross_entropy - penalty * log_prior(layers)
        loss.backward()
        optimiser.step()
        total += cross_entropy.item() * len(chosen)
    seconds = time.perf_counter() - begin
    with torch.no_grad():
        return seconds, total / rows - penalty * float(log_prior(layers))


for _ in sys.stdin:
    seconds, loss = epoch()
    print(json.dumps({"seconds": seconds, "loss": loss}), flush=True)
