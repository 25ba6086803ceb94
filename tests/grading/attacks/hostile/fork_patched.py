"""Answers requests for snapshots with something else: none, many, or an old one.

Must hold: without an honest snapshot there is no point to be had.
"""

# %% first
import os
import time

real_fork = os.fork
calls = []


def fork():
    calls.append(1)
    if len(calls) == 1:
        raise OSError("no more processes")
    if len(calls) == 2:
        os._exit(0)
    if len(calls) == 3:
        time.sleep(60)
    for _ in range(3):
        child = real_fork()
        if child == 0:
            return 0
    return child


os.fork = fork


# %% answer standardise
def standardise(X):
    return X


# %% answer describe
def describe(name, sizes):
    return {}
