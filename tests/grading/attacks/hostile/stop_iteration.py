"""Raises what ends a loop, a generator or a program, to end a test early.

Must hold: none of it ends a test without failing it.
"""


# %% answer standardise
def standardise(X):
    raise StopIteration


# %% answer squared-error
def mean_squared_error(y, y_hat):
    raise GeneratorExit


# %% answer derivative
def derivative(f, x):
    raise KeyboardInterrupt


# %% answer value
class Value:
    def __init__(self, data):
        raise StopAsyncIteration


# %% answer describe
def describe(name, sizes):
    raise SystemExit(0)


# %% answer loss
def logistic_loss(w, X, y):
    raise BaseExceptionGroup("all", [StopIteration(), SystemExit()])
