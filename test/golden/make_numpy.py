"""Writes numpy.json (what NumPy computes) and printing.json (how NumPy prints).

Run:  python3 -m venv v && v/bin/pip install jax==0.10.2 && v/bin/python test/golden/make_numpy.py

numpy.json: {fn, args, kwargs, out}: fn is NumPy's own name; out is an array, or a list of them for functions that give
several. Integer outputs keep NumPy's int64. A case with "from": "jax.numpy" follows JAX where NumPy differs.
Integer inputs are int32. Elementwise edge cases are one case for each function, over a list of values.
"""
import os
import sys
import warnings

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from encode import write

warnings.filterwarnings("ignore")
np.seterr(all="ignore")
nan, inf = np.nan, np.inf

# ---------------------------------------------------------------- printing.json
shown = []


def show(*xs):
    for x in xs:
        x = np.asarray(x)
        shown.append({"shape": list(x.shape), "dtype": str(x.dtype), "data": x.ravel(), "text": str(x), "repr": repr(x)})


r = np.random.RandomState(7)
f64 = lambda v: np.array(v, "float64")
show(f64(0), f64(-0.0), f64(1), f64(1.5), f64(-2.25), f64(3.141592653589793), f64(1e300), f64(1e-300), f64(5e-324), f64(1e16),
     f64(1e15), f64(123456789.123), f64(0.1), f64(1 / 3), f64(1e-4), f64(1e-5), f64(nan), f64(inf), f64(-inf), f64(123456789012345680.0))
show(np.array(7, "int32"), np.array(-7, "int32"), np.array(4294967295, "uint32"), np.array(True), np.array(False),
     np.array(1.5, "float32"), np.array(0.1, "float32"), np.array(1e-10, "float32"), np.array(16777216, "float32"), np.array(3.4028235e38, "float32"))
show(np.array([1, 2, 3], "int32"), np.array([-1, 10, 200], "int32"), np.array([[1, -2], [300, 4]], "int32"), np.array([0, 4294967295], "uint32"),
     np.array([[1, 2], [3, 4]], "uint32"), np.array([True, False]), np.array([[True, True], [False, True]]), np.array([1], "int32"))
show([1.0, 2.0, 3.0], [0.1, 0.2, 0.3], [1.5, -2.25, 3.125], [1.0], [-0.0, 0.0], [0.0, 0.0, 0.0], [-1.0, -2.0], [1e-3, 1.0], [1e-4, 1.0], [1e-5, 1.0],
     [1e8, 1.0], [1e7, 1.0], [123456.789, 0.001], [1e16, 1.0], [1e15, 1.0], [1e16, 2e16], [99999999.0, 1.5], [100000000.0, 1.5],
     [1e-10, 1e10], [1e-300, 1e300], [1e100, 1e101], [5e-324, 1.0], [1234.5678, 0.00012345], [1 / 3, 2 / 3, 1.0], [1e-8, 2e-8], [0.00001, 0.00002],
     [0.1 + 0.2, 1.0], [1.23456789012345, 2.0], [1.000000001, 2.0], [1.0000000001, 2.0], [12345678.9, 1.0], [0.5, 100.25, -3.0], [1000.0, 2000.5],
     [999.9999999999], [1e5, 1e-3], [1e3, 1e-1], [1e4, 1e-4 * 11], [2.5e-5, 1e-3], [123456789.0], [1e22], [-1e-7, 1e-7], [1.7976931348623157e308])
show([nan, 1.0], [inf, 1.0], [-inf, 1.5], [nan, inf, -inf], [nan], [inf], [nan, nan], [1e10, nan], [1e-10, inf], [nan, -1.0, 22.5], [inf, -1.5], [0.0, nan],
     [-inf, 123456.5, nan], [[nan, 1.0], [-inf, 2.5]], [1e-3, nan, 1e6], [np.nan, 1e-20, -3.0])
show(np.zeros(0), np.zeros((0, 3)), np.zeros((3, 0)), np.zeros((2, 0, 3)), np.zeros((0, 0)), np.zeros(0, "int32"), np.zeros((2, 0), "float32"), np.zeros((0, 2), "bool"))
show([[1.0, 2.0], [3.0, 4.0]], [[1.5, -2.0, 3.25]], [[1.0], [2.0], [3.0]], [[[1.0]]], [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0], [7.0, 8.0]]], np.arange(24.0).reshape(2, 3, 4),
     np.arange(12.0).reshape(2, 1, 2, 3), np.eye(3), [[1e10, 1.0], [1e-10, 3.0]], [[0.1, 22.25], [333.125, -4.0]], np.arange(8, dtype="int32").reshape(2, 2, 2), np.ones((1, 1, 1, 1)),
     np.arange(6.0).reshape(2, 3) * -1.5, [[1e-5, 1.0], [2.0, 30.0]])
show(np.arange(30.0), np.linspace(0, 1, 11), np.linspace(0, 1, 20), np.arange(100.0) / 7, np.arange(50, dtype="int32"), np.arange(40, dtype="int32") * 12345, np.linspace(-1e-3, 1e5, 15),
     np.arange(30) % 2 == 0, np.arange(60.0).reshape(2, 30), (np.arange(40.0) ** 3 / 17).reshape(2, 20), np.ones((2, 2, 25)) * 0.5, np.exp(np.arange(-12.0, 13.0)), np.arange(18.0), np.arange(19.0), np.arange(25, dtype="uint32"))
show(np.arange(1000.0), np.arange(1001.0), np.arange(2000, dtype="int32"), np.arange(1500.0) / 3, np.arange(10000.0).reshape(100, 100), np.arange(1200.0).reshape(2, 600), np.arange(1200.0).reshape(600, 2),
     np.arange(1100.0).reshape(10, 11, 10), np.arange(1331.0).reshape(11, 11, 11) / 8, np.arange(1001) % 2 == 0, np.arange(1250.0).reshape(5, 250), np.arange(1250.0).reshape(250, 5) * 1e-3, np.arange(1002.0).reshape(167, 6), np.arange(1029.0).reshape(147, 7), np.arange(1040.0).reshape(2, 2, 260),
     np.concatenate([np.zeros(2000), [1e10]]), np.concatenate([[1e-9], np.ones(2000)]), np.where(np.arange(1100) == 500, nan, 1.0), np.arange(1024.0).reshape(4, 4, 4, 4, 4), np.arange(1003.0).reshape(1003, 1), np.arange(1003.0).reshape(1, 1003))
