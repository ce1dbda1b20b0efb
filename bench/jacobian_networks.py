"""Finite networks of jac-ntk: the Jacobian NTK against torch row by row and against its own products, robust steps."""

from report import ours
from torch_peer import TorchPeer


def finite_kernel(report, options):
    """Against one reverse pass a row."""
    n, d, width = 32, 8, (1024 if not options.quick else 128)
    for hidden in (1, 2):
        shape = (n, d, width, hidden, options.threads)
        words = ("jacobian-ntk", options.work, *shape, 1)
        ours(*words)
        with TorchPeer("torch_jacobian_peer.py", [options.work, *shape]) as peer:
            if peer.missing("jac-finite-torch"):
                return
            difference = peer.ask({})["difference"]
            samples = ([], [])
            for _ in range(options.runs):
                samples[0].extend(ours(*words)["ours"])
                samples[1].append(peer.ask({})["seconds"])
            report.add(f"jac-finite-torch-{hidden}",
                       f"Jacobian NTK of a finite gelu network, n={n} d={d}, {hidden} hidden, width {width}",
                       f"{peer.version}, one reverse pass a row", samples, difference, 1e-11, at_least=20.0)


def products(report, options):
    """At least 60 % of the rate of dgemm."""
    for n, d, width, hidden in ((256, 4, 1024, 1), (256, 4, 1024, 3), (224, 11, 2048, 1)):
        if options.quick:
            n, width = n // 4, width // 4
        result = ours("jacobian-ntk", options.work, n, d, width, hidden, options.threads, options.runs)
        report.add(f"jac-finite-{n}x{d}-{hidden}",
                   f"Jacobian NTK of a finite gelu network, n={n} d={d}, {hidden} hidden, width {width}",
                   "its products alone by dgemm in tiles of 384", (result["ours"], result["products"]), None, None,
                   at_most=None if options.quick else 1 / 0.6)


def robust_step(report, options):
    for n, d, width, hidden in ((224, 11, 1024, 1), (224, 11, 2048, 2), (64, 100, 512, 3)):
        if options.quick:
            width //= 8
        result = ours("robust-step", n, d, width, hidden, options.threads, options.runs)
        report.add(f"jac-step-{d}-{hidden}",
                   f"gradient of the robust loss, n={n} d={d}, {hidden} hidden, width {width}",
                   "the gradient without penalty", (result["ours"], result["plain"]), None, None, at_most=5.0)


def measurements():
    return {"jac-finite-torch": finite_kernel, "jac-finite": products, "jac-step": robust_step}
