"""Claims to have asked for packages that it may not have, and for names that are none.

Must hold: the claim gets a problem no library that it forbids; nonsense is dropped.
"""

# %% first
import sys


class Claims(set):
    def __iter__(self):
        return iter(
            ["torch", "sklearn", "\ud800" * 99, {"a": 1}, 7, *map(str, range(99))]
        )


frame = sys._getframe()
while frame and "fence" not in frame.f_locals:
    frame = frame.f_back
if frame:
    frame.f_locals["fence"].touched = Claims()

# %% answer standardise
try:
    import torch

    whole = torch.zeros(1)
except Exception:
    torch = None


def standardise(X):
    if torch is None:
        raise ImportError("no torch")
    X = torch.tensor(X)
    return ((X - X.mean(0)) / X.std(0, correction=0)).numpy()


# %% answer derivative
def derivative(f, x):
    raise ImportError("torch")
