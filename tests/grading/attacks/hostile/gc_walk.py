"""Asks the garbage collector for everything there is: tests, solutions, expectations.

Must hold: neither expectations nor the sources of tests are in the student's process.
"""
# kernel: describe

# %% first
import gc


# %% answer describe
def describe(name, sizes):
    wanted = {"name", "layers", "parameters"}
    for thing in gc.get_objects():
        if type(thing) is dict and thing.keys() == wanted:
            if thing["name"] == name.title() and thing["layers"]:
                return thing
    return {}


# %% last
for thing in gc.get_objects():
    if type(thing) in (dict, list, tuple, set):
        values = list(thing.values()) if type(thing) is dict else list(thing)
        for text in values:
            if isinstance(text, str) and "BEGIN HIDDEN" + " TESTS" in text:
                print(text)
