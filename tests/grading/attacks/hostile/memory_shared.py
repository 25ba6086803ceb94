"""Fills shared memory and drops it from its tables of pages: there, and nobody's.

Must hold: memory that no process would be charged for cannot be had.
"""

# %% first
import ctypes
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    *[ctypes.c_int] * 3,
    ctypes.c_long,
]
libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
size = 32 << 20
got = 0


def hoard(flags, fd):
    """Take at most 1 GiB, above the limit of the student's processes."""
    global got
    for _ in range(32):
        place = libc.mmap(None, size, 3, flags, fd, 0)
        if place in (None, ctypes.c_void_p(-1).value):
            return
        ctypes.memset(place, 1, size)
        libc.madvise(place, size, 4)
        got += size


# %% first
hoard(0x21, -1)
print("leaked:" if got else "no", got >> 20, "MiB that nobody is charged for")

# %% first
try:
    hoard(0x01, os.open("/dev/zero", os.O_RDWR))
except OSError as error:
    print(error)
print("leaked:" if got else "no", got >> 20, "MiB that nobody is charged for")


# %% answer squared-error
def mean_squared_error(y, y_hat):
    raise ValueError("leaked: memory" if got else "none")
