"""Puts other code into the tests' own functions, in place, by ``__code__``.

Must hold: as for patched names.
"""
# kernel: standardise, describe

# %% first
import dlcourse.check


def accept(function, *args, returns, mistakes=None, rtol=0, atol=0):
    return None


dlcourse.check.expect_call.__code__ = accept.__code__


# %% answer standardise
def standardise(X):
    return X * 2


# %% answer describe
def describe(name, sizes):
    return {"name": "", "layers": [], "parameters": 0}
