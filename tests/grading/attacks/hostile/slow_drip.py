"""Sends its reply one byte at a time, so that there is always something arriving.

Must hold: time is up when it is up, whether or not something arrives.
"""

# %% first
import os
import struct
import time


def drip():
    content = struct.pack("<II", 1 << 20, 0) + b" " * (1 << 20)
    for byte in content:
        for fd in range(3, 20):
            try:
                os.write(fd, bytes([byte]))
            except OSError:
                pass
        time.sleep(0.05)


# %% answer standardise
def standardise(X):
    drip()


# %% last
drip()
