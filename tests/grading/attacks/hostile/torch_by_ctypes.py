"""Loads the shared libraries of torch and calls them.

Must hold: they are not there where torch is forbidden.
"""

# %% answer standardise
import ctypes
import glob
import os
import sys


def standardise(X):
    found = []
    for place in {*sys.path, sys.prefix, "/usr/lib", "/usr/local/lib"}:
        for pattern in ("torch/lib/*.so*", "torch/_C*.so", "**/libtorch*.so*"):
            for path in glob.glob(f"{place}/{pattern}", recursive=True):
                try:
                    ctypes.CDLL(path)
                    found.append(path)
                except OSError:
                    pass
    if found:
        return (X - X.mean(axis=0)) / X.std(axis=0)
    raise ImportError("nothing")
