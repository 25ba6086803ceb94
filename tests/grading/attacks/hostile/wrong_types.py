"""Returns values of another type that are equal in some sense.

Must hold: strings, booleans, complex numbers and bytes are not numbers.
"""


# %% answer standardise
def standardise(X):
    return ((X - X.mean(axis=0)) / X.std(axis=0)).astype("U10")


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return "2.5" if list(y) != list(y_hat) else False


# %% answer describe
def describe(name, sizes):
    return [("name", "Tiny"), ("layers", ("2 to 3",)), ("parameters", True)]


# %% answer loss
def logistic_loss(w, X, y):
    return np.float64(0.6)
