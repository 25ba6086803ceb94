"""Answers the request to run a cell with things that are no message at all.

Must hold: the cell counts as dead, and nobody else is troubled.
"""

# %% first
import os
import struct

spoken = struct.pack("<II", 7, 0) + b"[1, 2]]"
for fd in range(3, 20):
    try:
        os.write(fd, spoken)
    except OSError:
        pass

# %% first
for fd in range(3, 20):
    try:
        os.write(fd, struct.pack("<II", 1 << 23, 1 << 27) + b"[" * 1_000_000)
    except OSError:
        pass


# %% answer standardise
def standardise(X):
    return X
