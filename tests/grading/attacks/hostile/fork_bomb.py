"""Forks without end.

Must hold: the number of processes is limited, for this student alone, and they end.
"""

# %% first
import os
import time


def bomb():
    children = 0
    while children < 10_000:
        try:
            if os.fork() == 0:
                while True:
                    try:
                        os.fork()
                    except OSError:
                        time.sleep(0.01)
            children += 1
        except OSError:
            return


# %% answer standardise
def standardise(X):
    bomb()
    return X


# %% answer describe
def describe(name, sizes):
    raise ValueError("quiet")


# %% last
bomb()
