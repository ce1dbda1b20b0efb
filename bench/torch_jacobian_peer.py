"""torch's side of the finite Jacobian NTK: FOLDER N D WIDTH HIDDEN THREADS.

One reverse pass for every row of z = (f, df/dx), as it is written by hand: the gradient of the row in all parameters, and
at the end the inner products of all rows. For every line on standard input, one line of JSON: seconds; the first answer
compares the matrix with ours, in FOLDER: "difference", relative to the largest entry."""

import json
import pathlib
import sys
import time

import numpy as np
import torch

folder = pathlib.Path(sys.argv[1])
points, inputs, width, hidden = map(int, sys.argv[2:6])
torch.set_num_threads(int(sys.argv[6]))
torch.set_default_dtype(torch.float64)
SIGMA_W, SIGMA_B = [1.5] * hidden + [1.0], 0.1

x = torch.tensor(np.fromfile(folder / "x.f64").reshape(points, inputs))
flat = np.fromfile(folder / "parameters.f64")
widths = [inputs] + [width] * hidden + [1]
parameters, place = [], 0
for n_in, n_out in zip(widths, widths[1:]):
    for shape in ((n_out, n_in), (n_out,)):
        count = int(np.prod(shape))
        part = flat[place:place + count].reshape(shape, order="F")
        parameters.append(torch.tensor(np.ascontiguousarray(part), requires_grad=True))
        place += count


def network(h):
    for l in range(hidden + 1):
        weight, bias = parameters[2 * l:2 * l + 2]
        u = SIGMA_W[l] / weight.shape[1]**0.5 * (weight @ h) + SIGMA_B * bias
        h = torch.nn.functional.gelu(u) if l < hidden else u
    return h[0]


def kernel():
    rows = []
    for point in x:
        point = point.clone().requires_grad_(True)
        value = network(point)
        gradient, = torch.autograd.grad(value, point, create_graph=True)
        for z in (value, *gradient):
            # the readout's bias is no part of the gradient of f in x
            parts = torch.autograd.grad(z, parameters, retain_graph=True, allow_unused=True)
            rows.append(torch.cat([torch.zeros(p.numel()) if g is None else g.reshape(-1)
                                   for g, p in zip(parts, parameters)]))
    rows = torch.stack(rows)
    return rows @ rows.T


compared = False
for _ in sys.stdin:
    begin = time.perf_counter()
    result = kernel().numpy()
    answer = {"seconds": time.perf_counter() - begin}
    if not compared:
        mine = np.fromfile(folder / "kernel.f64").reshape(result.shape)
        answer["difference"] = float(np.abs(mine - result).max() / np.abs(result).max())
        compared = True
    print(json.dumps(answer), flush=True)
