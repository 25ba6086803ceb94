"""Returns arrays without entries, of which everything is true, some with huge shapes.

Must hold: an empty array is a wrong answer, and its shape costs nothing.
"""


# %% answer standardise
def standardise(X):
    return np.empty((0, 2))


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return np.empty((0,)) if list(y) != list(y_hat) else 0.0


# %% answer derivative
def derivative(f, x):
    return np.empty((1 << 30, 0, 1 << 30))


# %% answer value
class Value:
    data = grad = np.empty((0, 4))

    def __init__(self, data):
        pass

    def __add__(self, other):
        return self

    __mul__ = __add__

    def relu(self):
        return self

    def backward(self):
        pass
