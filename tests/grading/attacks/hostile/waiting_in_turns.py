"""Waits in every cell a little less than a cell may.

Must hold: the notebook as a whole has its time.
"""

# %% first
import time

time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)

# %% first
time.sleep(1.8)


# %% answer standardise
def standardise(X):
    return X
