"""What ``dlcourse check`` and ``check()`` tell a student about an exercise notebook.

The visible tests run on the engine that grades, with both sides in one process: no
kernel, no isolation. So the same answer gets the same words here and there.
"""

import contextlib
import io
import json
import os
import re
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlcourse.check import Fenced
from dlcourse.engine.student import Notebook, StudentSide
from dlcourse.engine.tests import Outcome, Test, TestSide, run

WIDTH = 80
ANSWER = "--answer"  # what an answer cell adds to the grade_id of its problem

_HINT = re.compile(r"<summary>\s*(Hint \d+[^<]*?)\s*</summary>")


class CannotCheck(Exception):
    """There is nothing to check; the text says what to do."""


@dataclass(frozen=True)
class ProblemReport:
    """How one problem fares in its visible tests.

    Attributes
    ----------
    problem : str
        Its ``grade_id``.
    points : float
        What passing them and the hidden ones earns.
    status : str
        "passed", "failed", "not attempted", "not run" (in this kernel), "interrupted"
        or another that an :class:`dlcourse.engine.tests.Outcome` has.
    message : str
        What failed, in words.
    trouble : str
        What the answer's own cell raised when it ran.
    hint : str
        The name of the hint to open next.
    """

    problem: str
    points: float
    status: str
    message: str = ""
    trouble: str = ""
    hint: str = ""

    def lines(self) -> Iterator[str]:
        """Write it down."""
        points = f"{self.points:g} point{'s' if self.points != 1 else ''}"
        yield f"  {self.problem} ({points}): {self.status}"
        if self.trouble:
            yield from _wrapped(f"Its cell stops with {self.trouble}", 4)
        if self.message:
            yield from _wrapped(self.message, 4)
        if self.hint and self.status not in ("passed", "not run"):
            yield from _wrapped(f"Next: {self.hint}, above the answer.", 4)


@dataclass(frozen=True)
class Report:
    """How the problems of one notebook fare in their visible tests.

    Attributes
    ----------
    path : Path
        The notebook.
    problems : list of ProblemReport
        In the order of the notebook.
    notes : list of str
        What else a student has to know.
    """

    path: Path
    problems: list[ProblemReport]
    notes: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every problem passes."""
        return all(p.status == "passed" for p in self.problems)

    def __str__(self) -> str:
        lines = [f"{self.path}"]
        for problem in self.problems:
            lines += problem.lines()
        reached = sum(p.points for p in self.problems if p.status == "passed")
        total = sum(p.points for p in self.problems)
        verdict = (
            f"{reached:g} of {total:g} points by the visible tests; hidden tests with "
            "other inputs decide the mark."
        )
        for text in (*self.notes, verdict):
            lines += _wrapped(text, 2)
        return "\n".join(lines)


def _wrapped(text: str, indent: int) -> list[str]:
    margin = " " * indent
    return textwrap.wrap(text, WIDTH, initial_indent=margin, subsequent_indent=margin)


def check_notebook(path: Path | str) -> Report:
    """Run an exercise notebook and report what its test cells find.

    Its cells run from top to bottom in this process, and each test at its place. A
    cell that fails does not stop the others; Ctrl-C stops one cell or one test.

    Parameters
    ----------
    path : path
        The student's notebook. The file is not changed.

    Returns
    -------
    Report
        One entry for each problem.

    Raises
    ------
    CannotCheck
        If it is no notebook, or one without graded problems.
    """
    path = Path(path)
    cells = _read(path)
    tests = _tests(cells)
    if not tests:
        raise CannotCheck(
            f"{path} holds no graded problem. Give a notebook from exercises/, with "
            "its test cells in place; lessons (in book/) have nothing to check."
        )
    with _in_folder(path.resolve().parent):
        runs = _judge(cells, tests)
    reports = [_report(tests[p], *runs[p], cells) for p in tests]
    errors: dict[int, str] = {}
    for report in reports:
        if report.status != "passed":
            errors |= runs[report.problem][1]
    notes = [
        f"The cell that begins with `{_first_line(cells[n])}` stops with {error}"
        for n, error in sorted(errors.items())
        if _grade_id(cells[n]).removesuffix(ANSWER) not in tests
    ]
    return Report(path, reports, notes)


def check_names(
    namespace: dict[str, Any], problems: list[str], path: Path | str | None
) -> Report:
    """Test what a kernel's names hold now.

    Parameters
    ----------
    namespace : dict
        The names.
    problems : list of str
        Which problems, in full or without what comes before ``--``; all, if empty.
    path : path or None
        The saved notebook, from which the tests are read; looked for if None.

    Returns
    -------
    Report
        One entry for each problem asked for.

    Raises
    ------
    CannotCheck
        If the notebook is not found, or holds no such problem.
    """
    path = _find_notebook(namespace) if path is None else Path(path)
    cells = _read(path)
    tests = _tests(cells)
    wanted = [_choose(given, tests, path) for given in problems] or list(tests)
    if not wanted:
        raise CannotCheck(f"{path} holds no graded problem.")
    reports = [
        _report(tests[p], _examine_live(tests[p], namespace), {}, cells) for p in wanted
    ]
    note = (
        "Tested: the names that this kernel holds now. `dlcourse check` in a terminal "
        "runs the saved file from the top."
    )
    return Report(Path(path.name), reports, [note])


# ------------------------------------------------------------------------- the notebook


def _read(path: Path) -> list[dict[str, Any]]:
    """Read a notebook's cells; without nbformat, which takes seconds to import."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        notebook = json.loads(text)
        if notebook["nbformat"] == 4 and all(map(_is_cell, notebook["cells"])):
            return notebook["cells"]
    except FileNotFoundError:
        raise CannotCheck(
            f"There is no notebook {path}. Give the path of an .ipynb file."
        ) from None
    except OSError as error:
        raise CannotCheck(
            f"{path} cannot be read ({error.strerror}). Give the path of an .ipynb "
            "file."
        ) from error
    except (ValueError, TypeError, KeyError, RecursionError):
        pass  # nbformat knows older formats, and says what is wrong with others
    from dlcourse import notebooks

    try:
        return notebooks.read(path).cells
    except notebooks.NotebookError as error:
        raise CannotCheck(str(error)) from error


