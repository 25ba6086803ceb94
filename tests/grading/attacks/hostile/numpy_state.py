"""Changes how NumPy behaves for everybody: errors, printing, warnings, its own types.

Must hold: the trusted side's NumPy is another one.
"""

# %% first
import sys
import warnings

import numpy as np

np.seterr(all="ignore")
np.set_printoptions(threshold=0, formatter={"float": lambda x: "0"})
warnings.simplefilter("ignore")
warnings.showwarning = lambda *args: None
np.ndarray.__array_priority__ if hasattr(np.ndarray, "__array_priority__") else None
np.float64 = np.float32 = int
np.dtype = str
sys.set_int_max_str_digits(0)
sys.setrecursionlimit(1 << 20)


# %% answer standardise
def standardise(X):
    return np.where(X > X.mean(axis=0), 1, -1)