f32 = lambda v: np.array(v, "float32")
show(f32([1, 2, 3]), f32([0.1, 0.2, 0.3]), f32([1 / 3, 2 / 3]), f32([1e-10, 1.0]), f32([1e10, 1.0]), f32([[0.1, 1.0], [2.5, 3.0]]), f32([nan, inf, -1.5]), f32([16777216, 1.5]), f32([3.4028235e38]), f32([1e-45]), f32([0.1, 100000.0]), np.arange(1001, dtype="float32"), np.linspace(0, 1, 13, dtype="float32"))
show(r.randn(5), r.randn(3, 4), r.randn(2, 3) * 1e5, r.randn(4) * 1e-6, r.randn(12), r.randn(2, 8), r.randn(3).astype("float32"), r.randn(2, 2, 2), r.rand(4, 4), (r.rand(6) * 1e9), r.randint(-1000, 1000, (3, 5)).astype("int32"))
show(np.array([-2147483648, 2147483647], "int32"), np.arange(-3, 4, dtype="int32"), np.arange(-12, 12, dtype="int32").reshape(4, 6), np.array([[[True], [False]]]), np.array([[]]), np.array([True] * 20), [1e-320, 1e-310], [0.3 - 0.1, 0.2], [100.0, 1e-2], [4.35, 4.349999999999999], [2.675, 1.005], [0.5, 1.5, 2.5], [1e23, 1e21], [9007199254740993.0, 1.0], [0.000123, 12.5], [-1.0, 1e-3, 50.0], [1e16], [9999999999999998.0, 1.0], [123456789.123456789, 1.0], [1e-16, 1.0])



def recipe(x):
    """Arrays of more than 150 elements: element i is constant, or i * multiply / divide, or (bool) i is even; then patches."""
    n, v, i = x.size, x.ravel(), np.arange(x.size)
    if x.dtype == bool:
        out, made = {"count": n, "even": True}, i % 2 == 0
    else:
        made = None
        for multiply, divide in [(m, d) for m in (1, 0.5, 0.125, 1e-3, 12345) for d in (1, 3, 7)]:
            made = (i * multiply / divide).astype(x.dtype)
            if np.array_equal(made, v):
                out = {"count": n, "multiply": multiply, "divide": divide}
                break
        else:
            usual = float(v[1])
            where = np.flatnonzero(~(v == usual))
            assert len(where) < 5, v
            out, made = {"count": n, "constant": usual, "patches": [[int(j), float(v[j])] for j in where]}, np.full(n, usual)
            made[where] = v[where]
    assert np.array_equal(made, v, equal_nan=x.dtype != bool)
    return out


printing = [{**c, "data": recipe(c["data"].reshape(c["shape"])) if c["data"].size > 150 else c["data"].tolist()} for c in shown]
write("printing.json", "str (text) and repr of NumPy " + np.__version__ + " arrays with the default print options. data is flat, or for large arrays "
      "a recipe: element i is i * multiply / divide, or constant, or (bool) whether i is even; then patches [index, value]. Made by make_numpy.py", printing)

# ---------------------------------------------------------------- numpy.json
cases = []


def plain(v):
    """Arguments and results as encode() takes them: arrays stay, tuples become lists."""
    if isinstance(v, (tuple, list)):
        return [plain(x) for x in v]
    if isinstance(v, range):
        return list(v)
    return v


def case(fn, *args, note=None, frm=None, out=None, **kwargs):
    if out is None:
        f = np
        for part in fn.split("."):
            f = getattr(f, part)
        out = f(*args, **kwargs)
    if isinstance(out, tuple) or (isinstance(out, list)):
        out = [np.asarray(x) for x in out]
    else:
        out = np.asarray(out)
    c = {"fn": fn, "args": plain(args), "kwargs": {k: plain(v) for k, v in kwargs.items()}, "out": out}
    if note:
        c["note"] = note
    if frm:
        c["from"] = frm
    cases.append(c)


def A(*v, **k):
    return np.array(v[0] if len(v) == 1 else v, **k)


def I(*v):
    return np.array(v[0] if len(v) == 1 else v, dtype="int32")


tiny, big = 5e-324, 1.7976931348623157e308
EDGE = A([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.7, 1e-8, -1e-8, 1e-300, tiny, -tiny, 2.2250738585072014e-308, 20.0, -20.0, 709.7, 710.5, -745.2, 1e10, -1e10, 1e300, big, inf, -inf, nan,
          0.1, 0.3, 0.7, 0.9, 0.999999, 1.0000001, 1.5, 2.5, 3.0, 3.141592653589793, 1.5707963267948966, 100.0, 12345.678, 1e5])
MOD = A([0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -3.7, 1e-8, -1e-8, 1e-300, tiny, 20.0, -20.0, inf, -inf, nan, 0.1, 0.3, 0.7, 0.9, 0.999999, 1.5, 2.5, 3.141592653589793, 100.0, 12345.678, 1e5])
for fn in "absolute negative positive sign sqrt cbrt square reciprocal exp exp2 expm1 log log2 log10 log1p sinh cosh tanh arcsinh arccosh arctan arctanh arcsin arccos floor ceil trunc rint isnan isinf isfinite signbit fabs deg2rad rad2deg degrees radians logical_not isposinf isneginf nan_to_num".split():
    case(fn, EDGE)
for fn in "sin cos tan sinc".split():
    case(fn, MOD)
case("i0", A([0.0, 0.5, -1.0, 5.0, 20.0]))
case("rint", A([0.5, 1.5, 2.5, 3.5, -0.5, -1.5, -2.5, 0.49999999999999994, 4503599627370495.5, 4503599627370496.5]))
case("round", A([0.5, 1.5, 2.5, -0.5, -1.5, 2.675, 1.005, 1234.5678]))
case("round", A([2.675, 1.005, 1234.5678, 0.125, -0.135, 2.5]), 2)
case("round", A([2.675, 1234.5678, 1250.0, 1350.0, -1250.0]), -2)
case("sign", A([-2.0, -0.0, 0.0, 3.0, nan, inf, -inf]))
case("sign", I(-5, 0, 7))
case("absolute", I(-5, 0, 7, -2147483647))
case("square", I(-5, 0, 7))
case("negative", I(-5, 0, 7))
case("invert", I(-5, 0, 7)); case("invert", A([True, False]))
for fn in ("bitwise_and", "bitwise_or", "bitwise_xor"):
    case(fn, I(-5, 0, 7, 12), I(3, 9, -1, 10))
    case(fn, A([True, True, False, False]), A([True, False, True, False]))
