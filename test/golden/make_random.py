"""Writes random.json: what jax.random gives, for the tests of the `random` namespace.

Run:  python3 -m venv v && v/bin/pip install jax==0.10.2 && v/bin/python test/golden/make_random.py

The algorithms of JAX 0.10.2 with jax_enable_x64 and jax_threefry_partitionable on (float64 and int64 defaults).
All integer arithmetic wraps in its own width. K = (k0, k1) is a key: two uint32 words.

threefry2x32(K, x0, x1): ks = [k0, k1, k0 ^ k1 ^ 0x1BD11BDA]; x0 += ks[0]; x1 += ks[1]; for i = 0..4: for each r of
  [13,15,26,6] (i even) or [17,29,16,24] (i odd): x0 += x1; x1 = rotl(x1, r) ^ x0; then x0 += ks[(i+1)%3];
  x1 += ks[(i+2)%3] + i + 1. (20 rounds.)
key(seed): seed as a 64-bit two's complement integer; k0 = its high word, k1 = its low word. key(-1) = (2^32-1, 2^32-1).
counts: element i of a result of any shape, in row-major order, has the 64-bit count i: x0 = i >> 32, x1 = i mod 2^32.
  A scalar has the count 0. There is no pairing, padding or halving in partitionable mode.
split(K, shape = (2,)): key i = (both words of) threefry2x32(K, i >> 32, i). Result data has shape [*shape, 2].
foldIn(K, d): d as uint32; the new key = threefry2x32(K, 0, d). So foldIn(K, i) equals split(K, n)[i], for any n > i.
  Negative or >= 2^32 Python integers are an OverflowError in JAX.
bits32: (y0, y1) = threefry2x32(K, count); y0 ^ y1.
bits64: the same y; (y0 << 32) | y1: the first word is the high one. (bits without a dtype is uint64 under x64.)
uniform(K, shape, dtype, minval = 0, maxval = 1): float64: bitcast((bits64 >> 12) | 0x3FF0000000000000) - 1; float32:
  bitcast((bits32 >> 9) | 0x3F800000) - 1. Then max(minval, f * (maxval - minval) + minval), minval and maxval rounded to
  the dtype first. On the CPU the compiler fuses that multiply and add into one rounding (fma) - for the default
  bounds, for minval 0 and for a width that is a power of two it makes no difference. `out` is JAX's answer, `outOpByOp`
  (where it differs) what it gives with jit disabled: multiply, round, add, round.
normal: sqrt(2) * erfinv(uniform(K, shape, dtype, minval = nextafter(-1, 0), maxval = 1)), erfinv by Giles' polynomials
  (as in XLA: three branches in float64, two in float32, w = -log1p(-x*x)). The width 1 - nextafter(-1, 0) rounds to exactly 2.
randint(K, shape, minval, maxval, dtype): dtype int64 when not given (x64), so that 64-bit words are drawn; with 'int32' 32-bit ones.
  [K1, K2] = split(K); hi = bits(K1, shape), lo = bits(K2, shape) in the width of the dtype, unsigned; minval and maxval are
  clipped to the dtype's range; span = maxval - minval (unsigned), 1 if maxval <= minval; +1 (wrapping, 0 then means "no
  remainder") if the given maxval was above the dtype's maximum and maxval > minval; m = 2^(width/2) mod span;
  m = (m * m) mod span, with the product wrapped to the width; result = minval + (((hi mod span) * m + lo mod span) mod span),
  product and sum wrapped to the width, the last addition signed and wrapping. x mod 0 = x. A dtype narrower than 32 bits
  samples int32.
bernoulli(K, p = 0.5, shape): uniform(K, shape) < p, in the dtype of p. Mode 'high' draws uniform(K, [2, *shape]) = (u1, u2)
  and gives u2 * 2^-nmant < p - u1.
rademacher: 2 * bernoulli(K, 0.5, shape) - 1.
permutation(K, x, axis = 0, independent = false): an int n stands for arange(n). 1-D, or independent: shuffle(K, x, axis);
  otherwise take(x, shuffle(K, arange(x.shape[axis])), axis).
shuffle(K, x, axis): rounds = ceil(3 * ln(max(1, x.size)) / ln(2^32 - 1)) (0 for size 1, 1 up to 1625, then 2); each round:
  [K, sub] = split(K); sort x along axis, stably, by bits32(sub, x.shape) as unsigned keys.
choice(K, a, shape = (), replace = true, p, axis = 0): n = a or a.shape[axis], draws = prod(shape).
  No p, with replacement: randint(K, shape, 0, n), of the default dtype: int64, hence 64-bit words.
  No p, without: permutation(K, a, axis), its first `draws` along axis.
  p, with: c = cumsum(p); r = c[-1] * (1 - uniform(K, shape)); searchsorted(c, r, 'left').
  p, without: the indices of the `draws` largest of gumbel(K, (n,)) + log(p), in descending order (ties: lower index first).
  An int a gives the indices, an array a gives take(a, indices, axis), in the shape a.shape with axis replaced by shape.
exponential: -log1p(-uniform).
gumbel: mode 'low', the default: -log(-log(uniform(minval = tiny, maxval = 1))), tiny the smallest normal number. Mode 'high':
  [h, l] = uniform(K, [2, *shape]); x = h if h >= 0.5, else h + 2^-nmant * l + tiny; -log(-log1p(-x)). nmant is 52 or 23.
categorical(K, logits, axis = -1, shape): argmax(gumbel(K, [*prefix, *logits shape], mode default 'low') + logits, axis): prefix = the
  leading axes by which shape exceeds logits' shape without axis (and broadcast axes of the rest are drawn apart).
  replace = false: the k = prod(prefix) largest of logits + gumbel(K, logits.shape).
laplace: u = uniform(minval = -1 + epsneg, maxval = 1) (epsneg = 2^-53 or 2^-24); sign(u) * log1p(-|u|). (The sign is JAX's own.)
logistic: x = uniform(minval = tiny, maxval = 1); log(x) - log1p(-x).
cauchy: tan(pi * (uniform(minval = eps, maxval = 1) - 0.5)), eps = 2^-52 or 2^-23.
truncated_normal(K, lower, upper): u = uniform(minval = erf(lower / sqrt 2), maxval = erf(upper / sqrt 2));
  clip(sqrt 2 * erfinv(u), nextafter(lower, inf), nextafter(upper, -inf)). The width is arbitrary: the fma shows here too.
gamma(K, a): per element (row-major) its own key of split(K, size); Marsaglia and Tsang: alpha = a, or a + 1 when a < 1;
  d = alpha - 1/3; c = (1/3) / sqrt(d); [key, sub] = split(key); repeat: [key, xkey, ukey] = split(key, 3); repeat
  [xkey, s] = split(xkey); x = normal(s); v = 1 + x * c until v > 0; X = x * x; V = v^3; U = uniform(ukey);
  until not (U >= 1 - 0.0331 * X * X and log U >= X / 2 + d * (1 - V + log V)).
  The result is d * V, times (1 - uniform(sub))^(1/a) when a < 1. loggamma: log d + log V, less exponential(sub) / a when a < 1.
"""
import os
import sys

