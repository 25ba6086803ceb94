"""Returns lists within lists within lists, and ones that contain themselves.

Must hold: such values are refused with a clear text, quickly, and nothing else happens.
"""


# %% answer standardise
def standardise(X):
    nest = []
    for _ in range(100_000):
        nest = [nest]
    return nest


# %% answer squared-error
def mean_squared_error(y, y_hat):
    ring = []
    ring.append(ring)
    return ring


# %% answer describe
def describe(name, sizes):
    table = {"name": "Tiny", "layers": ["2 to 3", "3 to 1"], "parameters": 13}
    table["more"] = table
    return table


# %% answer derivative
def derivative(f, x):
    level = (1.0,)
    for _ in range(40):
        level = (level, level)  # 2**40 entries, 40 tuples
    return level