case("left_shift", I(1, 3, -5, 7), I(0, 4, 2, 10)); case("right_shift", I(1, 300, -5, -700), I(0, 4, 1, 3))
case("right_shift", np.array([4294967295, 16], "uint32"), np.array([4, 2], "uint32"))
X = A([0.0, -0.0, 1.0, -1.0, 2.5, inf, -inf, nan, 7.0, -3.0])
U, V = (a.ravel() for a in np.meshgrid(X, X, indexing="ij"))
for fn in "add subtract multiply divide floor_divide remainder fmod maximum minimum fmax fmin arctan2 hypot copysign logaddexp logaddexp2 less less_equal greater greater_equal equal not_equal logical_and logical_or logical_xor heaviside float_power power".split():
    case(fn, U, V)
case("divmod", A([7.0, -7.0, 7.5, -7.5, 0.3]), A([2.0, 2.0, -2.0, -2.0, 0.1]))
case("divmod", I(7, -7, 7, -7), I(2, 2, -2, -2))
case("modf", A([1.5, -1.5, 0.0, 3.0, inf]))
case("frexp", A([1.0, 0.5, -3.0, 1024.0, 0.0])); case("ldexp", A([0.5, 1.0, -0.75]), I(3, -2, 10))
for fn in ("floor_divide", "remainder", "fmod"):
    case(fn, I(7, -7, 7, -7, 0, 6, -6), I(3, 3, -3, -3, 5, -2, -3))
case("mod", A([5.5, -5.5]), 2.0)
for fn in ("add", "subtract", "multiply", "maximum", "minimum", "less", "equal"):
    case(fn, I(7, -7, 2000000000, 0), I(3, 5, 7, -1) if fn not in ("add", "multiply") else I(3, 5, -7, -1) if fn == "add" else I(3, 5, 1, -1))
case("divide", I(7, -7, 1, 0), I(2, 2, 3, 5))
case("power", I(2, -2, 3, 0, 7), I(10, 3, 0, 0, 5)); case("power", A([2.0, -2.0, 4.0, 9.0, 0.0, -8.0]), A([-1.0, -3.0, 0.5, -0.5, 0.0, 1 / 3]))
case("power", A([2.0, 3.0, -1.5]), 3); case("power", A([2.0, 3.0, -1.5]), I(2, 0, 5)); case("power", 2.0, A([[1.0, 2.0], [0.5, -1.0]]))
case("logaddexp", A([-inf, -inf, 0.0, 1000.0, -1000.0]), A([-inf, 0.0, -inf, 1000.0, -1001.0])); case("logaddexp2", A([-inf, 1.0, 5.0]), A([-inf, 2.0, 5.0]))
case("gcd", I(12, -18, 0, 7), I(18, 24, 5, 0)); case("lcm", I(4, 6, 0), I(6, 21, 5))
case("add", A([[1.0], [2.0], [3.0]]), A([10.0, 20.0])); case("multiply", A(np.arange(6.0).reshape(2, 1, 3)), A([[1.0], [2.0]])); case("less", A([[1.0, 5.0]]), A([[2.0], [4.0], [6.0]]))
case("isclose", A([1.0, 1.0, nan, inf, 1e-9, 100.0]), A([1.0 + 1e-6, 1.1, nan, inf, 0.0, 100.0005])); case("isclose", A([nan, 1.0]), A([nan, 2.0]), equal_nan=True)
case("allclose", A([1.0, 2.0]), A([1.0, 2.0 + 1e-9])); case("array_equal", A([1.0, 2.0]), A([1.0, 2.0])); case("array_equal", A([1.0, 2.0]), A([1.0, 2.0, 3.0]))
case("clip", A([-2.0, 0.5, 3.0, nan]), 0.0, 1.0); case("clip", A([1.0, 2.0, 3.0]), 2.5, 1.5, note="min > max gives max"); case("clip", A([1.0, 5.0]), None, 3.0); case("clip", A([1.0, 5.0]), 3.0, None)
case("clip", A([[1.0, 5.0, 9.0]]), A([2.0, 2.0, 2.0]), A([[4.0], [8.0]])); case("clip", I(1, 5, 9), 2, 6)

# reductions
M = A([[3.0, -1.0, 4.0], [1.5, 9.0, -2.5]])
T3 = (np.arange(24.0).reshape(2, 3, 4) * 7 % 11) - 3
N = A([[1.0, nan, 3.0], [4.0, 5.0, nan]])
for fn in "sum prod mean max min std var ptp".split():
    case(fn, M); case(fn, M, axis=0); case(fn, M, axis=1, keepdims=True); case(fn, M, axis=-1); case(fn, T3, axis=(0, 2)); case(fn, T3, axis=(0, -1), keepdims=True); case(fn, T3, axis=1); case(fn, N); case(fn, N, axis=0)
for fn in ("std", "var"):
    case(fn, M, ddof=1); case(fn, M, axis=0, ddof=1); case(fn, T3, axis=(1, 2), ddof=2, keepdims=True); case(fn, A([5.0])); case(fn, A([5.0]), ddof=1); case(fn, A([1e8, 1e8 + 1, 1e8 + 2])); case(fn, I(1, 2, 3, 4))
for fn in ("sum", "prod", "mean"):
    case(fn, np.zeros(0)); case(fn, np.zeros((0, 3)), axis=0); case(fn, np.zeros((0, 3)), axis=1); case(fn, I([1, 2], [3, 4])); case(fn, I([1, 2], [3, 4]), axis=0); case(fn, A([True, False, True]))
