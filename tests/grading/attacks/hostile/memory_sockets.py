"""Keeps memory in the buffers of sockets and pipes, where no process has it.

Must hold: open files, their buffers and processes are limited.
"""


# %% answer standardise
def standardise(X):
    import os
    import socket

    kept, count = [], 0
    try:
        while count < 2 << 30:
            ours, theirs = socket.socketpair()
            ours.setblocking(False)
            kept += [ours, theirs]
            try:
                while True:
                    count += ours.send(b"x" * 65536)
            except BlockingIOError:
                pass
    except OSError:
        pass
    raise ValueError("leaked: more than can be" if count > 256 << 20 else "limited")
