"""Names types that are expensive to understand: thousands of fields, huge items.

Must hold: only short names of known kinds are looked at.
"""

# %% first
import sys


def answer(value, *contents):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    if frame:
        frame.f_locals["channel"].send({"value": value}, list(contents))


# %% answer standardise
def standardise(X):
    answer(["array", "f8," * 1_000_000, [0], 0], b"")


# %% answer squared-error
def mean_squared_error(y, y_hat):
    answer(["array", "U500000000", [0], 0], b"")


# %% answer derivative
def derivative(f, x):
    answer(["scalar", "(1000000,1000000)f8", [], 0], b"")


# %% answer describe
def describe(name, sizes):
    answer(["dtype", "(" * 10_000])
