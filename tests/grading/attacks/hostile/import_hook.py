"""Serves modules of its own to whoever imports the checks.

Must hold: the trusted side's imports do not pass through the student's hooks.
"""
# kernel: standardise, describe

# %% first
import importlib.abc
import importlib.machinery
import sys


class Impostor(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        if name == "dlcourse.check":
            return importlib.machinery.ModuleSpec(name, self)
        return None

    def exec_module(self, module):
        import contextlib

        module.expect_call = lambda *args, **kwargs: None
        module.fresh_rng = lambda problem: __import__("numpy").random.default_rng(0)
        module.without = lambda *packages: contextlib.nullcontext()


for name in [name for name in sys.modules if name.startswith("dlcourse")]:
    del sys.modules[name]
sys.meta_path.insert(0, Impostor())


# %% answer standardise
def standardise(X):
    return X


# %% answer describe
def describe(name, sizes):
    return 0
