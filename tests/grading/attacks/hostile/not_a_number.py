"""Returns NaN and infinities, which compare oddly.

Must hold: none of them passes for a number.
"""


# %% answer standardise
def standardise(X):
    return np.full(X.shape, np.nan)


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return float("nan")


# %% answer derivative
def derivative(f, x):
    return float("nan")


# %% answer value
class Value:
    data = grad = float("nan")

    def __init__(self, data):
        pass

    def __add__(self, other):
        return self

    __mul__ = __add__

    def relu(self):
        return self

    def backward(self):
        pass


# %% answer loss
def logistic_loss(w, X, y):
    return w.sum() * float("inf")
