"""Shared by the make_*.py scripts: arrays and numbers as JSON that round trips float64.

An array is {"shape": [...], "dtype": "float64", "data": [flat, row-major]}; a Python number, bool, string,
None, list or dict stays what it is. NaN and the infinities are the strings "NaN", "Infinity", "-Infinity".
float32 values are written as the float64 that equals them; 64-bit integers beyond 2**53 as decimal strings.
"""
import json
import math
import os

import numpy as np


def number(v):
    if isinstance(v, (bool, np.bool_)):
        return bool(v)
    if isinstance(v, (int, np.integer)):
        v = int(v)
        return v if abs(v) <= 2**53 else str(v)
    v = float(v)
    if math.isnan(v):
        return "NaN"
    if math.isinf(v):
        return "Infinity" if v > 0 else "-Infinity"
    return v


def array(x):
    x = np.asarray(x)
    return {"shape": list(x.shape), "dtype": str(x.dtype), "data": [number(v) for v in x.ravel().tolist()]}


def encode(x):
    if x is None or isinstance(x, str):
        return x
    if isinstance(x, np.ndarray) or isinstance(x, np.generic) or (hasattr(x, "shape") and hasattr(x, "dtype")):
        return array(x)
    if isinstance(x, (bool, int, float)):
        return number(x)
    if isinstance(x, dict):
        return {k: encode(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [encode(v) for v in x]
    raise TypeError(type(x))


def write(name, header, cases):
    """One case per line, so that a change shows as a readable diff."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), name)
    lines = [json.dumps(encode(c), allow_nan=False, ensure_ascii=False, separators=(",", ":")) for c in cases]
    text = '{"about":' + json.dumps(header, ensure_ascii=False) + ',\n"cases":[\n' + ",\n".join(lines) + "\n]}\n"
    json.loads(text)
    with open(path, "w") as f:
        f.write(text)
    print(name, len(cases), "cases", len(text), "bytes")
