"""Limit kernels of jac-ntk against vectorised automatic differentiation."""

from report import ours
from torch_peer import TorchPeer


def limit_kernels(report, options):
    n, d, depth = (200 if not options.quick else 40), 10, 3
    shape = (n, d, depth, options.threads)
    words = ("jacobian-limit", options.work, *shape, 3)
    ours(*words)
    with TorchPeer("torch_jacobian_limit_peer.py", [options.work, *shape]) as peer:
        if peer.missing("jac-limit-torch"):
            return
        difference = peer.ask({})["difference"]
        samples = ([], [])
        for _ in range(options.runs):
            samples[0].append(min(ours(*words)["ours"]))
            samples[1].append(peer.ask({})["seconds"])
        report.add("jac-limit-torch", f"Sigma and Theta with Jacobian blocks, erf, n={n} d={d}, {depth} hidden",
                   f"{peer.version}, torch.func over all pairs", samples, difference, 1e-11, at_least=50.0)


def measurements():
    return {"jac-limit-torch": limit_kernels}
