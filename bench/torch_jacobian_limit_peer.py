"""torch's side of the limit kernels of f and its Jacobian: FOLDER N D DEPTH THREADS.

The recursion of one pair is written as for values; torch.func differentiates it in both inputs and vectorises over the
pairs, some thousand at a time. For every line on standard input, one line of JSON: seconds; the first answer compares both
matrices with ours, in FOLDER: "difference", relative to the largest entry."""

import json
import pathlib
import sys
import time

import numpy as np
import torch
from torch.func import jacfwd, jacrev, vmap

folder = pathlib.Path(sys.argv[1])
points, inputs, depth = map(int, sys.argv[2:5])
torch.set_num_threads(int(sys.argv[5]))
torch.set_default_dtype(torch.float64)
WEIGHT, BIAS = 1.5**2, 0.1**2
PAIRS = 4000

x = torch.tensor(np.fromfile(folder / "x.f64").reshape(points, inputs))


def expectation(a, b, c):
    square = (1 + 2 * a) * (1 + 2 * b) - 4 * c * c
    return 2 / np.pi * torch.atan2(2 * c, torch.sqrt(square)), 4 / np.pi / torch.sqrt(square)


def kernels(u, v):
    a, b, c = (BIAS + WEIGHT / inputs * (p * q).sum() for p, q in ((u, u), (v, v), (u, v)))
    theta = c
    for _ in range(depth):
        value, slope = expectation(a, b, c)
        a, b = (BIAS + WEIGHT * expectation(q, q, q)[0] for q in (a, b))
        c = BIAS + WEIGHT * value
        theta = c + WEIGHT * slope * theta
    return torch.stack([c, theta])


def blocks(u, v):
    first = torch.cat([kernels(u, v)[:, None], jacrev(kernels, 0)(u, v)], 1)
    second = jacrev(kernels, 1)(u, v)
    mixed = jacfwd(jacrev(kernels, 0), 1)(u, v)
    return torch.cat([first[:, :, None], torch.cat([second[:, None, :], mixed], 1)], 2)


batched = vmap(blocks)


def both():
    rows = max(1, PAIRS // points)
    result = torch.empty(2, points, inputs + 1, points, inputs + 1)
    for begin in range(0, points, rows):
        part = x[begin:begin + rows]
        u = part.repeat_interleave(points, 0)
        v = x.repeat(len(part), 1)
        found = batched(u, v).reshape(len(part), points, 2, inputs + 1, inputs + 1)
        result[:, begin:begin + rows] = found.permute(2, 0, 3, 1, 4)
    return result.reshape(2, points * (inputs + 1), -1)


compared = False
for _ in sys.stdin:
    begin = time.perf_counter()
    result = both().numpy()
    answer = {"seconds": time.perf_counter() - begin}
    if not compared:
        differences = []
        for name, theirs in zip(("nngp", "ntk"), result):
            mine = np.fromfile(folder / f"{name}.f64").reshape(theirs.shape)
            differences.append(float(np.abs(mine - theirs).max() / np.abs(theirs).max()))
        answer["difference"] = max(differences)
        compared = True
    print(json.dumps(answer), flush=True)
