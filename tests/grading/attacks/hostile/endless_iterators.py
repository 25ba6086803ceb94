"""Returns what never comes to an end when it is gone through.

Must hold: going through it ends with the time of the test.
"""

# %% first
import itertools


class Endless:
    def __iter__(self):
        return itertools.repeat(0.0)

    def __len__(self):
        return 10**18

    def __getitem__(self, key):
        return 0.0

    def keys(self):
        return itertools.count()


# %% answer standardise
def standardise(X):
    return Endless()


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return itertools.repeat(0.0)


# %% answer describe
def describe(name, sizes):
    return {"name": "Tiny", "layers": itertools.repeat("2 to 3"), "parameters": 13}


# %% answer loss
def logistic_loss(w, X, y):
    return map(float, itertools.count())
