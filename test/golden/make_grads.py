"""Writes grads.json (derivatives, from JAX) and jaxprs.txt (how JAX prints a jaxpr).

Run:  python3 -m venv v && v/bin/pip install jax==0.10.2 mpmath && v/bin/python test/golden/make_grads.py

Two kinds of case.
 {fn, x, d0, d1, d2, d3}: an elementwise function of one argument at the points x: its value and first three derivatives
   there (each by grad of grad). "true": {"d1": ...} holds the exact values where JAX's are NaN or inaccurate,
   with a "note".
 {expr, args, argnums, value, grad}: the reverse-mode gradient (a list, one for each of argnums) of the scalar expression, and
   "hessian" (in the first argument) or "jvp" (forward mode along tangents of ones) where given. "note" says when mathematics has a clean answer
   that JAX does not give; "true" is that answer.
expr is written with JAX's names; np is jax.numpy, nn jax.nn, special jax.scipy.special.
"""
import os
import sys

import jax
import numpy as onp

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from encode import write

jax.config.update('jax_enable_x64', True)
jax.config.update('jax_threefry_partitionable', True)
import jax.numpy as jnp
from jax import lax, nn
from jax.scipy import special

nan, inf = onp.nan, onp.inf
env = {"np": jnp, "nn": nn, "special": special, "lax": lax, "jax": jax, "inf": inf, "nan": nan}
cases = []
A = lambda *v: onp.array(v[0] if len(v) == 1 else v, dtype="float64")

wide = A([-30.0, -4.2, -1.3, -0.4, -1e-3, 0.0, 1e-3, 0.7, 2.1, 5.5, 25.0])
real = A([-4.2, -1.3, -0.4, -1e-3, 0.0, 1e-3, 0.7, 2.1, 5.5])
unit = A([-0.99, -0.6, -1e-3, 0.0, 1e-3, 0.3, 0.9, 0.999])
above = A([1e-6, 0.1, 0.5, 1.0, 2.1, 5.5, 30.0, 1e4])

unary = [
    ("np.sin", real, {}), ("np.cos", real, {}), ("np.tan", real, {}), ("np.arcsin", unit, {}), ("np.arccos", unit, {}), ("np.arctan", wide, {}),
    ("np.sinh", real, {}), ("np.cosh", real, {}), ("np.tanh", wide, {}), ("np.arcsinh", wide, {}), ("np.arccosh", A([1.001, 1.1, 2.0, 5.5, 1e4]), {}), ("np.arctanh", unit, {}),
    ("np.exp", real, {}), ("np.exp2", real, {}), ("np.expm1", real, {}), ("np.log", above, {}), ("np.log2", above, {}), ("np.log10", above, {}), ("np.log1p", A([-0.9, -0.1, -1e-6, 0.0, 1e-6, 0.5, 3.0, 1e4]), {}),
    ("np.sqrt", A([0.0, 1e-6, 0.1, 1.0, 2.1, 30.0, 1e4]), {0: "one-sided: the derivatives are infinite at 0"}), ("np.cbrt", A([-8.0, -0.3, 0.0, 1e-6, 0.4, 2.0, 27.0]), {0: "vertical tangent at 0"}),
    ("np.square", real, {}), ("np.reciprocal", A([-4.2, -0.5, -0.01, 0.01, 0.5, 3.0]), {}), ("np.abs", A([-2.5, -1e-3, -0.0, 0.0, 1e-3, 3.0]), {0: "at 0 JAX takes the right-hand slope, 1; 0 is the symmetric choice"}), ("np.sign", A([-2.5, -0.0, 0.0, 3.0]), {}),
    ("nn.sigmoid", wide, {}), ("nn.softplus", wide, {}), ("lambda x: nn.gelu(x, approximate=False)", real, {}), ("lambda x: nn.gelu(x, approximate=True)", real, {}), ("nn.silu", wide, {}),
    ("nn.elu", A([-3.0, -1e-3, 0.0, 1e-3, 2.0]), {}), ("nn.selu", A([-3.0, -1e-3, 0.0, 1e-3, 2.0]), {}), ("nn.relu", A([-1.0, -0.0, 0.0, 2.0]), {}), ("nn.relu6", A([-1.0, 0.0, 3.0, 6.0, 7.0]), {}), ("nn.leaky_relu", A([-1.0, 0.0, 3.0]), {}), ("nn.log_sigmoid", wide, {}), ("nn.soft_sign", real, {}), ("nn.hard_tanh", A([-2.0, -1.0, 0.5, 1.0, 2.0]), {}), ("nn.mish", real, {}), ("nn.celu", A([-3.0, 0.0, 2.0]), {}),
    ("special.erf", wide, {}), ("special.erfc", wide, {}), ("special.erfinv", A([-0.999, -0.6, -1e-3, 0.0, 1e-3, 0.3, 0.9]), {}), ("special.gammaln", A([0.1, 0.5, 1.0, 2.0, 3.7, 20.0, -0.5, -1.3]), {}), ("special.digamma", A([0.1, 0.5, 1.0, 2.0, 3.7, 20.0, -0.5, -1.3]), {}), ("special.ndtr", real, {}), ("special.log_ndtr", A([-10.0, -2.0, 0.0, 2.0]), {}), ("special.ndtri", A([0.1, 0.5, 0.9]), {}), ("special.logit", A([0.1, 0.5, 0.9]), {}), ("special.i0", A([0.0, 0.5, -1.0, 4.0]), {}), ("special.i1", A([0.0, 0.5, -1.0, 4.0]), {}),
    ("np.sinc", A([-2.5, -1.0, -1e-3, -1e-9, 0.0, 1e-9, 1e-4, 0.3, 1.0, 2.2]), {}), ("lambda x: x**2", real, {}), ("lambda x: x**3.0", real, {}), ("lambda x: x**0.5", A([0.0, 0.1, 2.0]), {}), ("lambda x: x**-1.5", A([0.1, 2.0]), {}), ("lambda x: 2.0**x", real, {}),
    ("lambda x: np.logaddexp(x, 0.5)", wide, {}), ("lambda x: np.logaddexp2(x, 0.5)", wide, {}), ("lambda x: np.hypot(x, 1.5)", wide, {}), ("lambda x: np.arctan2(x, 1.5)", wide, {}), ("lambda x: np.arctan2(-1.5, x)", wide, {}), ("lambda x: np.maximum(x, 0.7)", real, {}), ("lambda x: np.minimum(x, 0.7)", real, {}), ("lambda x: np.power(x, 2.5)", A([0.1, 0.5, 2.0]), {}), ("lambda x: np.power(2.5, x)", real, {}),
    ("lambda x: x / (1 + x * x)", real, {}), ("lambda x: np.exp(-x * x) * np.sin(3 * x)", real, {}), ("lambda x: np.remainder(x, 1.5)", real, {}), ("lambda x: np.clip(x, -1.0, 1.0)", A([-2.0, -1.0, 0.3, 1.0, 2.0]), {}), ("np.floor", A([-1.5, 0.0, 2.0, 2.5]), {}),
]


