"""Has the trusted side keep as much as it can: large results, again and again.

Must hold: a test that runs out of memory fails, and the next one is run.
"""
# earns: describe


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return np.zeros((1, 20_000_000), dtype=np.int8) if list(y) != list(y_hat) else 0


# %% answer value
class Value:
    def __init__(self, data):
        pass

    grad = 0.0
    data = np.zeros((8_000, 3_000))

    def __add__(self, other):
        return self

    __mul__ = __add__

    def relu(self):
        return self

    def backward(self):
        pass


# %% answer describe
def describe(name, sizes):
    pairs = list(zip(sizes, sizes[1:]))
    count = sum((a + 1) * b for a, b in pairs)
    layers = [f"{a} to {b}" for a, b in pairs]
    return {"name": name.title(), "layers": layers, "parameters": count}
