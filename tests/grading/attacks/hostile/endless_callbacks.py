"""Calls the test's function without end: at once, and in a leisurely way.

Must hold: calls are counted, and the time in which they come is limited.
"""


# %% answer derivative
def derivative(f, x):
    import time

    start = time.monotonic()
    while True:
        f(x)
        if time.monotonic() - start > 0.3:
            time.sleep(0.1)


# %% answer standardise
def standardise(X):
    while True:
        pass