case("sum", A([1.0, 2.0]), initial=10.0); case("prod", A([3.0, 2.0]), initial=10.0); case("max", A([1.0, 2.0]), initial=10.0); case("min", A([1.0, 2.0]), initial=-3.0); case("max", np.zeros(0), initial=-inf); case("max", np.zeros((0, 2)), axis=0, initial=0.0)
case("sum", M, where=A([[True, False, True], [False, True, True]])); case("max", M, axis=0, where=A([[True, False, True], [False, False, True]]), initial=-1.0); case("mean", M, axis=1, where=A([[True, False, True], [False, True, True]]))
case("sum", A([1e16, 1.0, -1e16]), note="order of summation"); case("sum", A([inf, -inf])); case("prod", A([0.0, inf])); case("mean", A([inf, 1.0]))
B = A([[True, False], [True, True], [False, False]])
for fn in ("all", "any"):
    case(fn, B); case(fn, B, axis=0); case(fn, B, axis=1, keepdims=True); case(fn, np.zeros((0, 2)), axis=0); case(fn, A([1.0, nan, 0.0]))
case("count_nonzero", A([[0.0, 1.0, 2.0], [0.0, 0.0, nan]])); case("count_nonzero", A([[0.0, 1.0, 2.0], [0.0, 0.0, 3.0]]), axis=0)
for fn in ("argmax", "argmin"):
    case(fn, M); case(fn, M, axis=0); case(fn, M, axis=1, keepdims=True); case(fn, A([1.0, 3.0, 3.0, 1.0])); case(fn, A([1.0, nan, 3.0, nan])); case(fn, A([True, False, True])); case(fn, T3, axis=1)
for fn in ("nansum nanprod nanmean nanmax nanmin nanstd nanvar nanmedian".split()):
    case(fn, N); case(fn, N, axis=0); case(fn, N, axis=1, keepdims=True); case(fn, A([nan, nan]))
case("nanargmax", N); case("nanargmin", N, axis=1); case("nancumsum", N); case("nancumsum", N, axis=1); case("nancumprod", N, axis=0); case("nanstd", N, ddof=1); case("nanvar", N, axis=1, ddof=1)
case("nanquantile", N, 0.5); case("nanpercentile", N, 30.0, axis=1); case("nanquantile", N, A([0.25, 0.75]), axis=0)
for fn in ("cumsum", "cumprod"):
    case(fn, M); case(fn, M, axis=0); case(fn, M, axis=1); case(fn, I(1, 2, 3)); case(fn, A([1.0, nan, 2.0])); case(fn, np.zeros(0)); case(fn, T3, axis=-2); case(fn, A([True, True, False]))
case("maximum.accumulate", A([1.0, 3.0, 2.0, 5.0, 4.0])); case("minimum.accumulate", A([5.0, 3.0, 4.0, 1.0, nan, 0.0])); case("logaddexp.reduce", A([1.0, 2.0, 3.0]))
for fn in ("average",):
    case(fn, M); case(fn, M, axis=0, weights=A([1.0, 3.0])); case(fn, A([1.0, 2.0, 4.0]), weights=A([0.5, 0.25, 0.25])); case(fn, M, weights=np.abs(M))

# sorting and searching
S = A([3.0, -1.0, nan, 2.0, -1.0, inf, -0.0, 0.0, -inf])
case("sort", S); case("argsort", S, kind="stable"); case("sort", M, axis=0); case("sort", M, axis=1); case("sort", M, axis=None); case("argsort", M, axis=0, kind="stable"); case("argsort", I(3, 1, 3, 1, 2, 2), kind="stable"); case("sort", I(3, -1, 2)); case("sort", A([True, False, True])); case("argsort", A([0.0, -0.0, 0.0]), kind="stable"); case("sort", np.zeros(0)); case("argsort", T3, axis=1, kind="stable")
case("lexsort", (A([1.0, 2.0, 1.0, 2.0]), A([3.0, 3.0, 1.0, 1.0])))
H = A([1.0, 2.0, 2.0, 3.0, 5.0])
for side in ("left", "right"):
    case("searchsorted", H, A([0.0, 1.0, 2.0, 2.5, 5.0, 6.0, nan, -inf, inf]), side=side); case("searchsorted", H, 2.0, side=side); case("searchsorted", H, A([[2.0, 3.0], [4.0, 1.0]]), side=side)
case("searchsorted", A([1.0, 2.0, nan]), A([nan, 3.0])); case("searchsorted", np.zeros(0), A([1.0]))
case("digitize", A([0.2, 6.4, 3.0, 1.6, 1.0, 10.0]), A([0.0, 1.0, 2.5, 4.0, 10.0])); case("digitize", A([0.2, 6.4, 3.0, 1.0, 10.0]), A([0.0, 1.0, 2.5, 4.0, 10.0]), right=True); case("digitize", A([0.2, 6.4, 3.0]), A([10.0, 4.0, 1.0]))
case("bincount", I(0, 1, 1, 3, 2, 1, 7)); case("bincount", I(0, 1, 1, 2), weights=A([0.5, 1.0, -2.0, 4.0])); case("bincount", I(1, 1), minlength=5)
case("histogram", A([1.0, 2.0, 1.0, 4.0, 3.5]), bins=4); case("histogram", A([1.0, 2.0, 1.0, 4.0, 3.5]), bins=A([0.0, 1.0, 2.0, 4.0])); case("histogram", A([1.0, 2.0, 1.0, 4.0, 9.0]), bins=3, range=(0.0, 6.0)); case("histogram", A([1.0, 2.0, 1.0, 4.0, 3.5]), bins=4, density=True); case("histogram", A([1.0, 2.0, 1.0]), bins=2, weights=A([0.5, 2.0, 3.0])); case("histogram", A([2.0, 2.0]), bins=2)
case("nonzero", A([[1.0, 0.0], [0.0, 2.0]])); case("flatnonzero", A([0.0, 3.0, 0.0, nan])); case("argwhere", A([[1.0, 0.0], [0.0, 2.0]])); case("unique", A([3.0, 1.0, 3.0, 2.0, 1.0]))
case("isin", I(1, 2, 3, 4), I(2, 4)); case("partition", A([3.0, 1.0, 2.0]), 1, out=np.sort(A([3.0, 1.0, 2.0])), note="compare as a partition only")

