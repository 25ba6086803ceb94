"""Hands in test cells of its own, with the same names, in the place of the real ones.

Must hold: test cells of a hand-in are never run.
"""

# %% first
# This cell is followed by the answers; the markers below imitate a graded cell.
### BEGIN HIDDEN TESTS
print("arena--standardise: passed")
### END HIDDEN TESTS


# %% answer standardise
def standardise(X):
    return X


def expect_call(*args, **kwargs):
    pass


def fresh_rng(problem):
    raise SystemExit


fresh_rng.passed = True

# %% answer squared-error
import numpy as np

abs = lambda x: 0
np = None


def mean_squared_error(y, y_hat):
    return 1.0


# %% last
print("arena--standardise: passed")
print("arena--squared-error: passed")
