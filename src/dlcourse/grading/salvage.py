"""Find a student's cells in what was handed in, however it arrives.

Whatever identifies a cell may be damaged: the file's name or encoding, the format,
the metadata, the order. What cannot be told apart beyond doubt is reported, never
guessed.
"""

import ast
import codecs
import functools
import json
import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

MAX_FILE = 64 << 20
MAX_SOURCE = 4 << 20  # characters of code in one notebook
MAX_CELLS = 2000
MAX_PARSED = 100_000  # characters of a cell whose syntax is looked at

ANSWER = "--answer"  # what an answer cell adds to the grade_id of its problem
HIDDEN = (".", "__MACOSX")  # how the names begin of what programs put into folders


class Unreadable(Exception):
    """A file in which no student's cells can be found; the text says why."""


@dataclass
class Cell:
    """One cell of a hand-in.

    Attributes
    ----------
    kind : {"code", "markdown", "raw"}
        As handed in, or as found to be meant.
    source : str
        Its text.
    grade_id : str or None
        Which cell of the exercise it is, if that is known.
    """

    kind: str
    source: str
    grade_id: str | None = None


@dataclass
class Notebook:
    """What is read of a notebook.

    Attributes
    ----------
    cells : list of Cell
        In order, with every ``grade_id`` that they claim.
    version : str or None
        The release from which it was made.
    notes : list of str
        What was unusual about the file.
    """

    cells: list[Cell]
    version: str | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Step:
    """What to do next: run a cell, or test a problem.

    Attributes
    ----------
    cell : Cell
        The student's cell, or the exercise's own test cell.
    test : str or None
        The problem to test here.
    """

    cell: Cell
    test: str | None = None


@dataclass
class Exercise:
    """What the tests' own notebook says about the cells to look for.

    Attributes
    ----------
    name : str
        The notebook's name, without suffix.
    tests : dict of str to str
        For each problem the visible part of its test cell.
    answers : dict of str to str
        For each problem its answer cell, ours in it.
    """

    name: str
    tests: dict[str, str]
    answers: dict[str, str]

    @functools.cached_property
    def grade_ids(self) -> frozenset[str]:
        """The ``grade_id`` of every test and answer cell."""
        return frozenset([*self.tests, *(p + ANSWER for p in self.tests)])

    @functools.cached_property
    def names(self) -> dict[str, frozenset[str]]:
        """For each problem the names that its answer cell makes for its test cell."""
        names = {}
        for problem, test in self.tests.items():
            made = _made(self.answers.get(problem, ""))
            tested = made.intersection(re.findall(r"\w+", test))
            names[problem] = tested or made
        return names

    @functools.cached_property
    def bare_tests(self) -> dict[str, str]:
        """For each problem its test cell, without any space."""
        return {problem: _bare(test) for problem, test in self.tests.items()}

    def answered_by(self, cell: Cell) -> list[str]:
        """Name the problems whose functions a cell makes, finished or not."""
        if cell.grade_id in self.tests:
            return []
        made = _made(cell.source)
        return [problem for problem, names in self.names.items() if made & names]

    def tested_by(self, cell: Cell) -> str | None:
        """Name the problem whose test cell has this cell's text, or was changed to it.

        A cell that makes anything of its own is no test cell.
        """
        bare = _bare(cell.source)
        for problem, test in self.bare_tests.items():
            if bare == test:
                return problem
        for problem, test in self.tests.items():
            if f'print("{problem}: passed")' in cell.source:
                own = _made(cell.source) - _made(test)
                return None if own else problem
        return None


@dataclass
class Salvaged:
    """A hand-in's notebook, ready to be run.

    Attributes
    ----------
    steps : list of Step
        In order; every problem of the exercise is tested once.
    notes : list of str
        What was found to be unusual, for the instructor.
    version : str or None
        The release from which the notebook was made.
    """

    steps: list[Step]
    notes: list[str] = field(default_factory=list)
    version: str | None = None


# ------------------------------------------------------------------ from bytes to cells


