"""Attaches to other processes and reads and writes their memory.

Must hold: the calls for it are refused.
"""

# %% first
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


class Part(ctypes.Structure):
    _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))


buffer = ctypes.create_string_buffer(4096)
here = Part(ctypes.addressof(buffer), 4096)
for process in (os.getppid(), 1, WORLD["pid"], *range(2, 200)):
    if process == os.getpid():
        continue
    there = Part(id(libc) & ~4095, 4096)
    for call in (libc.process_vm_readv, libc.process_vm_writev):
        got = call(process, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
        if got > 0:
            print("leaked: memory of", process)
    for request in (16, 0x4206):
        if libc.ptrace(request, process, 0, 0) == 0:
            print("leaked: attached to", process)


# %% answer standardise
def standardise(X):
    return X
