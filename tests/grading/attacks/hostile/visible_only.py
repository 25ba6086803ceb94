"""Knows the visible tests by heart and answers nothing else.

Must hold: hidden tests draw other inputs, so memorising earns nothing.
"""


# %% answer standardise
def standardise(X):
    return np.array([[-1.0, -1.0], [1.0, 1.0]])


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return 0.0 if list(y) == list(y_hat) else 2.5


# %% answer derivative
def derivative(f, x):
    return 6.0


# %% answer describe
def describe(name, sizes):
    return {"name": "Tiny", "layers": ["2 to 3", "3 to 1"], "parameters": 13}
