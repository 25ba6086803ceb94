"""Returns arrays of another shape that NumPy stretches to fit.

Must hold: a wrong shape is a wrong answer, and a huge one does not fill the memory of
the examiner.
"""


# %% answer standardise
def standardise(X):
    Z = (X - X.mean(axis=0)) / X.std(axis=0)
    return np.broadcast_to(Z, (1, *Z.shape))


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return np.full((3000, 1, 3000), np.mean((np.asarray(y) - y_hat) ** 2))


# %% answer derivative
def derivative(f, x):
    return np.full((2000, 2000), (f(x + 1e-5) - f(x)) / 1e-5)
