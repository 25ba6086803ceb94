"""What the test cells of an exercise are written with.

A test cell calls the student's function through :func:`expect_call`, which says what
is wrong and not only that something is; draws fresh inputs from :func:`fresh_rng`;
and fences off the packages that a from-scratch problem forbids with :class:`without`.
The same cell runs in a student's notebook, in the course's own tests, and when an
instructor grades. A student runs all of a notebook's test cells with :func:`check`.
"""

import copy
import os
import sys
import types
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlcourse.engine.errors import standard_name
from dlcourse.engine.student import Fence

SEED_VARIABLE = "DLCOURSE_SEED"


class WrongAnswer(AssertionError):
    """An answer that a test does not accept; its text tells the student why.

    Parameters
    ----------
    text : str
        What was called, what came back, what was expected, and why that may be.
    advice : str, optional
        The same without the test's inputs and results, for tests that are hidden.
    """

    def __init__(self, text: str, advice: str = "the answer is not right.") -> None:
        super().__init__(text)
        self.advice = advice


@dataclass(frozen=True)
class _Trouble:
    """How an answer differs from the right one.

    Attributes
    ----------
    text : str
        For visible tests.
    advice : str
        For hidden tests: it names kinds of things, and nothing that belongs to the
        inputs, to the answer or to what was expected.
    """

    text: str
    advice: str

    def at(self, place: str) -> "_Trouble":
        """Say where in a container it is."""
        return _Trouble(f"Look at {place}. {self.text}", self.advice)


def fresh_rng(problem: str) -> np.random.Generator:
    """Make the generator from which one problem's tests draw their inputs.

    Parameters
    ----------
    problem : str
        The problem's ``grade_id``, such as ``"neuron--weighted-sum"``. Two problems
        draw independently of each other.

    Returns
    -------
    numpy.random.Generator
        Seeded from ``problem`` and from the environment variable ``DLCOURSE_SEED``
        (0 where it is not set). Whoever grades sets the variable, so that knowing a
        notebook's own draws does not give the answer.

    Raises
    ------
    ValueError
        If ``DLCOURSE_SEED`` is not a whole number of at least 0.
    """
    given = os.environ.get(SEED_VARIABLE, "0")
    if not given.isdecimal():
        raise ValueError(
            f"{SEED_VARIABLE} is {given!r}, but it has to be a whole number of at "
            "least 0. Set it to one, or unset it."
        )
    return np.random.default_rng([int(given), zlib.crc32(problem.encode())])


def expect_call(
    function: Any,
    *args: Any,
    returns: Any,
    mistakes: dict[str, Any] | None = None,
    rtol: float = 1e-6,
    atol: float = 1e-9,
    name: str | None = None,
) -> None:
    """Call a student's function and compare what it returns with what it should.

    Parameters
    ----------
    function : callable
        The student's function. It gets copies of ``args``: changing an argument in
        place is neither rewarded nor punished.
    *args
        Plain values: numbers, strings, NumPy arrays, tensors, lists, tuples, dicts.
    returns
        The right answer. Shapes have to agree exactly, numbers within the tolerances.
        Where a float is expected, a NumPy scalar or 0-d array is as good.
    mistakes : dict of str to value, optional
        What known mistakes would return: the text is shown if the answer equals the
        value. An exception type as the value stands for "raises that".
    rtol, atol : float
        Relative and absolute tolerance, as in :func:`numpy.allclose`.
    name : str, optional
        What the text calls ``function``, if its own name would tell the student
        nothing: a test's helper is named after what the student wrote, such as
        ``"the network of xor_network"``.

    Raises
    ------
    WrongAnswer
        If the answer is not the expected one. The text shows the call, what came
        back, what was expected, and which known mistake would give it.
    """
    call = _show_call(function, args, name)
    mistakes = mistakes or {}
    try:
        actual = function(*copy.deepcopy(args))
    except NotImplementedError:
        raise
    except Exception as error:
        known = [
            text
            for text, value in mistakes.items()
            if isinstance(value, type) and isinstance(error, value)
        ]
        reason = known[0] if known else ""
        raise WrongAnswer(
            f"{call} raised {type(error).__name__}: {error}. {reason}".strip(),
            f"{standard_name(error)} was raised. {reason}".strip(),
        ) from error

    trouble = _difference(actual, returns, rtol, atol)
    if trouble is None:
        return
    for text, value in mistakes.items():
        if not isinstance(value, type) and not _difference(actual, value, rtol, atol):
            trouble = _Trouble(text, text)
            break
    raise WrongAnswer(
        f"{call} returned {_show(actual)}, but {_show(returns)} was expected. "
        f"{trouble.text}",
        trouble.advice,
    )


