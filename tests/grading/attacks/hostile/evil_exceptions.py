"""Raises exceptions whose texts are endless, raise in turn, or are no text.

Must hold: the test fails as for any other exception.
"""


# %% first
class Evil(Exception):
    def __str__(self):
        raise SystemExit(0)

    __repr__ = __str__


class Endless(Exception):
    def __str__(self):
        return "x" * 200_000_000


class Meta(type):
    def mro(cls):
        return [cls, *type.mro(cls)[1:]]

    def __getattribute__(cls, name):
        if name == "__name__":
            return "\ud800" * 1000
        return super().__getattribute__(name)


class Named(Exception, metaclass=Meta):
    def __str__(self):
        return "\ud800\0\x1b[31m"


# %% answer standardise
def standardise(X):
    raise Evil


# %% answer squared-error
def mean_squared_error(y, y_hat):
    raise Endless


# %% answer derivative
def derivative(f, x):
    raise Named


# %% answer describe
def describe(name, sizes):
    error = ValueError("round")
    error.__cause__ = error.__context__ = error
    raise error


# %% last
raise Evil

# %% last
raise Named
