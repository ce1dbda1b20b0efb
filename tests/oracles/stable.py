#!/usr/bin/env python3
"""Density and upper tail of symmetric stable laws, S_alpha(1), to 30 digits and more.

usage: stable.py > tests/data/stable-laws.csv

Fourier's inversion on a ray t = s e^{i theta} of the first quadrant, s = s0 exp(u - e^-u), trapezoid sums in u:
    pi f(x) = Re int e^{i theta} exp(i x t - t^alpha) ds,    pi P(X > x) = pi/2 - theta - Im int exp(i x t - t^alpha) ds/s
with mpmath at 60 digits; halving the step must leave 25 digits, else the point is an error. Where one of the two power series
has 25 digits, it must agree as well. Needs mpmath.
"""
import sys

from mpmath import mp, mpf

mp.dps = 60
AGREE = mpf(10) ** -25

ALPHAS = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1 - 1e-6, 1 - 1e-10, 1 + 1e-10, 1 + 1e-6, 1.001,
          1.01, 1.05, 1.1, 1.2, 1.3, 1.4, 1.45, 1.5, 1.55, 1.6, 1.7, 1.8, 1.9, 1.94, 1.95, 1.99, 1.999, 1.9999, 1.99999,
          2 - 1e-8, 2 - 1e-12]
POINTS = [1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5,
          9.0, 11.0, 14.0, 20.0, 30.0, 50.0, 100.0, 300.0, 1e3, 1e4, 1e6, 1e9]


def points(alpha):
    further = [1e-40, 1e-20, 1e-12] if alpha <= 0.3 else [10.0, 12.0, 13.0, 15.0, 16.0, 17.0] if alpha >= 1.9 else []
    return sorted(POINTS + further)


def ray(alpha, x, steps):
    r = x**alpha / (1 + x**alpha)
    theta = r * min(mp.pi / 2, mpf(95) / 100 * mp.pi / (2 * alpha))
    direction, power = mp.expj(theta), mp.expj(alpha * theta)
    lo, hi = mpf(0), mpf(1)
    weight = lambda s: x * s * mp.sin(theta) + s**alpha * mp.cos(alpha * theta) - 1
    while weight(hi) < 0:
        hi *= 4
    for _ in range(40):
        mid = (lo + hi) / 2
        lo, hi = (lo, mid) if weight(mid) > 0 else (mid, hi)
    low, high = -mp.log(150 / min(mpf(1), alpha)), mp.log(160) / min(mpf(1), alpha) + 1
    density, tail = mpf(0), mpf(0)
    for k in range(int(mp.floor(low * steps)), int(mp.ceil(high * steps)) + 1):
        u = mpf(k) / steps
        small = mp.exp(-u)
        s = hi * mp.exp(u - small)
        if x * s * mp.sin(theta) > 160:
            break
        value = mp.exp(1j * x * s * direction - s**alpha * power) * (1 + small)
        density += (direction * value).real * s
        tail += value.imag
    return density / (steps * mp.pi), mpf(1) / 2 - theta / mp.pi - tail / (steps * mp.pi)


def tail_series(alpha, x):
    """None unless it has 25 digits."""
    density, tail, largest, best = mpf(0), mpf(0), mpf(0), None
    for k in range(1, 400):
        factor = (-1) ** (k + 1) * mp.gamma(k * alpha + 1) / mp.factorial(k) * x ** (-k * alpha)
        term = factor * mp.sin(k * mp.pi * alpha / 2)
        if best is not None and abs(factor) > best and alpha > 1:
            return None
        best = abs(factor)
        density, tail, largest = density + term / x, tail + term / (k * alpha), max(largest, abs(factor))
        if density != 0 and abs(factor) / x < abs(density) * AGREE / 100:
            if largest / x * mpf(10) ** -mp.dps > abs(density) * AGREE:
                return None
            return density / mp.pi, tail / mp.pi
    return None


def law(alpha, x):
    alpha, x = mpf(alpha), mpf(x)
    steps = 24
    coarse = ray(alpha, x, steps)
    for _ in range(6):
        steps *= 2
        fine = ray(alpha, x, steps)
        if all(abs(a - b) <= AGREE * abs(b) for a, b in zip(coarse, fine)):
            break
        coarse = fine
    else:
        sys.exit(f"alpha {alpha}, x {x}: no 25 digits")
    series = tail_series(alpha, x)
    if series and not all(abs(a - b) <= 10 * AGREE * abs(b) for a, b in zip(series, fine)):
        sys.exit(f"alpha {alpha}, x {x}: the series disagrees: {series}, {fine}")
    return fine


def main():
    print("alpha,x,pdf,sf,logpdf")
    for alpha in ALPHAS:
        for x in points(alpha):
            density, tail = law(alpha, x)
            print(f"{alpha!r},{x!r},{mp.nstr(density, 20)},{mp.nstr(tail, 20)},{mp.nstr(mp.log(density), 20)}", flush=True)


if __name__ == "__main__":
    main()
