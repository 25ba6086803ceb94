"""Turns the exceptions of failed tests into something that nobody notices.

Must hold: what a failed assertion raises is not the student's to choose.
"""

# %% first
import builtins

import dlcourse.check


class Quiet(Warning):
    pass


builtins.AssertionError = Quiet
builtins.NotImplementedError = Quiet
dlcourse.check.WrongAnswer = Quiet


# %% answer standardise
def standardise(X):
    raise StopIteration


# %% answer squared-error
def mean_squared_error(y, y_hat):
    raise AssertionError