def _difference(
    actual: Any, expected: Any, rtol: float, atol: float
) -> _Trouble | None:
    """Say how ``actual`` differs from ``expected``; None if it does not."""
    if actual is None and expected is not None:
        return _same("Nothing came back: is a `return` missing?")
    modules = _module(actual), _module(expected)
    if modules[0] != modules[1] and "torch" in modules:
        return _other_kind(actual, expected)
    if modules[1] == "torch":
        actual, expected = actual.detach().numpy(), expected.detach().numpy()

    if expected is None or isinstance(expected, (str, bool, np.bool_)):
        if _kind(actual) != _kind(expected):
            return _other_kind(actual, expected)
        return None if actual == expected else _same("That is another value.")
    if isinstance(expected, (list, tuple)):
        if not isinstance(actual, type(expected)):
            return _other_kind(actual, expected)
        if len(actual) != len(expected):
            return _Trouble(
                f"It should have {len(expected)} entries, not {len(actual)}.",
                "It has the wrong number of entries.",
            )
        parts = [
            (f"entry {i}", *pair)
            for i, pair in enumerate(zip(actual, expected, strict=True))
        ]
    elif isinstance(expected, dict):
        if not isinstance(actual, dict):
            return _other_kind(actual, expected)
        if actual.keys() != expected.keys():
            return _Trouble(
                f"The keys should be {list(expected)}, not {list(actual)}.",
                "It has other keys than expected.",
            )
        parts = [(repr(key), actual[key], expected[key]) for key in expected]
    else:
        return _numeric_difference(actual, expected, rtol, atol)
    for place, a, e in parts:
        trouble = _difference(a, e, rtol, atol)
        if trouble:
            return trouble.at(place)
    return None


def _same(text: str) -> _Trouble:
    return _Trouble(text, text)


def _other_kind(actual: Any, expected: Any) -> _Trouble:
    wanted, got = f"A {_kind(expected)} was expected", _kind(actual)
    text = f"{wanted}, not a {got}."
    # The name of a class of the student's could tell a hidden input.
    return _Trouble(text, text if got in _KINDS else f"{wanted}.")


def _numeric_difference(
    actual: Any, expected: Any, rtol: float, atol: float
) -> _Trouble | None:
    expects_array = isinstance(expected, np.ndarray) and expected.ndim > 0
    if expects_array and not isinstance(actual, np.ndarray):
        return _other_kind(actual, expected)
    if isinstance(actual, (str, bool, np.bool_, list, tuple, dict)):
        return _other_kind(actual, expected)
    try:
        actual = np.asarray(actual)
    except Exception:
        actual = np.asarray(None)
    expected = np.asarray(expected)
    if actual.dtype.kind not in "biufc":
        return _Trouble(
            f"Numbers were expected, not {actual.dtype} values.",
            "Numbers were expected.",
        )
    if (actual.dtype.kind == "b") != (expected.dtype.kind == "b"):
        kinds = {True: "True/False values", False: "numbers"}
        want, got = kinds[expected.dtype.kind == "b"], kinds[actual.dtype.kind == "b"]
        return _same(f"The array should hold {want}, not {got}.")
    if actual.shape != expected.shape:
        return _Trouble(
            f"The shape should be {_show_shape(expected)}, not {_show_shape(actual)}.",
            "The shape is another one than expected.",
        )
    if np.isnan(actual).any() and not np.isnan(expected).any():
        return _same("There is a NaN (not a number) in it.")
    close = np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
    if close.all():
        return None
    if actual.ndim == 0:
        return _same("That is another value.")
    where = tuple(int(i) for i in np.argwhere(~close)[0])
    index = ", ".join(map(str, where))
    return _Trouble(
        f"{np.sum(~close)} of {close.size} entries differ, first [{index}]: "
        f"{_show(actual[where])} instead of {_show(expected[where])}.",
        "Entries have other values than expected.",
    )


_KINDS = (
    "None", "number", "True/False value", "string", "list", "tuple", "dict", "set",
    "NumPy array", "torch tensor",
)  # fmt: skip


def _module(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _kind(value: Any) -> str:
    if value is None:
        return "None"
    if _module(value) == "torch":
        return "torch tensor"
    if isinstance(value, np.ndarray):
        return "NumPy array" if value.ndim else "number"
    if isinstance(value, (bool, np.bool_)):
        return "True/False value"
    if isinstance(value, (int, float, complex, np.number)):
        return "number"
    return {"str": "string"}.get(type(value).__name__, type(value).__name__)


def _show_shape(array: np.ndarray) -> str:
    return str(array.shape) if array.ndim else "that of a single number"


def _show(value: Any) -> str:
    """Write a value on one short line."""
    if isinstance(value, (bool, np.bool_, str, type(None))):
        return repr(value) if not isinstance(value, np.bool_) else str(bool(value))
    if isinstance(value, (float, np.floating)):
        return f"{float(value):.6g}"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (list, tuple)):
        inner = ", ".join(_show(v) for v in value)
        if len(inner) > 120:
            return f"a {_kind(value)} of {len(value)} entries"
        if isinstance(value, list):
            return f"[{inner}]"
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, np.ndarray) and value.ndim and value.size > 12:
        return f"an array of shape {value.shape}"
    if isinstance(value, np.ndarray):
        return " ".join(np.array2string(value, precision=4, separator=", ").split())
    if callable(value):
        return getattr(value, "__name__", f"a {_kind(value)}")
    text = " ".join(repr(value).split())
    return text if len(text) <= 120 else f"a {_kind(value)}"