XP, FP = A([1.0, 2.0, 4.0, 8.0]), A([10.0, 20.0, 0.0, -5.0])
case("interp", A([0.0, 1.0, 1.5, 2.0, 3.0, 8.0, 9.0, nan, inf, -inf]), XP, FP); case("interp", A([0.0, 9.0, 3.0]), XP, FP, left=-100.0, right=100.0); case("interp", 2.5, XP, FP); case("interp", A([[1.0, 3.0], [5.0, 7.0]]), XP, FP); case("interp", A([-1.0, 0.5, 4.5]), A([0.0, 1.0, 2.0]), A([1.0, 3.0, 2.0]), period=3.0)
Q = A([3.0, 1.0, 4.0, 1.5, 9.0, 2.0])
for method in ("linear", "lower", "higher", "nearest", "midpoint"):
    case("quantile", Q, A([0.0, 0.1, 0.25, 0.5, 0.6, 0.75, 0.9, 1.0]), method=method); case("percentile", Q, A([10.0, 33.0, 50.0]), method=method)
for method in ("hazen", "weibull", "median_unbiased"):
    case("quantile", Q, A([0.1, 0.5, 0.9]), method=method)
case("quantile", M, 0.3, axis=0); case("quantile", M, A([0.25, 0.5]), axis=1); case("quantile", T3, A([[0.1, 0.2], [0.3, 0.9]]), axis=1); case("quantile", T3, 0.4, axis=(0, 2), keepdims=True); case("percentile", M, 40.0, axis=1, keepdims=True); case("quantile", N, 0.5); case("quantile", A([5.0]), 0.7); case("quantile", A([1.0, inf, 3.0]), A([0.0, 0.25, 0.75])); case("quantile", I(1, 2, 4), 0.5)
case("median", Q); case("median", M, axis=0); case("median", M, axis=1, keepdims=True); case("median", A([1.0, 3.0, 2.0])); case("median", A([1.0, nan, 2.0])); case("median", T3, axis=(0, 1))

# products
P2, P3 = np.arange(6.0).reshape(2, 3) - 2, np.arange(12.0).reshape(3, 4) / 2
b1, b2 = np.arange(12.0).reshape(2, 2, 3) - 5, np.arange(12.0).reshape(2, 3, 2) * 0.5
v2, v3, v4 = A([1.0, -2.0]), A([1.0, 2.0, -1.0]), A([0.5, 1.0, -1.0, 2.0])
for e, ops in [("ij,jk->ik", (P2, P3)), ("ij,jk", (P2, P3)), ("ij->ji", (P2,)), ("ij->", (P2,)), ("ii", (np.arange(9.0).reshape(3, 3),)), ("ii->i", (np.arange(9.0).reshape(3, 3),)), ("bij,bjk->bik", (b1, b2)), ("...ij,...jk->...ik", (b1, b2)), ("...i->...", (T3,)), ("i,j->ij", (v2, v3)), ("ij,ij->i", (P2, P2 + 1)), ("i,ij,j->", (v2, P2, v3)), ("ba,cd", (P2, P3)), ("iji->j", (np.arange(12.0).reshape(2, 3, 2),)), ("ijk,ilm,jl->km", (b1, b1 + 1, np.arange(4.0).reshape(2, 2))), ("i...,i...->...", (P2, P2)), ("ij,jk,kl->il", (P2, P3, np.arange(8.0).reshape(4, 2))), ("a...b->b...a", (T3,)), ("ij,j->i", (P2, v3)), ("ab,ab->ba", (P2, P2)), ("i,i", (v3, v3)), ("bij,jk->bik", (b1, P3)), ("...,...->...", (P2, v3)), ("abc->cb", (T3,))]:
    case("einsum", e, *ops)
case("tensordot", P2, P3, axes=1); case("tensordot", T3, T3, axes=([0, 1], [0, 1])); case("tensordot", T3, P3, axes=([1, 2], [0, 1])); case("tensordot", v2, v3, axes=0); case("tensordot", T3, T3, axes=3); case("tensordot", P2, P2, axes=([0], [0]))
for a, b in [(P2, P3), (v2, P2), (P2, v3), (v3, v3), (b1, b2), (b1, P3), (v2, b1), (b1, v3), (np.arange(6.0).reshape(1, 2, 3), b2), (np.arange(12.0).reshape(2, 1, 2, 3), np.arange(18.0).reshape(3, 3, 2)), (np.zeros((2, 0)), np.zeros((0, 3)))]:
    case("matmul", a, b)
for a, b in [(P2, P3), (v3, v3), (P2, v3), (T3, P3.T), (A(2.0), P2), (T3, np.arange(24.0).reshape(2, 4, 3))]:
    case("dot", a, b)
case("matmul", I([1, 2], [3, 4]), I([5, 6], [7, 8]))
case("kron", P2, A([[1.0, -1.0]])); case("kron", v2, v3); case("kron", v2, P2); case("kron", P2, np.arange(8.0).reshape(2, 2, 2)); case("outer", v2, v3); case("outer", P2, v2); case("inner", v3, v3); case("inner", P2, v3); case("inner", T3, np.arange(8.0).reshape(2, 4)); case("vdot", P2, P2 + 1); case("vecdot", P2, P2 + 1)
case("cross", A([1.0, 2.0, 3.0]), A([4.0, 5.0, 6.0])); case("cross", P2, v3); case("cross", P2.T, v3, axisa=0); case("cross", P2, P2[::-1].copy()); case("linalg.matrix_power", A([[1.0, 1.0], [1.0, 0.0]]), 10); case("linalg.norm", M); case("linalg.norm", M, axis=0)
for o in (1, 2, inf, -inf, 0, 3, -1):
    case("linalg.norm", A([3.0, -4.0, 0.5]), ord=o)
for o in (1, 2, inf, -inf, "fro", "nuc", -1, -2):
    case("linalg.norm", M, ord=o)
SQ = A([[4.0, 1.0, 2.0], [1.0, 3.0, 0.5], [2.0, 0.5, 5.0]])
case("linalg.det", SQ); case("linalg.inv", SQ); case("linalg.solve", SQ, A([1.0, 2.0, 3.0])); case("linalg.cholesky", SQ); case("linalg.eigvalsh", SQ); case("linalg.slogdet", SQ * A([[1.0], [-1.0], [1.0]])); case("linalg.svd", M, compute_uv=False); case("linalg.pinv", M); case("linalg.matrix_rank", A([[1.0, 2.0], [2.0, 4.0]])); case("linalg.multi_dot", [P2, P3, np.arange(8.0).reshape(4, 2)]); case("linalg.cond", SQ)

