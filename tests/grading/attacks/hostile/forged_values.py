"""Writes values that no honest side writes: odd types, shapes, states, booleans of 2.

Must hold: reading them checks everything that NumPy and torch do not.
"""

# %% first
import struct
import sys


def answer(value, *contents):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    if frame:
        frame.f_locals["channel"].send({"value": value}, list(contents))


# %% answer standardise
def standardise(X):
    answer(["array", "?", [2, 2], 0], b"\x02\xff\x80\x03")


# %% answer squared-error
def mean_squared_error(y, y_hat):
    key = ["array", "<u4", [624], 0]
    state = ["dict", [["key", key], ["pos", 2**31 - 1]]]
    state = ["dict", [["bit_generator", "MT19937"], ["state", state]]]
    answer(["generator", "MT19937", state], b"\0" * 2496)


# %% answer derivative
def derivative(f, x):
    answer(["array", "O", [1], 0], struct.pack("<Q", 0xDEADBEEF))


# %% answer describe
def describe(name, sizes):
    answer(["dict", [[["list", []], 1], ["name"], 7]])


# %% answer value
def Value(data):
    answer(["array", "<U1", [2], 0], b"\xff" * 8)


# %% answer loss
def logistic_loss(w, X, y):
    answer(["tensor", "bool", [], 0, True, 99], b"\x02")
