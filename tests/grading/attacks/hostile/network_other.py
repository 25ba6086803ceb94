"""Sends by datagrams, Unix sockets and kernel interfaces instead.

Must hold: nothing of it arrives; exotic kinds of socket cannot be made.
"""

# %% first
import os
import socket

kinds = []


def tell(what):
    for family, kind, address in (
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", WORLD["udp"])),
        (socket.AF_UNIX, socket.SOCK_STREAM, WORLD["abstract"]),
        (socket.AF_UNIX, socket.SOCK_STREAM, WORLD["course"] + "/socket"),
    ):
        try:
            with socket.socket(family, kind) as sock:
                sock.settimeout(1)
                sock.connect(address)
                sock.send(what)
                kinds.append(family)
        except OSError:
            pass


tell(b"cell")
for family in range(46):
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        if family not in (1, 2, 10):
            try:
                socket.socket(family, kind).close()
                kinds.append(family)
            except OSError:
                pass
try:
    socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
    kinds.append("raw")
except OSError:
    pass
print("leaked:" if kinds else "nothing:", kinds)


# %% answer standardise
def standardise(X):
    tell(X.tobytes())
    return X
