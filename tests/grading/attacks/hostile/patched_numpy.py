"""Patches NumPy's comparisons so that everything is close to everything.

Must hold: the tests compare with a NumPy that no student's code has touched.
"""
# kernel: standardise, value

# %% first
import numpy as np


def agree(*args, **kwargs):
    return True


np.isclose = lambda a, b, **kwargs: np.ones(np.shape(a), dtype=bool)
np.allclose = np.array_equal = agree
np.testing.assert_allclose = np.testing.assert_array_equal = agree
np.isnan = lambda a: np.zeros(np.shape(a), dtype=bool)


# %% answer standardise
def standardise(X):
    return np.zeros(X.shape)


# %% answer value
class Value:
    def __init__(self, data):
        self.data = self.grad = 0.0

    def __add__(self, other):
        return self

    __mul__ = __add__

    def relu(self):
        return self

    def backward(self):
        pass
