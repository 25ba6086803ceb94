"""Looks in its callers' frames for the right answer and returns that.

Must hold: a test's expectations are in no process of the student's.
"""
# kernel: standardise, describe, derivative

# %% first
import sys


def find(*names):
    frame = sys._getframe(1)
    while frame:
        for name in names:
            if name in frame.f_locals:
                return frame.f_locals[name]
        frame = frame.f_back
    return None


# %% answer standardise
def standardise(X):
    return find("returns", "expected")


# %% answer describe
def describe(name, sizes):
    return find("returns", "right")


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return find("expected", "returns")


# %% answer derivative
def derivative(f, x):
    return find("slope")
