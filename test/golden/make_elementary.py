"""Writes elementary.json: values of elementary functions, to a thousandth of a unit in the last place.

Run:  python3 -m venv v && v/bin/pip install mpmath==1.4.1 && v/bin/python test/golden/make_elementary.py

For each function: arguments x (and y), the double nearest to the value, and what the value is beyond it, in units of the last
place of that double. Values beyond the largest double are infinite, and then nothing is beyond them.

Sources of hard cases: Lefevre & Muller, "Worst cases for correct rounding of the elementary functions in double precision"
(2001), for exp, log and sin; Ng, "Argument reduction for huge arguments: good to the last bit" (1992), for
6381956970095103 * 2**797, the double that is nearest to a multiple of pi/2.
"""
import json
import math
import os
import random
import struct

import mpmath as m
from mpmath import mp, mpf

mp.prec = 240
random.seed(1)
R = random.random
COUNT = 180


def log_uniform(low, high):
    return 10 ** (low + (high - low) * R())


def sign():
    return random.choice([-1.0, 1.0])


def any_double():
    while True:
        (x,) = struct.unpack("d", struct.pack("Q", random.getrandbits(64)))
        if math.isfinite(x):
            return x


def neighbours(*xs):
    """The numbers themselves and the doubles next to them, of both signs."""
    out = []
    for x in xs:
        for v in (x, math.nextafter(x, math.inf), math.nextafter(x, -math.inf)):
            out += [v, -v]
    return out


def near(center, low=-16.0, high=-1.0):
    return center * (1 + sign() * log_uniform(low, high))


def sigmoid(x):
    return 1 / (1 + m.exp(-x))


def real_cbrt(x):
    return m.cbrt(x) if x >= 0 else -m.cbrt(-x)


TINY = [5e-324, 1e-320, 2.0**-1022, 2.0**-1023, 1e-300, 1e-160, 2.0**-54, 2.0**-27, 2.0**-28, 1.8626451492309570e-9]
HUGE = [1e15, 1e22, 1e100, 1e150, 1e155, 1e300, 1.7976931348623157e308]
BOTH = [s * x for x in TINY + [0.5, 1.0, 2.0, 3.0, 10.0] for s in (1, -1)]
UNIT = [s * x for x in TINY + [0.0625, 0.125, 0.5, 0.7071067811865475, 0.7071067811865476, 0.9375, math.nextafter(1, 0), 1.0] for s in (1, -1)]
# tan, sin and cos are hard where they are nearly 0, infinite or 1.
TURNS = [6381956970095103.0 * 2.0**797, 22.0, 355.0, 103993.0, 2e5, 199999.99, 1e6 * math.pi, 2.0**60, 1e22, 2.0**1023,
         float.fromhex("0x1.921fb54442d18p+1"), float.fromhex("0x1.921fb54442d18p+0")]
EXPS = neighbours(709.782712893384, 708.3964185322641, 745.1332191019411, 744.4400719213812, 708.0, 709.0, 50.0, 22.0, 18.5, 19.061547465398498, 710.4758600739439, 0.34657359027997264)
LEFEVRE_EXP = [float.fromhex(h) for h in ("0x1.83d4bcdebb3f4p+2", "-0x1.ed318efb627eap-27")]
LEFEVRE_LOG = [float.fromhex(h) for h in ("0x1.62a88613629b6p+678",)]
LEFEVRE_SIN = [float.fromhex(h) for h in ("0x1.e0000000001c2p-20", "0x1.598bae9e632f6p-7", "0x1.9283586503fep-5")]