def _is_cell(cell: Any) -> bool:
    kinds = {"cell_type": str, "source": (str, list), "metadata": dict}
    return all(isinstance(cell[name], kind) for name, kind in kinds.items())


def _source(cell: dict[str, Any]) -> str:
    return "".join(cell["source"])


def _first_line(cell: dict[str, Any]) -> str:
    return _source(cell).strip().partition("\n")[0]


def _nbgrader(cell: dict[str, Any]) -> dict[str, Any]:
    metadata = cell["metadata"].get("nbgrader")
    return metadata if isinstance(metadata, dict) else {}


def _grade_id(cell: dict[str, Any]) -> str:
    return str(_nbgrader(cell).get("grade_id", ""))


def _tests(cells: list[dict[str, Any]]) -> dict[str, Test]:
    """Find the test cells by problem; of copies of one, the first."""
    found: dict[str, Test] = {}
    for cell in cells:
        metadata, problem = _nbgrader(cell), _grade_id(cell)
        graded = metadata.get("grade") and not metadata.get("solution")
        if cell["cell_type"] == "code" and graded:
            points = float(metadata.get("points") or 0)
            found.setdefault(problem, Test(problem, points, _source(cell)))
    return found


def _hint(problem: str, cells: list[dict[str, Any]]) -> str:
    """Name the first of the hints that stand above an answer."""
    hint = ""
    for cell in cells:
        if cell["cell_type"] == "markdown":
            found = _HINT.search(_source(cell))
            hint = found[1] if found else hint  # or a note of the student's
        elif _grade_id(cell) == problem + ANSWER:
            return hint
        elif _nbgrader(cell).get("grade"):
            hint = ""  # was another problem's
    return ""


def _choose(given: str, tests: dict[str, Test], path: Path) -> str:
    """Find the problem that is meant."""
    meant = [p for p in tests if given in (p, p.partition("--")[2])]
    if len(meant) == 1:
        return meant[0]
    trouble = "There are several problems" if meant else "There is no problem"
    raise CannotCheck(
        f"{trouble} {given!r} in {path.name}. It has: {', '.join(meant or tests)}."
    )


def _find_notebook(namespace: dict[str, Any]) -> Path:
    """Find the file of the notebook that is running."""
    # From Jupyter's server, and from VS Code.
    for told in (
        os.environ.get("JPY_SESSION_NAME"), namespace.get("__vsc_ipynb_file__")
    ):  # fmt: skip
        for path in (Path(told), Path(Path(told).name)) if told else ():
            if path.suffix == ".ipynb" and path.is_file():
                return path
    raise CannotCheck(
        "The file of this notebook is not known here, and the tests are read from it. "
        'Name it: check(notebook="neuron.ipynb"), with the path from '
        f"{Path.cwd()}."
    )


# -------------------------------------------------------------------------- the running


class _Side(StudentSide):
    """The student's side of a conversation within one process.

    Parameters
    ----------
    namespace : dict
        The notebook's names.
    fence : frozenset of str
        The packages that are kept from the answers.
    """

    def __init__(self, namespace: dict[str, Any], fence: frozenset[str]) -> None:
        super().__init__(namespace)
        self.fence = fence
        self.touched: set[str] = set()
        self.interrupted = False

    def perform(self, do: str, parts: dict[str, Any]) -> Any:
        with Fenced(self.fence, self.namespace) as fenced:
            try:
                return super().perform(do, parts)
            except KeyboardInterrupt:
                self.interrupted = True
                raise
            finally:
                self.touched |= fenced.touched


