"""Sends text that is no JSON, too deep, or JSON that is no message.

Must hold: each ends the test as an incident.
"""

# %% first
import os
import struct


def write(text, content=b""):
    for fd in range(3, 20):
        try:
            os.write(fd, struct.pack("<II", len(text), len(content)) + text + content)
        except OSError:
            pass


# %% answer standardise
def standardise(X):
    write(b"[" * 100_000)


# %% answer squared-error
def mean_squared_error(y, y_hat):
    write(b"\xff\xfe\x00garbage")


# %% answer derivative
def derivative(f, x):
    write(b'[["not", "a", "dict"], []]')


# %% answer describe
def describe(name, sizes):
    write(b'[{"value": ' + b"9" * 100_000 + b"}, []]")


# %% answer value
def Value(data):
    write(b'[{"value": ["array", "f8", [1], 7]}, []]')


# %% answer loss
def logistic_loss(w, X, y):
    write(b'{"value": 1}')
