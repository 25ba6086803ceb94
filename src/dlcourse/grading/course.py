"""The folder of a class: nbgrader's layout and settings, and what was handed in."""

import contextlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlcourse import __version__, notebooks

from .engine import Lesson, read_lesson

MAX_FILES = 200  # of one hand-in
MAX_BYTES = 100 << 20
MAX_DEPTH = 4


class CourseError(Exception):
    """What keeps a command from doing its work; the text says what to do."""


@dataclass
class HandIn:
    """What one student handed in.

    Attributes
    ----------
    student : str
        Whose it is.
    files : dict of str to bytes
        The notebooks by path.
    notes : list of str
        What was left aside, and why.
    timestamp : str or None
        When it was handed in, as the collection wrote it.
    """

    student: str
    files: dict[str, bytes]
    notes: list[str] = field(default_factory=list)
    timestamp: str | None = None


class Course:
    """A class folder.

    Parameters
    ----------
    root : path
        Where ``nbgrader_config.py`` lies.
    db : str, optional
        The gradebook's address, in place of the configured one.
    """

    def __init__(self, root: Path | str, db: str | None = None) -> None:
        self.root = Path(root).resolve()
        if not (self.root / "nbgrader_config.py").exists():
            raise CourseError(
                f"There is no nbgrader_config.py in {self.root}. Run the command in "
                "the folder of your class (a clone of the course), or name it with "
                "--course."
            )
        with contextlib.chdir(self.root):
            self.app = _application()
        self.coursedir = self.app.coursedir
        self.coursedir.root = str(self.root)
        if db:
            self.coursedir.db_url = db
        self.db_url = self.coursedir.db_url
        self.course_id = self.coursedir.course_id

    @property
    def config(self) -> Any:
        """Nbgrader's settings."""
        return self.app.config

    def path(self, step: str, student: str, assignment: str) -> Path:
        """Name the folder of one of nbgrader's steps."""
        return Path(self.coursedir.format_path(step, student, assignment))

    @property
    def submitted(self) -> Path:
        """Where the hand-ins lie, a folder for each student."""
        return self.root / self.coursedir.submitted_directory

    def assignments(self) -> list[str]:
        """Name the assignments that have tests."""
        source = self.root / self.coursedir.source_directory
        return sorted({p.parent.name for p in source.glob("*/*.ipynb")})

    def lessons(self, assignment: str) -> list[Lesson]:
        """Read an assignment's tests.

        Raises
        ------
        CourseError
            If there is no such assignment.
        """
        folder = self.path(self.coursedir.source_directory, ".", assignment)
        return self._read(folder, assignment, __version__)

    def older_lessons(self, assignment: str) -> list[Lesson]:
        """Read the tests of the older releases that were kept, in ``releases/``."""
        found = []
        for folder in sorted(self.root.glob(f"releases/*/{assignment}")):
            found += self._read(folder, assignment, folder.parent.name)
        return found

    def _read(self, folder: Path, assignment: str, version: str) -> list[Lesson]:
        try:
            lessons = [read_lesson(p, version) for p in sorted(folder.glob("*.ipynb"))]
        except notebooks.NotebookError as error:
            raise CourseError(str(error)) from error
        if not any(lesson.tests for lesson in lessons):
            known = ", ".join(self.assignments()) or "none"
            raise CourseError(
                f"There is no assignment {assignment!r}: no graded notebook in "
                f"{folder}. Assignments here: {known}."
            )
        return [lesson for lesson in lessons if lesson.tests]

    def students_with_hand_in(self, assignment: str) -> list[str]:
        """Name the students who handed something in."""
        folders = sorted(self.submitted.glob(f"*/{assignment}"))
        return [folder.parent.name for folder in folders]

    def hand_in(self, student: str, assignment: str) -> HandIn:
        """Read what a student handed in.

        Only regular files are read, without following links, and never more than any
        student writes.
        """
        folder = self.path(self.coursedir.submitted_directory, student, assignment)
        found = HandIn(student, {})
        if folder.is_symlink() or not folder.is_dir():
            found.notes.append(f"{folder.name} is no folder of its own (a link?)")
            return found
        size = 0
        for path, name in _regular_files(folder, found.notes):
            if name == "timestamp.txt":
                found.timestamp = _timestamp(_read_file(path, 1000), found.notes)
            if not name.lower().endswith(".ipynb"):
                continue
            try:
                content = _read_file(path, MAX_BYTES - size + 1)
            except OSError as error:
                found.notes.append(f"{name} could not be read: {error.strerror}")
                continue
            size += len(content)
            if size > MAX_BYTES or len(found.files) >= MAX_FILES:
                found.notes.append(f"{name} and what follows: too much to read")
                break
            found.files[name] = content
        return found


def _timestamp(content: bytes, notes: list[str]) -> str | None:
    from nbgrader.utils import parse_utc

    text = content.decode(errors="replace").strip()
    try:
        parse_utc(text)
    except (ValueError, OverflowError):
        notes.append(f"timestamp.txt cannot be read: {text[:60]!r}")
        return None
    return text


def _regular_files(folder: Path, notes: list[str]) -> Iterator[tuple[Path, str]]:
    for place, folders, files in os.walk(folder, followlinks=False):
        depth = len(Path(place).relative_to(folder).parts)
        folders[:] = sorted(
            f for f in folders
            if depth < MAX_DEPTH and not f.startswith(".") and f != "__MACOSX"
        )  # fmt: skip
        for name in sorted(files):
            path = Path(place, name)
            shown = path.relative_to(folder).as_posix()
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                yield path, shown
            else:
                kind = "a symbolic link" if stat.S_ISLNK(mode) else "no regular file"
                notes.append(f"{shown} is {kind}; it was not read")


def _read_file(path: Path, limit: int) -> bytes:
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with open(os.open(path, flags), "rb") as file:
        return file.read(limit)


def _application() -> Any:
    import logging

    from nbgrader.apps import NbGrader
    from nbgrader.coursedir import CourseDirectory

    app = NbGrader(log_level=logging.WARNING)
    app.initialize([])
    if app.coursedir is None:
        app.coursedir = CourseDirectory(parent=app)
    return app
