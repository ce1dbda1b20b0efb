"""Shallow networks with node scales: steps and tangent Gram matrices against torch, the flow and pruning against our own
plain ways."""

from report import ours
from torch_peer import TorchPeer


def step(report, options):
    """Both precisions against float32, as the authors train; the results after all steps are compared."""
    steps = 200 if not options.quick else 20
    for n, d, m in ((412, 8, 2000), (100, 50, 2000)):
        for precision, goal in (("f64", 3.0), ("f32", 6.0)):
            words = ("shallow-steps", options.work, n, d, m, precision, steps, options.threads, 1)
            ours(*words)
            with TorchPeer("torch_shallow_peer.py", [options.work, n, d, m, options.threads]) as peer:
                if peer.missing("node-step"):
                    return
                difference = peer.ask({"steps": steps})["difference"]
                samples = ([], [])
                for _ in range(options.runs):
                    samples[0].extend(ours(*words)["ours"])
                    samples[1].append(peer.ask({"steps": steps})["seconds"])
                report.add(f"node-step-{d}-{precision}", f"a step of gradient descent, n={n} d={d} m={m}, {precision}",
                           f"{peer.version}, float32, the authors' loop", samples, difference, 1e-3, at_least=goal)


def flow(report, options):
    """To the time of 50 000 steps; the final losses agree to 5 %."""
    time = 50_000 if not options.quick else 2_000
    for gamma, alpha, goal in ((1.0, 0.5, 20.0), (0.2, 0.5, 5.0)):
        result = ours("shallow-flow", gamma, alpha, time, options.threads, 1 if not options.quick else 1)
        report.add(f"node-flow-{gamma:g}", f"gradient flow to time {time}, n=100 d=50 m=2000, gamma {gamma:g}",
                   "our own gradient descent at rate 1", (result["ours"], result["peer"]), result["difference"], 0.05,
                   at_least=None if options.quick else goal)


def pruning(report, options):
    n, d, m = 412, 8, (2000 if not options.quick else 300)
    result = ours("shallow-pruning", n, d, m, options.threads, max(1, options.runs // 2))
    report.add("node-prune", f"losses after every number of pruned nodes, n={n} d={d} m={m}",
               "our own forward pass for every number", (result["ours"], result["peer"]), result["difference"], 1e-9,
               at_least=m / 10)


def tangents(report, options):
    n, d, m = (412 if not options.quick else 50), 8, 2000
    words = ("shallow-tangents", options.work, n, d, m, options.threads, 1)
    ours("shallow-steps", options.work, n, d, m, "f64", 1, options.threads, 1)
    ours(*words)
    with TorchPeer("torch_shallow_peer.py", [options.work, n, d, m, options.threads]) as peer:
        if peer.missing("node-ntg"):
            return
        difference = peer.ask({"gram": True})["difference"]
        samples = ([], [])
        for _ in range(options.runs):
            samples[0].extend(ours(*words)["ours"])
            samples[1].append(peer.ask({"gram": True})["seconds"])
        report.add("node-ntg", f"tangent Gram matrix, n={n} d={d} m={m}, double",
                   f"{peer.version}, float32, one backward pass a row", samples, difference, 1e-4, at_least=50.0)


def measurements():
    return {"node-step": step, "node-flow": flow, "node-prune": pruning, "node-ntg": tangents}
