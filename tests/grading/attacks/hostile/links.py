"""Makes symbolic and hard links to files outside, to have others write or read there.

Must hold: they lead nowhere.
"""

# %% first
import os

for number, target in enumerate(
    [
        WORLD["course"],
        WORLD["solutions"],
        WORLD["submitted"],
        "/etc/shadow",
        "/proc/1/root",
    ]
):
    for place in ("/box", "/tmp"):
        for make in (os.symlink, os.link):
            link = f"{place}/{make.__name__}{number}"
            try:
                make(target, link)
                with open(link) as file:
                    print(file.read())
            except OSError:
                pass
            try:
                with open(f"{link}/{WORLD['mark']}", "w") as file:
                    file.write("here")
                print(os.listdir(link))
            except OSError:
                pass


# %% answer standardise
def standardise(X):
    os.chdir("/")
    os.symlink(WORLD["course"], "/box/more")
    with open(f"/box/more/{WORLD['mark']}", "w") as file:
        file.write("here")
    return X