def decode(content: bytes) -> tuple[str, str | None]:
    """Turn bytes into text; with a note if they are not plain UTF-8.

    Raises
    ------
    Unreadable
        If there is nothing, too much, or no text.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable("the file is empty")
    if len(content) > MAX_FILE:
        raise Unreadable(
            f"the file has {len(content) >> 20} MiB, above {MAX_FILE >> 20}; clear its "
            "outputs and hand it in again"
        )
    text, note = _text(content)
    text = text.strip("\0 \t\r\n")
    if text.startswith("{"):
        return text, note
    raise Unreadable(f"it is no notebook but {_guise(content, text)}")


_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "with a byte order mark"),
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16"),
)


def _text(content: bytes) -> tuple[str, str | None]:
    """Decode; say how, if not as UTF-8."""
    for mark, code, name in _MARKS:
        if content.startswith(mark):
            return content[len(mark) :].decode(code, "replace"), f"it is {name}"
    if content[:4].strip(b"\0") and b"\0" in content[:2]:
        code = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
        return content.decode(code, "replace"), "it is UTF-16"
    try:
        return content.decode(), None
    except UnicodeDecodeError:
        text = content.decode(errors="replace")
    # Text of Windows is hardly ever UTF-8 by chance, not even in parts.
    if re.search(r"[^\x00-\x7f\ufffd]", text):
        return text, "some of its characters are damaged"
    return content.decode("cp1252", "replace"), "it is Windows-1252"


def _guise(content: bytes, text: str) -> str:
    """Say what a file is that is no notebook."""
    begin = text[:200].lower()
    if content.startswith(b"PK"):
        return "a zip archive; it has to be unpacked"
    if begin.startswith(("<!doctype", "<html", "<?xml")):
        return "a web page; the notebook itself has to be handed in"
    if re.match(r"#|import |from |\"\"\"", begin):
        return "a script or a text; the notebook itself has to be handed in"
    return f"something that begins with {content[:20]!r}"


def parse(content: bytes) -> Notebook:
    """Read a notebook of any format.

    Raises
    ------
    Unreadable
        If it is none; the text says why.
    """
    text, note = decode(content)
    notes = [note] if note else []
    try:
        notebook = json.loads(text, strict=False, parse_int=_short_int)
    except RecursionError:
        raise Unreadable("it is damaged: it is nested too deeply") from None
    except MemoryError:
        raise Unreadable("it is too large to be read") from None
    except ValueError as error:
        where = "it ends too early" if _is_cut(error) else str(error)[:100]
        raise Unreadable(f"it is damaged: {where}") from None
    major = notebook.get("nbformat")
    if major != 4:
        shown = major if isinstance(major, (int, float)) else "unknown"
        notes.append(f"its notebook format is {shown}, not 4")
    cells = notebook.get("cells")
    if not isinstance(cells, list):  # until format 3
        sheets = notebook.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        lists = [s.get("cells") for s in sheets if isinstance(s, dict)]
        cells = [c for part in lists if isinstance(part, list) for c in part]
    if not cells:
        raise Unreadable("it has no cells")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"it has {len(cells)} cells, above {MAX_CELLS}")
    read = [_cell(cell) for cell in cells]
    if lost := read.count(None):
        notes.append(f"cells that hold no text: {lost}")
    found = [cell for cell in read if cell is not None]
    if sum(len(cell.source) for cell in found) > MAX_SOURCE:
        raise Unreadable(f"its cells hold more than {MAX_SOURCE >> 20} MiB of text")
    return Notebook(found, _version(notebook), notes)


def _short_int(digits: str) -> int:
    return int(digits[:20])  # Python refuses to read thousands; nothing here needs them


def _is_cut(error: ValueError) -> bool:
    """Say whether a file stops in the middle."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    return error.msg.startswith("Unterminated") or not error.doc[error.pos :].strip()


def _cell(cell: Any) -> Cell | None:
    """Read a cell of any format, as far as it is one."""
    if not isinstance(cell, dict):
        return None
    source = cell.get("source", cell.get("input"))
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if source is None:
        source = ""
    if not isinstance(source, str):
        return None
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    source = source.encode(errors="replace").decode()
    kind = cell.get("cell_type")
    if kind not in ("code", "markdown", "raw"):
        kind = "code" if "outputs" in cell or "input" in cell else "markdown"
    grade_id = _inside(cell, "metadata", "nbgrader", "grade_id")
    return Cell(kind, source, grade_id if isinstance(grade_id, str) else None)


