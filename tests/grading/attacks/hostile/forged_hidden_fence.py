"""Hides that it asked for torch, and asks for it all the same.

Must hold: whether the import is reported or not, a problem that forbids torch has none.
"""

# %% first
import sys

sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "Fence"]
for name in [n for n in sys.modules if n.partition(".")[0] in ("torch", "sklearn")]:
    del sys.modules[name]


# %% answer standardise
def standardise(X):
    import torch

    X = torch.tensor(X)
    return ((X - X.mean(0)) / X.std(0, correction=0)).numpy()
