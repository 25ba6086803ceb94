"""Leaves daemons behind: forked twice, in a session of their own, deaf to signals.

Must hold: when the grading is over none of them is there.
"""

# %% first
import os
import signal
import socket
import time


def daemon():
    if os.fork():
        return
    os.setsid()
    for number in range(1, 64):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    if os.fork():
        os._exit(0)
    for fd in range(64):
        try:
            os.close(fd)
        except OSError:
            pass
    while True:
        time.sleep(0.2)
        try:
            socket.create_connection(("127.0.0.1", WORLD["port"]), timeout=1).send(b"d")
        except OSError:
            pass


daemon()


# %% answer standardise
def standardise(X):
    daemon()
    return X


# %% last
daemon()
