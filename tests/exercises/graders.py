"""Three graders: the engine, nbgrader, and a quick one.

The engine is what gives the marks that count. nbgrader is there to agree with it. The
quick one, for thousands of mutants, has no isolation and runs an answer's test in the
answer's own process.

The engine takes submissions to one lesson, each a dict from problem to the code that
replaces its answer cell (problems left out keep our solution), and returns for each a
dict from problem to :class:`Mark`. The other two take single answers; nbgrader, the
slowest, those to the lessons of a chapter at once.
"""

import atexit
import functools
import itertools
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from dlcourse import __version__, notebooks
from dlcourse.grading.engine import Settings, read_lesson
from dlcourse.grading.schedulers import Local
from tests.grading import course

from .problems import (
    ANSWER,
    ROOT,
    Answer,
    Lesson,
    grade_id,
    is_answer,
    is_test,
    lessons,
)

STUB = None  # as an answer: the cell as it is released


@dataclass(frozen=True)
class Mark:
    score: float
    message: str  # what the student sees; "" where the test passes


Submission = dict[str, str | None]


def quick(
    lesson: Lesson, answers: list[tuple[str, str]], seeds: Sequence[int] = (0,)
) -> list[list[Mark]]:
    """Grade single answers, each a problem and its code, with forked children.

    Returns the marks of each answer, one a seed.
    """
    jobs = [
        {
            "setup": lesson.setup,
            "answer": code,
            "test": lesson.problems[problem].test,
            "seed": seed,
        }
        for problem, code in answers
        for seed in seeds
    ]
    kinds = [_kind(job) for job in jobs]
    done = {
        wanted: iter(
            _ask(wanted, [j for j, k in zip(jobs, kinds, strict=True) if k == wanted])
        )
        for wanted in set(kinds)
    }
    results = iter([next(done[kind]) for kind in kinds])
    return [
        [
            Mark(lesson.problems[problem].points if passed else 0.0, message)
            for passed, message in itertools.islice(results, len(seeds))
        ]
        for problem, _ in answers
    ]


def _kind(job: dict) -> str:
    """Say which quick grader a job is for: the one that holds torch, or the plain."""
    code = "\n".join([job["setup"], job["answer"], job["test"]])
    return "torch" if re.search(r"\b(?:import|from) torch\b", code) else "plain"


def _ask(kind: str, jobs: list[dict]) -> list:
    """Have jobs done by the quick grader of a kind."""
    grader = _quick_grader(kind)
    grader.stdin.write(json.dumps(jobs) + "\n")
    grader.stdin.flush()
    said = grader.stdout.readline()
    if not said:
        raise RuntimeError(f"the quick grader ended with status {grader.wait()}")
    return json.loads(said)


@functools.cache
def _quick_grader(kind: str) -> subprocess.Popen:
    """Start a quick grader, once for all lessons; it ends with this process."""
    grader = subprocess.Popen(
        [sys.executable, Path(__file__).with_name("quick_grader.py"), kind],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    atexit.register(grader.communicate)
    return grader


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
    chapter: str, answers: dict[str, list[Answer]], folder: Path
) -> dict[str, list[Mark]]:
    """Grade answers to a chapter's lessons with nbgrader's own commands.

    Those to one lesson are one notebook and share a kernel. Each has a copy of its
    problem's test cell behind it, which is graded as a problem of its own.
    """
    course.make(folder, [lessons()[name].path for name in answers])
    for name in answers:
        notebook = _with_a_place_for_each(lessons()[name], answers[name])
        nbformat.write(notebook, folder / "solutions" / chapter / f"{name}.ipynb")
    course.nbgrader(folder, "generate_assignment", chapter)
    target = course.submitted(folder, "all", chapter)
    target.mkdir(parents=True)
    for name in answers:
        notebook = notebooks.read(folder / "exercises" / chapter / f"{name}.ipynb")
        places = filter(is_answer, notebook.cells)
        for cell, answer in zip(places, answers[name], strict=True):
            cell.source = answer.code
        nbformat.write(notebook, target / f"{name}.ipynb")
    course.nbgrader(folder, "autograde", chapter)
    scores = course.scores(folder, chapter)["all"]
    marks = {}
    for name in answers:
        said = _messages(folder / "autograded" / "all" / chapter / f"{name}.ipynb")
        marks[name] = [Mark(scores[name][grade], said[grade]) for grade in said]
    return marks


def _with_a_place_for_each(lesson: Lesson, answers: list[Answer]) -> NotebookNode:
    """Write the source notebook for :func:`with_nbgrader`."""
    cells = [nbformat.v4.new_code_cell(lesson.setup)]
    for number, answer in enumerate(answers):
        problem = lesson.problems[answer.problem]
        for cell_id, code, points in (
            (f"a{number}{ANSWER}", problem.answer, None),
            (f"a{number}", problem.test, problem.points),
        ):
            cell = nbformat.v4.new_code_cell(code)
            cell.metadata["nbgrader"] = {
                "grade_id": cell_id,
                "grade": points is not None,
                "solution": points is None,
                "locked": points is not None,
                "task": False,
                "schema_version": 3,
                **({} if points is None else {"points": points}),
            }
            cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


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


def _messages(path: Path) -> dict[str, str]:
    """Read what a failed test says, by its ``grade_id``; "" where it passes."""
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
