#!/usr/bin/env python3
"""Vectors for tests/kernel, by slow and independent means.

Dual activations: E f(u) f(v) and E f'(u) f'(v) as nested one-dimensional integrals by composite Gauss-Legendre rules in
double precision, cut where the integrand has kinks and graded towards 0; nothing in closed form. Networks: the recursion
over full matrices of pairs of positions in 30-digit arithmetic (mpmath), with the textbook angle of relu and arc sine of
erf, and the integrals above for tanh. Nothing here is shared with the library. Takes some minutes.

usage: python3 tests/oracles/kernel.py > tests/data/kernel.json
"""
import json
import math

import mpmath as mp

mp.mp.dps = 30


# ---- expectations

def gauss_legendre(n):
    nodes = []
    for i in range(n):
        x = mp.cos(mp.pi * (i + 0.75) / (n + 0.5))
        for _ in range(12):  # Newton
            slope = n * (x * mp.legendre(n, x) - mp.legendre(n - 1, x)) / (x * x - 1)
            x -= mp.legendre(n, x) / slope
        nodes.append((float(x), float(2 / ((1 - x * x) * slope * slope))))
    assert abs(sum(w for _, w in nodes) - 2) < 1e-15 * n
    return nodes


RULE = gauss_legendre(12)
REACH = 10.0


def pieces(cuts):
    cuts = sorted(c for c in set(cuts) if -REACH <= c <= REACH)
    for a, b in zip(cuts, cuts[1:]):
        half, middle = (b - a) / 2, (a + b) / 2
        for x, w in RULE:
            yield middle + half * x, half * w


WHOLE = [-REACH + k for k in range(21)]
GRADED = WHOLE + [s * 4.0 ** -k for k in range(1, 13) for s in (-1, 1)]


def density(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


OUTER = [(x, w * density(x)) for x, w in pieces(GRADED)]


def expectation(f, q1, q2, c):
    a, b = math.sqrt(q1), math.sqrt(q2)
    if a == 0 or b == 0:
        other = max(a, b)
        return f(0.0) * math.fsum(w * f(other * x) for x, w in OUTER)
    rho = c / (a * b)
    if abs(rho) >= 1:
        return math.fsum(w * f(a * x) * f(math.copysign(b, rho) * x) for x, w in OUTER)
    rest = math.sqrt((1 - rho) * (1 + rho))
    total = []
    for x, w in OUTER:
        zero = -rho * x / rest  # where v = 0
        inner = math.fsum(v * density(y) * f(b * (rho * x + rest * y)) for y, v in pieces(WHOLE + [zero]))
        total.append(w * f(a * x) * inner)
    return math.fsum(total)


SELU, SELU_A = 1.0507009873554805, 1.6732632423543772
hermite4 = lambda x: (x ** 4 - 6 * x * x + 3) / math.sqrt(24)


def sigmoid(x):
    return 1 / (1 + math.exp(-x)) if x > 0 else math.exp(x) / (1 + math.exp(x))


def gauss_cdf(x):
    return math.erfc(-x / math.sqrt(2)) / 2


step = lambda x: 1.0 if x > 0 else 0.0
erf_slope = lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x)
C = 2.4020563531719796