def _version(notebook: dict[str, Any]) -> str | None:
    version = _inside(notebook, "metadata", "dlcourse", "version")
    return _printable(version, 40) if isinstance(version, str) else None


def _inside(content: Any, *keys: str) -> Any:
    for key in keys:
        content = content.get(key) if isinstance(content, dict) else None
    return content


def _printable(text: str, length: int = 100) -> str:
    """Make a student's words fit for a note."""
    return "".join(c if c.isprintable() else "?" for c in text[:length])


def version_of(notebook: Notebook) -> str | None:
    """Say which release a notebook was made from."""
    return notebook.version


# ------------------------------------------------------------------ from cells to steps


def plan(notebook: Notebook, exercise: Exercise, notes: list[str]) -> Salvaged:
    """Put the student's cells and the tests of the exercise into order.

    Every code cell is run, in the order of the notebook. A problem is tested where its
    test cell stands if its answer stands above; otherwise as soon as all is run that
    may belong to the answer.
    """
    notes = list(notes)
    cells = [replace(cell) for cell in notebook.cells]
    _recognise(cells, exercise, notes)
    _compare_tests(cells, exercise, notes)
    places = {
        problem: _place(problem, *_answers(problem, cells, exercise, notes), cells)
        for problem in exercise.tests
    }
    steps = []
    for number in range(-1, len(cells)):
        if number >= 0 and cells[number].grade_id not in exercise.tests:
            steps.append(Step(cells[number]))
        for problem, place in places.items():
            if place == number:
                steps.append(Step(Cell("code", "", problem), problem))
    return Salvaged(steps, notes, notebook.version)


def _recognise(cells: list[Cell], exercise: Exercise, notes: list[str]) -> None:
    """Give cells the ``grade_id`` that they have lost, by their text."""
    for cell in cells:
        if cell.grade_id not in exercise.grade_ids:
            cell.grade_id = None
    known = {cell.grade_id for cell in cells}
    count = 0
    for cell in cells:
        if cell.grade_id or cell.kind != "code":
            continue
        guess = exercise.tested_by(cell)
        answered = exercise.answered_by(cell)
        if guess is None and len(answered) == 1:
            guess = answered[0] + ANSWER
        if guess and guess not in known:
            cell.grade_id = guess
            count += 1
    if count:
        notes.append(f"cells that had lost their metadata and were recognised: {count}")


def _compare_tests(cells: list[Cell], exercise: Exercise, notes: list[str]) -> None:
    """Note what became of the test cells."""
    changed, answered = [], []
    for problem, test in exercise.bare_tests.items():
        there = [cell for cell in cells if cell.grade_id == problem]
        if any(_bare(cell.source) != test for cell in there):
            changed.append(problem)
        own = {name for cell in there for name in _made(cell.source)}
        if any(own & names for names in exercise.names.values()):
            answered.append(problem)
    present = {cell.grade_id for cell in cells}
    missing = [problem for problem in exercise.tests if problem not in present]
    for what, problems in (
        ("test cells are missing (their problems were tested)", missing),
        ("test cells were changed (the course's own ran)", changed),
        ("test cells hold an answer, which does not count", answered),
    ):
        if problems:
            notes.append(f"{what}: {', '.join(problems)}")


