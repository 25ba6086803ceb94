"""Returns arrays that hold objects of its own, and structured ones.

Must hold: they do not cross; nothing of them is called or unpickled.
"""
# kernel: derivative

# %% first
import numpy as np


class Yes:
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__

    def __float__(self):
        return 1.0

    def __reduce__(self):
        return print, ("unpickled",)


# %% answer standardise
def standardise(X):
    return np.array([[Yes(), Yes()], [Yes(), Yes()]], dtype=object)


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return np.array((2.5, 1), dtype=[("a", float), ("b", int)])


# %% answer derivative
def derivative(f, x):
    return np.array(Yes(), dtype=object)
