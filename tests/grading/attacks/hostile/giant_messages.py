"""Returns as much as can be sent, and more.

Must hold: the examiner reads what is allowed, and refuses the rest.
"""


# %% answer standardise
def standardise(X):
    return np.zeros((40_000_000,))


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return "x" * 20_000_000


# %% answer derivative
def derivative(f, x):
    return [[]] * 200_000


# %% answer describe
def describe(name, sizes):
    return {str(n): [n] for n in range(100_000)}
