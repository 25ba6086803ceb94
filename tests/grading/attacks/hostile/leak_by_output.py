"""Has processes from the cells wait for the hidden inputs and show them in any way.

Must hold: once tests have begun, nothing of the student's is shown.
"""

# %% first
import os
import sys
import threading
import time

out = sys.stdout


def echo():
    while True:
        time.sleep(0.05)
        for name in os.listdir("/box"):
            if name.startswith("seen"):
                text = open(f"/box/{name}").read()
                print(text)
                out.write(text)
                os.write(1, text.encode())


threading.Thread(target=echo, daemon=True).start()
if os.fork() == 0:
    echo()


# %% answer standardise
def standardise(X):
    with open("/box/seen", "a") as file:
        file.write(str(X.max()))
    print(X)
    display(X)
    sys.stderr.write(str(X))
    if X.shape != (2, 2):
        time.sleep(0.2)
    return (X - X.mean(axis=0)) / X.std(axis=0) * (1 if X.shape == (2, 2) else 2)


# %% last
time.sleep(0.2)
