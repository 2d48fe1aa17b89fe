"""Writes linalg.json: what JAX gives, values and gradients, for the tests of the `linalg` namespace.

Run:  python3 -m venv v && v/bin/pip install jax==0.10.2 && v/bin/python test/golden/make_linalg.py

A case is {fn, args, kwargs, out, grads}. `grads` (absent for integer or sign-free results) are the gradients, by every
argument, of the sum of all elements of all floating results, each times cos(1 + its index in its result, row-major).
Singular and eigenvectors are normalized so that the largest component is positive (of right vectors; of left ones where
the matrix is wide): JAX's own signs are LAPACK's choice.
"""
import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp
import jax.scipy.linalg as jsl
import numpy as np
from encode import write

rng = np.random.default_rng(20)
normal = lambda *shape: np.round(rng.normal(size=shape), 3)


def definite(*batch, n):
    a = normal(*batch, n, n)
    return np.round(a @ np.swapaxes(a, -1, -2) + np.eye(n), 3)


def signs(v):
    """Signs that make the largest component of each row positive."""
    at = np.argmax(np.abs(v), axis=-1)[..., None]
    return np.sign(np.take_along_axis(v, at, -1))[..., 0]


def eigh(a):
    w, v = jnp.linalg.eigh(a)
    return w, v * signs(np.swapaxes(np.asarray(v), -1, -2))[..., None, :]


def svd(a, full_matrices=False):
    u, s, vt = map(np.asarray, jnp.linalg.svd(a, full_matrices=full_matrices))
    k = s.shape[-1]
    sign = signs(vt[:k]) if a.shape[0] >= a.shape[1] else signs(u[:, :k].T)
    return u * sign, s, vt * sign[:, None]


def cho_solve(a, b):
    return jsl.cho_solve((jnp.linalg.cholesky(a), True), b)


def lu_solve(a, b, trans=0):
    return jsl.lu_solve(jsl.lu_factor(a), b, trans)


def slogdet(a):
    sign, log = jnp.linalg.slogdet(a)
    return sign, log


functions = {
    "cholesky": jnp.linalg.cholesky, "solve": jnp.linalg.solve, "inv": jnp.linalg.inv, "det": jnp.linalg.det,
    "slogdet": slogdet, "qr": lambda a, mode="reduced": tuple(jnp.linalg.qr(a, mode=mode)), "lu": jsl.lu,
    "lu_factor": jsl.lu_factor, "svd": svd, "svdvals": jnp.linalg.svdvals, "eigh": eigh, "eigvalsh": jnp.linalg.eigvalsh,
    "pinv": jnp.linalg.pinv, "lstsq": jnp.linalg.lstsq, "matrix_rank": jnp.linalg.matrix_rank, "norm": jnp.linalg.norm,
    "vector_norm": jnp.linalg.vector_norm, "matrix_norm": jnp.linalg.matrix_norm,
    "matrix_power": jnp.linalg.matrix_power, "expm": jsl.expm, "cond": jnp.linalg.cond, "trace": jnp.linalg.trace,
    "multi_dot": jnp.linalg.multi_dot, "solve_triangular": jsl.solve_triangular, "cho_solve": cho_solve,
    "lu_solve": lu_solve, "tensorinv": jnp.linalg.tensorinv, "tensorsolve": jnp.linalg.tensorsolve,
    "expm_frechet": jsl.expm_frechet,
}

cases = []


def case(fn, *args, grads=True, **kwargs):
    f = lambda *xs: functions[fn](*xs, **kwargs)
    out = f(*args)
    c = {"fn": fn, "args": list(args), "kwargs": {k: v for k, v in kwargs.items()}, "out": out if not isinstance(out, tuple) else list(out)}
    if grads:
        def weighted(*xs):
            y = f(*xs)
            total = 0.0
            for r in y if isinstance(y, (tuple, list)) else [y]:
                if jnp.issubdtype(r.dtype, jnp.floating):
                    total = total + jnp.sum(r.ravel() * jnp.cos(1.0 + jnp.arange(r.size)))
            return total
        which = tuple(i for i, a in enumerate(args) if isinstance(a, np.ndarray))
        c["grads"] = list(jax.grad(weighted, which)(*args))
    cases.append(c)


a3, a4, tall, wide = normal(3, 3), normal(4, 4), normal(5, 3), normal(3, 5)
batch = normal(2, 3, 3)
case("cholesky", definite(n=3))
case("cholesky", definite(2, n=2))
case("cholesky", np.array([[1.0, 2.0], [2.0, 1.0]]), grads=False)
case("solve", a3, normal(3))
case("solve", a4, normal(4, 2))
case("solve", batch, normal(2, 3, 2))
case("inv", a4)
case("inv", batch)
case("det", a4)
case("det", batch)
case("det", np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [5.0, 7.0, 9.0]]))
case("slogdet", a4)
case("slogdet", np.array([[1.0, 2.0], [2.0, 4.0]]), grads=False)
for m in (a4, tall):
    case("qr", m)
case("qr", wide, grads=False)
case("qr", tall, mode="complete", grads=False)
for m in (a4, tall, wide):
    case("lu", m)
    case("lu_factor", m)
    case("svd", m, grads=False)
    case("svdvals", m)
    case("pinv", m)
    case("matrix_rank", m, grads=False)
symmetric = a4 + a4.T
case("eigh", symmetric, grads=False)
case("eigvalsh", symmetric)
case("lstsq", tall, normal(5), grads=False)
case("lstsq", tall, normal(5, 2), grads=False)
case("lstsq", np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0]]), np.array([1.0, 2.0, 4.0]), grads=False)
v, t = normal(5), normal(2, 3, 4)
for order in (None, 1, 2, 3, 0.5, np.inf, -np.inf, 0):
    case("norm", v, ord=order, grads=order != 0)
for order in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf):
    case("norm", a4, ord=order)
case("norm", t)
case("norm", t, axis=1)
case("norm", t, ord=1, axis=(0, 2), keepdims=True)
case("norm", t, ord=2, axis=(1, 2))
case("vector_norm", t, axis=(0, 2), ord=3)
case("matrix_norm", t, ord="nuc")
for p in (None, 1, 2, -2, np.inf, "fro"):
    case("cond", a3, p=p, grads=p not in (2, -2, None))
case("trace", wide)
case("trace", wide, offset=1)
case("expm", a4)
case("expm", 8 * a3)
case("expm_frechet", a3, normal(3, 3), grads=False)
lower = np.tril(a4) + 3 * np.eye(4)
case("solve_triangular", lower, normal(4), lower=True)
case("solve_triangular", lower.T.copy(), normal(4, 2))
case("solve_triangular", lower, normal(4, 2), lower=True, trans=1)
case("solve_triangular", lower, normal(4), lower=True, unit_diagonal=True)
case("cho_solve", definite(n=3), normal(3))
case("lu_solve", a4, normal(4))
case("lu_solve", a4, normal(4, 2), trans=1)
case("tensorinv", normal(2, 3, 6))
case("tensorsolve", normal(2, 3, 6), normal(2, 3))

write("linalg.json", "made by make_linalg.py with jax " + jax.__version__, cases)