import jax
import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from encode import write

jax.config.update('jax_enable_x64', True)
jax.config.update('jax_threefry_partitionable', True)
import jax.numpy as jnp
import jax.random as jr

cases = []
SEEDS = [0, 1, 42, -1, 2**31 - 1, 2**32 + 5]


def data(k):
    return [int(v) for v in np.asarray(jr.key_data(k)).ravel()]


def add(fn, k, args, out, **more):
    cases.append({"fn": fn, "key": data(k), **args, "out": np.asarray(out), **more})


def both(fn, k, args, draw):
    """A draw as jit compiles it, and op by op when that rounds differently."""
    out = np.asarray(draw())
    with jax.disable_jit():
        plain = np.asarray(draw())
    same = np.array_equal(out, plain, equal_nan=True)
    add(fn, k, args, out, **({} if same else {"outOpByOp": plain}))


for s in SEEDS:
    k = jr.key(s)
    assert data(k) == data(jr.PRNGKey(s))
    cases.append({"fn": "key", "seed": s, "out": np.asarray(jr.key_data(k))})
    for num in (2, 3, (2, 2)):
        add("split", k, {"num": list(num) if isinstance(num, tuple) else num}, jr.key_data(jr.split(k, num)))
    for d in (0, 1, 7, 123456789, 2**31 - 1, 2**31, 2**32 - 1):
        add("foldIn", k, {"data": d}, jr.key_data(jr.fold_in(k, d)))
    for shape in ((), (3,), (5,), (2, 3)):
        add("bits", k, {"shape": list(shape), "dtype": "uint32"}, jr.bits(k, shape, 'uint32'))

