#!/usr/bin/env python3
"""Vectors for tests/mixture, by slow and independent means: integrals of the densities alone, in 30-digit arithmetic.

For each law: the tail rho(x, inf), M1 and M2 on (0, x], the Laplace exponent at t, the characteristic function of a
shallow ReLU net at u, all from int f(x) rho(x) dx. Densities are the table of the paper's families, typed in again here.

usage: python3 tests/oracles/mixture.py > tests/data/mixture-measures.json      (needs mpmath)
"""
import json

import mpmath as mp

mp.mp.dps = 30
inf = mp.inf


def gamma(x, eta, beta):
    return eta * mp.exp(-beta * x) / x


def beta(x, eta, b):
    return eta / x * (1 - x) ** (b - 1)


def betaprime(x, eta, b):
    return eta / x * (1 + x) ** (-b)


def regularised(x, s, c):
    return s / mp.pi * x ** mp.mpf(-1.5) / mp.sqrt(1 - c * x)


def ggp(x, alpha, beta, eta):
    return eta / mp.gamma(1 - alpha) * x ** (-1 - alpha) * mp.exp(-beta * x)


def gbfry(x, alpha, tau, mean):
    eta, c = tau - alpha, mean * (tau - 1) / (tau - alpha)
    w = x / c
    return eta / mp.gamma(1 - alpha) / c * w ** (-1 - tau) * mp.gammainc(tau - alpha, 0, w)


def slab(x, c, shape, rate):
    return c * rate ** shape * x ** (shape - 1) * mp.exp(-rate * x) / mp.gamma(shape)


LAWS = [
    ("gamma:eta=0.3,beta=5", gamma, ("0.3", "5"), inf),
    ("beta:eta=1.2,b=3.7", beta, ("1.2", "3.7"), 1),
    ("beta:eta=0.8,b=0.3", beta, ("0.8", "0.3"), 1),
    ("betaprime:eta=0.7,b=1.4", betaprime, ("0.7", "1.4"), inf),
    ("betaprime:eta=2,b=5.5", betaprime, ("2", "5.5"), inf),
    ("regularised-horseshoe:s=0.8,c=2.5", regularised, ("0.8", "2.5"), mp.mpf("0.4")),
    ("ggp:alpha=0.85,beta=0.4,eta=0.9", ggp, ("0.85", "0.4", "0.9"), inf),
    ("ggp:alpha=0.05,beta=3,eta=1.1", ggp, ("0.05", "3", "1.1"), inf),
    ("gbfry:alpha=0.6,tau=1.8,mean=0.7", gbfry, ("0.6", "1.8", "0.7"), inf),
    ("gbfry:alpha=0.25,tau=3.5,mean=2", gbfry, ("0.25", "3.5", "2"), inf),
    ("spike-slab:c=1.5,shape=0.6,rate=2", slab, ("1.5", "0.6", "2"), inf),
]


def integral(f, low, high):
    """int_low^high f(x) dx in ln x up to the end of the support, with pieces a factor e^3 wide."""
    if high != inf:
        # the end may be singular: y = ln(high / x)
        g = lambda y: f(high * mp.exp(-y)) * high * mp.exp(-y)
        stop = mp.log(high / low) if low > 0 else mp.mpf(140)
        return mp.quad(g, [0, mp.mpf("0.001"), mp.mpf("0.1")] + [k for k in range(1, int(stop), 4)] + [stop])
    a = mp.log(low) if low > 0 else mp.mpf(-140)
    b = mp.mpf(90)
    cuts = [a] + [k for k in range(int(mp.floor(a)) + 1, int(b), 3)] + [b]
    return mp.quad(lambda y: f(mp.exp(y)) * mp.exp(y), cuts)


def number(value):
    return float(mp.nstr(value, 17))


def main():
    result = []
    for text, density, parameters, end in LAWS:
        p = [mp.mpf(v) for v in parameters]
        rho = lambda x: density(x, *p)
        entry = {"prior": text, "tail": [], "below": [], "psi": []}
        for x in ("1e-6", "0.02", "0.37"):
            at = mp.mpf(x)
            entry["tail"].append([float(x), number(integral(rho, at, end))])
            g = lambda v, k: v ** k * rho(v)
            entry["below"].append([float(x)] + [number(integral(lambda v: g(v, k), mp.mpf(0), at)) for k in (1, 2)])
        for t in ("0.03", "2.5", "400"):
            s = mp.mpf(t)
            entry["psi"].append([float(t), number(integral(lambda v: -mp.expm1(-s * v) * rho(v), mp.mpf(0), end))])
        result.append(entry)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
