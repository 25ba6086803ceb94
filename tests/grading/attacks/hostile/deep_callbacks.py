"""Calls the test's function from within a call of the test's function, and deeper.

Must hold: the trusted side does not run out of stack.
"""

# %% first
import sys


# %% answer derivative
def derivative(f, x):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    channel = frame.f_locals["channel"] if frame else None
    here = ["theirs", 0, ["object", True, "x"]]
    request = {"number": 0, "args": ["tuple", [here]], "kwargs": ["dict", []]}
    while channel:  # the function computes with its argument: ask back for each step
        channel.send({"do": "callback", "with": request})
        channel.receive()
    return 0.0
