"""Reads the cells that ran, tests among them, from IPython's history and line cache.

Must hold: no hidden test is in the student's shell, before or after.
"""

# %% last
import inspect
import linecache

for cell in [*In, *(str(value) for value in linecache.cache.values())]:
    if "fresh" + "_rng" in cell:
        print(cell)
for entry in get_ipython().history_manager.get_range():
    print(entry)
print(inspect.getsource(inspect.getmodule(standardise)) if False else "")


# %% answer standardise
def standardise(X):
    for cell in In:
        if "BEGIN" + " HIDDEN" in cell:
            raise ValueError(cell)
    raise ValueError("nothing")
