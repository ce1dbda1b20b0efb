"""torch's side of the measurement of wide networks: ALPHA TAU THREADS.

For every line {"width","nets"} on standard input, outputs of networks of two hidden ReLU layers with GBFRY node variances
at the input 1, one network after another with all of its weights, as they are written by hand. Prints a line of JSON:
seconds a network, and the outputs."""

import json
import sys
import time

import torch

alpha, tau = map(float, sys.argv[1:3])
torch.set_num_threads(int(sys.argv[3]))
gamma = torch.distributions.Gamma(1 - alpha, 1.0)


def variances(width):
    eta, c = (tau - alpha) / tau, (tau - 1) / (tau - alpha)
    growth = (1 + (alpha * width / eta) ** (1 / alpha)) ** alpha - 1
    y = (1 + growth * torch.rand(width)) ** (1 / alpha)
    return c * gamma.sample((width,)) / y * (1 - torch.rand(width)) ** (-1 / tau)


def output(width):
    hidden = torch.relu(torch.randn(width, 1) @ torch.ones(1))
    hidden = torch.relu(torch.randn(width, width) @ (torch.sqrt(variances(width)) * hidden))
    return float(torch.randn(width) @ (torch.sqrt(variances(width)) * hidden))


for line in sys.stdin:
    request = json.loads(line)
    begin = time.perf_counter()
    outputs = [output(request["width"]) for _ in range(request["nets"])]
    seconds = (time.perf_counter() - begin) / request["nets"]
    print(json.dumps({"seconds": seconds, "outputs": outputs}), flush=True)
