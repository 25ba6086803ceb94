"""The side that runs test cells against the names of a student. It is trusted."""

import ast
import builtins
import contextlib
import re
import symtable
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlcourse.check import WrongAnswer

from .endpoint import Endpoint, remote_history
from .errors import standard_name
from .objects import Remote, kind, location, stands_for_class
from .student import Beginning
from .values import BadMessage, CannotCross, torch_if_loaded
from .wire import Gone

MAX_CALLBACKS = 200_000  # calls of one test's functions by a student's code

ELSEWHERE = "With other inputs than the visible ones"
FILE = "<tests>"  # what test cells are called in tracebacks
_BEGIN, _END = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"
_SIGNAL = "__the_hidden_part_begins__"  # what stands in place of the marker
_STANDARD_ERRORS = {
    "divide": "warn",
    "over": "warn",
    "under": "ignore",
    "invalid": "warn",
}


class TimedOut(BaseException):
    """The student's code took too long. No test can catch it by accident."""


@dataclass(frozen=True)
class Test:
    """The test cell of one problem.

    Attributes
    ----------
    problem : str
        Its ``grade_id``.
    points : float
        What passing earns.
    source : str
        The cell, hidden part included.
    """

    __test__ = False  # for pytest, which collects by name

    problem: str
    points: float
    source: str

    @property
    def student_names(self) -> frozenset[str]:
        """The names that the cell uses and does not make: the student's."""
        return _student_names(self.source)

    @property
    def forbidden(self) -> frozenset[str]:
        """The packages that the cell fences off."""
        return frozenset(_forbidden(self.source))

    @property
    def visible(self) -> "Test":
        """The test without its hidden part."""
        lines = self.source.splitlines()
        hidden = self.hidden_lines
        kept = [line for n, line in enumerate(lines, 1) if n not in hidden]
        return Test(self.problem, self.points, "\n".join(kept))

    @property
    def hidden_lines(self) -> frozenset[int]:
        """The numbers of the lines that students do not get, markers included."""
        lines, inside = set(), False
        for number, line in enumerate(self.source.splitlines(), 1):
            inside = inside or line.strip() == _BEGIN
            if inside:
                lines.add(number)
            inside = inside and line.strip() != _END
        return frozenset(lines)


@dataclass
class Outcome:
    """What a test found.

    Attributes
    ----------
    problem : str
        The ``grade_id``.
    status : str
        "passed", "failed", "not attempted", "timed out", "crashed" (the process that
        ran the answer ended) or "incident" (it sent what no honest notebook sends).
    message : str
        What the student is told: nothing of the hidden part.
    detail : str
        What the instructor is told.
    seconds : float
        How long it took.
    asked_for : list of str
        The forbidden packages that the notebook tried to import.
    steady : bool
        Whether the test comes to the same with every seed that was tried.
    """

    problem: str
    status: str
    message: str = ""
    detail: str = ""
    seconds: float = 0.0
    asked_for: list[str] = field(default_factory=list)
    steady: bool = True

    @property
    def passed(self) -> bool:
        """Whether the points are earned."""
        return self.status == "passed"


class TestSide(Endpoint):
    """Reach a student's names, and answer the calls of functions handed over."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        self.callbacks = 0
        self.tests_class = False
        self._inputs: dict[int, Any] = {}

    def name(self, name: str) -> Any:
        """Get what a student's name stands for."""
        return self.ask("name", name=name)

    def call(self, target: Remote, args: tuple, kwargs: dict) -> Any:
        """Call a student's function."""
        torch = torch_if_loaded()
        errors = np.geterr()
        self._inputs = {}
        return self.ask(
            "call",
            target=target,
            args=args,
            kwargs=kwargs,
            errors=None if errors == _STANDARD_ERRORS else errors,
            gradients=torch.is_grad_enabled() if torch else True,
        )

    def perform(self, do: str, parts: dict[str, Any]) -> Any:
        """Do what the student's code may ask for: call a function handed to it."""
        if do != "callback":
            raise BadMessage("the student's side may call functions, nothing else")
        self.callbacks += 1
        if self.callbacks > MAX_CALLBACKS:
            raise TimedOut(f"more than {MAX_CALLBACKS} calls of the test's functions")
        function = self.exports[parts["number"]]
        inputs = self._inputs
        try:
            return function(*parts["args"], **parts["kwargs"])
        finally:
            self._inputs = inputs  # of the call that is still under way

    def export(self, value: Any) -> list:
        """Write a reference to a function; the student's own objects go home."""
        if isinstance(value, Remote):
            return ["yours", location(value)[1]]
        if not callable(value):
            raise CannotCross(f"an object of type {type(value).__name__}")
        return super().export(value)

    def stand_in(self, number: int, description: list) -> Any:
        """Make the stand-in for a student's function or object."""
        type_name, _, name = description
        return kind(str(type_name))(self, number, str(name)[:80])

    def export_graph(self, tensor: Any) -> int:
        """Give a number to an input whose gradient may be asked for."""
        number = self._next = self._next + 1
        self._inputs[number] = tensor
        return number

    def resolve_graph(self, tensor: Any, identity: int) -> Any:
        """Tie a student's result to the inputs of the call that gave it."""
        torch = torch_if_loaded()
        if not torch.is_grad_enabled():
            return tensor
        numbers, inputs = list(self._inputs), list(self._inputs.values())
        if not inputs:
            inputs = [torch.zeros((), requires_grad=True)]
        return remote_history().apply(tensor.detach(), self, identity, numbers, *inputs)


