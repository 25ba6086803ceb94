"""What a test holds in place of a student's function or object."""

import functools
import operator
import re
from typing import Any, NoReturn

import numpy as np

from .values import torch_if_loaded

BINARY = (
    "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul",
    "and", "or", "xor", "lshift", "rshift",
)  # fmt: skip
UNARY = ("neg", "pos", "abs", "invert")
OPERATIONS = {
    **{name: getattr(operator, f"__{name}__") for name in (*BINARY, *UNARY)},
    "getitem": operator.getitem,
    "setitem": operator.setitem,
    "len": len,
    "iter": iter,
    "contains": operator.contains,
}


class Remote:
    """A student's function or object, used from afar.

    Calls, attributes, arithmetic, indexing and iteration happen in the student's
    process, and their results come back by value. Comparing it, or asking whether it
    is true, would let the student's code decide what a test concludes: that raises.

    So does using it as if it were a plain value, in ``abs(f(x) - y) < 1e-6`` or
    ``f(X).mean() == 0``, where an object that answers for itself would pass:
    arithmetic gives objects only, and what plain values have (a length, a ``mean``) is
    for the tests of classes; see :func:`stands_for_class`.
    """

    __array_ufunc__ = None  # NumPy's operators leave the other operand's to decide
    __array_priority__ = 1e9

    def __init__(self, endpoint: Any, number: int, name: str) -> None:
        object.__setattr__(self, "_remote", (endpoint, number))
        object.__setattr__(self, "__name__", name or type(self).__name__)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        endpoint, _ = object.__getattribute__(self, "_remote")
        return endpoint.call(self, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _plain_names():
            _only_for_classes(self)
        return _ask(self, "get", target=self, name=name)

    def __setattr__(self, name: str, value: Any) -> None:
        _ask(self, "set", target=self, name=name, value=value)

    def __iter__(self) -> Any:
        iterator = _operate(self, "iter", self)
        while True:
            step = _ask(self, "next", target=iterator)
            if not (isinstance(step, tuple) and step):
                return
            yield step[0]

    def __len__(self) -> int:
        _only_for_classes(self)
        return _operate(self, "len", self)

    def __getitem__(self, key: Any) -> Any:
        return _operate(self, "getitem", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _operate(self, "setitem", self, key, value)

    def __contains__(self, item: Any) -> bool:
        _only_for_classes(self)
        return _operate(self, "contains", self, item) is True

    def __copy__(self) -> "Remote":
        return self

    def __deepcopy__(self, memo: dict) -> "Remote":
        return self

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __hash__ = object.__hash__

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            f"a plain value was expected, not an object of type {type(self).__name__}"
        )

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = _refuse
    __array__ = __reduce_ex__ = _refuse


def _ask(remote: Remote, do: str, **parts: Any) -> Any:
    endpoint, _ = object.__getattribute__(remote, "_remote")
    return endpoint.ask(do, **parts)


def _operate(remote: Remote, name: str, *operands: Any) -> Any:
    return _ask(remote, "operate", name=name, operands=operands)


def _compute(remote: Remote, name: str, *operands: Any) -> Remote:
    result = _operate(remote, name, *operands)
    return result if isinstance(result, Remote) else remote._refuse()


def _only_for_classes(remote: Remote) -> None:
    endpoint, _ = object.__getattribute__(remote, "_remote")
    if not endpoint.tests_class:
        remote._refuse()


def stands_for_class(name: str) -> bool:
    """Say whether a name of the student's is that of a class, by its capital letter.

    Only the trusted side's own text may say so: any function of a student's can be
    written as a class.
    """
    return name[:1].isupper()


@functools.cache
def _names(*kinds: type) -> frozenset[str]:
    return frozenset(name for kind in kinds for name in dir(kind))


def _plain_names() -> frozenset[str]:
    torch = torch_if_loaded()
    plain = (np.ndarray, complex, int, str, bytes, list, tuple, dict, set)
    return _names(*plain, torch.Tensor) if torch else _names(*plain)


def _add_operators() -> None:
    for name in BINARY:

        def forward(self, other, name=name):
            return _compute(self, name, self, other)

        def reflected(self, other, name=name):
            return _compute(self, name, other, self)

        setattr(Remote, f"__{name}__", forward)
        setattr(Remote, f"__r{name}__", reflected)
    for name in UNARY:

        def single(self, name=name):
            return _compute(self, name, self)

        setattr(Remote, f"__{name}__", single)


_add_operators()


@functools.lru_cache(1024)
def kind(type_name: str) -> type[Remote]:
    """Make the class that stands for one of the student's, with its name."""
    if not re.fullmatch(r"[A-Za-z_]\w{0,60}", type_name):
        type_name = "object"
    return type(type_name, (Remote,), {})


def location(remote: Remote) -> tuple[Any, int]:
    """Say to which endpoint a stand-in belongs, and its number there."""
    return object.__getattribute__(remote, "_remote")
