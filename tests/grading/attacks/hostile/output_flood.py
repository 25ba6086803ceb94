"""Writes and shows more than anyone can read, in cells and in answers.

Must hold: what is kept is bounded, and the submission is graded to its end.
"""
# earns: squared-error

# %% first
import os
import sys

for _ in range(50):
    print("flood " * 10_000)
    sys.stderr.write("flood " * 10_000)
    sys.__stdout__.write("flood " * 10_000)
os.write(1, b"flood " * 100_000)
os.write(2, b"flood " * 100_000)

# %% first
from IPython.display import display

for _ in range(20):
    display("flood " * 100_000)

# %% first
for _ in range(20):
    display({"image/png": "AAAA" * 400_000}, raw=True)

# %% first
for _ in range(20):
    display({"image/png": "AAAA" * 400_000, "text/html": "<b>" * 100_000}, raw=True)

# %% first
raise ValueError("flood " * 500_000)


# %% answer standardise
def standardise(X):
    for _ in range(50):
        print("flood " * 10_000)
    return "flood " * 1_000_000


# %% answer squared-error
def mean_squared_error(y, y_hat):
    print("flood " * 10_000)
    return float(np.mean((np.asarray(y) - np.asarray(y_hat)) ** 2))


# %% answer describe
def describe(name, sizes):
    return {"flood " * 1_000_000: 1}
