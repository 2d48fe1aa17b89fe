"""Writes indexing.json: what NumPy's indexing reads and writes, for random indices of every kind.

Run:  python3 -m venv v && v/bin/pip install numpy==2.4.6 && v/bin/python test/golden/make_indexing.py

A case is {shape, index, out, set, add}: x = arange of the shape; out = x[index]; set: x after x[index] = -1 - arange of the
result's shape; add: x after np.add.at(x, index, 100 + arange). A slice is {"slice": [start, stop, step]}, null a new
axis, "..." the ellipsis. Where NumPy raises, the case has "error" and nothing else. The seed is fixed.
"""
import os
import random
import sys

import numpy as np

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from encode import write

rng = random.Random(20)


def bound(n):
    return rng.choice([None, None, rng.randint(-n - 2, n + 2)])


def array(n, shape):
    size = int(np.prod(shape))
    return np.array([rng.randint(-n, n - 1) if n else 0 for _ in range(size)], "int32").reshape(shape)


def index(shape):
    """A random index: entries over the axes from the left, perhaps an ellipsis, new axes anywhere."""
    entries, axis = [], 0
    common = rng.choice([(), (2,), (3,), (2, 2)])
    while axis < len(shape):
        kind = rng.choice(["int", "slice", "slice", "slice", "array", "array", "mask", "new", "whole"])
        n = shape[axis]
        if kind == "new":
            entries.append(None)
            continue
        if kind == "mask":
            k = rng.choice([1, min(2, len(shape) - axis)])
            m = np.array([rng.random() < 0.5 for _ in range(int(np.prod(shape[axis : axis + k])))]).reshape(shape[axis : axis + k])
            entries.append(m)
            axis += k
            continue
        if kind == "int":
            entries.append(rng.randint(-n, n - 1) if n else 0)
        elif kind == "slice":
            entries.append(slice(bound(n), bound(n), rng.choice([None, 1, 2, -1, -2, 3])))
        elif kind == "array":
            s = rng.choice([common, common, common[1:], (1,) * len(common)])
            entries.append(array(n, s))
        else:
            entries.append(slice(None))
        axis += 1
        if rng.random() < 0.15:
            break
    if rng.random() < 0.25:
        at = rng.randint(0, len(entries))
        entries.insert(at, Ellipsis)
    return entries


def shown(e):
    if isinstance(e, slice):
        return {"slice": [e.start, e.stop, e.step]}
    return "..." if e is Ellipsis else e


cases = []


def case(shape, entries):
    x = np.arange(int(np.prod(shape)), dtype="int32").reshape(shape)
    c = {"shape": list(shape), "index": [shown(e) for e in entries]}
    try:
        out = x[tuple(entries)]
    except IndexError:
        cases.append({**c, "error": "IndexError"})
        return
    y = x.copy()
    y[tuple(entries)] = -1 - np.arange(out.size, dtype="int32").reshape(out.shape)
    z = x.copy()
    np.add.at(z, tuple(entries), 100 + np.arange(out.size, dtype="int32").reshape(out.shape))
    cases.append({**c, "out": out, "set": y, "add": z})


shapes = [(5,), (4, 3), (2, 3, 4), (3, 1, 2), (2, 2, 3, 2), (0,), (3, 0), ()]
weights = [3, 6, 8, 3, 4, 1, 1, 1]
for _ in range(260):
    shape = rng.choices(shapes, weights)[0]
    case(shape, index(shape))
A = lambda *v: np.array(v, "int32")
S = slice
case((2, 3, 4), [0, S(None), A(1, 2)]); case((2, 3, 4), [S(None), 0, A(1, 2)]); case((2, 3, 4), [A(0, 1), None, A(1, 2)]); case((2, 3, 4), [A(0, 1), Ellipsis, A(1, 2)]); case((2, 3, 4), [S(None), A(1, 2), A(0, 3)])
case((2, 3, 4), [None, A(1, 0), S(1, None), None]); case((2, 3, 4), [Ellipsis, A(1, 0)]); case((2, 3, 4), [0, 1, 2]); case((2, 3, 4), []); case((2, 3, 4), [None]); case((5,), [5]); case((5,), [-6]); case((5,), [A(0, 5)]); case((5,), [S(None, None, -1)])
case((5,), [1, 1])
case((5,), [A(1, 1, 1)]); case((5,), [np.array([True, False])]); case((5,), [np.array([False] * 5)]); case((4, 3), [A(0, 1), A(0, 1, 2)]); case((4, 3), [np.array([[0], [2]], "int32"), A(2, 0)])
write("indexing.json", "What NumPy " + np.__version__ + " reads and writes at indices of every kind. Made by make_indexing.py", cases)
