"""Ends the process in cells and in answers, in every way that Python has.

Must hold: cells that kill Python are skipped and reported, and the rest is graded.
"""
# earns: squared-error

# %% first
import os

os._exit(0)


# %% answer standardise
def standardise(X):
    import os

    os._exit(0)


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return float(np.mean((np.asarray(y) - np.asarray(y_hat)) ** 2))


# %% answer derivative
def derivative(f, x):
    import sys

    sys.exit(0)


# %% answer describe
def describe(name, sizes):
    quit()


# %% last
get_ipython().ask_exit()
raise SystemExit(0)
