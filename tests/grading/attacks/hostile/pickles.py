"""Returns objects that would run code when they are unpickled or copied.

Must hold: nothing is unpickled, and nothing of the student's is copied over here.
"""

# %% first
import os


class Bomb:
    def __reduce__(self):
        return os.system, (f"touch {WORLD['course']}/{WORLD['mark']}",)

    def __deepcopy__(self, memo):
        raise SystemExit

    __copy__ = __reduce_ex__ = lambda self, *args: self.__reduce__()


# %% answer standardise
def standardise(X):
    return Bomb()


# %% answer squared-error
def mean_squared_error(y, y_hat):
    import pickle

    return pickle.dumps(Bomb())


# %% answer describe
def describe(name, sizes):
    return {"name": Bomb(), "layers": Bomb, "parameters": Bomb()}
