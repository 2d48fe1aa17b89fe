"""Writes matrices.json: factors and functions of matrices, to about 32 digits.

Run:  python3 -m venv v && v/bin/pip install mpmath==1.4.1 && v/bin/python test/golden/make_matrices.py

Each case has a matrix (and a direction), the doubles as they are, and the exact result, row by row, each element as two floats,
high + low. The functions stand under the same names in test/debug/matrices.test.ts. Signs: R has a positive diagonal; the component of
an eigenvector, or right singular vector, that is largest in magnitude is positive (of a wide matrix, left singular vector).
"""
import json
import os
import random

from mpmath import matrix, mp, mpf, sqrt

mp.dps = 100
random.seed(3)


def normal(m, n):
    return [[random.gauss(0, 1) for _ in range(n)] for _ in range(m)]


def hilbert(n):
    return [[1 / (i + j + 1) for j in range(n)] for i in range(n)]


def symmetric(a):
    return [[(a[i][j] + a[j][i]) / 2 for j in range(len(a))] for i in range(len(a))]


def exact(a):
    return matrix([[mpf(x) for x in r] for r in a])


def sign_of(column):
    best = max(column, key=abs)
    return 1 if best > 0 else -1


def qr(a):
    """Gram and Schmidt, twice: at 100 digits as good as any."""
    m, n = a.rows, a.cols
    k = min(m, n)
    q = matrix(m, k)
    for j in range(k):
        v = a[:, j]
        for _ in range(2):
            for i in range(j):
                v = v - q[:, i] * (q[:, i].T * v)[0]
        q[:, j] = v / sqrt((v.T * v)[0])
    r = q.T * a
    for i in range(k):
        for j in range(i):
            r[i, j] = mpf(0)
    return q, r


def eigh(a):
    values, vectors = mp.eigsy(a)
    order = sorted(range(len(values)), key=lambda i: values[i])
    v = matrix(a.rows, a.rows)
    for j, i in enumerate(order):
        column = [vectors[r, i] for r in range(a.rows)]
        for r in range(a.rows):
            v[r, j] = column[r] * sign_of(column)
    return matrix([values[i] for i in order]), v


def svd(a):
    """U and s by eigenvectors of the smaller product, at 100 digits."""
    wide = a.rows < a.cols
    b = a.T if wide else a
    values, v = eigh(b.T * b)
    n = b.cols
    s = matrix([sqrt(abs(values[n - 1 - i])) for i in range(n)])
    right = matrix(n, n)
    for i in range(n):
        right[:, i] = v[:, n - 1 - i]
    left = matrix(b.rows, n)
    for i in range(n):
        left[:, i] = (b * right[:, i]) / s[i]
    return (right, s, left) if wide else (left, s, right)


def exponential(a):
    return mp.expm(a, method="taylor")


def frechet(a, x):
    n = a.rows
    m = matrix(2 * n, 2 * n)
    for i in range(n):
        for j in range(n):
            m[i, j] = m[n + i, n + j] = a[i, j]
            m[i, n + j] = x[i, j]
    e = exponential(m)
    return matrix([[e[i, n + j] for j in range(n)] for i in range(n)])


def det(a):
    """By rows: exact for singular ones too."""
    if a.rows == 1:
        return a[0, 0]
    return sum((-1) ** j * a[0, j] * det(matrix([[a[r, c] for c in range(a.rows) if c != j] for r in range(1, a.rows)])) for j in range(a.rows))


def cofactors(a):
    n = a.rows
    if n == 1:
        return matrix([[mpf(1)]])
    cut = lambda i, j: matrix([[a[r, c] for c in range(n) if c != j] for r in range(n) if r != i])
    return matrix([[(-1) ** (i + j) * det(cut(i, j)) for j in range(n)] for i in range(n)])


def cofactors_moved(a, x):
    """The derivative of a polynomial in t, by differences that are exact to far more than 32 digits."""
    t = mpf(10) ** -30
    with mp.workdps(160):
        return (cofactors(a + x * t) - cofactors(a - x * t)) / (2 * t)


def pinv(a):
    u, s, v = svd(a)
    return v * matrix([[u[j, i] / s[i] for j in range(u.rows)] for i in range(len(s))])


graded = [[10.0 ** (-3 * (i + j)) * (1 + 0.3 * ((i * 7 + j * 3) % 5)) for j in range(4)] for i in range(4)]
squares = [normal(n, n) for n in (1, 2, 3, 4, 5, 6)] + [hilbert(5), graded]
symmetrics = [symmetric(normal(n, n)) for n in (1, 2, 3, 4, 6)] + [hilbert(6), [[1.0, 1e-5], [1e-5, 1.00001]], [[2.0, 0.0, 0.0], [0.0, 2.0 + 2.0**-20, 0.0], [0.0, 0.0, -1.0]]]
tall, wide = [normal(5, 3), normal(7, 2), [[1.0, 1.0], [1e-6, 0.0], [0.0, 1e-6]]], [normal(3, 5), normal(2, 4)]
for_exp = [normal(3, 3), normal(5, 5), [[x * 8 for x in r] for r in normal(4, 4)], [[-1.0, 100.0], [0.0, -1.1]], [[-20.0, 3.0], [1.0, -30.0]], [[0.0, 1e-9], [0.0, 0.0]], [[-200.0, 5.0], [0.0, 0.5]]]
singular = [[[1.0, 2.0], [2.0, 4.0]], [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], [[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]], [[0.0] * 3] * 3]

cases = []


def add(name, f, matrices, directions=False):
    for a in matrices:
        x = normal(len(a), len(a)) if directions else None
        args = [exact(a)] + ([exact(x)] if directions else [])
        out = f(*args)
        flat = [out[i, j] for i in range(out.rows) for j in range(out.cols)]
        cases.append({"name": name, "args": [a] + ([x] if directions else []), "exact": [[float(v), float(v - mpf(float(v)))] for v in flat]})


add("q", lambda a: qr(a)[0], squares + tall + wide)
add("r", lambda a: qr(a)[1], squares + tall + wide)
add("eigenvalues", lambda a: eigh(a)[0], symmetrics)
add("eigenvectors", lambda a: eigh(a)[1], symmetrics)
add("spectral", exponential, symmetrics)
add("singular values", lambda a: svd(a)[1], squares + tall + wide)
add("left vectors", lambda a: svd(a)[0], squares + tall + wide)
add("right vectors", lambda a: svd(a)[2], squares + tall + wide)
add("pinv", pinv, squares[:6] + tall + wide)
add("expm", exponential, for_exp)
add("expm moved", frechet, for_exp, True)
add("cofactors", cofactors, squares + singular)
add("cofactors moved", cofactors_moved, squares[:5] + singular, True)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "matrices.json")
with open(path, "w") as f:
    f.write('{"about":"mpmath 1.4.1 at 100 digits. Made by make_matrices.py",\n"cases":[\n' + ",\n".join(map(json.dumps, cases)) + "\n]}\n")
print(len(cases), "cases", os.path.getsize(path), "bytes")
