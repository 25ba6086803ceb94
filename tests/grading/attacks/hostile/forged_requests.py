"""Asks the trusted side for what only that side may ask for.

Must hold: the student's side may call functions that it was given, nothing else.
"""

# %% first
import sys

told = []


def ask(do, **parts):
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    if not frame:
        return None
    channel = frame.f_locals["channel"]
    channel.send({"do": do, "with": parts})
    reply, _ = channel.receive()
    told.append(str(reply)[:300])
    return reply


# %% answer standardise
def standardise(X):
    for do in ("name", "get", "set", "call", "backward", "release", "fork", "cell"):
        ask(do, name="expected", target=["yours", 0], source="1", value=1)
    raise ValueError(" ".join(told))


# %% answer squared-error
def mean_squared_error(y, y_hat):
    ask("callback", number=0, args=["list", []], kwargs=["dict", []])
    ask("callback", number="__globals__", args=7, kwargs=None)
    ask("callback")
    ask("perform", _do="name")
    raise ValueError(" ".join(told))


# %% answer derivative
def derivative(f, x):
    endless = ["theirs", 0, ["object", True, "x"]]
    ask("callback", number=0, args=endless, kwargs=["dict", []])
    ask("callback", number=0, args=["tuple", [endless]], kwargs=endless)
    return 0.0