def _examine(test: Test, namespace: dict[str, Any], fence: frozenset[str]) -> Outcome:
    """Run one test against names of this process."""
    side, theirs = TestSide(), _Side(namespace, fence)
    side.connect_here(theirs)
    try:
        outcome = run(test, side)
    except KeyboardInterrupt:
        outcome = Outcome(test.problem, "interrupted")
    if theirs.interrupted:
        outcome = Outcome(test.problem, "interrupted")
    outcome.asked_for = sorted(theirs.touched)
    return outcome


def _examine_live(test: Test, namespace: dict[str, Any]) -> Outcome:
    """Run one test against names of a kernel, which may not have seen the answer."""
    outcome = _examine(test, namespace, test.forbidden)
    missing = re.fullmatch(r"NameError: name '(\w+)' is not defined", outcome.message)
    if missing and missing[1] in test.student_names - namespace.keys():
        text = f"This kernel does not know `{missing[1]}`: run the answer's cell first."
        return Outcome(test.problem, "not run", text)
    return outcome


def _judge(
    cells: list[dict[str, Any]], tests: dict[str, Test]
) -> dict[str, tuple[Outcome, dict[int, str]]]:
    """Run the cells and test the problems, with the fences of grading.

    What one problem forbids, no cell gets. Where a problem that is allowed a package
    fails, and the notebook asked for that package, the cells run once more.
    """
    strictest = frozenset().union(*(test.forbidden for test in tests.values()))
    outcomes, errors = _sitting(cells, tests, strictest)
    judged = {problem: (outcomes[problem], errors) for problem in tests}
    again: dict[frozenset[str], list[str]] = {}
    for problem, outcome in outcomes.items():
        fence = tests[problem].forbidden
        missed = (strictest - fence).intersection(outcome.asked_for)
        if missed and outcome.status not in ("passed", "not attempted"):
            again.setdefault(fence, []).append(problem)
    for fence, wanted in again.items():
        outcomes, errors = _sitting(cells, tests, fence)
        judged |= {problem: (outcomes[problem], errors) for problem in wanted}
    return judged


def _sitting(
    cells: list[dict[str, Any]], tests: dict[str, Test], fence: frozenset[str]
) -> tuple[dict[str, Outcome], dict[int, str]]:
    """Run the cells, each test at its place.

    Returns
    -------
    outcomes : dict of str to Outcome
        By problem.
    errors : dict of int to str
        What cells raised, by their number.
    """
    outcomes: dict[str, Outcome] = {}
    errors: dict[int, str] = {}
    touched: set[str] = set()
    with _shell() as shell:
        notebook = Notebook(shell)
        for number, cell in enumerate(cells):
            problem = _grade_id(cell)
            if cell["cell_type"] != "code":
                continue
            if problem not in tests:
                with Fenced(fence, {}) as fenced:
                    outputs = notebook.run(_source(cell))
                touched |= fenced.touched
                for output in outputs:
                    if output["output_type"] == "error":
                        errors[number] = _error(output)
            elif problem not in outcomes:
                outcome = _examine(tests[problem], shell.user_ns, fence)
                outcome.asked_for = sorted(touched.union(outcome.asked_for))
                outcomes[problem] = outcome
    return outcomes, errors


def _error(output: dict[str, Any]) -> str:
    if output["ename"] == "KeyboardInterrupt":
        return "an interrupt."
    # Of a syntax error, not the name of a file that nobody has.
    text = re.sub(r"\([^()]*, (line \d+)\)$", r"(\1)", output["evalue"])
    return f"{output['ename']}: {text}" if text else output["ename"]


def _report(
    test: Test, outcome: Outcome, errors: dict[int, str], cells: list[dict[str, Any]]
) -> ProblemReport:
    own = [n for n in errors if _grade_id(cells[n]) == test.problem + ANSWER]
    return ProblemReport(
        test.problem,
        test.points,
        outcome.status,
        outcome.message if outcome.status != "not attempted" else "",
        errors[own[0]] if own else "",
        _hint(test.problem, cells),
    )


@contextlib.contextmanager
def _shell() -> Iterator[Any]:
    """Make the IPython that runs a notebook's cells, and take it away again."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        """IPython without a window system."""

        def enable_gui(self, gui=None):
            """Do nothing: there is no window system to enable."""

    main = sys.modules["__main__"]
    config = Config()
    config.HistoryManager.enabled = False
    shell = Shell.instance(config=config)
    try:
        yield shell
    finally:
        Shell.clear_instance()
        sys.modules["__main__"] = main


@contextlib.contextmanager
def _in_folder(folder: Path) -> Iterator[None]:
    """Work where a notebook's kernel would, with no keyboard and no window."""
    stdin, path, backend = sys.stdin, list(sys.path), os.environ.get("MPLBACKEND")
    sys.stdin = io.StringIO()
    sys.path.insert(0, str(folder))
    os.environ["MPLBACKEND"] = "agg"  # unless a cell asks for another
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        sys.stdin, sys.path[:] = stdin, path
        if backend is None:
            os.environ.pop("MPLBACKEND", None)
        else:
            os.environ["MPLBACKEND"] = backend