def derivatives(f, xs):
    out = []
    for _ in range(4):
        out.append(onp.array([onp.asarray(f(x)) for x in xs]))
        f = jax.grad(f)
    return out


def mp(name):
    """The true derivatives by 60-digit arithmetic, for the functions in the table."""
    import mpmath as m

    m.mp.dps = 60
    gelu_c = m.sqrt(2 / m.pi)
    table = {"np.sin": m.sin, "np.cos": m.cos, "np.tan": m.tan, "np.arcsin": m.asin, "np.arccos": m.acos, "np.arctan": m.atan, "np.sinh": m.sinh, "np.cosh": m.cosh, "np.tanh": m.tanh,
             "np.arcsinh": m.asinh, "np.arccosh": m.acosh, "np.arctanh": m.atanh, "np.exp": m.exp, "np.exp2": lambda x: m.mpf(2) ** x, "np.expm1": lambda x: m.exp(x) - 1, "np.log": m.log,
             "np.log2": lambda x: m.log(x) / m.log(2), "np.log10": lambda x: m.log(x) / m.log(10), "np.log1p": lambda x: m.log(1 + x), "np.sqrt": m.sqrt, "np.cbrt": lambda x: m.sign(x) * abs(x) ** (m.mpf(1) / 3),
             "np.square": lambda x: x * x, "np.reciprocal": lambda x: 1 / x, "nn.sigmoid": lambda x: 1 / (1 + m.exp(-x)), "nn.softplus": lambda x: m.log(1 + m.exp(x)), "nn.silu": lambda x: x / (1 + m.exp(-x)),
             "lambda x: nn.gelu(x, approximate=False)": lambda x: x * (1 + m.erf(x / m.sqrt(2))) / 2, "lambda x: nn.gelu(x, approximate=True)": lambda x: x / 2 * (1 + m.tanh(gelu_c * (x + m.mpf("0.044715") * x**3))),
             "nn.log_sigmoid": lambda x: -m.log(1 + m.exp(-x)), "nn.mish": lambda x: x * m.tanh(m.log(1 + m.exp(x))), "special.erf": m.erf, "special.erfc": m.erfc, "special.erfinv": m.erfinv,
             "special.gammaln": lambda x: m.re(m.loggamma(x)), "special.digamma": lambda x: m.psi(0, x), "special.ndtr": m.ncdf, "special.log_ndtr": lambda x: m.log(m.ncdf(x)), "special.ndtri": lambda p: m.sqrt(2) * m.erfinv(2 * p - 1),
             "special.logit": lambda x: m.log(x / (1 - x)), "special.i0": lambda x: m.besseli(0, x), "special.i1": lambda x: m.besseli(1, x), "np.sinc": m.sincpi, "lambda x: x**3.0": lambda x: x**3,
             "lambda x: np.logaddexp(x, 0.5)": lambda x: m.log(m.exp(x) + m.exp(m.mpf(0.5))), "lambda x: np.logaddexp2(x, 0.5)": lambda x: m.log(m.mpf(2) ** x + m.sqrt(2)) / m.log(2),
             "lambda x: np.hypot(x, 1.5)": lambda x: m.sqrt(x * x + m.mpf("2.25")), "lambda x: np.arctan2(x, 1.5)": lambda x: m.atan2(x, m.mpf("1.5")), "lambda x: np.arctan2(-1.5, x)": lambda x: m.atan2(m.mpf("-1.5"), x), "lambda x: 2.0**x": lambda x: m.mpf(2) ** x,
             "lambda x: np.power(2.5, x)": lambda x: m.mpf(2.5) ** x, "lambda x: np.power(x, 2.5)": lambda x: x ** m.mpf(2.5), "lambda x: x**0.5": m.sqrt, "lambda x: x**-1.5": lambda x: x ** m.mpf(-1.5),
             "lambda x: x / (1 + x * x)": lambda x: x / (1 + x * x), "lambda x: np.exp(-x * x) * np.sin(3 * x)": lambda x: m.exp(-x * x) * m.sin(3 * x)}
    return m, table.get(name)


