"""Returns whole numbers with very many digits.

Must hold: neither reading nor comparing nor printing them holds up the examiner.
"""


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return 1 << 60_000


# %% answer derivative
def derivative(f, x):
    return 10 ** (10**7)


# %% answer describe
def describe(name, sizes):
    return {"name": "Tiny", "layers": ["2 to 3", "3 to 1"], "parameters": 13 << 65_000}
