"""The graded problems, read from ``solutions/``, and the bank of answers to them."""

import functools
import re
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from dlcourse import notebooks

ROOT = Path(__file__).resolve().parents[2]
SOLUTIONS = ROOT / "solutions"
BANK = ROOT / "tests" / "bank"
ANSWER = "--answer"  # what an answer cell adds to the grade_id of its problem


@dataclass(frozen=True)
class Problem:
    """One graded problem: what the student writes and what tests it."""

    id: str
    points: float
    answer: str  # source of the answer cell, our solution in it
    test: str  # source of the test cell, hidden part included


@dataclass(frozen=True)
class Lesson:
    """A solution notebook: ``chapter`` is the nbgrader assignment."""

    chapter: str
    name: str
    path: Path
    setup: str  # source of the cells that are neither answers nor tests
    problems: dict[str, Problem]


@dataclass(frozen=True)
class Answer:
    """One answer of the bank to one problem."""

    problem: str
    kind: str
    name: str
    code: str
    message: str | None = None

    def __str__(self) -> str:
        return f"{self.problem} / {self.kind}: {self.name}"


@dataclass(frozen=True)
class Entry:
    """What the bank holds for one problem."""

    wrong: list[Answer]
    right: list[Answer]
    cheat: list[Answer]
    sloppy: list[Answer]  # wrong in a corner only; any message will do
    equivalent: dict[str, str] = field(default_factory=dict)


def grade_id(cell) -> str | None:
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def is_answer(cell) -> bool:
    meta = cell.metadata.get("nbgrader", {})
    return bool(meta.get("solution")) and not meta.get("grade")


def is_test(cell) -> bool:
    meta = cell.metadata.get("nbgrader", {})
    return bool(meta.get("grade")) and not meta.get("solution")


@functools.cache
def lessons() -> dict[str, Lesson]:
    """All solution notebooks by lesson name."""
    return {path.stem: _lesson(path) for path in sorted(SOLUTIONS.glob("*/*.ipynb"))}


def _lesson(path: Path) -> Lesson:
    cells = [c for c in notebooks.read(path).cells if c.cell_type == "code"]
    answers = {grade_id(c): c.source for c in cells if is_answer(c)}
    problems = {
        grade_id(c): Problem(
            id=grade_id(c),
            points=float(c.metadata.nbgrader.points),
            answer=answers[grade_id(c) + ANSWER],
            test=c.source,
        )
        for c in cells
        if is_test(c)
    }
    setup = "\n".join(c.source for c in cells if not is_answer(c) and not is_test(c))
    return Lesson(path.parent.name, path.stem, path, setup, problems)


@functools.cache
def bank(lesson: str) -> dict[str, Entry]:
    """The bank's entries for a lesson, by problem."""
    path = BANK / lessons()[lesson].chapter / f"{lesson}.yaml"
    stored = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        problem: Entry(
            **{
                kind: [
                    Answer(problem, kind, a["name"], a["code"], a.get("message"))
                    for a in entry.get(kind) or []
                ]
                for kind in ("wrong", "right", "cheat", "sloppy")
            },
            equivalent={
                e["mutant"]: e["reason"] for e in entry.get("equivalent") or []
            },
        )
        for problem, entry in stored.items()
    }


def forbidden(problem: Problem) -> tuple[str, ...]:
    """The packages that a problem's test fences off."""
    fences = re.findall(r"\bwithout\(([^)]*)\)", problem.test)
    return tuple(re.findall(r"[\"'](\w+)[\"']", ", ".join(fences)))
