"""Connects to a server on this machine, to tell what it has seen.

Must hold: the student's network has nobody else in it.
"""

# %% first
import socket


def tell(what):
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", WORLD["port"])),
        (socket.AF_INET, ("localhost", WORLD["port"])),
        (socket.AF_INET6, ("::1", WORLD["port"])),
        (socket.AF_INET6, ("::ffff:127.0.0.1", WORLD["port"])),
    ):
        try:
            with socket.socket(family) as sock:
                sock.settimeout(1)
                sock.connect(address)
                sock.sendall(what)
        except OSError as error:
            print(type(error).__name__)


tell(b"cell")


# %% answer standardise
def standardise(X):
    tell(X.tobytes())
    return X
