#!/usr/bin/env python3
"""Vectors for tests/process, by slow and independent means.

Kernels: the recursion of a ReLU network in 40-digit arithmetic (mpmath). Posteriors and evidences: linear algebra and
one-dimensional integrals in the same arithmetic. Nothing here is shared with the library.

usage: python3 tests/oracles/process.py > tests/data/process-regression.json
"""
import json

import mpmath as mp

mp.mp.dps = 40
SIGMA_W, SIGMA_B, DEPTH, NOISE = mp.mpf("1.3"), mp.mpf("0.4"), 2, mp.mpf("0.03")


def relu(q1, q2, c):
    p = mp.sqrt(q1 * q2)
    rho = max(mp.mpf(-1), min(mp.mpf(1), c / p))
    theta = mp.acos(rho)
    return (p * mp.sin(theta) + (mp.pi - theta) * c) / (2 * mp.pi)


def kernel(a, b):
    """Hidden layers dense(SIGMA_W, SIGMA_B) + relu, readout sigma_w = 1 without bias."""
    same = a == b
    dot = lambda x, y: sum(mp.mpf(u) * mp.mpf(v) for u, v in zip(x, y)) / len(x)
    q1, q2, c = dot(a, a), dot(b, b), dot(a, b)
    for _ in range(DEPTH):
        q1, q2, c = (SIGMA_W ** 2 * v + SIGMA_B ** 2 for v in (q1, q2, c))
        c = q1 / 2 if same else relu(q1, q2, c)
        q1, q2 = q1 / 2, q2 / 2
    return c


def matrix(xs, ys):
    return mp.matrix([[kernel(a, b) for b in ys] for a in xs])


def log_prior(name, p, s):
    if name == "inverse_gamma":
        return p["alpha"] * mp.log(p["beta"]) - mp.loggamma(p["alpha"]) - (p["alpha"] + 1) * mp.log(s) - p["beta"] / s
    if name == "burr12":
        x = s / p.get("scale", 1)
        return (mp.log(p["c"] * p["d"] / p.get("scale", 1)) + (p["c"] - 1) * mp.log(x)
                - (p["d"] + 1) * mp.log(1 + x ** p["c"]))
    if name == "gamma":
        return p["shape"] * mp.log(p["rate"]) - mp.loggamma(p["shape"]) + (p["shape"] - 1) * mp.log(s) - p["rate"] * s
    if name == "lognormal":
        z = (mp.log(s) - p["mu"]) / p["tau"]
        return -z * z / 2 - mp.log(p["tau"] * s * mp.sqrt(2 * mp.pi))
    if name == "half_cauchy":
        g = p["scale"]
        return -mp.log(mp.pi * g * mp.sqrt(s) * (1 + s / g ** 2))
    if name == "beta_prime":
        x = s / p.get("scale", 1)
        return ((p["a"] - 1) * mp.log(x) - (p["a"] + p["b"]) * mp.log(1 + x) - mp.log(mp.beta(p["a"], p["b"]))
                - mp.log(p.get("scale", 1)))
    if name == "inverse_gaussian":
        m, l = p["mean"], p["shape"]
        return mp.log(l / (2 * mp.pi * s ** 3)) / 2 - l * (s - m) ** 2 / (2 * m ** 2 * s)
    raise ValueError(name)


def integral(f, mode):
    """Integral over s in (0, inf) of exp(f(s)), by u = log s around u = mode."""
    top = f(mp.e ** mode) + mode
    g = lambda u: mp.exp(f(mp.e ** u) + u - top)
    cuts = [mode + k for k in (-60, -20, -8, -4, -2, -1, -.5, 0, .5, 1, 2, 4, 8, 20, 60, 200)]
    return mp.quad(g, cuts), top


def scale_posterior(name, params, loglik, mode, levels):
    f = lambda s: loglik(s) + log_prior(name, params, s)
    z, top = integral(f, mode)
    moment = lambda k: integral(lambda s: f(s) + k * mp.log(s), mode)
    def raw(k):
        value, t = moment(k)
        return value * mp.exp(t - top) / z
    mean = raw(1)
    sd = mp.sqrt(raw(2) - mean ** 2)
    def cdf(s):
        g = lambda u: mp.exp(f(mp.e ** u) + u - top)
        end = mp.log(s)
        return mp.quad(g, [end - 60, end - 10, end - 3, end - 1, end - .3, end]) / z
    quantiles = [mp.findroot(lambda s, p=p: cdf(s) - p, (mean * mp.mpf("0.6"), mean * mp.mpf("1.4")),
                             solver="anderson", tol=1e-22) for p in levels]
    return mp.log(z) + top, mean, sd, raw(-1), quantiles


