"""Gives functions and classes names that are huge, changing, or no names at all.

Must hold: a name is text of bounded size, or none.
"""


# %% first
class Named:
    def __init__(self, name):
        self.__dict__["name"] = name

    @property
    def __name__(self):
        if self.name == "raise":
            raise SystemExit
        return self.name

    def __call__(self, *args):
        return Named(self.name)

    def __getattr__(self, name):
        raise KeyboardInterrupt


# %% answer standardise
standardise = Named("x" * 10_000_000)

# %% answer squared-error
mean_squared_error = Named("raise")

# %% answer describe
describe = type("</td><script>alert(1)</script>", (Named,), {})("\x1b[2J\0\ud800")

# %% answer derivative
derivative = type("d" * 1_000_000, (Named,), {})(object())
