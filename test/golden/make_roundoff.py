"""Writes roundoff.json: exact values, to about 32 digits, of functions that lose digits in floating arithmetic.

Run:  python3 -m venv v && v/bin/pip install mpmath==1.4.1 && v/bin/python test/golden/make_roundoff.py

Each case has arguments (the floats that the test passes, exactly as they are) and for each the exact value of the function as
two floats, high + low. The functions stand under the same names in test/debug/roundoff.test.ts.
"""
import json
import os

from mpmath import mp, mpf, cos, exp, log, sqrt

mp.dps = 120


def series(x):
    """The partial sum of exp's series with 100 terms, as the loop computes it in exact arithmetic."""
    total, term = mpf(1), mpf(1)
    for k in range(1, 101):
        term = term * x / k
        total += term
    return total


def muller(x):
    """x[n+1] = 108 - (815 - 1500/x[n-1])/x[n], eight steps from (x, 61/11 as a float)."""
    a, b = x, mpf(61 / 11)
    for _ in range(8):
        a, b = b, 108 - (815 - 1500 / a) / b
    return b


def variance(x):
    xs = [x + mpf(d) for d in (0.25, 0.5, 1.75, 3.0)]
    return sum(t * t for t in xs) / 4 - (sum(xs) / 4) ** 2


def logistic_map(x):
    for _ in range(30):
        x = mpf(3.75) * x * (1 - x)
    return x


CASES = {
    "cosine": (lambda x: (1 - cos(x)) / x**2, [1e-4 * (1 + k / 16) for k in range(16)]),
    "quadratic": (lambda b: (-b + sqrt(b * b - 4)) / 2, [1e5 + 317.3 * k for k in range(16)]),
    "log": (lambda x: log(1 + x) / x, [1e-9 * (1 + k / 7) for k in range(16)]),
    "horner": (lambda x: ((((((x - 7) * x + 21) * x - 35) * x + 35) * x - 21) * x + 7) * x - 1, [1.002 + k / 1000 for k in range(16)]),
    "series": (series, [-20 - k / 9 for k in range(16)]),
    "muller": (muller, [11 / 2]),
    "variance": (variance, [1e6 + k / 3 for k in range(64)]),
    "logistic": (logistic_map, [0.3 + k / 77 for k in range(16)]),
    "rump": (lambda b: mpf(333.75) * b**6 + mpf(77617) ** 2 * (11 * mpf(77617) ** 2 * b**2 - b**6 - 121 * b**4 - 2) + mpf(5.5) * b**8 + 77617 / (2 * b), [33096.0]),
    "dot": (lambda x: 1e12 * x + x - 1e12 * x + 0, [1.1 + k / 13 for k in range(16)]),
}


def pair(v):
    high = float(v)
    return [high, float(v - mpf(high))]


here = os.path.dirname(os.path.abspath(__file__))
with open(os.path.join(here, "roundoff.json"), "w") as out:
    lines = [json.dumps({"name": name, "args": args, "exact": [pair(f(mpf(x))) for x in args]}) for name, (f, args) in CASES.items()]
    out.write('{"about":"mpmath 1.4.1 at 120 digits. Made by make_roundoff.py",\n"cases":[\n' + ",\n".join(lines) + "\n]}\n")
