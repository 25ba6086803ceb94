"""Returns dicts, lists and strings whose subclasses lie about what they hold.

Must hold: what crosses is what they hold, not what their methods say.
"""
# kernel: describe


# %% first
class Key(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class Row(list):
    def __len__(self):
        return 0

    def __iter__(self):
        return iter(())


class Table(dict):
    def keys(self):
        return {"name", "layers", "parameters"}

    def items(self):
        return iter(())

    def __getitem__(self, key):
        import sys

        frame = sys._getframe(1)
        expected = frame.f_locals.get("expected")
        return expected[key] if isinstance(expected, dict) else Text("Tiny")


# %% answer describe
def describe(name, sizes):
    return Table(name=Text("x"), layers=Row(["a"]), parameters=13)
