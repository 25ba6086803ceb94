"""Returns an object that calls itself an array: right shape, no mean, no difference.

Must hold: asking a result for what arrays have does not ask the student's code.
"""
# kernel: derivative, squared-error

# %% first
import numpy as np


class Arrayish:
    shape = (2, 2)
    ndim = 0
    size = 1
    dtype = np.dtype(float)

    def __array__(self, dtype=None, copy=None):
        return np.zeros(())

    def mean(self, axis=None):
        return np.zeros(2)

    def std(self, axis=None):
        return np.ones(2)

    def __rsub__(self, other):
        return np.zeros(())

    __sub__ = __rsub__

    def __len__(self):
        return 2


# %% answer standardise
def standardise(X):
    return Arrayish()


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return Arrayish() if list(y) != list(y_hat) else 0


# %% answer derivative
def derivative(f, x):
    return Arrayish()