def _show_call(function: Any, args: tuple, name: str | None) -> str:
    if name is None:
        name = getattr(function, "__name__", "the function")
    space = " " if " " in name else ""  # words are set apart from the arguments
    return f"{name}{space}({', '.join(_show(a) for a in args)})"


class Fenced:
    """Packages that are not to be had between ``__enter__`` and ``__exit__``.

    Importing them gives empty modules, and so do the names of a namespace that held
    something from them; using what is not there raises. Everything is put back
    afterwards. It keeps an honest student honest; it is no defence against code
    written to get around it.

    Parameters
    ----------
    packages : iterable of str
        Top-level names, such as ``"torch"``.
    namespace : dict
        The names to look at.

    Attributes
    ----------
    touched : set of str
        The packages that were asked for.
    """

    def __init__(self, packages: Iterable[str], namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self._fence = Fence(list(packages))
        self.touched = self._fence.touched

    def __enter__(self) -> "Fenced":
        self._modules = self._take_modules()
        self._names = {
            name: (value, _stand_in(name, value))
            for name, value in list(self.namespace.items())
            if _home(value) in self._fence.packages
        }
        for name, (_, stand_in) in self._names.items():
            self.namespace[name] = stand_in
        self._before = set(sys.modules)
        sys.meta_path.insert(0, self._fence)
        return self

    def __exit__(self, *exc_info: object) -> None:
        sys.meta_path.remove(self._fence)
        self._take_modules()
        for name in sys.modules.keys() - self._before:
            contents = getattr(sys.modules[name], "__dict__", {})
            if any(map(_is_stand_in, list(contents.values()))):
                _forget(name)  # or it would stay crippled
        sys.modules.update(self._modules)
        for name, (value, stand_in) in self._names.items():
            if self.namespace.get(name) is stand_in:
                self.namespace[name] = value

    def _take_modules(self) -> dict[str, types.ModuleType]:
        packages = self._fence.packages
        names = [n for n in list(sys.modules) if n.partition(".")[0] in packages]
        return {name: sys.modules.pop(name) for name in names}


class without(Fenced):
    """Fence off packages while a from-scratch problem is tested.

    Inside ``with without("torch", "sklearn"):`` these packages are empty, and names of
    the calling notebook that hold something from them raise when used. Where an answer
    is tested apart from the test's own process, the packages are kept from the answer
    as well.

    Parameters
    ----------
    *packages : str
        Top-level names, such as ``"torch"``, written out as literals.
    """

    def __init__(self, *packages: str) -> None:
        super().__init__(packages, sys._getframe(1).f_globals)


class FencedOff:
    """What stands for a name of a package that a problem forbids."""

    def __init__(self, name: str, package: str) -> None:
        used = f" (`{name}` comes from it)" if name != package else ""
        text = f"This problem is to be solved from scratch, without {package}{used}"
        object.__setattr__(self, "_text", text)

    def __getattr__(self, attribute: str) -> Any:
        raise ImportError(self._text)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Refuse."""
        raise ImportError(self._text)


def _stand_in(name: str, value: Any) -> Any:
    """Make what importing a value would have given while its package is fenced off."""
    if isinstance(value, types.ModuleType):
        fence = Fence([_home(value)])
        return fence.create_module(fence.find_spec(value.__name__))
    return FencedOff(getattr(value, "__name__", name), _home(value))


def _is_stand_in(value: Any) -> bool:
    kind = type(value)  # not isinstance, which would ask the value
    if issubclass(kind, types.ModuleType):
        return isinstance(getattr(vars(value).get("__spec__"), "loader", None), Fence)
    return kind is FencedOff


def _forget(name: str) -> None:
    """Let the next import of a module be its first."""
    del sys.modules[name]
    package, _, child = name.rpartition(".")
    if package in sys.modules:
        vars(sys.modules[package]).pop(child, None)


def _home(value: Any) -> str:
    """Name the top-level package that a module, class, function or object is from."""
    try:
        if isinstance(value, types.ModuleType):
            return value.__name__.partition(".")[0]
        owner = getattr(value, "__self__", None)
        if isinstance(owner, types.ModuleType):
            return owner.__name__.partition(".")[0]
        module = getattr(value, "__module__", None) or type(value).__module__
    except Exception:  # an object that answers for itself
        return ""
    return module.partition(".")[0] if isinstance(module, str) else ""


def check(*problems: str, notebook: Path | str | None = None) -> None:
    """Say what the visible tests find, given the names that this kernel holds now.

    Parameters
    ----------
    *problems : str
        Which problems of the notebook, such as ``"neuron--weighted-sum"`` or, for
        short, ``"weighted-sum"``. All of them, if none is named.
    notebook : path, optional
        The notebook's file, from which the tests are read. Needed where the program
        that shows the notebook does not tell its name.

    Raises
    ------
    dlcourse.report.CannotCheck
        If the notebook is not found, or holds no such problem.
    """
    from dlcourse.report import check_names

    namespace = sys._getframe(1).f_globals
    print(check_names(namespace, list(problems), notebook))
