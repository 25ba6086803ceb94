"""Returns an object whose ``__class__`` says that it is whatever is expected.

Must hold: ``isinstance`` on the trusted side does not ask a student's property.
"""

# %% first
import numpy as np


class Chameleon:
    kinds = [np.ndarray, float, dict, list, str]

    @property
    def __class__(self):
        return self.kinds[0]

    def keys(self):
        return {"name", "layers", "parameters"}

    def __array__(self, dtype=None, copy=None):
        return np.array([[-1.0, -1.0], [1.0, 1.0]])

    def __float__(self):
        return 2.5

    def __getitem__(self, key):
        return 13


# %% answer standardise
def standardise(X):
    return Chameleon()


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return Chameleon()


# %% answer describe
def describe(name, sizes):
    thing = Chameleon()
    thing.kinds = [dict]
    return thing
