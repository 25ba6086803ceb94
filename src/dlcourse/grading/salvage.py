"""Find a student's cells in what was handed in, however it arrives.

Whatever identifies a cell may be damaged: the file's name or encoding, the format,
the metadata, the order. What cannot be told apart beyond doubt is reported, never
guessed.
"""

import ast
import codecs
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

MAX_FILE = 64 << 20
MAX_SOURCE = 4 << 20  # characters of code in one notebook
MAX_CELLS = 2000


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
        For each problem its released answer cell.
    """

    name: str
    tests: dict[str, str]
    answers: dict[str, str]


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


ANSWER = "--answer"  # what an answer cell adds to the grade_id of its problem


def decode(content: bytes) -> tuple[str, str | None]:
    """Turn bytes into text; say if the encoding is an unusual one.

    Raises
    ------
    Unreadable
        If there is nothing, too much, or no text.
    """
    if not content.strip():
        raise Unreadable("the file is empty")
    if len(content) > MAX_FILE:
        raise Unreadable(f"the file has {len(content) >> 20} MiB, above {MAX_FILE >> 20}")
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with a byte order mark"),
        (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
        (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
        (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
        (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
    )
    guesses = [(code, name) for mark, code, name in marks if content.startswith(mark)]
    if not guesses:
        guesses = [("utf-8", None)]
        if b"\0" in content[:4]:
            guesses = [("utf-16-le", "UTF-16"), ("utf-16-be", "UTF-16")]
    guesses.append(("cp1252", "Windows-1252"))
    for code, name in guesses:
        try:
            text = content.decode(code)
        except UnicodeDecodeError:
            continue
        if text.lstrip().startswith("{"):
            return text, name and f"its encoding is {name}, not UTF-8"
    raise Unreadable(f"it is not a notebook: it begins with {content[:20]!r}")


def parse(content: bytes) -> tuple[dict[str, Any], list[str]]:
    """Read a notebook of any format into the current one.

    Returns
    -------
    notebook : dict
        With ``cells``, each with ``cell_type``, ``source`` and ``metadata``.
    notes : list of str
        What was unusual.

    Raises
    ------
    Unreadable
        If it is no notebook.
    """
    text, note = decode(content)
    notes = [note] if note else []
    try:
        notebook = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"it is damaged: {str(error)[:100]}") from None
    if not isinstance(notebook, dict):
        raise Unreadable("it is not a notebook")
    major = notebook.get("nbformat")
    if "cells" not in notebook and "worksheets" in notebook:
        notes.append(f"its notebook format is {major}")
        try:
            import nbformat

            notebook = nbformat.convert(nbformat.from_dict(notebook), 4)
        except Exception as error:
            reason = f"{type(error).__name__}: {str(error)[:100]}"
            raise Unreadable(f"its format {major} cannot be read: {reason}") from None
    elif major != 4:
        notes.append(f"it says that its notebook format is {str(major)[:20]}")
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not cells:
        raise Unreadable("it has no cells")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"it has {len(cells)} cells, above {MAX_CELLS}")
    return notebook, notes


def cells_of(notebook: dict[str, Any]) -> list[Cell]:
    """Read the cells, as far as they are cells.

    Raises
    ------
    Unreadable
        If they hold more text than any student writes.
    """
    found, size = [], 0
    for cell in notebook["cells"]:
        if not isinstance(cell, dict):
            continue
        source = cell.get("source", cell.get("input", ""))
        if isinstance(source, list):
            source = "".join(line for line in source if isinstance(line, str))
        if not isinstance(source, str):
            continue
        source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
        source = source.encode(errors="replace").decode()
        size += len(source)
        if size > MAX_SOURCE:
            raise Unreadable(f"its cells hold more than {MAX_SOURCE >> 20} MiB of text")
        kind = cell.get("cell_type")
        kind = kind if kind in ("code", "markdown", "raw") else "code"
        found.append(Cell(kind, source, _grade_id(cell)))
    return found


def _grade_id(cell: dict[str, Any]) -> str | None:
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    return grade_id if isinstance(grade_id, str) else None


def version_of(notebook: dict[str, Any]) -> str | None:
    """Say which release a notebook was made from."""
    metadata = notebook.get("metadata")
    course = metadata.get("dlcourse") if isinstance(metadata, dict) else None
    version = course.get("version") if isinstance(course, dict) else None
    return version if isinstance(version, str) and len(version) < 40 else None


def plan(notebook: dict[str, Any], exercise: Exercise, notes: list[str]) -> Salvaged:
    """Put the student's cells and the tests of the exercise into order."""
    cells = cells_of(notebook)
    notes = list(notes)
    ids = {*exercise.tests, *(p + ANSWER for p in exercise.tests)}
    known = Counter(c.grade_id for c in cells if c.grade_id in ids)
    for cell in cells:
        if cell.grade_id not in ids:
            cell.grade_id = None
            guess = _recognise(cell, exercise)
            if guess and not known[guess]:
                cell.grade_id = guess
                notes.append(f"cell {guess} had lost its metadata")
        if cell.grade_id and cell.grade_id.endswith(ANSWER) and cell.kind != "code":
            if _compiles(cell.source) and cell.source.strip():
                notes.append(f"cell {cell.grade_id} was a {cell.kind} cell")
                cell.kind = "code"
    for grade_id, count in known.items():
        if count > 1:
            notes.append(f"cell {grade_id} is there {count} times")
    where = _places(cells, exercise, notes)
    steps = []
    tested = set(exercise.tests)
    for number in range(-1, len(cells)):
        if number >= 0 and cells[number].grade_id not in tested:
            cell = cells[number]
            steps.append(Step(cell))
        for problem in exercise.tests:
            if where[problem] == number:
                steps.append(Step(Cell("code", "", problem), problem))
    return Salvaged(steps, notes, version_of(notebook))


