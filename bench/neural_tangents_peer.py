"""Gram matrices by neural-tangents, in a process of its own: wide_networks.py starts it and asks for one run a line.

    neural_tangents_peer.py NETWORK.json POINTS N nngp|ntk f64|f32 THREADS RESULT

The kernel is compiled (jax.jit) and called once before anything is timed; that matrix goes to RESULT. The first line of
output names the versions; each line of input asks for one more matrix and is answered by the seconds it took.
"""

import json
import os
import sys
import time
import types

network_file, points_file, rows, kind, dtype, threads, result_file = sys.argv[1:]
# The pools of XLA have as many threads as there are processors to run on.
os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:int(threads)])
# Its interface to TensorFlow, which no kernel needs, is left out.
sys.modules["neural_tangents.experimental"] = types.ModuleType("neural_tangents.experimental")

import jax

jax.config.update("jax_enable_x64", dtype == "f64")
jax.config.update("jax_platforms", "cpu")

import neural_tangents
import numpy as np
from neural_tangents import stax


def layer(description):
    """A layer of limsym/network@1, as far as the measured networks go."""
    (name, value), = description.items()
    if name == "activation":
        return {"relu": stax.Relu(), "erf": stax.Erf(), "gelu": stax.Gelu()}[value]
    if name == "flatten":
        return stax.Flatten()
    if name == "global_avg_pool":
        return stax.GlobalAvgPool()
    if name == "repeat":
        return stax.serial(*[layer(each) for _ in range(value["times"]) for each in value["layers"]])
    if name == "dense":
        return stax.Dense(1, value["sigma_w"], value.get("sigma_b"))
    if name == "conv":
        return stax.Conv(1, tuple(value["kernel"]), padding=value["padding"], W_std=value["sigma_w"],
                         b_std=value.get("sigma_b"))
    raise ValueError(f"{name} is not measured")


with open(network_file, encoding="utf-8") as file:
    network = json.load(file)
points = np.fromfile(points_file).reshape((int(rows), -1), order="F")
points = points.reshape((int(rows), *network.get("input_shape", points.shape[1:])))
points = jax.numpy.asarray(points, dtype=np.float64 if dtype == "f64" else np.float32)
kernel = jax.jit(stax.serial(*[layer(each) for each in network["layers"]])[2], static_argnames="get")


def gram():
    return jax.block_until_ready(kernel(points, None, kind))


np.asarray(gram(), dtype=np.float64).ravel(order="F").tofile(result_file)
print(json.dumps({"neural_tangents": neural_tangents.__version__, "jax": jax.__version__}), flush=True)
for _ in sys.stdin:
    begin = time.perf_counter()
    gram()
    print(time.perf_counter() - begin, flush=True)
