"""Writes derivatives.json: derivatives of the elementwise primitives over the whole range of exponents.

Run:  python3 -m venv v && v/bin/pip install mpmath==1.4.1 && v/bin/python test/golden/make_derivatives.py

For each primitive (and its parameters): arguments x (and y), and the doubles nearest to the partial derivatives there.
Derivatives beyond the largest double are infinite. Left out are points where the function's own value overflows.
"""
import json
import math
import os
import random
import struct

import mpmath as m
from mpmath import mp, mpf

mp.prec = 400
random.seed(7)
R = random.random
COUNT = 120


def log_uniform(low, high):
    return 10 ** (low + (high - low) * R())


def any_double(low=-323, high=308):
    while True:
        (x,) = struct.unpack("d", struct.pack("Q", random.getrandbits(64)))
        if math.isfinite(x) and 10.0**low <= abs(x) <= 10.0**high:
            return x


def positive():
    return abs(any_double())


def sign():
    return random.choice([-1.0, 1.0])


def wide(limit):
    """Of either sign, below a limit: exponents first, then numbers near the limit."""
    return lambda: sign() * (log_uniform(-320, math.log10(limit)) if R() < 0.6 else R() * limit)


def near_one():
    """In (-1, 1): small ones and those near the ends."""
    return sign() * (log_uniform(-320, -0.01) if R() < 0.5 else 1 - log_uniform(-15, -0.3))


def double(v):
    """The nearest double; subnormal ones by the fixed spacing there."""
    if not m.isfinite(v):
        return float(v)
    if abs(v) < mpf(2) ** -1022:
        return float(m.nint(v * mpf(2) ** 1074)) * 5e-324 if v else 0.0
    if abs(v) >= mpf(2) ** 1024 - mpf(2) ** 970:
        return math.inf if v > 0 else -math.inf
    with mp.workprec(53):
        return float(+v)


def sigma(x):
    return 1 / (1 + m.exp(-x))


def root3(x):
    return m.cbrt(abs(x)) * m.sign(x)


def sinc1(x):
    t = m.pi * x
    return m.pi * (m.cos(t) / t - m.sin(t) / t**2) if abs(t) > mpf(10) ** -30 else -m.pi * t / 3


UNARY = {
    "neg": (any_double, lambda x: mpf(-1)),
    "abs": (any_double, lambda x: m.sign(x)),
    "sqrt": (positive, lambda x: 1 / (2 * m.sqrt(x))),
    "cbrt": (any_double, lambda x: 1 / (3 * root3(x) ** 2)),
    "exp": (wide(709), m.exp),
    "expm1": (wide(709), m.exp),
    "exp2": (wide(1023), lambda x: m.ln(2) * mpf(2) ** x),
    "log": (positive, lambda x: 1 / x),
    "log2": (positive, lambda x: 1 / (x * m.ln(2))),
    "log10": (positive, lambda x: 1 / (x * m.ln(10))),
    "log1p": (lambda: positive() if R() < 0.6 else -1 + log_uniform(-15, 0), lambda x: 1 / (1 + x)),
    "sin": (any_double, m.cos),
    "cos": (any_double, lambda x: -m.sin(x)),
    "tan": (any_double, lambda x: 1 + m.tan(x) ** 2),
    "sinh": (wide(710), m.cosh),
    "cosh": (wide(710), m.sinh),
    "tanh": (any_double, lambda x: m.sech(x) ** 2),
    "asin": (near_one, lambda x: 1 / m.sqrt((1 - x) * (1 + x))),
    "acos": (near_one, lambda x: -1 / m.sqrt((1 - x) * (1 + x))),
    "atan": (any_double, lambda x: 1 / (1 + x * x)),
    "asinh": (any_double, lambda x: 1 / m.sqrt(1 + x * x)),
    "acosh": (lambda: 1 + log_uniform(-15, 15) if R() < 0.5 else log_uniform(1, 308), lambda x: 1 / m.sqrt((x - 1) * (x + 1))),
    "atanh": (near_one, lambda x: 1 / ((1 - x) * (1 + x))),
    "logistic": (any_double, lambda x: sigma(x) * sigma(-x)),
    "erf": (wide(30), lambda x: 2 / m.sqrt(m.pi) * m.exp(-x * x)),
    "erfc": (wide(30), lambda x: -2 / m.sqrt(m.pi) * m.exp(-x * x)),
    "erf_inv": (near_one, lambda x: m.sqrt(m.pi) / 2 * m.exp(m.erfinv(x) ** 2)),
    "lgamma": (lambda: log_uniform(-300, 300) if R() < 0.7 else -20 * R(), lambda x: m.digamma(x)),
    "digamma": (lambda: log_uniform(-150, 300) if R() < 0.7 else -20 * R(), lambda x: m.polygamma(1, x)),
    "sinc": (wide(1e6), sinc1),
}


def moderate():
    return sign() * log_uniform(-150, 150)


def power_arguments():
    """x > 0 and y such that neither x^y nor x^(y-1) leaves the normal numbers."""
    while True:
        x = log_uniform(-300, 300)
        y = sign() * log_uniform(-3, 2.8)
        if abs(y * math.log10(x)) < 300 and abs((y - 1) * math.log10(x)) < 300:
            return x, y


def integers(n):
    def draw():
        while True:
            x = any_double() if R() < 0.3 else sign() * 10 ** (random.uniform(-309, 309) / max(1, abs(n)))
            v = abs(mpf(x)) ** n
            if mpf(2) ** -1074 < v < mpf(2) ** 1023:
                return (x,)

    return draw


two = lambda: (any_double(), any_double())

CASES = [(name, {}, (lambda d: lambda: (d(),))(draw), [d]) for name, (draw, d) in UNARY.items()]
CASES += [("integer_pow", {"y": n}, integers(n), [lambda x, n=n: n * x ** (n - 1)]) for n in (2, 3, 7, -1, -2, -3, -12, -1001)]
CASES += [
    ("mul", {}, two, [lambda x, y: y, lambda x, y: x]),
    ("div", {}, two, [lambda x, y: 1 / y, lambda x, y: -x / y**2]),
    ("atan2", {}, two, [lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)]),
    ("atan2", {}, lambda: (moderate(), moderate()), [lambda y, x: x / (x * x + y * y), lambda y, x: -y / (x * x + y * y)]),
    ("hypot", {}, lambda: (any_double(high=307), any_double(high=307)), [lambda x, y: x / m.hypot(x, y), lambda x, y: y / m.hypot(x, y)]),
    ("logaddexp", {}, lambda: (wide(700)(), wide(700)()), [lambda x, y: sigma(x - y), lambda x, y: sigma(y - x)]),
    ("pow", {}, power_arguments, [lambda x, y: y * x ** (y - 1), lambda x, y: m.ln(x) * x**y]),
]

lines = []
for name, params, draw, partials in CASES:
    rows = []
    while len(rows) < COUNT:
        args = draw()
        rows.append(list(args) + [double(f(*map(mpf, args))) for f in partials])
    encode = lambda v: v if math.isfinite(v) else str(v).replace("inf", "Infinity")
    lines.append(json.dumps({"name": name, "params": params, "rows": [[encode(v) for v in r] for r in rows]}))

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "derivatives.json")
with open(path, "w") as f:
    f.write('{"about":"mpmath 1.4.1 at 400 bits. Made by make_derivatives.py",\n"cases":[\n' + ",\n".join(lines) + "\n]}\n")
print(len(lines), "cases", os.path.getsize(path), "bytes")