def truth(name, x, order):
    """The true derivative, or None when it has none (or it is not in the table)."""
    m, f = mp(name)
    singular = name in ("np.sqrt", "np.cbrt", "lambda x: x**0.5") and x == 0
    if f is None or (singular and order > 0):
        return None
    x = m.mpf(float(x))
    h = m.mpf(10) ** -12
    if order == 0:
        return float(f(x))
    return float(sum((-1) ** k * m.binomial(order, k) * f(x + (m.mpf(order) / 2 - k) * h) for k in range(order + 1)) / h**order)


for name, xs, notes in unary:
    f = eval(name, env)
    d = derivatives(f, xs)
    c = {"fn": name, "x": xs, **{f"d{i}": d[i] for i in range(4)}}
    better, wrong = {}, []
    for order in range(4):
        true = [truth(name, x, order) for x in xs]
        if all(t is None for t in true):
            continue
        bad = [i for i, t in enumerate(true) if t is not None and not (abs(d[order][i] - t) <= 1e-9 * abs(t) + 1e-13)]
        if bad:
            better[f"d{order}"] = [d[order][i] if t is None else t for i, t in enumerate(true)]
            wrong += [f"d{order} at {xs[i]!r}".replace("np.float64(", "").replace(")", "") for i in bad]
    if better:
        c["true"] = {k: A(v) for k, v in better.items()}
        c["note"] = "JAX is NaN or inaccurate: " + ", ".join(wrong) + "; true holds the mathematical values"
    for note in notes.values():
        c["note"] = (c["note"] + "; " if "note" in c else "") + note
    cases.append(c)


def grad(expr, *args, argnums=None, jvp=False, hess=False, note=None, true=None):
    f = eval("lambda " + ", ".join("xyzw"[: len(args)]) + ": " + expr, env)
    argnums = tuple(range(len(args))) if argnums is None else argnums
    args = [onp.asarray(a) for a in args]
    value, g = jax.value_and_grad(f, argnums)(*args)
    c = {"expr": expr, "args": args, "argnums": list(argnums), "value": value, "grad": [onp.asarray(v) for v in g]}
    if jvp:
        c["jvp"] = jax.jvp(lambda *a: f(*[a[argnums.index(i)] if i in argnums else args[i] for i in range(len(args))]), tuple(args[i] for i in argnums), tuple(onp.ones_like(args[i]) for i in argnums))[1]
    if hess:
        c["hessian"] = onp.asarray(jax.hessian(lambda a: f(a, *args[1:]))(args[0]))
    if note:
        c["note"] = note
    if true is not None:
        c["true"] = [A(t) for t in true]
    cases.append(c)