def _places(
    cells: list[Cell], exercise: Exercise, notes: list[str]
) -> dict[str, int]:
    """Say after which cell each problem is tested."""
    places = {}
    for problem in exercise.tests:
        tests = [n for n, c in enumerate(cells) if c.grade_id == problem]
        answers = [n for n, c in enumerate(cells) if c.grade_id == problem + ANSWER]
        if not tests:
            notes.append(f"test cell {problem} was missing")
        if not answers:
            notes.append(f"answer cell {problem}{ANSWER} was missing")
        good = [n for n in tests if not answers or n > answers[0]]
        if good:
            places[problem] = good[0]
        else:
            places[problem] = answers[-1] if answers else len(cells) - 1
    return places


def _recognise(cell: Cell, exercise: Exercise) -> str | None:
    """Say which cell of the exercise this is by its text alone, if that is certain."""
    text = "".join(cell.source.split())
    for problem, test in exercise.tests.items():
        if cell.kind == "code" and text and text == "".join(test.split()):
            return problem
        if f'print("{problem}: passed")' in cell.source:
            return problem
    names = _defined(cell.source)
    if not names:
        return None
    makers = [p for p, a in exercise.answers.items() if names & _defined(a)]
    return makers[0] + ANSWER if len(makers) == 1 else None


def _defined(source: str) -> frozenset[str]:
    return frozenset(re.findall(r"^(?:def|class)\s+(\w+)", source, re.MULTILINE))


def _compiles(source: str) -> bool:
    try:
        ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def assign(
    files: dict[str, bytes], exercises: dict[str, Exercise]
) -> tuple[dict[str, tuple[dict, list[str]]], dict[str, str], list[str]]:
    """Say which file is which exercise.

    Parameters
    ----------
    files : dict of str to bytes
        The notebooks of a hand-in by path.
    exercises : dict of str to Exercise
        What was to be handed in, by name.

    Returns
    -------
    found : dict of str to (dict, list of str)
        By exercise the notebook, parsed, and what was unusual about it.
    unreadable : dict of str to str
        By exercise why its file cannot be read.
    notes : list of str
        About files that belong to no exercise.
    """
    found: dict[str, tuple[dict, list[str]]] = {}
    unreadable: dict[str, str] = {}
    notes: list[str] = []
    claims: dict[str, list[tuple[str, dict, list[str]]]] = {}
    broken: dict[str, str] = {}
    for path, content in sorted(files.items()):
        stem = path.rpartition("/")[2].removesuffix(".ipynb")
        try:
            notebook, said = parse(content)
            name = _exercise_of(notebook, exercises)
        except Unreadable as error:
            if stem in exercises:
                broken[stem] = f"{path}: {error}"
            else:
                notes.append(f"{path}: {error}")
            continue
        if name is None and stem in exercises:
            name = stem
        if name is None:
            notes.append(f"{path} is none of this assignment's notebooks")
            continue
        if stem != name:
            said.append(f"it was named {path}")
        claims.setdefault(name, []).append((path, notebook, said))
    for name, claimed in claims.items():
        exact = [c for c in claimed if c[0] == f"{name}.ipynb"]
        texts = {json.dumps([vars(x) for x in cells_of(c[1])]) for c in claimed}
        if len(exact) == 1 or len(texts) == 1:
            path, notebook, said = (exact or claimed)[0]
            others = [c[0] for c in claimed if c[0] != path]
            if others:
                said.append(f"there were others: {', '.join(others)}")
            found[name] = notebook, said
        else:
            paths = ", ".join(c[0] for c in claimed)
            unreadable[name] = f"several files could be it, with other contents: {paths}"
    for name, reason in broken.items():
        if name not in found:
            unreadable[name] = reason
        else:
            notes.append(reason)
    return found, unreadable, notes


def _exercise_of(
    notebook: dict[str, Any], exercises: dict[str, Exercise]
) -> str | None:
    """Say to which exercise a notebook belongs by the cells that it holds."""
    score: Counter[str] = Counter()
    for cell in cells_of(notebook):
        for name, exercise in exercises.items():
            ids = {*exercise.tests, *(p + ANSWER for p in exercise.tests)}
            if cell.grade_id in ids or _recognise(cell, exercise):
                score[name] += 1
    best = score.most_common(2)
    if not best or (len(best) == 2 and best[0][1] == best[1][1]):
        return None
    return best[0][0]
