"""Leaves threads behind that change answers and write outputs once tests have begun.

Must hold: a snapshot has the one thread that was copied; what threads write later is
in no cell's output.
"""

# %% first
import threading
import time


def later():
    while True:
        time.sleep(0.01)
        for name in list(globals()):
            if callable(globals()[name]) and "seen" in globals():
                print(globals()["seen"])
        get_ipython().user_ns["standardise"] = lambda X: X * 0


for _ in range(5):
    threading.Thread(target=later, daemon=True).start()


# %% answer standardise
def standardise(X):
    global seen
    seen = X
    time.sleep(0.05)
    return X


# %% last
time.sleep(0.2)