# powers at the edge
grad("x**0", 0.0, hess=True); grad("x**0.0", 0.0, hess=True, note="x**0 is constant", true=[0.0]); grad("x**1", 0.0, hess=True); grad("x**2", 0.0, hess=True); grad("x**3", 0.0, hess=True); grad("x**-1", 2.0, hess=True); grad("x**2.0", -3.0, hess=True)
grad("np.power(x, 0.0)", 0.0, hess=True, note="x**0 is constant", true=[0.0]); grad("np.power(x, 1.0)", 0.0, hess=True, note="the gradient is right; the second derivative is 0, not NaN"); grad("np.power(x, 2.0)", 0.0, hess=True); grad("np.power(x, 1.5)", 0.0, hess=True); grad("np.power(x, 0.5)", 0.0)
for x, y in [(0.0, 0.0), (0.0, 2.0), (2.0, 0.0), (-2.0, 3.0), (2.0, 3.0), (0.0, 1.0), (0.0, 0.5), (-2.0, 2.0), (1.0, -1.0), (0.5, -2.5)]:
    grad("x**y", x, y, jvp=x > 0, note={(0.0, 0.0): "d/dx is 0, as x**0 is constant; d/dy is -Infinity from x = 0 or 0 along x = 0, y > 0", (-2.0, 3.0): "d/dy is complex: NaN is right", (-2.0, 2.0): "d/dy is complex: NaN is right"}.get((x, y)))
grad("np.float_power(x, y)", 2.0, 1.5)
# two-argument functions
for fn in ("add", "subtract", "multiply", "divide", "logaddexp", "logaddexp2", "hypot", "arctan2", "power", "maximum", "minimum", "remainder", "fmod", "copysign", "fmax", "fmin"):
    grad(f"np.sum(np.{fn}(x, y))", A([0.7, 2.5, 3.0, 1.2]), A([1.3, 0.4, 2.0, 5.0]), jvp=True)
for x, y in [(-inf, -inf), (-inf, 0.0), (0.0, -inf), (inf, 0.0), (inf, inf), (1000.0, 1000.0), (-1000.0, 1000.0)]:
    grad("np.logaddexp(x, y)", x, y, note={(-inf, -inf): "the log of a sum of zeros: any convex weights are a subgradient", (inf, 0.0): "JAX gives 1 to both; the smaller operand has weight 0", (inf, inf): "JAX gives 1 to both, where equal weights 0.5 would do"}.get((x, y)), true=[1.0, 0.0] if (x, y) == (inf, 0.0) else None)
grad("np.logaddexp2(x, y)", -inf, -inf)
for y, x in [(0.0, 1.0), (0.0, -1.0), (1.0, 0.0), (-1.0, 0.0), (0.0, 0.0)]:
    grad("np.arctan2(x, y)", y, x, note="not differentiable at the origin" if x == y == 0 else None)
grad("np.hypot(x, y)", 0.0, 0.0, note="not differentiable at the origin; 0 is the natural subgradient, JAX's 0.5 comes from ties in a maximum", true=[0.0, 0.0]); grad("np.hypot(x, y)", 1.0, 1.0); grad("np.hypot(x, y)", 0.0, 2.0); grad("np.hypot(x, y)", 1e200, 1e200, note="JAX's derivative overflows inside", true=[0.7071067811865476, 0.7071067811865476]); grad("np.hypot(x, y)", 3.0, 0.0)
grad("np.maximum(x, y)", 1.0, 1.0); grad("np.minimum(x, y)", 1.0, 1.0); grad("np.maximum(x, y)", 0.0, -0.0); grad("np.maximum(x, y)", nan, 1.0, note="the value is NaN; no slope is right"); grad("np.fmax(x, y)", 1.0, 1.0, note="unlike maximum, JAX gives a tie to the second"); grad("np.divide(x, y)", 1.0, 0.0); grad("np.divide(x, y)", 0.0, 0.0)
grad("np.abs(x)", 0.0, note="JAX takes the right-hand slope; 0 is the symmetric choice"); grad("np.abs(x)", -0.0, note="JAX takes the right-hand slope; 0 is the symmetric choice"); grad("nn.relu(x)", 0.0); grad("nn.relu6(x)", 6.0); grad("np.sign(x)", 0.0); grad("np.sqrt(x)", 0.0); grad("np.sqrt(x * x)", 0.0, note="|x|: 0 is the natural subgradient", true=[0.0]); grad("np.sqrt(np.sum(x * x))", A([0.0, 0.0]), note="norm at the origin", true=[[0.0, 0.0]]); grad("np.log(x)", 0.0); grad("np.reciprocal(x)", 0.0); grad("np.clip(x, 0.0, 1.0)", 0.0); grad("np.clip(x, 0.0, 1.0)", 1.0); grad("np.clip(x, y, z)", 0.5, 0.5, 2.0); grad("np.clip(x, y, z)", 3.0, 0.5, 2.0)
grad("np.linalg.norm(x)", A([0.0, 0.0]), note="norm at the origin: 0 is the natural subgradient", true=[[0.0, 0.0]]); grad("np.linalg.norm(x)", A([3.0, -4.0]), hess=True); grad("np.linalg.norm(x, ord=1)", A([3.0, 0.0, -4.0]), note="the slope of |x| at 0: JAX takes 1"); grad("np.linalg.norm(x, ord=np.inf)", A([3.0, -4.0, 4.0])); grad("np.linalg.norm(x, ord=3)", A([3.0, -4.0, 1.0])); grad("np.linalg.norm(x)", A([[1.0, 2.0], [3.0, 4.0]])); grad("np.linalg.norm(x, ord='nuc')", A([[1.0, 2.0], [3.0, 4.0]])); grad("np.linalg.norm(x, ord=2)", A([[1.0, 2.0], [3.0, 4.0]]))
grad("np.sinc(x)", 0.0, hess=True); grad("jax.grad(jax.grad(np.sinc))(x)", 0.0, hess=True, note="-pi^2/3 with derivative 0 and second derivative pi^4/5")

