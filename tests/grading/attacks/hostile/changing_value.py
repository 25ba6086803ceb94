"""Returns values that are something else each time they are read.

Must hold: a value is read once, and what was read is what is tested.
"""
# kernel: derivative

# %% first
import itertools

count = itertools.count()


class Slippery(float):
    def __float__(self):
        return float(next(count))

    def __sub__(self, other):
        return Slippery(next(count))

    def __rsub__(self, other):
        return Slippery(0)

    def __lt__(self, other):
        return next(count) > 0

    def __abs__(self):
        return self

    @property
    def real(self):
        return next(count)


# %% answer derivative
def derivative(f, x):
    return Slippery(1.0)


# %% answer value
class Value:
    def __init__(self, data):
        self.start = data

    def __getattr__(self, name):
        if name in ("data", "grad"):
            return float(next(count))
        raise AttributeError(name)

    def __add__(self, other):
        return self

    __mul__ = __add__

    def relu(self):
        return self

    def backward(self):
        pass
