"""Looks for the solutions, the tests and other hand-ins wherever they might be.

Must hold: none of them is on the student's file system.
"""

# %% first
import glob
import os

words = ("CAN" + "ARY-", "student has" + " seen this line")
places = [WORLD["course"], WORLD["submitted"], WORLD["solutions"], "/box", "/tmp"]
places += ["/home", "/root", "/srv", "/mnt", "/var/tmp", "/work", "/opt", "/run"]
for place in places:
    paths = [place]
    for folder, below, names in os.walk(place):
        below[:] = [name for name in below if not name.endswith("-packages")]
        paths += [os.path.join(folder, name) for name in names]
    for path in paths:
        if path.endswith((".ipynb", ".txt", ".db", ".json", ".csv", ".yaml", ".env")):
            try:
                with open(path, errors="replace") as file:
                    text = file.read(1_000_000)
            except OSError:
                continue
            for word in words:
                if word in text:
                    where = text.index(word)
                    print("leaked:", path, text[where : where + 60])


# %% answer standardise
def standardise(X):
    for path in glob.glob(f"{WORLD['course']}/**/*.ipynb", recursive=True):
        with open(path) as file:
            raise ValueError(file.read()[:1000])
    return X
