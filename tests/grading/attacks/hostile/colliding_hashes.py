"""Returns sets and dicts of numbers that all have the same hash.

Must hold: building them takes no longer than the test may, even where Python cannot be
interrupted.
"""

# %% first
import sys


# %% answer squared-error
def mean_squared_error(y, y_hat):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    numbers = [n * (2**61 - 1) for n in range(1, 400_000)]
    if frame:
        frame.f_locals["channel"].send({"value": ["set", numbers]})


# %% answer describe
def describe(name, sizes):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    pairs = [[n * (2**61 - 1), 0] for n in range(1, 400_000)]
    if frame:
        frame.f_locals["channel"].send({"value": ["dict", pairs]})