# reductions
for v in ([2.0, 3.0, 4.0], [2.0, 0.0, 4.0], [0.0, 0.0, 4.0], [0.0, 0.0, 0.0], [-1.0, 2.0, -3.0]):
    grad("np.prod(x)", A(v), hess=True, jvp=True)
grad("np.sum(np.prod(x, axis=1) * np.array([1.0, 3.0]))", A([[1.0, 2.0, 3.0], [0.0, 5.0, 6.0]])); grad("np.prod(x)", A([[0.0, 2.0], [3.0, 0.0]]))
for v in ([2.0, 3.0, 4.0, 0.5], [2.0, 0.0, 4.0, 5.0], [0.0, 3.0, 0.0, 5.0], [0.0, 0.0, 0.0, 0.0]):
    grad("np.sum(np.cumprod(x) * np.array([1.0, 2.0, 3.0, 4.0]))", A(v), jvp=True, hess=True)
W3 = "np.array([1.0, 2.0, 3.0, 4.0])"
for v in ([1.0, 3.0, 2.0, 5.0], [2.0, 2.0, 2.0, 2.0], [4.0, 3.0, 2.0, 1.0], [1.0, 3.0, 3.0, 4.0]):
    for fn in ("cummax", "cummin", "cumsum", "cumlogsumexp"):
        grad(f"np.sum(lax.{fn}(x) * {W3})", A(v), jvp=True, note="how ties share follows from JAX's scan: any subgradient with the same sum is as good" if fn in ("cummax", "cummin") and len(set(v)) < 4 else None)
for fn in ("max", "min"):
    grad(f"np.{fn}(x)", A([1.0, 3.0, 3.0, 3.0]) * (1 if fn == "max" else -1), note="ties share equally"); grad(f"np.{fn}(x)", A([1.0, 4.0, 3.0]), jvp=True); grad(f"np.sum(np.{fn}(x, axis=0) * np.array([1.0, 2.0]))", A([[1.0, 5.0], [1.0, 2.0], [0.0, 5.0]])); grad(f"np.{fn}(x)", A([[2.0, 2.0], [2.0, 2.0]]))
grad("np.ptp(x)", A([1.0, 3.0, -2.0])); grad("np.mean(x)", A([1.0, 3.0, -2.0])); grad("np.sum(x)", A([1.0, 3.0]), hess=True); grad("np.nansum(x)", A([1.0, nan, 2.0])); grad("np.nanmean(x)", A([1.0, nan, 2.0])); grad("np.average(x, weights=y)", A([1.0, 4.0, 2.0]), A([0.5, 1.0, 2.5]))
for fn in ("var", "std"):
    grad(f"np.{fn}(x)", A([1.0, 4.0, 2.0, 8.0]), hess=True, jvp=True); grad(f"np.{fn}(x, ddof=1)", A([1.0, 4.0, 2.0, 8.0])); grad(f"np.{fn}(x)", A([3.0, 3.0, 3.0]), note="zero spread" if fn == "std" else None, true=[[0.0, 0.0, 0.0]] if fn == "std" else None)
