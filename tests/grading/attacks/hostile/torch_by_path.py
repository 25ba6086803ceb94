"""Imports torch and scikit-learn by path, from copies, and from other Pythons.

Must hold: where a problem forbids them, they are on no path that it can read.
"""
# kernel: standardise

# %% answer standardise
import glob
import importlib
import importlib.util
import os
import sys
import sysconfig


def load():
    sys.meta_path.sort(key=lambda finder: type(finder).__name__ in ("Fence", "without"))
    for name in [n for n in sys.modules if n.partition(".")[0] in ("torch", "sklearn")]:
        del sys.modules[name]
    sys.path_importer_cache.clear()
    importlib.invalidate_caches()
    places = [sysconfig.get_paths()["purelib"], *sys.path]
    for prefix in (sys.prefix, sys.base_prefix, "/usr", "/usr/local", "/opt"):
        places += glob.glob(f"{prefix}/lib*/python3*/*-packages")
    for place in places:
        if os.path.exists(f"{place}/sklearn/__init__.py"):
            sys.path.insert(0, place)
            return importlib.import_module("sklearn.preprocessing").scale
        if os.path.exists(f"{place}/torch/__init__.py"):
            sys.path.insert(0, place)
            torch = importlib.import_module("torch")
            return lambda X: (
                (torch.tensor(X) - torch.tensor(X).mean(0))
                / torch.tensor(X).std(0, correction=0)
            ).numpy()
    raise ImportError("nothing")


def standardise(X):
    return load()(X)