for s in (0, 42):
    k = jr.key(s)
    for shape in ((), (3,), (2, 2)):
        b = np.asarray(jr.bits(k, shape, 'uint64'))
        add("bits64", k, {"shape": list(shape)}, np.stack([b >> np.uint64(32), b & np.uint64(0xFFFFFFFF)], -1).astype(np.uint32),
            note="last axis: high word, low word")
    sub = jr.split(jr.fold_in(jr.split(k, 3)[1], 9))[0]
    add("chain", k, {"steps": "split(foldIn(split(key, 3)[1], 9))[0]"}, jr.key_data(sub))
    for dtype in ("float64", "float32"):
        for shape in ((), (4,), (2, 3)):
            both("uniform", k, {"shape": list(shape), "dtype": dtype}, lambda: jr.uniform(k, shape, dtype))
            for lo, hi in ((-1.0, 1.0), (-2.5, 7.3), (0.0, 10.0), (0.001, 1000.0), (5.0, 5.0), (3.0, 1.0)):
                if shape != () or lo == -2.5:
                    both("uniform", k, {"shape": list(shape), "dtype": dtype, "minval": lo, "maxval": hi},
                         lambda: jr.uniform(k, shape, dtype, lo, hi))
        both("uniform", k, {"shape": [2, 3], "dtype": dtype, "minval": np.array([0., 1., 2.], dtype), "maxval": np.array([[1.], [5.]], dtype)},
             lambda: jr.uniform(k, (2, 3), dtype, np.array([0., 1., 2.], dtype), np.array([[1.], [5.]], dtype)))
        for shape in ((), (4,), (2, 3), (40,)):
            add("normal", k, {"shape": list(shape), "dtype": dtype}, jr.normal(k, shape, dtype))
        for fn in ("exponential", "laplace", "logistic", "gumbel"):
            for shape in ((), (5,), (2, 3)):
                add(fn, k, {"shape": list(shape), "dtype": dtype}, getattr(jr, fn)(k, shape, dtype))
        for shape in ((), (5,), (2, 3)):
            both("cauchy", k, {"shape": list(shape), "dtype": dtype}, lambda: jr.cauchy(k, shape, dtype))
        add("gumbel", k, {"shape": [4], "dtype": dtype, "mode": "high"}, jr.gumbel(k, (4,), dtype, mode="high"))
        for lo, hi in ((-2.0, 2.0), (0.5, 1.5), (-np.inf, 0.0), (-np.inf, np.inf), (3.0, np.inf)):
            both("truncatedNormal", k, {"lower": lo, "upper": hi, "shape": [5], "dtype": dtype},
                 lambda: jr.truncated_normal(k, np.array(lo, dtype), np.array(hi, dtype), (5,), dtype))
        add("rademacher", k, {"shape": [8], "dtype": dtype}, jr.rademacher(k, (8,), dtype))
    add("rademacher", k, {"shape": [2, 3], "dtype": "int32"}, jr.rademacher(k, (2, 3), 'int32'))
    for lo, hi in ((0, 10), (-5, 5), (0, 1), (0, 2), (0, 6), (0, 100000), (7, 1000003), (-2**31, 2**31 - 1), (0, 2**31 - 1),
                   (-2**31, 2**31), (3, 3), (5, 2)):
        add("randint", k, {"shape": [6], "minval": lo, "maxval": hi, "dtype": "int32"}, jr.randint(k, (6,), lo, hi, 'int32'))
    for lo, hi in ((0, 10), (-5, 5), (0, 100000), (0, 2**31), (-2**40, 2**40), (0, 2**53)):
        add("randint", k, {"shape": [6], "minval": lo, "maxval": hi, "dtype": "int64"}, jr.randint(k, (6,), lo, hi))
    for lo, hi in ((0, 10), (0, 2**32 - 1), (0, 2**32), (2**31, 2**32 - 1)):
        add("randint", k, {"shape": [6], "minval": lo, "maxval": hi, "dtype": "uint32"}, jr.randint(k, (6,), lo, hi, 'uint32'))
    for shape in ((), (2, 3)):
        add("randint", k, {"shape": list(shape), "minval": 0, "maxval": 1000, "dtype": "int32"}, jr.randint(k, shape, 0, 1000, 'int32'))
    add("randint", k, {"shape": [2, 3], "minval": np.array([0, 10, 100], 'int32'), "maxval": np.array([[20], [200]], 'int32'), "dtype": "int32"},
        jr.randint(k, (2, 3), np.array([0, 10, 100], 'int32'), np.array([[20], [200]], 'int32'), 'int32'))

    for p in (0.5, 0.1, 0.0, 1.0):
        add("bernoulli", k, {"p": p, "shape": [8]}, jr.bernoulli(k, p, (8,)))
    p = np.array([0.1, 0.5, 0.9])
    add("bernoulli", k, {"p": p}, jr.bernoulli(k, p))
    add("bernoulli", k, {"p": p, "shape": [2, 3]}, jr.bernoulli(k, p, (2, 3)))
    add("bernoulli", k, {"p": p.astype('float32'), "shape": [2, 3]}, jr.bernoulli(k, p.astype('float32'), (2, 3)))
    add("bernoulli", k, {"p": 0.5, "shape": []}, jr.bernoulli(k, 0.5))
    add("bernoulli", k, {"p": 0.3, "shape": [6], "mode": "high"}, jr.bernoulli(k, 0.3, (6,), mode="high"))

    logits = np.log(np.array([0.1, 0.2, 0.3, 0.4]))
    logits2 = np.array([[0.0, 1.0, 2.0], [2.0, 0.5, -np.inf]])
    add("categorical", k, {"logits": logits}, jr.categorical(k, logits))
    add("categorical", k, {"logits": logits, "shape": [10]}, jr.categorical(k, logits, shape=(10,)))
    add("categorical", k, {"logits": logits2}, jr.categorical(k, logits2))
    add("categorical", k, {"logits": logits2, "axis": 0}, jr.categorical(k, logits2, axis=0))
    add("categorical", k, {"logits": logits2, "axis": -1, "shape": [4, 2]}, jr.categorical(k, logits2, shape=(4, 2)))
    add("categorical", k, {"logits": logits2, "axis": 0, "shape": [4, 3]}, jr.categorical(k, logits2, axis=0, shape=(4, 3)))
    add("categorical", k, {"logits": logits.astype('float32'), "shape": [10]}, jr.categorical(k, logits.astype('float32'), shape=(10,)))
    add("categorical", k, {"logits": logits, "shape": [3], "replace": False}, jr.categorical(k, logits, shape=(3,), replace=False))

    for n in (1, 2, 5, 10, 30):
        add("permutation", k, {"x": n}, jr.permutation(k, n))
    big = np.asarray(jr.permutation(k, 2000))
    add("permutation", k, {"x": 2000, "first": 20}, big[:20], note="two rounds of sorting: the first 20 of permutation(key, 2000)")
    v = np.array([10.5, 20.5, 30.5, 40.5, 50.5])
    m = np.arange(12.0).reshape(4, 3)
    add("permutation", k, {"x": v}, jr.permutation(k, v))
    add("permutation", k, {"x": m}, jr.permutation(k, m))
    add("permutation", k, {"x": m, "axis": 1}, jr.permutation(k, m, 1))
    add("permutation", k, {"x": m, "axis": 0, "independent": True}, jr.permutation(k, m, 0, independent=True))
    add("permutation", k, {"x": m, "axis": 1, "independent": True}, jr.permutation(k, m, 1, independent=True))

    p5 = np.array([0.1, 0.2, 0.3, 0.15, 0.25])
    add("choice", k, {"a": 10, "shape": []}, jr.choice(k, 10))
    add("choice", k, {"a": 10, "shape": [6]}, jr.choice(k, 10, (6,)))
    add("choice", k, {"a": v, "shape": [2, 3]}, jr.choice(k, v, (2, 3)))
    add("choice", k, {"a": m, "shape": [5]}, jr.choice(k, m, (5,)))
    add("choice", k, {"a": m, "shape": [2, 2], "axis": 1}, jr.choice(k, m, (2, 2), axis=1))
    add("choice", k, {"a": 10, "shape": [6], "replace": False}, jr.choice(k, 10, (6,), replace=False))
    add("choice", k, {"a": v, "shape": [3], "replace": False}, jr.choice(k, v, (3,), replace=False))
    add("choice", k, {"a": m, "shape": [2], "replace": False, "axis": 1}, jr.choice(k, m, (2,), replace=False, axis=1))
    add("choice", k, {"a": 5, "shape": [8], "p": p5}, jr.choice(k, 5, (8,), p=p5))
    add("choice", k, {"a": v, "shape": [2, 2], "p": p5}, jr.choice(k, v, (2, 2), p=p5))
    add("choice", k, {"a": 5, "shape": [4], "p": p5 * 7, "replace": True}, jr.choice(k, 5, (4,), p=p5 * 7), note="p need not sum to one")
    add("choice", k, {"a": 5, "shape": [3], "p": p5, "replace": False}, jr.choice(k, 5, (3,), p=p5, replace=False))
    add("choice", k, {"a": v, "shape": [5], "p": p5, "replace": False}, jr.choice(k, v, (5,), p=p5, replace=False))

    for dtype in ("float64", "float32"):
        a = np.array([0.3, 1.0, 2.5, 10.0], dtype)
        add("gamma", k, {"a": a, "dtype": dtype}, jr.gamma(k, a, dtype=dtype))
        add("loggamma", k, {"a": a, "dtype": dtype}, jr.loggamma(k, a, dtype=dtype))
    add("gamma", k, {"a": 0.7, "shape": [2, 3]}, jr.gamma(k, 0.7, (2, 3)))
    add("beta", k, {"a": 2.0, "b": 3.0, "shape": [4]}, jr.beta(k, 2.0, 3.0, (4,)))
    add("dirichlet", k, {"alpha": np.array([1.0, 2.0, 3.0]), "shape": [2]}, jr.dirichlet(k, np.array([1.0, 2.0, 3.0]), (2,)))
    add("poisson", k, {"lam": 3.5, "shape": [6]}, jr.poisson(k, 3.5, (6,)))
    add("poisson", k, {"lam": 40.0, "shape": [6]}, jr.poisson(k, 40.0, (6,)))
    add("lognormal", k, {"sigma": 0.5, "shape": [4]}, jr.lognormal(k, 0.5, (4,)))
    add("t", k, {"df": 4.0, "shape": [4]}, jr.t(k, 4.0, (4,)))
    add("multivariateNormal", k, {"mean": np.array([1.0, -1.0]), "cov": np.array([[2.0, 0.5], [0.5, 1.0]]), "shape": [3]},
        jr.multivariate_normal(k, np.array([1.0, -1.0]), np.array([[2.0, 0.5], [0.5, 1.0]]), (3,)))

write("random.json", "jax.random of JAX 0.10.2 with x64 and partitionable threefry; key is the key's two words. Made by make_random.py", cases)