FUNCTIONS = {
    "sqrt": (m.sqrt, [abs(x) for x in BOTH] + HUGE, [lambda: abs(any_double()), lambda: 1 + 3 * R()]),
    "cbrt": (real_cbrt, BOTH + HUGE + neighbours(8.0, 27.0, 1e-300), [any_double, lambda: 1 + 7 * R(), lambda: sign() * log_uniform(-324, -307)]),
    "exp": (m.exp, BOTH + EXPS + LEFEVRE_EXP, [lambda: sign() * log_uniform(-20, 2.85), lambda: 1400 * R() - 700, lambda: -708 - 38 * R()]),
    "exp2": (lambda x: mpf(2) ** x, BOTH + neighbours(1023.0, 1074.0, 1022.0), [lambda: sign() * log_uniform(-18, 3), lambda: 20 * R() - 10]),
    "expm1": (m.expm1, BOTH + EXPS, [lambda: sign() * log_uniform(-20, 2.85), lambda: 4 * R() - 2]),
    "log": (m.log, [abs(x) for x in BOTH] + HUGE + LEFEVRE_LOG, [lambda: abs(any_double()), lambda: near(1.0), lambda: 4 * R()]),
    "log1p": (m.log1p, [x for x in BOTH if x > -1] + HUGE + [math.nextafter(-1, 0)], [lambda: sign() * log_uniform(-20, 0) * 0.99, lambda: log_uniform(-20, 308)]),
    "log2": (lambda x: m.log(x) / m.log(2), [abs(x) for x in BOTH] + HUGE, [lambda: abs(any_double()), lambda: near(1.0), lambda: 4 * R()]),
    "log10": (lambda x: m.log(x) / m.log(10), [abs(x) for x in BOTH] + HUGE, [lambda: abs(any_double()), lambda: near(1.0), lambda: 4 * R()]),
    "sin": (m.sin, BOTH + HUGE + TURNS + LEFEVRE_SIN, [lambda: 8 * R() - 4, any_double, lambda: near(random.randint(-300000, 300000) * math.pi / 2)]),
    "cos": (m.cos, BOTH + HUGE + TURNS, [lambda: 8 * R() - 4, any_double, lambda: near(random.randint(-300000, 300000) * math.pi / 2)]),
    "tan": (m.tan, BOTH + HUGE + TURNS, [lambda: 8 * R() - 4, any_double, lambda: near(random.randint(-300000, 300000) * math.pi / 2)]),
    "asin": (m.asin, UNIT, [lambda: 2 * R() - 1, lambda: sign() * log_uniform(-20, 0), lambda: sign() * (1 - log_uniform(-16, 0))]),
    "acos": (m.acos, UNIT, [lambda: 2 * R() - 1, lambda: sign() * log_uniform(-20, 0), lambda: sign() * (1 - log_uniform(-16, 0))]),
    "atan": (m.atan, BOTH + HUGE, [lambda: 2 * R() - 1, any_double, lambda: sign() * log_uniform(-3, 3), lambda: near(random.randint(1, 16) / 16)]),
    "sinh": (m.sinh, BOTH + EXPS, [lambda: sign() * log_uniform(-20, 2.85), lambda: 6 * R() - 3]),
    "cosh": (m.cosh, BOTH + EXPS, [lambda: sign() * log_uniform(-20, 2.85), lambda: 6 * R() - 3]),
    "tanh": (m.tanh, BOTH + EXPS, [lambda: sign() * log_uniform(-20, 2.85), lambda: 6 * R() - 3]),
    "asinh": (m.asinh, BOTH + HUGE, [any_double, lambda: sign() * log_uniform(-10, 2), lambda: 6 * R() - 3]),
    "acosh": (m.acosh, [1.0, math.nextafter(1, 2), 2.0] + HUGE, [lambda: 1 + log_uniform(-15, 3), lambda: log_uniform(0, 308), lambda: 1 + R()]),
    "atanh": (m.atanh, [x for x in UNIT if abs(x) < 1], [lambda: 2 * R() - 1, lambda: sign() * log_uniform(-20, 0), lambda: sign() * (1 - log_uniform(-16, 0))]),
    "sigmoid": (sigmoid, BOTH + EXPS, [lambda: sign() * log_uniform(-20, 2.85), lambda: 20 * R() - 10]),
    "erf": (m.erf, BOTH + [5.9, 6.1], [lambda: sign() * log_uniform(-20, 1), lambda: 6 * R() - 3]),
    "erfc": (m.erfc, BOTH + [26.5, 27.2], [lambda: sign() * log_uniform(-20, 1.4), lambda: 6 * R() - 3]),
    "pow": (m.power, [(2.0, 0.5), (10.0, 308.0), (10.0, -320.0), (2.0, -1074.0), (-2.0, 1023.0), (5e-324, 0.5), (1.7e308, 1.0), (-5e-324, 3.0), (math.nextafter(1, 2), 1e18), (math.nextafter(1, 0), -5e18), (0.5, 1074.5)],
            [lambda: (log_uniform(-3, 3), 200 * R() - 100), lambda: (abs(any_double()), 2 * R() - 1), lambda: (near(1.0, -10, 0), sign() * log_uniform(0, 12)),
             lambda: (3 * R(), 3 * R()), lambda: (-10 * R(), float(random.randint(-200, 200))), lambda: (log_uniform(-323, 308), sign() * log_uniform(-3, 1)), lambda: (1 + 0.02 * (R() - 0.5), sign() * log_uniform(0, 5))]),
    "atan2": (m.atan2, [(5e-324, 5e-324), (5e-324, -1e308), (1e308, 5e-324), (-1e308, -1e308), (1e-310, 3e-310), (1e300, 1e-300), (1e-300, 1e300)],
              [lambda: (R() - 0.5, R() - 0.5), lambda: (any_double(), any_double()), lambda: (sign() * log_uniform(-3, 3), sign() * log_uniform(-3, 3)), lambda: (sign() * log_uniform(-322, -300), sign() * log_uniform(-322, -300)), lambda: (sign() * log_uniform(295, 308), sign() * log_uniform(295, 308))]),
    "hypot": (lambda x, y: m.sqrt(x * x + y * y), [(3.0, 4.0), (5e-324, 5e-324), (1e308, 1e308), (1.2e308, 1.3e308), (3e-310, 4e-310), (1e300, 1e-300)],
              [lambda: (R() - 0.5, R() - 0.5), lambda: (any_double(), any_double()), lambda: (sign() * log_uniform(-323, -305), sign() * log_uniform(-323, -305)), lambda: (sign() * log_uniform(300, 308), sign() * log_uniform(300, 308))]),
    "erfinv": (m.erfinv, [x for x in UNIT if abs(x) < 1] + neighbours(0.6875, 0.95322, 0.999974), [lambda: 2 * R() - 1, lambda: sign() * log_uniform(-300, 0), lambda: sign() * (1 - log_uniform(-16, 0))]),
    "lgamma": (m.loggamma, [x for x in BOTH if x > 0] + HUGE + [x for x in neighbours(0.5, 0.75, 1.5, 2.0, 2.5, 1e16) if x > 0], [lambda: 3 * R(), lambda: near(1.0), lambda: near(2.0), lambda: 2.5 + 20 * R(), lambda: log_uniform(-300, 300)]),
    "digamma": (m.digamma, [x for x in BOTH if x > 1e-308] + HUGE + [x for x in neighbours(1.0, 1.4616321449683623, 2.5, 1e16) if x > 0], [lambda: 3 * R(), lambda: near(1.4616321449683623), lambda: 2.5 + 20 * R(), lambda: log_uniform(-300, 300)]),
    "trigamma": (lambda x: m.polygamma(1, x), neighbours(9.0)[::2] + [1.0, 0.5], [lambda: R(), lambda: 12 * R(), lambda: log_uniform(-150, 150)]),
}