def _answers(
    problem: str, cells: list[Cell], exercise: Exercise, notes: list[str]
) -> tuple[list[int], list[int]]:
    """Find the cells that answer a problem, the last of which counts.

    Returns
    -------
    answers : list of int
        The numbers of the cells.
    unfinished : list of int
        Cells that would undo an answer: copies of the answer cell as released.
    """
    names = exercise.names[problem]
    makers = [n for n, c in enumerate(cells) if problem in exercise.answered_by(c)]
    unfinished = [n for n in makers if _is_unfinished(cells[n].source, names)]
    finished = [n for n in makers if n not in unfinished]
    as_text = [n for n in finished if _compiles(cells[n].source)]
    if any(cells[n].kind == "code" for n in finished):
        as_text = []
    if len(as_text) == 1:
        cell = cells[as_text[0]]
        notes.append(f"the answer to {problem} was a {cell.kind} cell")
        cell.kind, cell.grade_id = "code", problem + ANSWER
    finished = [n for n in finished if cells[n].kind == "code"]
    unfinished = [n for n in unfinished if cells[n].kind == "code"]
    own = [
        n for n, cell in enumerate(cells)
        if cell.grade_id == problem + ANSWER and cell.kind == "code"
    ]  # fmt: skip
    if set(own) & set(finished):
        found = [n for n in own if n not in unfinished]
    else:
        found = finished or own or unfinished
    if len(as_text) > 1:
        notes.append(f"{len(as_text)} text cells could be the answer to {problem}")
    elif not found:
        notes.append(f"{problem} has no answer cell")
    elif not set(own) & set(found):
        numbers = ", ".join(str(n + 1) for n in found)
        notes.append(f"{problem} is answered in another cell: {numbers}")
    if len(found) > 1:
        texts = {cells[n].source for n in found}
        differing = ", with different text: the last counts" if len(texts) > 1 else ""
        notes.append(f"{problem} is answered in {len(found)} cells{differing}")
    return found, [n for n in unfinished if n not in found]


def _place(
    problem: str, answers: list[int], unfinished: list[int], cells: list[Cell]
) -> int:
    """Say after which cell a problem is tested."""
    first = answers[-1] + 1 if answers else 0
    end = next((n for n in unfinished if n >= first), len(cells))
    for number in range(first, end):
        if cells[number].grade_id == problem:
            return number
    if answers:  # where the test cell would be: before the next cell of the exercise
        end = next((n for n in range(first, end) if cells[n].grade_id), end)
    return end - 1


def _made(source: str) -> frozenset[str]:
    """Name what a cell defines or assigns; it may be no Python as a whole."""
    return frozenset(
        defined or assigned for defined, assigned in _MAKING.findall(source)
    )


_MAKING = re.compile(
    r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)",
    re.MULTILINE,
)


def _bare(source: str) -> str:
    return "".join(source.split())


def _parsed(source: str) -> ast.Module | None:
    if len(source) > MAX_PARSED:
        return None
    try:
        return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _compiles(source: str) -> bool:
    return _parsed(source) is not None


def _is_unfinished(source: str, names: frozenset[str]) -> bool:
    """Say whether what a cell makes for a problem is as released: it only raises."""
    tree = _parsed(source)
    defined = [
        node for node in (tree.body if tree else [])
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name in names
    ]  # fmt: skip
    return bool(defined) and all(
        any(_only_raises(node) for node in ast.walk(definition))
        for definition in defined
    )


def _only_raises(node: ast.AST) -> bool:
    if not isinstance(node, ast.FunctionDef):
        return False
    last = node.body[-1]
    error = last.exc if isinstance(last, ast.Raise) else None
    error = error.func if isinstance(error, ast.Call) else error
    only = all(
        isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
        for line in node.body[:-1]
    )
    return only and isinstance(error, ast.Name) and error.id == "NotImplementedError"


# -------------------------------------------------------------- from files to notebooks


