"""Shows and raises text that cannot be encoded, and control characters.

Must hold: everything that comes out can be written as UTF-8.
"""

# %% first
print("\ud800 lone \udfff surrogates \0 \x1b[2J \x07")
print("\u202e backwards \ufeff \uffff")
display("\udcff")
raise type("\udcff", (Exception,), {})("\ud800")


# %% answer standardise
def standardise(X):
    raise ValueError("\ud800 lone surrogate")


# %% answer squared-error
def mean_squared_error(y, y_hat):
    return np.array("\ud800")


# %% answer describe
def describe(name, sizes):
    return {"name": "\udc80", "layers": ["\ud800"], "parameters": "\0"}
