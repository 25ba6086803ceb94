"""Kills whatever it can name: its siblings, the first process, process groups, all.

Must hold: only its own world ends.
"""

# %% first
import os
import signal


def kill_all():
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL):
        for process in (1, os.getppid(), WORLD["pid"], *range(2, 300), 0, -1):
            if process == os.getpid():
                continue
            try:
                os.kill(process, number)
            except OSError:
                pass


# %% answer standardise
def standardise(X):
    kill_all()
    return X


# %% answer describe
def describe(name, sizes):
    kill_all()
    return {}