# shapes and indices
R5 = A([1.0, 2.0, 3.0, 4.0, 5.0])
for mode in ("constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "mean"):
    case("pad", R5, (2, 3), mode=mode); case("pad", P2, ((1, 1), (2, 0)), mode=mode)
case("pad", P2, 1); case("pad", P2, ((1, 2), (0, 1)), constant_values=9.0); case("pad", R5, (1, 2), constant_values=(7.0, 8.0)); case("pad", R5[:3].copy(), (5, 4), mode="reflect"); case("pad", R5[:3].copy(), (7, 4), mode="symmetric"); case("pad", R5[:3].copy(), (4, 7), mode="wrap"); case("pad", R5, (2, 2), mode="reflect", reflect_type="odd"); case("pad", I(1, 2, 3), 2)
case("roll", R5, 2); case("roll", R5, -7); case("roll", P2, 1); case("roll", P2, 1, axis=1); case("roll", P2, (1, 2), axis=(0, 1)); case("roll", P2, -1, axis=0)
case("flip", P2); case("flip", P2, axis=0); case("flip", T3, axis=(0, 2)); case("fliplr", P2); case("flipud", P2)
for k in (0, 1, 2, 3, -1, 5):
    case("rot90", P2, k=k)
case("rot90", T3, k=1, axes=(1, 2)); case("tile", v3, 2); case("tile", P2, (2, 2)); case("tile", v3, (2, 1, 2)); case("tile", T3, 2); case("repeat", v3, 2); case("repeat", P2, 2, axis=0); case("repeat", P2, I(1, 2, 0), axis=1); case("repeat", A(3.0), 3); case("repeat", P2, 2)
case("split", np.arange(6.0), 3); case("split", np.arange(6.0), [1, 4]); case("split", P2, 3, axis=1); case("split", np.arange(5.0), [2, 7, 9]); case("array_split", np.arange(8.0), 3); case("array_split", np.arange(7.0), 3); case("array_split", P2, 2, axis=1); case("hsplit", np.arange(8.0).reshape(2, 4), 2); case("vsplit", np.arange(8.0).reshape(4, 2), 2); case("dsplit", np.arange(8.0).reshape(2, 2, 2), 2)
for ix in ("xy", "ij"):
    case("meshgrid", v2, v3, indexing=ix); case("meshgrid", v2, v3, A([7.0, 8.0]), indexing=ix); case("meshgrid", v2, v3, indexing=ix, sparse=True)
case("meshgrid", v3)
for k in (-2, -1, 0, 1, 2):
    case("tri", 3, 4, k); case("tril", np.arange(1.0, 13.0).reshape(3, 4), k=k); case("triu", np.arange(1.0, 13.0).reshape(3, 4), k=k); case("diag", v3, k=k); case("diag", np.arange(1.0, 13.0).reshape(3, 4), k=k); case("diagflat", A([[1.0, 2.0], [3.0, 4.0]]), k=k); case("diagonal", np.arange(1.0, 13.0).reshape(3, 4), offset=k); case("trace", np.arange(1.0, 13.0).reshape(3, 4), offset=k); case("eye", 3, 4, k)
case("triu", T3); case("tril", v3); case("diagonal", T3); case("diagonal", T3, 0, 1, 2); case("trace", T3); case("trace", T3, 0, 1, 2); case("tril_indices", 3); case("triu_indices", 3, 1); case("diag_indices", 3); case("identity", 3); case("vander", v3); case("vander", v3, 4, increasing=True)
case("take", R5, I(0, 3, -1)); case("take", P2, I([0, 2], [1, 1]), axis=1); case("take", P2, I(0, 5)); case("take", P2, 1, axis=0); case("take", R5, I(7, -9), mode="wrap"); case("take", R5, I(7, -9), mode="clip"); case("take_along_axis", P2, I([2, 0], [1, 1]), axis=1); case("take_along_axis", P2, I([1, 0, 0]).reshape(1, 3), axis=0); case("choose", I(0, 1, 1), [A([1.0, 2.0, 3.0]), A([4.0, 5.0, 6.0])]); case("compress", A([True, False]), P2, axis=0); case("extract", P2 > 0, P2)
case("where", P2 > 0, P2, -1.0); case("where", A([True, False]), A([[1.0], [2.0]]), A([3.0, 4.0])); case("where", A([True, False]), I(1, 2), A([0.5, 0.5])); case("where", A([0.0, 2.0]), 1.0, 5.0)
case("select", [R5 < 2, R5 > 3], [R5 * 10, R5 * 100]); case("select", [R5 < 2, R5 < 4], [R5 * 10, R5 * 100], -1.0)
case("moveaxis", T3, 0, -1); case("moveaxis", T3, [0, 1], [-1, 0]); case("swapaxes", T3, 0, 2); case("rollaxis", T3, 2); case("rollaxis", T3, 0, 3); case("rollaxis", T3, 2, 1); case("transpose", T3); case("transpose", T3, (1, 0, 2)); case("transpose", T3, (-1, 0, 1)); case("permute_dims", T3, (2, 0, 1)); case("matrix_transpose", T3)
case("broadcast_to", v3, (2, 3)); case("broadcast_to", A(2.0), (2, 2)); case("broadcast_to", A([[1.0], [2.0]]), (3, 2, 2)); case("broadcast_arrays", v3, A([[1.0], [2.0]])); case("broadcast_shapes", (2, 1), (3,)); case("expand_dims", v3, 0); case("expand_dims", v3, (0, -1)); case("expand_dims", P2, 1); case("squeeze", np.ones((1, 3, 1))); case("squeeze", np.ones((1, 3, 1)), axis=0); case("squeeze", np.ones((1, 3, 1)), axis=-1); case("squeeze", np.ones((1, 3, 1)), axis=(0, 2))
case("reshape", P2, (3, 2)); case("reshape", P2, -1); case("reshape", P2, (1, -1, 2)); case("reshape", np.zeros((0, 3)), (3, 0)); case("reshape", P2, (3, 2), order="F"); case("ravel", P2); case("ravel", P2, order="F"); case("atleast_1d", A(1.0)); case("atleast_2d", v3); case("atleast_3d", v3); case("atleast_3d", P2)
case("stack", [v3, v3 + 1]); case("stack", [v3, v3 + 1], axis=1); case("stack", [P2, P2], axis=-1); case("concatenate", [v2, v3]); case("concatenate", [P2, P2 + 1]); case("concatenate", [P2, P2 + 1], axis=1); case("concatenate", [P2, P2 + 1], axis=None); case("concatenate", [I(1, 2), A([0.5])]); case("hstack", [v2, v3]); case("hstack", [P2, P2]); case("vstack", [v3, v3]); case("vstack", [P2, v3]); case("dstack", [v3, v3 + 1]); case("dstack", [P2, P2]); case("column_stack", [v3, v3 + 1]); case("column_stack", [P2, v2]); case("append", v2, v3); case("append", P2, P2, axis=0); case("block", [[np.eye(2), np.zeros((2, 1))], [np.ones((1, 2)), A([[5.0]])]])
case("insert", R5, 2, 9.0); case("delete", R5, 1); case("delete", P2, 1, axis=1); case("resize", v3, (2, 4)); case("trim_zeros", A([0.0, 1.0, 0.0, 2.0, 0.0])); case("ediff1d", A([1.0, 4.0, 9.0]))
case("ones_like", I(1, 2)); case("full", (2, 3), 7.5); case("full_like", v3, 2.0); case("zeros", (2, 0))

# ranges and calculus
for args in [(0.0, 1.0, 5), (0.0, 1.0, 1), (2.0, 2.0, 3), (0.0, 1.0, 0), (1.0, -1.0, 4), (0.0, 1.0, 7), (-3.3, 4.7, 11)]:
    case("linspace", *args); case("linspace", *args, endpoint=False)
case("linspace", A([0.0, 1.0]), A([1.0, 3.0]), 3); case("linspace", A([0.0, 1.0]), 2.0, 3, axis=-1); case("linspace", 0.0, 1.0, 5, retstep=True); case("logspace", 0.0, 3.0, 4); case("logspace", 0.0, 3.0, 4, endpoint=False); case("logspace", 0.0, 3.0, 4, base=2.0); case("geomspace", 1.0, 1000.0, 4); case("geomspace", 1.0, 256.0, 9); case("geomspace", -1000.0, -1.0, 4); case("geomspace", 1.0, 8.0, 3, endpoint=False)
case("arange", 5); case("arange", 2, 7); case("arange", 2, 10, 3); case("arange", 0.0, 1.0, 0.1); case("arange", 1.0, 2.0, 0.3); case("arange", 5, 0, -1); case("arange", 1.0, 1.3, 0.1, note="NumPy's length ceil((1.3-1)/0.1) = 4"); case("arange", 3, 1); case("arange", 0.5, 3.0); case("arange", -1.0, 1.0, 0.25)
case("diff", A([1.0, 4.0, 9.0, 16.0])); case("diff", A([1.0, 4.0, 9.0, 16.0]), n=2); case("diff", P2, axis=0); case("diff", P2); case("diff", R5, prepend=0.0); case("diff", R5, append=A([7.0, 8.0])); case("diff", R5, n=0); case("diff", A([True, False, False]))
G = A([1.0, 2.0, 4.0, 7.0, 11.0, 16.0])
case("gradient", G); case("gradient", G, 2.0); case("gradient", G, A([0.0, 1.0, 1.5, 3.5, 4.0, 6.0])); case("gradient", np.arange(9.0).reshape(3, 3) ** 2); case("gradient", np.arange(9.0).reshape(3, 3) ** 2, axis=0); case("gradient", np.arange(9.0).reshape(3, 3) ** 2, 2.0, A([0.0, 1.0, 4.0])); case("gradient", G, edge_order=2)
case("trapezoid", G); case("trapezoid", G, dx=0.5); case("trapezoid", G, x=A([0.0, 1.0, 1.5, 3.5, 4.0, 6.0])); case("trapezoid", np.arange(6.0).reshape(2, 3), axis=0); case("trapezoid", np.arange(6.0).reshape(2, 3))
for mode in ("full", "same", "valid"):
    case("convolve", G, A([0.0, 1.0, 0.5]), mode=mode); case("convolve", A([1.0, 2.0]), G, mode=mode); case("correlate", G, A([0.0, 1.0, 0.5]), mode=mode); case("correlate", A([1.0, 2.0, 4.0]), G, mode=mode)
case("correlate", G, A([0.0, 1.0, 0.5]))
case("polyval", A([1.0, -2.0, 3.0]), A([0.0, 1.0, 2.5])); case("polyadd", A([1.0, 2.0]), A([3.0, 4.0, 5.0])); case("polymul", A([1.0, 2.0]), A([3.0, 4.0, 5.0])); case("polyder", A([3.0, 2.0, 1.0])); case("polyint", A([3.0, 2.0, 1.0])); case("polyfit", A([0.0, 1.0, 2.0, 3.0]), A([1.0, 3.0, 7.0, 13.0]), 2)
case("unwrap", A([0.0, 3.0, 6.5, -6.0, 0.5])); case("angle", A([1.0, -1.0])); case("cov", A([[0.0, 1.0, 2.0], [2.0, 1.0, 0.5]])); case("cov", A([1.0, 2.0, 4.0])); case("cov", A([[0.0, 1.0, 2.0], [2.0, 1.0, 0.5]]), rowvar=False); case("cov", A([[0.0, 1.0, 2.0], [2.0, 1.0, 0.5]]), bias=True); case("cov", A([[0.0, 1.0, 2.0], [2.0, 1.0, 0.5]]), ddof=0); case("cov", A([0.0, 1.0, 2.0]), A([1.0, 5.0, 2.0])); case("cov", A([[0.0, 1.0, 2.0], [2.0, 1.0, 0.5]]), fweights=I(1, 2, 1)); case("cov", A([[0.0, 1.0, 2.0], [2.0, 1.0, 0.5]]), aweights=A([0.5, 1.0, 1.5])); case("corrcoef", A([[0.0, 1.0, 2.0], [2.0, 1.0, 0.5]])); case("corrcoef", A([0.0, 1.0, 2.0]), A([1.0, 5.0, 2.0])); case("corrcoef", A([[0.0, 1.0], [2.0, 1.0], [4.0, 7.0]]), rowvar=False)
case("hamming", 5); case("hanning", 5); case("blackman", 5); case("bartlett", 5); case("kaiser", 5, 8.6)
for w in ("hanning", "hamming", "blackman", "bartlett"):
    case(w, 1); case(w, 8)
case("fft.fftfreq", 5, 0.5); case("fft.fftfreq", 4); case("fft.rfftfreq", 6, 0.1); case("fft.fftshift", np.arange(5.0)); case("fft.ifftshift", np.arange(5.0)); case("fft.fftshift", P2)
for n in (4, 5):
    z = np.fft.fft(np.arange(float(n)) ** 2)
    case("fft.fft", np.arange(float(n)) ** 2, out=np.stack([z.real, z.imag], -1), note="last axis: real, imaginary")
    z = np.fft.rfft(np.arange(float(n)) ** 2)
    case("fft.rfft", np.arange(float(n)) ** 2, out=np.stack([z.real, z.imag], -1), note="last axis: real, imaginary")

# JAX's own, where it differs from NumPy or NumPy has no such function
import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp

case("take", R5, I(0, 7, -1, -9), out=jnp.take(R5, I(0, 7, -1, -9)), frm="jax.numpy", note="JAX fills with NaN out of range; NumPy raises")
case("take", R5, I(0, 7), mode="clip", out=jnp.take(R5, I(0, 7), mode="clip"), frm="jax.numpy")
case("power", I(2, 3), I(-1, 2), out=jnp.power(I(2, 3), I(-1, 2)), frm="jax.numpy", note="NumPy raises for negative integer powers of integers")
case("floor_divide", I(7, -7, 5), I(0, 0, 2), out=jnp.floor_divide(I(7, -7, 5), I(0, 0, 2)), frm="jax.numpy", note="integer division by zero: NumPy gives 0")
case("remainder", I(7, -7, 5), I(0, 0, 2), out=jnp.remainder(I(7, -7, 5), I(0, 0, 2)), frm="jax.numpy", note="integer remainder by zero: NumPy gives 0")
case("argmax", A([1.0, nan, 3.0]), out=jnp.argmax(A([1.0, nan, 3.0])), frm="jax.numpy")
case("sign", A([-0.0, nan]), out=jnp.sign(A([-0.0, nan])), frm="jax.numpy")
case("nanmax", A([nan, nan]), out=jnp.nanmax(A([nan, nan])), frm="jax.numpy")
import scipy.special as sp

for fn in "erf erfc gammaln digamma expit ndtr i0 i0e i1 i1e entr gamma".split():
    x = A([0.0, 0.5, -0.5, 1.0, 2.0, -1.5, 3.7, 10.0, -10.3, 30.0, 0.001, 100.0, inf, -inf, nan])
    case("scipy.special." + fn, x, out=getattr(sp, fn)(x), frm="scipy.special")
x = A([0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.999, 1.0, 0.0, 1e-10, nan])
for fn in ("logit", "ndtri", "erfcinv"):
    case("scipy.special." + fn, x, out=getattr(sp, fn)(x), frm="scipy.special")
x = A([-1.0, -0.999, -0.5, -1e-10, 0.0, 0.1, 0.5, 0.9, 0.99999, 1.0, 1.5])
case("scipy.special.erfinv", x, out=sp.erfinv(x), frm="scipy.special")
case("scipy.special.logsumexp", A([1.0, 2.0, -inf]), out=sp.logsumexp(A([1.0, 2.0, -inf])), frm="scipy.special")
case("scipy.special.logsumexp", A([-inf, -inf]), out=sp.logsumexp(A([-inf, -inf])), frm="scipy.special")
case("scipy.special.logsumexp", M, axis=1, out=sp.logsumexp(M, axis=1), frm="scipy.special")
case("scipy.special.logsumexp", M, axis=0, b=np.abs(M), out=sp.logsumexp(M, axis=0, b=np.abs(M)), frm="scipy.special")
case("scipy.special.softmax", M, axis=1, out=sp.softmax(M, axis=1), frm="scipy.special")
case("scipy.special.xlogy", A([0.0, 0.0, 1.0, 2.0]), A([0.0, inf, 3.0, 0.0]), out=sp.xlogy(A([0.0, 0.0, 1.0, 2.0]), A([0.0, inf, 3.0, 0.0])), frm="scipy.special")
case("scipy.special.xlog1py", A([0.0, 1.0]), A([-1.0, 1e-10]), out=sp.xlog1py(A([0.0, 1.0]), A([-1.0, 1e-10])), frm="scipy.special")
case("scipy.special.rel_entr", A([0.0, 1.0, 2.0]), A([1.0, 2.0, 0.0]), out=sp.rel_entr(A([0.0, 1.0, 2.0]), A([1.0, 2.0, 0.0])), frm="scipy.special")
case("scipy.special.betaln", A([0.5, 2.0, 10.0]), A([1.0, 3.0, 0.1]), out=sp.betaln(A([0.5, 2.0, 10.0]), A([1.0, 3.0, 0.1])), frm="scipy.special")
case("scipy.special.gammainc", A([0.5, 2.0, 10.0]), A([1.0, 3.0, 12.0]), out=sp.gammainc(A([0.5, 2.0, 10.0]), A([1.0, 3.0, 12.0])), frm="scipy.special")
case("scipy.special.gammaincc", A([0.5, 2.0, 10.0]), A([1.0, 3.0, 12.0]), out=sp.gammaincc(A([0.5, 2.0, 10.0]), A([1.0, 3.0, 12.0])), frm="scipy.special")
case("scipy.special.betainc", A([0.5, 2.0, 10.0]), A([1.0, 3.0, 12.0]), A([0.1, 0.5, 0.4]), out=sp.betainc(A([0.5, 2.0, 10.0]), A([1.0, 3.0, 12.0]), A([0.1, 0.5, 0.4])), frm="scipy.special")
case("scipy.special.polygamma", I(1, 2, 3), A([0.5, 1.0, 4.2]), out=sp.polygamma(np.array([1, 2, 3]), A([0.5, 1.0, 4.2])), frm="scipy.special")
case("scipy.special.zeta", A([2.0, 3.5]), A([1.0, 0.7]), out=sp.zeta(A([2.0, 3.5]), A([1.0, 0.7])), frm="scipy.special")

write("numpy.json", "What NumPy " + np.__version__ + " computes (NumPy's own names; integer inputs are int32, integer outputs keep NumPy's dtype). Made by make_numpy.py", cases)