def case(f, args):
    """The arguments, the nearest double, and the rest in units of its last place."""
    mp.prec = 1400 if max(abs(a) for a in args) > 1e10 or min(abs(a) for a in args) < 1e-10 else 240
    exact = f(*[mpf(a) for a in args])
    if not m.isfinite(exact):
        return None
    if abs(exact) >= mpf(2) ** 1024 - mpf(2) ** 970:
        return [*args, "Infinity" if exact > 0 else "-Infinity", 0]
    exponent = max(int(m.floor(m.log(abs(exact), 2))) - 52, -1074) if exact else -1074
    # The logarithm may be rounded up to a whole number.
    while abs(exact) >= mpf(2) ** (exponent + 53):
        exponent += 1
    unit = mpf(2) ** exponent
    whole = int(m.nint(exact / unit))
    if abs(whole) == 2**53:
        whole, exponent = whole // 2, exponent + 1
        unit = mpf(2) ** exponent
    value = math.ldexp(whole, exponent)
    return [*args, value, round(float((exact - mpf(value)) / unit), 3)]


here = os.path.dirname(os.path.abspath(__file__))
lines = []
for name, (f, hard, ranges) in FUNCTIONS.items():
    drawn = [ranges[i % len(ranges)]() for i in range(COUNT)]
    rows = [case(f, v if isinstance(v, tuple) else (v,)) for v in list(hard) + drawn]
    lines.append(json.dumps({"name": name, "rows": [r for r in rows if r is not None]}))
with open(os.path.join(here, "elementary.json"), "w") as out:
    out.write('{"about":"mpmath 1.4.1 at 240 digits of 2 and more. Made by make_elementary.py",\n"cases":[\n' + ",\n".join(lines) + "\n]}\n")