grad(f"np.sum(np.sort(x) * {W3})", A([3.0, 1.0, 4.0, 2.0]), jvp=True); grad(f"np.sum(np.sort(x) * {W3})", A([3.0, 1.0, 3.0, 1.0]), note="stable"); grad("np.sum(np.sort(x, axis=0) * np.array([[1.0, 2.0], [3.0, 4.0]]))", A([[3.0, 1.0], [2.0, 5.0]])); grad(f"np.sum(x[np.argsort(x)] * {W3})", A([3.0, 1.0, 4.0, 2.0]))
grad("np.median(x)", A([3.0, 1.0, 4.0, 2.0])); grad("np.median(x)", A([3.0, 1.0, 4.0])); grad("np.median(x)", A([2.0, 2.0, 2.0, 1.0]), note="ties: the first two of the stable order"); grad("np.quantile(x, 0.3)", A([3.0, 1.0, 4.0, 2.0])); grad("np.quantile(x, y)", A([3.0, 1.0, 4.0, 2.5]), 0.4); grad("np.quantile(x, y)", A([3.0, 1.0, 4.0, 2.5]), 1 / 3); grad("np.sum(np.percentile(x, np.array([10.0, 60.0])))", A([3.0, 1.0, 4.0, 2.0])); grad("np.quantile(x, 0.3, method='lower')", A([3.0, 1.0, 4.0, 2.0])); grad("np.quantile(x, 0.3, method='midpoint')", A([3.0, 1.0, 4.0, 2.0]))
grad("special.logsumexp(x)", A([1.0, 2.0, 3.0]), hess=True, jvp=True); grad("special.logsumexp(x)", A([1.0, -inf, 3.0]), hess=True); grad("special.logsumexp(x)", A([-inf, -inf]), note="log of zero mass; no gradient is forced"); grad("special.logsumexp(x)", A([1000.0, 1001.0, -1000.0])); grad("special.logsumexp(x, b=y)", A([1.0, 2.0]), A([0.5, 2.0])); grad("special.logsumexp(x)", A([inf, 1.0])); grad("np.sum(special.logsumexp(x, axis=1))", A([[1.0, 2.0], [0.5, -inf]]))
grad("np.sum(nn.softmax(x) * np.array([1.0, -2.0, 0.5]))", A([1.0, 2.0, 3.0]), hess=True, jvp=True); grad("np.sum(nn.log_softmax(x) * np.array([1.0, -2.0, 0.5]))", A([1.0, 2.0, 3.0]), hess=True, jvp=True); grad("np.sum(nn.softmax(x) * np.array([1.0, -2.0, 0.5]))", A([1.0, -inf, 3.0])); grad("nn.log_softmax(x)[0]", A([1.0, -inf, 3.0])); grad("nn.log_softmax(x)[0]", A([1000.0, 0.0])); grad("nn.logsumexp(x)", A([0.0, 0.0]))
# where
grad("np.where(x > 0, np.log(x), 0.0)", -1.0); grad("np.where(x > 0, np.log(x), 0.0)", 0.0, note="the untaken branch's derivative is infinite", true=[0.0]); grad("np.where(x > 0, np.sqrt(x), 0.0)", -1.0, note="the untaken branch is NaN", true=[0.0]); grad("np.where(x > 0, np.sqrt(x), 0.0)", 0.0, note="the untaken branch's derivative is infinite", true=[0.0]); grad("np.where(x > 0, np.sqrt(np.where(x > 0, x, 1.0)), 0.0)", 0.0); grad("np.where(x > 0, x / x, 0.0)", 0.0, note="the untaken branch is 0/0", true=[0.0]); grad("np.sum(np.where(x > 1, x * x, np.sin(x)))", A([0.5, 1.0, 2.0]), jvp=True); grad("np.where(x != 0, np.sin(x) / x, 1.0)", 0.0, note="the untaken branch is 0/0", true=[0.0]); grad("np.nan_to_num(x)", nan); grad("np.sum(np.nan_to_num(x))", A([1.0, nan, inf]))
grad("special.xlogy(x, y)", 0.0, 0.0); grad("special.xlogy(x, y)", 0.0, 2.0); grad("special.xlog1py(x, y)", 0.0, -1.0); grad("special.entr(x)", 0.0); grad("special.rel_entr(x, y)", 2.0, 3.0)
# interpolation
XP, FP = A([1.0, 2.0, 4.0]), A([10.0, 20.0, 0.0])
for x in (1.5, 2.0, 3.0, 0.0, 5.0, 1.0, 4.0):
    grad("np.interp(x, y, z)", x, XP, FP, note="at a knot: a one-sided slope" if x in (2.0, 1.0, 4.0) else None)
