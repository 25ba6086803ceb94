"""Returns an object that equals, exceeds and underlies everything.

Must hold: comparing a student's object never calls the student's code.
"""
# kernel: squared-error, derivative


# %% first
class Same:
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __lt__ = __le__ = __gt__ = __ge__ = __eq__
    __hash__ = None

    def __bool__(self):
        return True

    def __sub__(self, other):
        return self

    __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __sub__
    __truediv__ = __rtruediv__ = __pow__ = __sub__

    def __abs__(self):
        return self

    def __len__(self):
        return 3

    def __iter__(self):
        return iter(())

    def __contains__(self, item):
        return True

    def __getitem__(self, key):
        return self

    def __getattr__(self, name):
        return self

    def __call__(self, *args, **kwargs):
        return self


# %% answer standardise
def standardise(X):
    return Same()


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return Same()


# %% answer derivative
def derivative(f, x):
    return Same()


# %% answer describe
def describe(name, sizes):
    return Same()


# %% answer value
Value = Same()


# %% answer loss
def logistic_loss(w, X, y):
    return Same()
