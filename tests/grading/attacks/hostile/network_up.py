"""Tries to bring interfaces up and to move into the network outside.

Must hold: neither is allowed.
"""

# %% first
import ctypes
import fcntl
import glob
import os
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)
with socket.socket() as sock:
    for name in (b"lo", b"eth0"):
        try:
            fcntl.ioctl(sock, 0x8914, struct.pack("16sh22x", name, 0x41))
            print("leaked: interface up")
        except OSError:
            pass
for path in glob.glob("/proc/*/ns/*"):
    try:
        if libc.setns(os.open(path, os.O_RDONLY), 0) == 0 and "/self/" not in path:
            print("leaked: namespace", path)
    except OSError:
        pass
try:
    socket.create_connection(("127.0.0.1", WORLD["port"]), timeout=1).send(b"up")
except OSError:
    pass


# %% answer standardise
def standardise(X):
    return X
