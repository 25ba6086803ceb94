"""Replaces what the tests are written with by functions that accept everything.

Must hold: the trusted side has a ``dlcourse.check`` of its own.
"""
# kernel: standardise, describe

# %% first
import dlcourse.check


class Peace:
    def __init__(self, *packages):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return True


dlcourse.check.expect_call = lambda *args, **kwargs: None
dlcourse.check._difference = lambda *args, **kwargs: None
dlcourse.check.without = Peace
dlcourse.check.WrongAnswer = BaseException


# %% answer standardise
def standardise(X):
    return X


# %% answer describe
def describe(name, sizes):
    return {}
