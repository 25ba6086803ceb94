"""Makes files that are huge on paper, and more small ones than there is room for.

Must hold: size and number of files are limited.
"""

# %% first
import os

for place in ("/box", "/tmp", "/dev/shm"):
    try:
        with open(f"{place}/{WORLD['mark']}", "wb") as file:
            file.truncate(1 << 44)
    except OSError as error:
        print(error)
    try:
        for number in range(1_000_000):
            os.mkdir(f"{place}/{WORLD['mark']}-{number}")
    except OSError as error:
        print(error)


# %% answer standardise
def standardise(X):
    import mmap

    with open("/box/a", "wb+") as file:
        file.truncate(1 << 25)
        view = mmap.mmap(file.fileno(), 1 << 25)
        view[:] = b"x" * (1 << 25)
    return X
