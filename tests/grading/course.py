"""A class folder for nbgrader, as an instructor has one, and its own commands."""

import multiprocessing
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook

import dlcourse.grading

ROOT = Path(__file__).resolve().parents[2]


def make(folder: Path, solutions: Iterable[Path]) -> None:
    """Set up a class folder with the course's settings and some solution notebooks."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    for path in solutions:
        target = folder / "solutions" / path.parent.name
        target.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)


# nbgrader takes seconds to be imported, so its commands are forks of a process that has
# it in memory.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(
    ["nbgrader.apps.nbgraderapp", "dlcourse.grading.feedback"]
)


def nbgrader(
    folder: Path, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess:
    """Run one nbgrader command in the class folder, as an instructor types it."""
    with tempfile.TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        process = _forks.Process(
            target=_nbgrader, args=(folder, arguments, dict(os.environ), out, err)
        )
        process.start()
        process.join()
        done = subprocess.CompletedProcess(
            arguments, process.exitcode, out.read_text(), err.read_text()
        )
    if check and done.returncode:
        raise RuntimeError(
            f"nbgrader {' '.join(arguments)} ended with {done.returncode}:\n"
            f"{done.stdout}\n{done.stderr}"
        )
    return done


def _nbgrader(
    folder: Path, arguments: tuple, environment: dict, out: Path, err: Path
) -> None:
    for number, path in ((1, out), (2, err)):
        with path.open("w") as file:
            os.dup2(file.fileno(), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.argv = ["nbgrader", *arguments]
    from nbgrader.apps.nbgraderapp import main

    main()


def dlcourse(
    folder: Path, *arguments: str, check: bool = True, **kwargs: Any
) -> subprocess.CompletedProcess:
    """Run one dlcourse command in the class folder, as an instructor types it."""
    done = subprocess.run(
        [sys.executable, "-m", "dlcourse", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        **kwargs,
    )
    if check and done.returncode:
        raise RuntimeError(
            f"dlcourse {' '.join(arguments)} ended with {done.returncode}:\n"
            f"{done.stdout}\n{done.stderr}"
        )
    return done


def submitted(folder: Path, student: str, assignment: str) -> Path:
    """Name the folder in which a collected hand-in lies."""
    return folder / "submitted" / student / assignment


def gradebook(folder: Path, db: str | None = None) -> Gradebook:
    """Open the class's gradebook (a context manager)."""
    return Gradebook(db or f"sqlite:///{folder / 'gradebook.db'}", "deep-learning")


def scores(folder: Path, assignment: str) -> dict[str, dict[str, dict[str, float]]]:
    """Read the marks: by student, then notebook, then problem."""
    with gradebook(folder) as book:
        return {
            submission.student.id: {
                notebook.name: {grade.name: grade.score for grade in notebook.grades}
                for notebook in submission.notebooks
            }
            for submission in book.assignment_submissions(assignment)
        }