def run(
    test: Test, side: TestSide, before_hidden: Callable[[], None] = lambda: None
) -> Outcome:
    """Run one test cell.

    Parameters
    ----------
    test : Test
        What to run.
    side : TestSide
        Connected to the student's names.
    before_hidden : callable, optional
        Called where the hidden part begins. From there on nothing of the student's
        making is told: it may have seen hidden inputs.

    Returns
    -------
    Outcome
        "passed" only if the cell ran to its end.
    """
    started, waited = time.monotonic(), 0.0

    def outcome(status: str, message: str = "", detail: str = "") -> Outcome:
        seconds = time.monotonic() - started - waited
        return Outcome(test.problem, status, message, detail or message, seconds)

    seen = False

    def hidden_part_begins() -> None:
        nonlocal seen, waited
        if not seen:
            seen, pause = True, time.monotonic()
            before_hidden()
            waited = time.monotonic() - pause

    namespace = {"__name__": "__main__", _SIGNAL: hidden_part_begins}
    source = test.source.replace(_BEGIN, f"{_SIGNAL}()")  # the same lines
    try:
        code = compile(source, FILE, "exec", dont_inherit=True)
        side.tests_class = any(map(stands_for_class, test.student_names))
        for name in test.student_names:
            with contextlib.suppress(NameError):  # raises anew when it is used
                namespace[name] = side.name(name)
        with (
            contextlib.redirect_stdout(Beginning()),
            contextlib.redirect_stderr(Beginning()),
        ):
            exec(code, namespace)
    except TimedOut as error:
        return outcome("timed out", f"{error}. Is there a loop that does not end?")
    except Gone:
        text = "Python itself ended while this answer ran (a crash, an exit, or too "
        return outcome("crashed", text + "much memory).")
    except BadMessage as error:
        text = "The answer handed back something that cannot be read."
        return outcome("incident", text, str(error))
    except NotImplementedError as error:
        text = "The answer is not written yet: it raises NotImplementedError."
        return outcome("not attempted", text, f"{type(error).__name__}: {error}")
    except Exception as error:
        told, detail = _told(error, test, seen)
        return outcome("failed", told, detail)
    return outcome("passed")


def _told(error: Exception, test: Test, seen: bool = False) -> tuple[str, str]:
    """Put a failure into words, for the student and for the instructor.

    Where the student's code may have ``seen`` hidden inputs, the student is told
    nothing of its making.
    """
    name, text = type(error).__name__, str(error)
    full = text if isinstance(error, AssertionError) else f"{name}: {text}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == FILE]
    if not seen and not test.hidden_lines.intersection(lines):
        return full, full
    if isinstance(error, WrongAnswer):
        advice = error.advice
    elif type(error) is AssertionError:
        advice = _literal_message(test.source, lines[-1])
    else:
        advice = f"{standard_name(error)} is raised."
    return f"{ELSEWHERE}: {advice}", full


def _literal_message(source: str, line: int) -> str:
    """Give the words of the assertion at a line, without the values put into them."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Assert) and node.lineno <= line <= node.end_lineno:
            parts = (
                node.msg.values if isinstance(node.msg, ast.JoinedStr) else [node.msg]
            )
            words = [p.value if isinstance(p, ast.Constant) else "…" for p in parts]
            if set(words) != {"…"}:
                return "".join(map(str, words))
    return "the answer is not right."


def made_names(source: str) -> frozenset[str]:
    """List the names that a cell makes: by assignment, import, ``def`` or ``class``."""
    top = symtable.symtable(source, FILE, "exec")
    symbols = (s for s in top.get_symbols() if s.is_assigned() or s.is_imported())
    return frozenset(symbol.get_name() for symbol in symbols)


def _student_names(source: str) -> frozenset[str]:
    top = symtable.symtable(source, FILE, "exec")
    used: set[str] = set()
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_referenced() and (table is top or symbol.is_global()):
                used.add(symbol.get_name())
    return frozenset(used - made_names(source) - vars(builtins).keys() - {"__name__"})


def _forbidden(source: str) -> list[str]:
    return [
        name
        for arguments in re.findall(r"\bwithout\(([^)]*)\)", source)
        for name in re.findall(r"[\"']([\w.]+)[\"']", arguments)
    ]
