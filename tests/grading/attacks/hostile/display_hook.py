"""Shows numbers in the way in which partial credit is read from a cell's output.

Must hold: nothing that a cell shows earns a point.
"""

# %% first
import sys

sys.displayhook(2)
sys.displayhook("x")
display({"application/vnd.grade": {"score": 3, "max_score": 3}}, raw=True)
3


# %% answer standardise
def standardise(X):
    sys.displayhook(3)
    display(3)
    print("arena--standardise: passed")
    return 3


sys.displayhook(3)
3

# %% last
print("arena--standardise: passed")
get_ipython().displayhook(3)
3
