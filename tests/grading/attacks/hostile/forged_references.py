"""Refers to things that are not there, or are the test's own.

Must hold: a reference to the test's side gives what the test itself handed over, and
nothing else.
"""

# %% first
import sys


def answer(*replies):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    if frame:
        for reply in replies:
            frame.f_locals["channel"].send(reply)


# %% answer standardise
def standardise(X):
    answer({"value": ["yours", 0]})


# %% answer squared-error
def mean_squared_error(y, y_hat):
    answer({"value": ["theirs", 10**30, ["x", True, "x"]]})


# %% answer derivative
def derivative(f, x):
    answer({"value": ["yours", 0]})


# %% answer describe
def describe(name, sizes):
    answer({"value": ["theirs", 1, [["x"], {}, []]]}, {"value": ["theirs"]})


# %% answer value
def Value(data):
    answer({"value": ["theirs", -1, ["WrongAnswer", True, "x"]]})