# JSON of the activation, f, f' (None: 0 by convention)
ACTIVATIONS = [
    ("relu", lambda x: max(x, 0.0), step),
    ({"leaky_relu": {"alpha": 0.1}}, lambda x: x if x > 0 else 0.1 * x, lambda x: 1.0 if x > 0 else 0.1),
    ({"abrelu": {"a": -0.3, "b": 1.2}}, lambda x: 1.2 * x if x > 0 else -0.3 * x, lambda x: 1.2 if x > 0 else -0.3),
    ("abs", abs, lambda x: 1.0 if x > 0 else -1.0),
    ("sign", lambda x: 1.0 if x > 0 else -1.0, None),
    ({"erf": {"a": 1.7, "b": 0.6, "c": 0.2}}, lambda x: 1.7 * math.erf(0.6 * x) + 0.2,
     lambda x: 1.7 * 0.6 * erf_slope(0.6 * x)),
    ("sigmoid_like", lambda x: 0.5 * math.erf(x / C) + 0.5, lambda x: 0.5 / C * erf_slope(x / C)),
    ("gelu", lambda x: x * gauss_cdf(x), lambda x: gauss_cdf(x) + x * density(x)),
    ("gabor", lambda x: math.exp(-x * x) * math.sin(x),
     lambda x: math.exp(-x * x) * (math.cos(x) - 2 * x * math.sin(x))),
    ({"sin": {"a": 1.3, "b": 0.7, "c": 0.4}}, lambda x: 1.3 * math.sin(0.7 * x + 0.4),
     lambda x: 1.3 * 0.7 * math.cos(0.7 * x + 0.4)),
    ({"cos": {"b": 1.1}}, lambda x: math.cos(1.1 * x), lambda x: -1.1 * math.sin(1.1 * x)),
    ({"rbf": {"gamma": 0.5}}, lambda x: math.sqrt(2) * math.sin(x + math.pi / 4),
     lambda x: math.sqrt(2) * math.cos(x + math.pi / 4)),
    ({"gaussian": {"a": 1.2, "b": -0.8}}, lambda x: 1.2 * math.exp(-0.8 * x * x),
     lambda x: -1.92 * x * math.exp(-0.8 * x * x)),
    ({"exp": {"a": 0.7, "b": 0.6}}, lambda x: 0.7 * math.exp(0.6 * x), lambda x: 0.42 * math.exp(0.6 * x)),
    ({"monomial": {"degree": 3}}, lambda x: x ** 3, lambda x: 3 * x * x),
    ({"polynomial": {"coef": [0.3, -1.0, 0.5, 0.1]}}, lambda x: 0.3 - x + 0.5 * x * x + 0.1 * x ** 3,
     lambda x: -1 + x + 0.3 * x * x),
    ({"hermite": {"degree": 4}}, hermite4, lambda x: (4 * x ** 3 - 12 * x) / math.sqrt(24)),
    ({"rectified_monomial": {"degree": 0}}, step, None),
    ({"rectified_monomial": {"degree": 1}}, lambda x: max(x, 0.0), step),
    ({"rectified_monomial": {"degree": 2}}, lambda x: max(x, 0.0) ** 2, lambda x: 2 * max(x, 0.0)),
    ({"rectified_monomial": {"degree": 3}}, lambda x: max(x, 0.0) ** 3, lambda x: 3 * max(x, 0.0) ** 2),
    ("tanh", math.tanh, lambda x: 1 - math.tanh(x) ** 2),
    ("sigmoid", sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    ("softplus", lambda x: max(x, 0.0) + math.log1p(math.exp(-abs(x))), sigmoid),
    ("swish", lambda x: x * sigmoid(x), lambda x: sigmoid(x) + x * sigmoid(x) * sigmoid(-x)),
    ("elu", lambda x: x if x > 0 else math.expm1(x), lambda x: 1.0 if x > 0 else math.exp(x)),
    ("selu", lambda x: SELU * x if x > 0 else SELU * SELU_A * math.expm1(x),
     lambda x: SELU if x > 0 else SELU * SELU_A * math.exp(x)),
    ("identity", lambda x: x, lambda x: 1.0),
    ({"expr": "x*tanh(x)"}, lambda x: x * math.tanh(x), lambda x: math.tanh(x) + x * (1 - math.tanh(x) ** 2)),
]

# q1, q2, correlation
TRIPLES = [(1.0, 1.0, 0.3), (0.5, 2.0, -0.7), (1.7, 0.6, 0.0), (1.3, 0.8, 1.0), (0.9, 1.4, -1.0),
           (1.0, 1.2, 1 - 1e-6), (0.7, 0.7, -1 + 1e-4), (2.5, 0.04, 0.95), (0.0, 1.5, 0.0)]


def activations():
    cases = []
    for name, f, slope in ACTIVATIONS:
        for q1, q2, rho in TRIPLES:
            c = rho * math.sqrt(q1) * math.sqrt(q2)
            if abs(rho) == 1:
                c = rho * math.sqrt(q1 * q2)
            if name == {"rectified_monomial": {"degree": 0}} and q1 * q2 == 0:
                continue  # the value at the jump is a convention
            case = dict(activation=name, q1=q1, q2=q2, c=c, value=expectation(f, q1, q2, c))
            # With a variance of 0, or |rho| = 1, a slope that jumps at 0 has no one value.
            jumps = slope is not None and slope(1e-12) != slope(-1e-12) and abs(slope(1e-12) - slope(-1e-12)) > 1e-6
            if slope is None:
                case["derivative"] = 0.0
            elif not (jumps and q1 * q2 == 0):
                case["derivative"] = expectation(slope, q1, q2, c)
            cases.append(case)
    return cases


# ---- networks

def relu_dual(q1, q2, c):
    p = mp.sqrt(q1 * q2)
    if p == 0:
        return mp.mpf(0), mp.mpf(1) / 4
    rho = max(mp.mpf(-1), min(mp.mpf(1), c / p))
    theta = mp.acos(rho)
    return p * (mp.sin(theta) + (mp.pi - theta) * rho) / (2 * mp.pi), (mp.pi - theta) / (2 * mp.pi)


def erf_dual(q1, q2, c):
    value = 2 / mp.pi * mp.asin(2 * c / mp.sqrt((1 + 2 * q1) * (1 + 2 * q2)))
    return value, 4 / mp.pi / mp.sqrt((1 + 2 * q1) * (1 + 2 * q2) - 4 * c * c)


KNOWN = {}


def tanh_dual(q1, q2, c):
    key = (float(q1), float(q2), float(c))
    if key not in KNOWN:
        q1, q2, c = key
        KNOWN[key] = (mp.mpf(expectation(math.tanh, q1, q2, c)),
                      mp.mpf(expectation(lambda x: 1 - math.tanh(x) ** 2, q1, q2, c)))
    return KNOWN[key]


DUALS = {"relu": relu_dual, "erf": erf_dual, "tanh": tanh_dual}


class State:
    """K and Theta of one pair of inputs over pairs of positions, and of each input with itself."""

    def __init__(self, shape, blocks):
        self.shape = shape    # (height, width)
        self.blocks = blocks  # {"11", "22", "12"}: (K, Theta), each {(p, q): number}

    def copy(self):
        return State(self.shape, {k: (dict(a), dict(b)) for k, (a, b) in self.blocks.items()})

    def positions(self):
        return [(i, j) for i in range(self.shape[0]) for j in range(self.shape[1])]


def windows(size, kernel, stride, padding):
    """For each output place the input places under the filter; None is outside."""
    if padding == "VALID":
        return [[o * stride + t for t in range(kernel)] for o in range((size - kernel) // stride + 1)]
    out = -(-size // stride)
    low = max((out - 1) * stride + kernel - size, 0) // 2
    places = [[o * stride + t - low for t in range(kernel)] for o in range(out)]
    if padding == "CIRCULAR":
        return [[p % size for p in row] for row in places]
    return [[p if 0 <= p < size else None for p in row] for row in places]


def averaged(state, kernel, stride, padding, aligned, divisor):
    """aligned: taps of both positions are the same (convolution); else all pairs of taps (pooling)."""
    rows = windows(state.shape[0], kernel[0], stride[0], padding)
    cols = windows(state.shape[1], kernel[1], stride[1], padding)
    taps = [(s, t) for s in range(kernel[0]) for t in range(kernel[1])]
    place = lambda o, t: (rows[o[0]][t[0]], cols[o[1]][t[1]])
    shape = (len(rows), len(cols))
    outs = [(i, j) for i in range(shape[0]) for j in range(shape[1])]

    def apply(matrix):
        result = {}
        for p in outs:
            for q in outs:
                pairs = [(t, t) for t in taps] if aligned else [(s, t) for s in taps for t in taps]
                total = mp.mpf(0)
                for s, t in pairs:
                    a, b = place(p, s), place(q, t)
                    if None not in a and None not in b:
                        total += matrix[(a, b)]
                result[(p, q)] = total / divisor
        return result

    return State(shape, {k: (apply(a), apply(b)) for k, (a, b) in state.blocks.items()})


class Walk:
    def __init__(self, network, same):
        self.standard = network.get("parameterization") == "standard"
        self.same = same

    def affine(self, layer, average, state, fan):
        w = mp.mpf(layer.get("sigma_w", 1.0)) ** 2
        b = mp.mpf(layer.get("sigma_b", 0.0)) ** 2
        mean = average(state)
        blocks = {}
        for key, (k, theta) in mean.blocks.items():
            new = {pq: w * v + b for pq, v in k.items()}
            if self.standard:
                bias = 1 if "sigma_b" in layer else 0
                grown = {pq: fan * k[pq] + bias + w * theta[pq] for pq in k}
            else:
                grown = {pq: new[pq] + w * theta[pq] for pq in k}
            blocks[key] = (new, grown)
        return State(mean.shape, blocks)

    def run(self, layers, state, fan):
        for layer in layers:
            name, value = (layer, {}) if isinstance(layer, str) else next(iter(layer.items()))
            if name == "dense":
                state = self.affine(value, lambda s: s, state, fan)
                fan = value.get("width", fan)
            elif name == "conv":
                kernel, stride = value["kernel"], value.get("stride", [1, 1])
                taps = kernel[0] * kernel[1]
                state = self.affine(value, lambda s: averaged(s, kernel, stride, value.get("padding", "SAME"), True, taps),
                                    state, fan * taps)
                fan = value.get("width", fan)
            elif name == "activation":
                dual = DUALS[value]
                own = {k: {p: state.blocks[k][0][(p, p)] for p in state.positions()} for k in ("11", "22")}
                blocks = {}
                for key, (k, theta) in state.blocks.items():
                    left, right = own[key[0] * 2], own[key[1] * 2]
                    new, grown = {}, {}
                    for (p, q), c in k.items():
                        f, d = dual(left[p], right[q], c)
                        new[(p, q)], grown[(p, q)] = f, d * theta[(p, q)]
                    blocks[key] = (new, grown)
                state = State(state.shape, blocks)
            elif name == "layer_norm":
                eps = mp.mpf(value.get("eps", 1e-12))
                own = {}
                for k in ("11", "22"):
                    own[k] = {p: state.blocks[k][0][(p, p)] for p in state.positions()}
                    if value.get("axes", "channel") == "all":
                        mean = sum(own[k].values()) / len(own[k])
                        own[k] = {p: mean for p in own[k]}
                scale = lambda key, p, q: 1 / mp.sqrt((own[key[0] * 2][p] + eps) * (own[key[1] * 2][q] + eps))
                state = State(state.shape, {
                    key: tuple({(p, q): v * scale(key, p, q) for (p, q), v in m.items()} for m in pair)
                    for key, pair in state.blocks.items()})
            elif name == "dropout":
                keep = mp.mpf(value["keep"])
                for key, pair in state.blocks.items():
                    if key == "12" and not self.same:
                        continue
                    for m in pair:
                        for p in state.positions():
                            m[(p, p)] /= keep
            elif name == "residual":
                branch = self.run(value["branch"], state.copy(), fan)
                short = self.run(value.get("shortcut", []), state.copy(), fan)
                blocks = {}
                for key in branch.blocks:
                    blocks[key] = tuple({pq: a[pq] + b[pq] for pq in a}
                                        for a, b in zip(branch.blocks[key], short.blocks[key]))
                state = State(branch.shape, blocks)
            elif name in ("avg_pool", "sum_pool"):
                window = value["window"]
                taps = window[0] * window[1]
                state = averaged(state, window, value.get("stride", [1, 1]), value.get("padding", "VALID"), False,
                                 taps ** 2 if name == "avg_pool" else 1)
            elif name in ("flatten", "global_avg_pool"):
                places = state.positions()
                blocks = {}
                for key, pair in state.blocks.items():
                    if name == "flatten":
                        mean = tuple(sum(m[(p, p)] for p in places) / len(places) for m in pair)
                    else:
                        mean = tuple(sum(m.values()) / len(places) ** 2 for m in pair)
                    blocks[key] = tuple({((0, 0), (0, 0)): v} for v in mean)
                state = State((1, 1), blocks)
            else:
                raise ValueError(name)
        return state


def gram(network, xs):
    height, width, channels = network.get("input_shape", [1, 1, len(xs[0])])
    cell = lambda x, p: [mp.mpf(v) for v in x[(p[0] * width + p[1]) * channels:][:channels]]
    places = [(i, j) for i in range(height) for j in range(width)]

    def first(x, y):
        k = {(p, q): sum(a * b for a, b in zip(cell(x, p), cell(y, q))) / channels for p in places for q in places}
        return k, {pq: mp.mpf(0) for pq in k}

    nngp, ntk = [], []
    for i, x in enumerate(xs):
        nngp.append([])
        ntk.append([])
        for j, y in enumerate(xs):
            if j < i:
                nngp[i].append(nngp[j][i])
                ntk[i].append(ntk[j][i])
                continue
            state = State((height, width), {"11": first(x, x), "22": first(y, y), "12": first(x, y)})
            end = Walk(network, i == j).run(network["layers"], state, channels).blocks["12"]
            at = ((0, 0), (0, 0))
            nngp[i].append(end[0][at])
            ntk[i].append(end[1][at])
    return dict(network=network, x=xs, nngp=nngp, ntk=ntk)


def numbers(count, seed):
    """A linear congruential generator, so that the inputs look like nothing in particular; multiples of 1/64."""
    values = []
    for _ in range(count):
        seed = (1103515245 * seed + 12345) % 2 ** 31
        values.append(((seed >> 12) % 257 - 128) / 64)
    return values


def inputs(rows, columns, seed):
    values = numbers(rows * columns, seed)
    return [values[i * columns:(i + 1) * columns] for i in range(rows)]


def networks():
    dense = lambda **k: {"dense": k}
    act = lambda name: {"activation": name}
    conv = lambda **k: {"conv": k}
    affine = dict(sigma_w=1.4, sigma_b=0.3)
    points = inputs(4, 3, 1)
    points += [points[0], [-v for v in points[1]]]  # a repeated row and an opposite one
    images = inputs(3, 4 * 3 * 2, 5)
    residual = {"residual": {"branch": [act("relu"), dense(sigma_w=1.1)], "shortcut": [dense(sigma_w=0.7, sigma_b=0.2)]}}
    return [
        gram({"layers": [dense(**affine), act("relu"), dense(**affine), act("relu"), dense()]}, points),
        gram({"layers": [dense(**affine), act("erf"), dense(sigma_w=2.0), act("erf"), dense(sigma_w=0.9)]}, points),
        gram({"layers": [dense(**affine), act("tanh"), dense(**affine), act("tanh"), dense()]}, points[:3]),
        gram({"parameterization": "standard",
              "layers": [dense(width=64, **affine), act("relu"), dense(width=128, **affine), act("erf"), dense()]}, points),
        gram({"layers": [dense(**affine), residual, {"layer_norm": {}}, act("relu"), dense(**affine),
                         {"residual": {"branch": [act("erf"), dense()]}}, {"layer_norm": {"eps": 0.1}}, act("relu"),
                         dense()]}, points),
        gram({"layers": [dense(**affine), act("relu"), {"dropout": {"keep": 0.8}}, dense(**affine), act("relu"), dense()]},
             points[:4]),
        gram({"input_shape": [4, 3, 2],
              "layers": [conv(kernel=[3, 3], **affine), act("relu"), conv(kernel=[3, 2], padding="CIRCULAR", **affine),
                         act("relu"), "flatten", dense()]}, images),
        gram({"input_shape": [4, 3, 2],
              "layers": [conv(kernel=[3, 3], stride=[2, 1], **affine), act("relu"),
                         {"avg_pool": {"window": [2, 2]}}, conv(kernel=[1, 2], padding="VALID", **affine), act("erf"),
                         "global_avg_pool", dense()]}, images),
        gram({"input_shape": [4, 3, 2],
              "layers": [conv(kernel=[3, 3], **affine),
                         {"residual": {"branch": [act("relu"), conv(kernel=[3, 3], sigma_w=1.2)]}},
                         {"layer_norm": {"axes": "all"}}, act("relu"), {"avg_pool": {"window": [2, 1], "stride": [2, 1]}},
                         conv(kernel=[2, 2]), {"layer_norm": {"axes": "channel", "eps": 0.01}}, act("relu"),
                         "global_avg_pool", dense(sigma_w=1.3)]}, images),
        gram({"input_shape": [4, 3, 2],
              "layers": [conv(kernel=[2, 2], padding="VALID", **affine), act("erf"), {"dropout": {"keep": 0.7}},
                         conv(kernel=[2, 1], **affine), act("relu"), {"sum_pool": {"window": [2, 2]}}, "flatten",
                         dense()]}, images),
    ]


def main():
    print(json.dumps(dict(activations=activations(), networks=networks()), default=float))


main()
