"""Writes files until there is no room, wherever it may write, and where it may not.

Must hold: only its own small folders fill up.
"""

# %% first
import os


def fill():
    places = [
        "/box",
        "/tmp",
        "/dev/shm",
        "/var/tmp",
        "/usr",
        "/",
        os.path.expanduser("~"),
    ]
    places += [WORLD["course"], WORLD["submitted"], os.getcwd()]
    for place in places:
        try:
            for number in range(50):
                with open(f"{place}/{WORLD['mark']}{number}", "wb") as file:
                    for _ in range(64):
                        file.write(b"x" * (1 << 20))
        except OSError:
            pass


fill()


# %% answer standardise
def standardise(X):
    fill()
    return X