def main():
    x = [[0.5, -1.25], [1.5, 0.75], [-0.75, 0.25], [-1.0, -1.5], [0.25, 1.75], [2.0, -0.5], [-1.75, 1.0]]
    y = [[0.4, -1.1], [1.2, 0.3], [-0.3, 0.9], [-1.4, 0.2], [0.7, 0.6], [0.9, -1.6], [-0.8, 1.3]]
    test = [[0.1, 0.2], [1.6, 0.7], [-3.0, 2.5]]
    ytest = [[0.1, 0.0], [1.0, 0.5], [-2.0, 3.0]]
    n, outputs = len(x), len(y[0])
    k, cross = matrix(x, x), matrix(x, test)
    prior = matrix(test, test)
    a = k + NOISE * mp.eye(n)
    ym = mp.matrix(y)
    solved = mp.lu_solve(a, ym) if False else a ** -1 * ym
    d = sum((ym[:, c].T * solved[:, c])[0] for c in range(outputs))
    logdet = mp.log(mp.det(a))
    count = n * outputs
    mean = cross.T * solved
    cov = prior - cross.T * (a ** -1) * cross
    loglik = lambda s: -count * mp.log(s) / 2 - d / (2 * s)
    mode = mp.log(d / count)
    priors = [("inverse_gamma", {"alpha": 1.5, "beta": 2.5}), ("burr12", {"c": 2.0, "d": 1.5, "scale": 0.7}),
              ("gamma", {"shape": 1.2, "rate": 0.8}), ("lognormal", {"mu": 0.2, "tau": 0.7}),
              ("half_cauchy", {"scale": 1.3}), ("beta_prime", {"a": 1.7, "b": 2.2, "scale": 1.5}),
              ("inverse_gaussian", {"mean": 1.4, "shape": 2.1})]
    levels = [mp.mpf("0.05"), mp.mpf("0.5"), mp.mpf("0.975")]
    models = []
    for name, params in priors:
        li, m, sd, inverse, quantiles = scale_posterior(name, params, loglik, mode, levels)
        evidence = -mp.mpf(count) / 2 * mp.log(2 * mp.pi) - outputs * logdet / 2 + li
        density, joint = [], []
        for i in range(len(test)):
            v = cov[i, i] + NOISE
            row = []
            for c in list(range(outputs)) + [None]:
                cs = range(outputs) if c is None else [c]
                r2 = sum((ytest[i][cc] - mean[i, cc]) ** 2 for cc in cs) / v
                size = len(list(cs))
                z, top = integral(lambda s: loglik(s) + log_prior(name, params, s)
                                  - mp.mpf(size) / 2 * mp.log(2 * mp.pi * s * v) - r2 / (2 * s), mode)
                row.append(mp.log(z) + top - li)
            density.append(row[:outputs])
            joint.append(row[outputs])
        # Leave-one-out by leaving out.
        loo = 0
        for i in range(n):
            keep = [j for j in range(n) if j != i]
            sub = mp.matrix([[a[p, q] for q in keep] for p in keep])
            column = mp.matrix([a[p, i] for p in keep])
            rest = mp.matrix([[mp.mpf(y[p][c]) for c in range(outputs)] for p in keep])
            inv = sub ** -1
            v = a[i, i] - (column.T * inv * column)[0]
            drest = sum((rest[:, c].T * inv * rest[:, c])[0] for c in range(outputs))
            mu = column.T * inv * rest
            r2 = sum((y[i][c] - mu[0, c]) ** 2 for c in range(outputs)) / v
            ll = lambda s: -mp.mpf(count - outputs) * mp.log(s) / 2 - drest / (2 * s) + log_prior(name, params, s)
            below, topb = integral(ll, mode)
            above, topa = integral(lambda s: ll(s) - mp.mpf(outputs) / 2 * mp.log(2 * mp.pi * s * v) - r2 / (2 * s), mode)
            loo += mp.log(above) + topa - mp.log(below) - topb
        models.append(dict(prior=dict(name=name, params=params), log_integral=li, log_evidence=evidence, mean=m, sd=sd,
                           mean_inverse=inverse, quantiles=quantiles, logpdf=density, logpdf_joint=joint, loo=loo / n))
    # Noise that s does not scale, one prior.
    inverse_gamma = priors[0]
    def fixed_loglik(s):
        b = s * k + NOISE * mp.eye(n)
        inv = b ** -1
        return (-mp.mpf(count) / 2 * mp.log(2 * mp.pi) - outputs * mp.log(mp.det(b)) / 2
                - sum((ym[:, c].T * inv * ym[:, c])[0] for c in range(outputs)) / 2)
    mp.mp.dps = 20
    grid = [mp.mpf(j) / 16 for j in range(-96, 161)]  # trapezoid in u = log s
    log_terms = [fixed_loglik(mp.e ** u) + log_prior(*inverse_gamma, mp.e ** u) + u for u in grid]
    top = max(log_terms)
    weights = [mp.exp(t - top) for t in log_terms]
    total = sum(weights)
    weights = [w / total for w in weights]
    fixed_mean = [[mp.mpf(0)] * outputs for _ in test]
    parts = []
    for u, w in zip(grid, weights):
        s = mp.e ** u
        inv = (s * k + NOISE * mp.eye(n)) ** -1
        mu = s * cross.T * inv * ym
        va = [s * prior[i, i] - s * s * (cross[:, i].T * inv * cross[:, i])[0] for i in range(len(test))]
        parts.append((w, mu, va))
        for i in range(len(test)):
            for c in range(outputs):
                fixed_mean[i][c] += w * mu[i, c]
    fixed_var = [[sum(w * (va[i] + (mu[i, c] - fixed_mean[i][c]) ** 2) for w, mu, va in parts) for c in range(outputs)]
                 for i in range(len(test))]
    fixed = dict(log_evidence=mp.log(total) + top - mp.log(16), scale_mean=sum(w * mp.e ** u for u, w in zip(grid, weights)),
                 mean=fixed_mean, variance=fixed_var)
    rows = lambda m: [[m[i, j] for j in range(m.cols)] for i in range(m.rows)]
    document = dict(sigma_w=SIGMA_W, sigma_b=SIGMA_B, depth=DEPTH, noise=NOISE, x=x, y=y, test=test, ytest=ytest,
                    kernel=rows(k), cross=rows(cross.T), diagonal=[prior[i, i] for i in range(len(test))],
                    prior_covariance=rows(prior), d=d, logdet=logdet, mean=rows(mean), covariance=rows(cov),
                    levels=levels, models=models, fixed=fixed)
    print(json.dumps(document, default=float))


main()
