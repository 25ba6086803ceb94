"""Crashes the interpreter: null pointers, an exhausted stack, an abort.

Must hold: the answer fails, the others are tested as if nothing had happened.
"""
# earns: describe


# %% answer standardise
def standardise(X):
    import ctypes

    ctypes.string_at(0)


# %% answer squared-error
def mean_squared_error(y, y_hat):
    import sys

    sys.setrecursionlimit(1 << 30)
    deep = lambda n: max(map(lambda m: deep(m + 1), [n]))
    return deep(0)


# %% answer derivative
def derivative(f, x):
    import os

    os.abort()


# %% answer describe
def describe(name, sizes):
    pairs = list(zip(sizes, sizes[1:]))
    count = sum((a + 1) * b for a, b in pairs)
    layers = [f"{a} to {b}" for a, b in pairs]
    return {"name": name.title(), "layers": layers, "parameters": count}


# %% last
import ctypes

ctypes.memset(0x10, 1, 1)
