"""Makes system calls in the way of 32-bit programs, which filters may not know.

Must hold: another way of calling the kernel ends the process.
"""


# %% answer standardise
def standardise(X):
    import ctypes
    import mmap
    import os

    if os.uname().machine != "x86_64":
        raise ValueError("another machine")
    # mov eax, 21 (mount) or 310 (unshare); int 0x80; ret
    for number, first in ((310, 0x10000000), (26, 16), (21, 0)):
        code = b"\x53\xb8" + number.to_bytes(4, "little")
        code += b"\xbb" + first.to_bytes(4, "little") + b"\xcd\x80\x5b\xc3"
        page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
        page.write(code)
        place = ctypes.addressof(ctypes.c_char.from_buffer(page))
        result = ctypes.CFUNCTYPE(ctypes.c_int)(place)()
        if result == 0:
            raise ValueError(f"leaked: call {number}")
    return X