grad("np.sum(np.interp(x, y, z) * np.array([1.0, 2.0, 3.0]))", A([1.5, 3.0, 1.2]), XP, FP)
# indexing, products, linear algebra
grad("np.sum(x[np.array([0, 2, 2])] * np.array([1.0, 2.0, 3.0]))", A([1.0, 2.0, 3.0])); grad("np.sum(x.at[1].set(y) ** 2)", A([1.0, 2.0, 3.0]), 5.0); grad("np.sum(x.at[np.array([0, 0])].add(y) ** 2)", A([1.0, 2.0]), A([3.0, 4.0])); grad("np.sum(x.at[np.array([1, 1])].multiply(2.0) ** 2)", A([1.0, 2.0])); grad("np.sum(np.take(x, np.array([0, 7])))", A([1.0, 2.0])); grad("np.sum(np.pad(x, 1, mode='reflect') ** 2)", A([1.0, 2.0, 3.0])); grad("np.sum(np.diff(x) ** 2)", A([1.0, 3.0, 2.0]), hess=True); grad("np.sum(np.convolve(x, y) ** 2)", A([1.0, 3.0, 2.0]), A([0.5, -1.0])); grad("np.trapezoid(x, y)", A([1.0, 3.0, 2.0]), A([0.0, 0.5, 2.0])); grad("np.sum(np.roll(x, 1) * x)", A([1.0, 3.0, 2.0])); grad("np.sum(np.tile(x, 3) * np.arange(6.0))", A([1.0, 3.0])); grad("np.sum(np.repeat(x, 2) * np.arange(4.0))", A([1.0, 3.0]))
SQ = A([[4.0, 1.0, 2.0], [1.0, 3.0, 0.5], [2.0, 0.5, 5.0]])
GE = A([[4.0, 1.0, 2.0], [0.5, 3.0, -0.5], [1.0, 0.25, 5.0]])
wm = "np.array([[1.0, 2.0, -1.0], [0.5, 3.0, 2.0], [4.0, -2.0, 0.5]])"
grad("np.sum(np.matmul(x, y) ** 2)", A([[1.0, 2.0], [3.0, 4.0]]), A([[0.5], [-1.0]]), jvp=True); grad("np.dot(x, y)", A([1.0, 2.0]), A([3.0, -4.0])); grad("np.einsum('ij,jk,ki->', x, y, x)", A([[1.0, 2.0], [3.0, 4.0]]), A([[0.5, 1.0], [-1.0, 2.0]]), jvp=True); grad("np.einsum('ii->', x)", A([[1.0, 2.0], [3.0, 4.0]]))
grad("np.linalg.det(x)", GE); grad("np.linalg.det(x)", A([[1.0, 2.0], [2.0, 4.0]])); grad("np.linalg.det(x)", A([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 1.0, 1.0]])); grad("np.linalg.det(x)", A([[0.0, 0.0, 0.0], [0.0, 2.0, 1.0], [0.0, 1.0, 3.0]]), note="singular: the cofactor matrix", true=[[[5.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]]); grad("np.linalg.slogdet(x)[1]", GE); grad(f"np.sum(np.linalg.inv(x) * {wm})", GE); grad(f"np.sum(np.linalg.cholesky(x) * {wm})", SQ, note="JAX symmetrizes"); grad("np.sum(np.linalg.solve(x, y) ** 2)", GE, A([1.0, 2.0, 3.0])); grad("np.sum(np.linalg.eigvalsh(x) * np.array([1.0, 2.0, 3.0]))", SQ); grad("np.sum(np.linalg.svd(x, compute_uv=False) * np.array([1.0, 2.0]))", A([[1.0, 2.0, 3.0], [4.0, 5.0, 7.0]])); grad(f"np.sum(np.linalg.qr(x)[1] * {wm})", GE); grad("np.trace(np.linalg.matrix_power(x, 3))", GE); grad("np.sum(np.linalg.pinv(x) ** 2)", A([[1.0, 2.0], [3.0, 4.0], [5.0, 7.0]])); grad("np.sum(jax.scipy.linalg.expm(x))", GE / 4)
# control flow
grad("lax.fori_loop(0, 5, lambda i, c: np.sin(c * y), x)", 0.7, 1.1, jvp=True); grad("lax.scan(lambda c, t: (c * t + 1.0, c * c), x, y)[1].sum()", 0.7, A([1.0, 2.0, 0.5]), jvp=True); grad("lax.cond(x > 0, lambda t: t * t, lambda t: -t, x)", -2.0); grad("jax.grad(lambda t: np.sum(np.tanh(t) ** 2))(x).sum()", A([0.3, -1.0, 2.0]), hess=True)
grad("np.sum(np.tanh(x @ y + z) ** 2)", A([[1.0, 2.0], [0.5, -1.0], [0.0, 0.3]]), A([[0.1, 0.2, 0.3], [-0.4, 0.5, 0.6]]), A([0.01, -0.02, 0.03]), jvp=True)
grad("np.sum(x * np.sin(x) / (1 + y))", A([0.0, 1.0, 2.0]), 0.5, hess=True); grad("np.sum(np.exp(-0.5 * (x - y) ** 2))", A([0.0, 1.0, 2.0]), A([[0.5], [1.5]])); grad("100 * (x[1] - x[0] ** 2) ** 2 + (1 - x[0]) ** 2", A([-1.2, 1.0]), hess=True)

write("grads.json", "Derivatives from JAX " + jax.__version__ + " in float64; see the head of make_grads.py for the fields", cases)

# ---------------------------------------------------------------- jaxprs.txt
x3, x23 = jnp.arange(3.0), jnp.arange(6.0).reshape(2, 3)
const = onp.array([1.0, 2.0, 3.0])
samples = [
    ("sin", lambda x: jnp.sin(x), (1.0,)), ("x * 2 + 1", lambda x: x * 2 + 1, (1.0,)), ("x * 2 + 1 of a vector", lambda x: x * 2 + 1, (x3,)), ("sum of squares", lambda x: jnp.sum(x**2), (x3,)), ("np.square and np.sum over axis 1", lambda x: jnp.sum(jnp.square(x), axis=1), (x23,)),
    ("dot", lambda x, y: jnp.dot(x, y), (x3, x3)), ("matmul", lambda x, y: x @ y, (x23, x23.T)), ("grad of the sum of tanh", jax.grad(lambda x: jnp.sum(jnp.tanh(x))), (x3,)), ("vmap of dot", jax.vmap(jnp.dot), (x23, x23)), ("jit nested", lambda x: jax.jit(lambda y: jnp.sin(y) * 2)(x) + 1, (1.0,)),
    ("jit of jit", jax.jit(lambda x: jax.jit(jnp.sin)(x)), (1.0,)), ("closure over an array", lambda x: x + jnp.asarray(const), (x3,)), ("broadcast add (3,) and (2,3)", lambda x, y: x + y, (x3, x23)), ("where", lambda x: jnp.where(x > 0, x, 0.0), (x3,)),
    ("reshape and transpose", lambda x: jnp.reshape(x, (3, 2)).T, (x23,)), ("cumsum", lambda x: jnp.cumsum(x), (x3,)), ("max", lambda x: jnp.max(x, axis=1), (x23,)), ("argmax", lambda x: jnp.argmax(x), (x3,)), ("gather x[i]", lambda x, i: x[i], (x3, 1)), ("x[1]", lambda x: x[1], (x3,)), ("x[0:2, None]", lambda x: x[0:2, None], (x23,)),
    ("zero arguments", lambda: jnp.ones(3) * 2, ()), ("identity", lambda x: x, (1.0,)), ("two results, a dictionary", lambda d: {"b": d["a"] + 1, "c": d["a"] * 2}, ({"a": x3},)), ("unused argument", lambda x, y: jnp.sin(y), (1.0, 2.0)), ("a literal result", lambda x: 3.0, (1.0,)),
    ("cond", lambda x: lax.cond(x > 0, jnp.sin, jnp.cos, x), (1.0,)), ("scan", lambda x: lax.scan(lambda c, t: (c + t, c * t), 0.0, x), (x3,)), ("while", lambda x: lax.while_loop(lambda c: c < 10, lambda c: c * 2, x), (1.0,)), ("fori_loop", lambda x: lax.fori_loop(0, 3, lambda i, c: c * x, 1.0), (2.0,)),
    ("custom_jvp: relu", nn.relu, (x3,)), ("x.at[1].set", lambda x: x.at[1].set(5.0), (x3,)), ("sort", lambda x: jnp.sort(x), (x3,)), ("concatenate", lambda x: jnp.concatenate([x, x]), (x3,)), ("float32 and int32", lambda x, n: x * n, (jnp.float32(1), jnp.int32(2))), ("more than 26 variables", lambda x: sum([jnp.sin(x + i) for i in range(12)]), (1.0,)), ("checkpoint", jax.checkpoint(lambda x: jnp.sin(jnp.sin(x))), (1.0,)), ("hessian of x*x*x", jax.hessian(lambda x: x * x * x), (1.0,)),
]
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "jaxprs.txt"), "w") as f:
    f.write(f"Jaxprs as JAX {jax.__version__} prints them, for layout. Made by make_grads.py.\n")
    for title, fun, args in samples:
        f.write(f"\n# {title}\n{jax.make_jaxpr(fun)(*args)}\n")
print("jaxprs.txt", len(samples))