def assign(
    files: dict[str, bytes], exercises: dict[str, Exercise]
) -> tuple[dict[str, tuple[Notebook, list[str]]], dict[str, str], list[str]]:
    """Say which file is which exercise: by what it holds, whatever its name.

    Parameters
    ----------
    files : dict of str to bytes
        The notebooks of a hand-in by path.
    exercises : dict of str to Exercise
        What was to be handed in, by name.

    Returns
    -------
    found : dict of str to (Notebook, list of str)
        By exercise the notebook, and what was unusual about it.
    unreadable : dict of str to str
        By exercise why no file can be graded as it.
    notes : list of str
        About files that belong to no exercise.
    """
    claims: dict[str, list[tuple[str, Notebook]]] = {}
    rest: list[tuple[str, str]] = []  # files that are no exercise, and why
    any_of_them: list[str] = []  # the same of damaged ones whose name does not help
    for path, content in sorted(files.items()):
        path = posixpath.normpath(path.replace("\\", "/"))
        if any(part.startswith(HIDDEN) for part in path.split("/")):
            rest.append((path, "programs make such files; it was left aside"))
            continue
        try:
            notebook = parse(content)
        except Unreadable as error:
            rest.append((path, str(error)))
            if path.lower().endswith(".ipynb") and not _named(path, exercises):
                any_of_them.append(f"{_printable(path)} may be it: {error}")
            continue
        name = _exercise_of(notebook, exercises)
        if name is None:
            rest.append((path, "it has no cells of this assignment's exercises"))
            continue
        claims.setdefault(name, []).append((path, notebook))
    found: dict[str, tuple[Notebook, list[str]]] = {}
    unreadable: dict[str, str] = {}
    notes: list[str] = []
    for name, claimed in claims.items():
        try:
            found[name] = _choose(claimed, exercises[name])
        except Unreadable as error:
            unreadable[name] = str(error)
    for path, reason in rest:
        text = f"{_printable(path)}: {reason}"
        name = _named(path, exercises)
        if name is None or name in found or name in unreadable:
            notes.append(text)
        else:
            unreadable[name] = text
    for name, claimed in claims.items():
        for path, _ in claimed:
            other = _named(path, exercises)
            if other is not None and other not in found:
                text = f"{_printable(path)}: its cells are those of {name}"
                unreadable.setdefault(other, text)
    for name in exercises:
        if any_of_them and name not in found:
            unreadable.setdefault(name, any_of_them[0])
    return found, unreadable, notes


def _named(path: str, exercises: Iterable[str]) -> str | None:
    """Say which exercise a file's name speaks of."""
    plain = _plain(path.rpartition("/")[2])
    names = [name for name in exercises if _plain(name) in plain]
    longest = max(names, key=len, default=None)
    return longest if all(_plain(n) in _plain(longest) for n in names) else None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold())


def _exercise_of(notebook: Notebook, exercises: dict[str, Exercise]) -> str | None:
    """Say to which exercise a notebook belongs by the cells that it holds.

    Without any metadata or test cell left, half of the functions have to be there:
    the lesson before the exercise may define one or two of the same name.
    """
    scores = {}
    for name, exercise in exercises.items():
        known = {c.grade_id for c in notebook.cells} & exercise.grade_ids
        tested = {exercise.tested_by(c) for c in notebook.cells} - {None}
        answered = {p for c in notebook.cells for p in exercise.answered_by(c)}
        if known or tested or 2 * len(answered) >= len(exercise.tests):
            scores[name] = len(known) + len(tested) + len(answered)
    best = [name for name in scores if scores[name] == max(scores.values())]
    return best[0] if len(best) == 1 else None


def _choose(
    claimed: list[tuple[str, Notebook]], exercise: Exercise
) -> tuple[Notebook, list[str]]:
    """Choose among the files that hold an exercise's cells.

    Files as released do not count beside one that was worked on; of these, the one
    with the right name does.
    """
    begun = [c for c in claimed if _is_begun(c[1], exercise)] or claimed
    right = f"{exercise.name}.ipynb"
    exact = [c for c in begun if c[0] == right]
    texts = {tuple((x.kind, x.source) for x in notebook.cells) for _, notebook in begun}
    if len(texts) > 1 and not exact:
        paths = ", ".join(_printable(path) for path, _ in begun)
        raise Unreadable(f"several files could be it, with different text: {paths}")
    path, notebook = (exact or begun)[0]
    notes = list(notebook.notes)
    if path != right:
        notes.append(f"the file's name is {_printable(path)}")
    if others := ", ".join(_printable(c[0]) for c in claimed if c[0] != path):
        notes.append(f"other files hold this exercise and do not count: {others}")
    return notebook, notes


def _is_begun(notebook: Notebook, exercise: Exercise) -> bool:
    return any(
        not _is_unfinished(cell.source, exercise.names[problem])
        for cell in notebook.cells
        for problem in exercise.answered_by(cell)
    )
