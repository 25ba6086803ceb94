"""Touches one zero page in every 2 MiB of a huge mapping: all of it tables of pages.

Must hold: what the kernel holds for a process counts as its memory.
"""


# %% answer standardise
def standardise(X):
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_void_p
    libc.mmap.argtypes = [
        ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long
    ]  # fmt: skip
    libc.madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    step, size = 1 << 21, 1 << 39  # 1 GiB of tables at most
    place = libc.mmap(None, size, 1, 0x4022, -1, 0)
    if place in (None, ctypes.c_void_p(-1).value):
        raise ValueError("no such mapping")
    libc.madvise(place, size, 15)  # no huge pages
    for offset in range(0, size, step):
        ctypes.c_char.from_address(place + offset).value
    raise ValueError("leaked: more tables than memory")
