"""Exceptions that cross: described on one side, raised anew on the other."""

import builtins
import functools
import re
from typing import Any

MAX_TEXT = 2000

# What would end a test's loop or a test itself, instead of failing it.
_NOT_RAISED = (StopIteration, StopAsyncIteration)
_PLAIN = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and not issubclass(kind, (*_NOT_RAISED, UnicodeError, SyntaxError, Warning))
    and not issubclass(kind, BaseExceptionGroup)
}


class FromStudent:
    """What marks an exception as one that the student's code raised."""

    text: str

    def __str__(self) -> str:
        return self.text


def describe(error: BaseException) -> dict[str, Any]:
    """Say in plain values what was raised."""
    try:
        text = str(error)[:MAX_TEXT]
    except Exception:
        text = "(its text cannot be shown)"
    return {
        "type": type(error).__name__,
        "bases": [kind.__name__ for kind in type(error).__mro__][:20],
        "text": text,
    }


def rebuild(description: Any) -> Exception:
    """Make an exception as described.

    Returns
    -------
    Exception
        Of a class made here: a child of the nearest built-in exception, so that
        ``except ValueError`` works, with the name and the text given. One that would
        end a loop (``StopIteration``) or the program (``SystemExit``) becomes a plain
        ``Exception`` of that name.
    """
    if not isinstance(description, dict):
        description = {}
    bases = description.get("bases")
    bases = bases if isinstance(bases, list) else []
    found = (_PLAIN[name] for name in bases if isinstance(name, str) and name in _PLAIN)
    name = description.get("type")
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_]\w{0,60}", name):
        name = "Exception"
    error = _kind(name, next(found, Exception))()
    error.text = str(description.get("text", ""))[:MAX_TEXT]
    return error


@functools.lru_cache(256)
def _kind(name: str, base: type[Exception]) -> type[Exception]:
    return type(name, (FromStudent, base), {"__module__": base.__module__})


def standard_name(error: BaseException) -> str:
    """Name the built-in kind of an exception: nothing of the student's choosing."""
    return next(
        kind.__name__
        for kind in type(error).__mro__
        if vars(builtins).get(kind.__name__) is kind
    )
