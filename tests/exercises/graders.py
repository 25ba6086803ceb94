"""Two graders behind one interface.

A grader takes submissions to one lesson, each a dict from problem to the code that
replaces its answer cell (problems left out keep our solution), and returns for each a
dict from problem to :class:`Mark`.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat

from dlcourse import notebooks
from tests.grading import course

from .problems import ANSWER, Lesson, grade_id, is_answer, is_test

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
