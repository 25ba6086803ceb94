"""Raises exceptions that call themselves what the engine raises to end a test.

Must hold: a name is only a name; the verdict is the engine's.
"""

# %% first
import importlib

names = {}
for module in ("dlcourse.engine.wire", "dlcourse.engine.tests", "dlcourse.check"):
    try:
        names.update(vars(importlib.import_module(module)))
    except ImportError:
        pass


# %% answer standardise
def standardise(X):
    raise names.get("Gone", type("Gone", (BaseException,), {}))()


# %% answer squared-error
def mean_squared_error(y, y_hat):
    raise names.get("TimedOut", type("TimedOut", (BaseException,), {}))("passed")


# %% answer derivative
def derivative(f, x):
    raise type("Outcome", (Exception,), {"status": "passed", "passed": True})("passed")


# %% answer describe
def describe(name, sizes):
    raise names.get("WrongAnswer", AssertionError)("passed")
