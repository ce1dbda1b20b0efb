"""torch's side of the shallow networks: FOLDER N D M THREADS, after the authors' programs (float32, one output).

A request {"steps": S} trains S full-batch steps of SGD at rate 1 from the start in FOLDER: a fixed input scaling, a
linear layer without bias, ReLU, the scales, an output layer that is not trained, MSELoss. {"gram": true}: the tangent
Gram matrix by one backward pass a row and the product of the rows. Answers with seconds and the distance from ours.f64."""

import json
import pathlib
import sys
import time

import numpy as np
import torch

folder = pathlib.Path(sys.argv[1])
n, d, m = map(int, sys.argv[2:5])
torch.set_num_threads(int(sys.argv[5]))


def matrix(name, rows, columns):
    return torch.tensor(np.fromfile(folder / name).reshape((rows, columns), order="F").copy(), dtype=torch.float32)


x, y = matrix("x.f64", n, d), matrix("y.f64", n, 1)
w, a, scales = matrix("w.f64", d, m).T.contiguous(), matrix("a.f64", m, 1), matrix("lambda.f64", m, 1)[:, 0]


class Shallow(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = torch.nn.Linear(d, m, bias=False)
        self.out = torch.nn.Linear(m, 1, bias=False)
        self.out.weight.requires_grad_(False)
        self.register_buffer("scale", scales.sqrt())
        with torch.no_grad():
            self.hidden.weight.copy_(w)
            self.out.weight.copy_(a.T)

    def forward(self, inputs):
        return self.out(self.scale * torch.relu(self.hidden(inputs / d**0.5)))


def steps(count):
    net = Shallow()
    optimiser = torch.optim.SGD(net.hidden.parameters(), lr=1.0)
    loss_of = torch.nn.MSELoss()
    begin = time.perf_counter()
    for _ in range(count):
        optimiser.zero_grad()
        loss = loss_of(net(x), y)
        loss.backward()
        optimiser.step()
    elapsed = (time.perf_counter() - begin) / count
    return elapsed, net(x).detach().numpy()


def gram():
    net = Shallow()
    begin = time.perf_counter()
    rows = torch.empty(n, m * d)
    for i in range(n):
        net.hidden.weight.grad = None
        net(x[i:i + 1]).backward()
        rows[i] = net.hidden.weight.grad.reshape(-1)
    result = rows @ rows.T
    return time.perf_counter() - begin, result.numpy()


for line in sys.stdin:
    request = json.loads(line)
    elapsed, result = steps(request["steps"]) if "steps" in request else gram()
    want = np.fromfile(folder / "ours.f64").reshape(result.shape, order="F")
    difference = float(np.max(np.abs(result - want)) / np.max(np.abs(want)))
    print(json.dumps({"seconds": elapsed, "difference": difference}), flush=True)
