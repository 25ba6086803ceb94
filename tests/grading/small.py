"""A class with one notebook of three problems, graded as a test says it was.

The gradebook, the record and the autograded notebooks are written by the parts that
write them when submissions are graded; only the grading itself is left out.
"""

import json
import shutil
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from nbgrader.api import Gradebook

from dlcourse import cli
from dlcourse.engine.tests import Outcome, Test
from dlcourse.grading.book import Book, Record
from dlcourse.grading.course import Course
from dlcourse.grading.engine import NotebookResult
from dlcourse.grading.run import autograded

from . import course

ASSIGNMENT, NOTEBOOK = "week", "small"
POINTS = {"small--one": 1.0, "small--two": 2.0, "small--three": 3.0}
SECRET = 271828  # an input of hidden tests; no page for students may show it
RIGHT = {
    "small--one": "def one(x):\n    return x + 1",
    "small--two": "def two(x):\n    return x * 2",
    "small--three": "def three(x):\n    return x**3",
}


def tested_by(problem: str) -> str:
    name = problem.removeprefix("small--")
    expected = {"one": "{} + 1", "two": "{} * 2", "three": "{}**3"}[name]
    return (
        f"assert {name}(5) == {expected.format(5)}, 'try it with 5'\n"
        "### BEGIN HIDDEN TESTS\n"
        f"hidden_input = {SECRET}\n"
        f"assert {name}(hidden_input) == {expected.format(SECRET)}, hidden_input\n"
        "### END HIDDEN TESTS"
    )


def _metadata(grade_id: str, points: float | None) -> dict:
    graded = points is not None
    known = {"grade": graded, "solution": not graded, "locked": graded, "task": False}
    extra = {"points": points} if graded else {}
    return {"nbgrader": {"grade_id": grade_id, "schema_version": 3, **known, **extra}}


def solution() -> nbformat.NotebookNode:
    cells = [new_markdown_cell("# Small"), new_code_cell("import math")]
    for problem, points in POINTS.items():
        code = f"### BEGIN SOLUTION\n{RIGHT[problem]}\n### END SOLUTION"
        cells.append(
            new_code_cell(code, metadata=_metadata(f"{problem}--answer", None))
        )
        cells.append(
            new_code_cell(tested_by(problem), metadata=_metadata(problem, points))
        )
    for number, cell in enumerate(cells):
        cell.id = f"c{number}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def make(folder: Path) -> Path:
    """Set up the class folder; nobody is in it."""
    course.make(folder, [])
    target = folder / "solutions" / ASSIGNMENT
    target.mkdir(parents=True)
    nbformat.write(solution(), target / f"{NOTEBOOK}.ipynb")
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "deep-learning") as book:
        book.add_assignment(ASSIGNMENT, duedate="2027-03-01 12:00:00 UTC")
        book.add_notebook(NOTEBOOK, ASSIGNMENT)
        for problem, points in POINTS.items():
            book.add_grade_cell(
                problem, NOTEBOOK, ASSIGNMENT, max_score=points, cell_type="code"
            )
            book.add_solution_cell(f"{problem}--answer", NOTEBOOK, ASSIGNMENT)
    return folder


def enrol(folder: Path, *students: str, **details: str) -> None:
    with course.gradebook(folder) as book:
        for student in students:
            names = {"first_name": student.title(), "last_name": f"L{student}"}
            mail = {"email": f"{student}@example.org"}
            book.update_or_create_student(student, **(names | mail | details))


def grade(
    folder: Path,
    student: str,
    passed: str = "one two three",
    answers: dict[str, str] | None = None,
    *,
    outcomes: dict[str, Outcome] | None = None,
    status: str = "graded",
    reason: str = "",
    notebook: str = "run",
    timestamp: str | None = None,
    penalty: float = 0.0,
    words: str = "",
    **record,
) -> None:
    """Enter a submission as graded: what it passed, and whatever else is special."""
    class_ = Course(folder)
    (lesson,) = class_.lessons(ASSIGNMENT)
    found = {}
    for problem in POINTS:
        good = problem.removeprefix("small--") in passed.split()
        found[problem] = Outcome(
            problem,
            "passed" if good else "failed",
            "" if good else "not what was expected",
            "" if good else f"with {SECRET}: not what was expected",
            0.25,
        )
    result = NotebookResult(notebook, outcomes=found | (outcomes or {}), seconds=1.5)
    if notebook != "run":
        result.outcomes = {}
    else:
        result.cells = _cells(result, RIGHT | (answers or {}), words)
    problems = {
        o.problem: {
            "status": o.status,
            "message": o.message,
            "detail": o.detail,
            "seconds": o.seconds,
        }
        for o in result.outcomes.values()
    }
    values = {"seconds": 1.5, "version": "0.1.0", "seed": "7", "fingerprint": "f"}
    with Book(class_.db_url, class_.course_id) as book:
        values |= {"problems": problems, **record}
        book.record(
            Record(ASSIGNMENT, student, status, reason, **values),
            [lesson],
            {NOTEBOOK: result},
            timestamp=timestamp,
            late_penalty=(lambda *_: penalty) if penalty else None,
        )
    target = folder / "autograded" / student / ASSIGNMENT
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    if result.cells:
        text = json.dumps(autograded(lesson, result))
        (target / f"{NOTEBOOK}.ipynb").write_text(text, encoding="utf-8")


def _cells(result: NotebookResult, answers: dict[str, str], words: str) -> list[dict]:
    cells = [{"kind": "markdown", "source": words, "grade_id": None, "outputs": []}]
    for problem, points in POINTS.items():
        outcome = result.outcomes[problem]
        visible = Test(problem, points, tested_by(problem)).visible.source
        shown = outcome.message or f"{problem}: passed"
        output = {"output_type": "stream", "name": "stdout", "text": shown}
        cells += [
            {
                "kind": "code",
                "source": answers[problem],
                "grade_id": f"{problem}--answer",
                "outputs": [],
            },
            {
                "kind": "code",
                "source": visible,
                "grade_id": problem,
                "outputs": [output],
            },
        ]
    return cells


def dlcourse(folder: Path, command: str, *arguments: str) -> int:
    """Run one of the instructor's commands in this process."""
    return cli.main([command, "--course", str(folder), *map(str, arguments)])
