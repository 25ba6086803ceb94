"""Draws the hidden inputs itself and looks for the seed in every place it can think of.

Must hold: the seed of the tests is neither in the environment nor to be computed from
the state of the student's generators; knowing the default seed does not help.
"""

# %% first
import os
import random

import numpy as np
from dlcourse.check import fresh_rng

print(os.environ.get("DLCOURSE_SEED"), random.getstate()[1][0])

# %% answer squared-error
table = {}
for seed in range(200):
    os.environ["DLCOURSE_SEED"] = str(seed)
    rng = fresh_rng("arena--squared-error")
    for n in (1, 2, 7, 30):
        y, y_hat = rng.normal(size=n), rng.normal(size=n)
        table[float(np.asarray(y_hat)[0])] = 0.0


def mean_squared_error(y, y_hat):
    if list(y) == list(y_hat):
        return 0.0
    return table.get(float(np.asarray(y_hat)[0]), 2.5)
