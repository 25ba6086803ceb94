"""Three graders behind one interface: the engine, nbgrader, and a quick one.

The engine is what gives the marks that count. nbgrader is there to agree with it. The
quick one, for thousands of mutants, has no isolation and runs an answer's test in the
answer's own process.

A grader takes submissions to one lesson, each a dict from problem to the code that
replaces its answer cell (problems left out keep our solution), and returns for each a
dict from problem to :class:`Mark`.
"""

import functools
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from dlcourse import __version__, notebooks
from dlcourse.grading.engine import Settings, read_lesson
from dlcourse.grading.schedulers import Local
from tests.grading import course

from .problems import ANSWER, ROOT, Lesson, grade_id, is_answer, is_test

STUB = None  # as an answer: the cell as it is released


@dataclass(frozen=True)
class Mark:
    score: float
    message: str  # what the student sees; "" where the test passes


Submission = dict[str, str | None]


def quick(
    lesson: Lesson, submissions: list[Submission], seed: int = 0
) -> list[dict[str, Mark]]:
    """Grade with forked children, only the problems that a submission answers."""
    asked = [(s, problem) for s in submissions for problem in s]
    jobs = [
        {
            "setup": lesson.setup,
            "answer": submission[problem],
            "test": lesson.problems[problem].test,
            "seed": seed,
        }
        for submission, problem in asked
    ]
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("quick_grader.py")],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    marks: list[dict[str, Mark]] = [{} for _ in submissions]
    which = {id(s): i for i, s in enumerate(submissions)}
    for (submission, problem), (passed, message) in zip(
        asked, json.loads(done.stdout), strict=True
    ):
        points = lesson.problems[problem].points if passed else 0.0
        marks[which[id(submission)]][problem] = Mark(points, message)
    return marks


def with_engine(
    lesson: Lesson, submissions: list[Submission], seed: int = 0
) -> list[dict[str, Mark]]:
    """Grade with the engine, every problem of the lesson."""
    official = read_lesson(lesson.path, __version__)
    marks: list[dict[str, Mark]] = [{} for _ in submissions]

    def files(submission):
        notebook = submitted_notebook(ROOT, lesson, submission)
        return {lesson.path.name: nbformat.writes(notebook).encode()}

    tasks = [
        (number, functools.partial(files, submission), Settings(seeds=(seed,)))
        for number, submission in enumerate(submissions)
    ]
    for number, result in Local(2).results([official], tasks):
        notebook = result.notebooks[lesson.name]
        if notebook.status != "run":
            raise RuntimeError(f"{submissions[number]}: {notebook.status} {result}")
        marks[number] = {
            problem: Mark(official.points[problem] * o.passed, o.message)
            for problem, o in notebook.outcomes.items()
        }
    return marks


def with_nbgrader(
    lesson: Lesson, submissions: list[Submission], folder: Path
) -> list[dict[str, Mark]]:
    """Grade with nbgrader's own commands, every problem of the lesson."""
    course.make(folder, [lesson.path])
    course.nbgrader(folder, "generate_assignment", lesson.chapter)
    for number, submission in enumerate(submissions):
        target = course.submitted(folder, f"s{number:03d}", lesson.chapter)
        target.mkdir(parents=True)
        notebook = submitted_notebook(folder, lesson, submission)
        nbformat.write(notebook, target / lesson.path.name)
    course.nbgrader(folder, "autograde", lesson.chapter)
    scores = course.scores(folder, lesson.chapter)
    return [
        {
            problem: Mark(scores[f"s{number:03d}"][lesson.name][problem], text)
            for problem, text in _messages(folder, lesson, f"s{number:03d}").items()
        }
        for number in range(len(submissions))
    ]


def submitted_notebook(folder: Path, lesson: Lesson, submission: Submission):
    """Fill the released notebook as a student would.

    Problems that the submission leaves out get our solution, those that it answers
    with :data:`STUB` stay as released.
    """
    released = folder / "exercises" / lesson.chapter / lesson.path.name
    notebook = notebooks.read(released)
    for cell in notebook.cells:
        if is_answer(cell):
            problem = grade_id(cell).removesuffix(ANSWER)
            answer = submission.get(problem, lesson.problems[problem].answer)
            if answer is not STUB:
                cell.source = answer
    return notebook


def _messages(folder: Path, lesson: Lesson, student: str) -> dict[str, str]:
    path = folder / "autograded" / student / lesson.chapter / lesson.path.name
    return {
        grade_id(cell): next(
            (
                f"{output.ename}: {output.evalue}"
                for output in cell.outputs
                if output.output_type == "error"
            ),
            "",
        )
        for cell in notebooks.read(path).cells
        if is_test(cell)
    }
