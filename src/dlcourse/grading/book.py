"""The gradebook: nbgrader's own tables, and two beside them.

A submission's marks, its status and how it was graded are written in one transaction:
they are all there or none is. Only the coordinating process has a :class:`Book`.
"""

import contextlib
import json
import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.utils import parse_utc
from sqlalchemy import (
    Column,
    DateTime,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    delete,
    insert,
    inspect,
    select,
)
from sqlalchemy.exc import DBAPIError, OperationalError

from .engine import Lesson, NotebookResult
from .salvage import ANSWER

log = logging.getLogger(__name__)
T = TypeVar("T")

PATIENCE = 300.0  # seconds to wait for a gradebook that is locked or away

_tables = MetaData()
CLASSES = Table(
    "dlcourse_class",
    _tables,
    Column("assignment", String(128), primary_key=True),
    Column("seed", String(40), nullable=False),
)
RESULTS = Table(
    "dlcourse_result",
    _tables,
    Column("assignment", String(128), primary_key=True),
    Column("student", String(128), primary_key=True),
    Column("status", String(40), nullable=False),
    Column("reason", Text, nullable=False),
    Column("flags", Text, nullable=False),  # JSON: list of str
    Column("notes", Text, nullable=False),  # JSON: list of str
    Column("problems", Text, nullable=False),  # JSON: dict from problem to outcome
    Column("seed", String(40), nullable=False),
    Column("seeds", Integer, nullable=False),  # how many were tried, from this one on
    Column("isolation", String(20), nullable=False),
    Column("version", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("seconds", Float, nullable=False),
    Column("own_seconds", Float, nullable=False),
    Column("memory", Integer, nullable=False),  # MiB
    Column("graded_at", DateTime, nullable=False),
)

# Statuses that are final: the same hand-in is not graded again.
FINAL = (
    "graded", "partly graded", "timed out", "out of memory", "unreadable", "missing",
    "other release",
)  # fmt: skip


@dataclass
class Record:
    """How a submission was graded, beside its marks.

    Attributes
    ----------
    status : str
        One of :data:`FINAL`, or "infrastructure fault".
    reason : str
        What a person has to know to act on it.
    flags : list of str
        What a person should look at.
    notes : list of str
        What was unusual.
    problems : dict of str to dict
        By problem: ``status``, ``message``, ``detail``, ``seconds``.
    """

    assignment: str
    student: str
    status: str
    reason: str = ""
    flags: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: dict[str, dict[str, Any]] = field(default_factory=dict)
    seed: str = ""
    seeds: int = 1
    isolation: str = "full"
    version: str = ""
    fingerprint: str = ""
    seconds: float = 0.0
    own_seconds: float = 0.0
    memory: int = 0
    graded_at: datetime | None = None


def read_records(gradebook: Gradebook, assignment: str) -> dict[str, Record]:
    """Read how an assignment's submissions were graded, by student.

    Nothing, if ``dlcourse grade`` never wrote to this gradebook.
    """
    if not inspect(gradebook.engine).has_table(RESULTS.name):
        return {}
    query = select(RESULTS).where(RESULTS.c.assignment == assignment)
    found = {}
    for row in gradebook.db.execute(query).mappings():
        values = dict(row)
        for name in ("flags", "notes", "problems"):
            values[name] = json.loads(values[name])
        found[values["student"]] = Record(**values)
    return found


class Book:
    """The gradebook of a class.

    Parameters
    ----------
    url : str
        Its address: ``sqlite:///…`` or ``postgresql+psycopg://…``.
    course_id : str
        nbgrader's name for the course.
    """

    def __init__(self, url: str, course_id: str) -> None:
        self.url = url
        self._course_id = course_id
        self._gradebook: Gradebook | None = None
        self._again(lambda: None)  # connects

    def close(self) -> None:
        """Let go of the database."""
        if self._gradebook:
            self._gradebook.close()
            self._gradebook = None

    def __enter__(self) -> "Book":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def gradebook(self) -> Gradebook:
        """Nbgrader's own view of it."""
        if self._gradebook is None:
            book = Gradebook(self.url, self._course_id)
            _tables.create_all(book.engine)
            self._gradebook = book
        return self._gradebook

    @property
    def session(self) -> Any:
        """The database session."""
        return self.gradebook.db

    def _again(self, act: Callable[[], T]) -> T:
        """Do something in a transaction; where the database is locked or away, wait."""
        waited, pause = 0.0, 0.1
        while True:
            try:
                self.gradebook  # noqa: B018 - connects
                result = act()
                if self._gradebook:
                    self.session.commit()
                return result
            except DBAPIError as error:
                self._forget()
                passing = isinstance(error, OperationalError) or (
                    error.connection_invalidated
                )
                if not passing or waited >= PATIENCE:
                    raise
                log.warning(
                    "The gradebook is not to be had (%s). Trying again in %.1f s.",
                    str(error.orig).strip().splitlines()[0],
                    pause,
                )
            except BaseException:
                self._forget()
                raise
            time.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, 10.0)

    def _forget(self) -> None:
        """Roll back, and connect anew the next time."""
        if self._gradebook is not None:
            with contextlib.suppress(DBAPIError):
                self._gradebook.db.rollback()
            self._gradebook.close()
            self._gradebook = None

    # ------------------------------------------------------------------ what is there

    def trouble_with(self, assignment: str, lessons: list[Lesson]) -> str:
        """Say in what the gradebook's idea of an assignment differs from the tests'."""

        def look() -> str:
            try:
                known = self.gradebook.find_assignment(assignment)
            except MissingEntry:
                return "it is not in the gradebook"
            stored = {
                notebook.name: {c.name: c.max_score for c in notebook.grade_cells}
                for notebook in known.notebooks
            }
            wanted = {lesson.name: dict(lesson.points) for lesson in lessons}
            for name, points in wanted.items():
                if name not in stored:
                    return f"the gradebook does not have its notebook {name}"
                if stored[name] != points:
                    changed = dict(stored[name].items() ^ points.items())
                    return f"{name} has other problems or points there: {changed}"
            return ""

        return self._again(look)

    def roster(self) -> list[str]:
        """Name the students."""
        return self._again(
            lambda: list(self.session.scalars(select(Student.id).order_by(Student.id)))
        )

    def class_seed(self, assignment: str, given: int | None = None) -> int:
        """Get the seed of an assignment; draw and record one the first time.

        Parameters
        ----------
        assignment : str
            Whose.
        given : int, optional
            The seed to be used from now on.
        """

        def look() -> int:
            row = CLASSES.c.assignment == assignment
            stored = self.session.scalar(select(CLASSES.c.seed).where(row))
            if given is None and stored is not None:
                return int(stored)
            seed = secrets.randbits(63) if given is None else given
            self.session.execute(delete(CLASSES).where(row))
            self.session.execute(
                insert(CLASSES).values(assignment=assignment, seed=str(seed))
            )
            return seed

        return self._again(look)

    def records(self, assignment: str) -> dict[str, Record]:
        """Get what is recorded about an assignment's submissions, by student."""
        return self._again(lambda: read_records(self.gradebook, assignment))

    # ------------------------------------------------------------------------ writing

    def record(
        self,
        record: Record,
        lessons: list[Lesson],
        results: dict[str, NotebookResult] | None,
        *,
        timestamp: str | None = None,
        blank: frozenset[str] = frozenset(),
        late_penalty: Callable[[str, float, float], float] | None = None,
    ) -> None:
        """Write a submission's marks and how they came about, in one transaction.

        Manual marks, extra credit and comments stay as they are.

        Parameters
        ----------
        record : Record
            How it was graded.
        lessons : list of Lesson
            The notebooks of the assignment.
        results : dict of str to NotebookResult, or None
            What came of each; None if nothing was handed in.
        timestamp : str, optional
            When it was handed in.
        blank : frozenset of str
            The problems whose answer is as it was released.
        late_penalty : callable, optional
            Gives the penalty for a student, a notebook's score, and seconds late.
        """

        def write() -> None:
            if results is not None:
                submission = self._submission(record, timestamp)
                for lesson in lessons:
                    notebook = self._notebook(submission, lesson)
                    result = results[lesson.name]
                    self._grades(notebook, lesson, result)
                    self._comments(notebook, blank)
                    self._penalty(submission, notebook, late_penalty)
            values = asdict(record)
            values["graded_at"] = datetime.now(UTC).replace(tzinfo=None)
            for name in ("flags", "notes", "problems"):
                values[name] = json.dumps(values[name])
            self.session.execute(
                delete(RESULTS).where(
                    RESULTS.c.assignment == record.assignment,
                    RESULTS.c.student == record.student,
                )
            )
            self.session.execute(insert(RESULTS).values(**values))

        self._again(write)

    def _submission(self, record: Record, timestamp: str | None) -> Any:
        session = self.session
        student = session.get(Student, record.student)
        if student is None:
            student = Student(id=record.student)
            session.add(student)
        assignment = session.scalars(
            select(Assignment).where(Assignment.name == record.assignment)
        ).one()
        submission = session.scalars(
            select(SubmittedAssignment).where(
                SubmittedAssignment.assignment_id == assignment.id,
                SubmittedAssignment.student_id == student.id,
            )
        ).one_or_none()
        if submission is None:
            submission = SubmittedAssignment(assignment=assignment, student=student)
            session.add(submission)
        if timestamp:
            submission.timestamp = parse_utc(timestamp)
        for notebook in assignment.notebooks:
            if all(n.notebook is not notebook for n in submission.notebooks):
                new = SubmittedNotebook(notebook=notebook, assignment=submission)
                session.add(new)
        return submission

    def _notebook(self, submission: Any, lesson: Lesson) -> Any:
        notebook = next(
            n for n in submission.notebooks if n.notebook.name == lesson.name
        )
        graded = {grade.cell_id for grade in notebook.grades}
        for cell in (*notebook.notebook.grade_cells, *notebook.notebook.task_cells):
            if cell.id not in graded:
                self.session.add(Grade(cell=cell, notebook=notebook))
        commented = {comment.cell_id for comment in notebook.comments}
        for cell in (*notebook.notebook.solution_cells, *notebook.notebook.task_cells):
            if cell.id not in commented:
                self.session.add(Comment(cell=cell, notebook=notebook))
        return notebook

    def _grades(self, notebook: Any, lesson: Lesson, result: NotebookResult) -> None:
        for grade in notebook.grades:
            name = grade.cell.name
            if name not in lesson.points:
                continue  # a cell that a person grades
            outcome = result.outcomes.get(name)
            if result.status == "missing":
                grade.auto_score = 0.0
            elif outcome is None:
                if result.status != "fault":  # then an earlier mark stays
                    grade.auto_score = None
            else:
                grade.auto_score = lesson.points[name] if outcome.passed else 0.0
            reviewed = grade.manual_score is not None
            unsure = grade.auto_score is None or outcome is None
            grade.needs_manual_grade = reviewed or (
                unsure and result.status != "missing"
            )

    def _comments(self, notebook: Any, blank: frozenset[str]) -> None:
        for comment in notebook.comments:
            problem = comment.cell.name.removesuffix(ANSWER)
            comment.auto_comment = "No response." if problem in blank else None

    def _penalty(
        self,
        submission: Any,
        notebook: Any,
        late_penalty: Callable[[str, float, float], float] | None,
    ) -> None:
        notebook.late_submission_penalty = None
        late = submission.total_seconds_late
        if late <= 0 or late_penalty is None:
            return
        score = sum(_score(grade) for grade in notebook.grades)
        penalty = late_penalty(submission.student.id, score, late)
        if penalty is not None:
            notebook.late_submission_penalty = min(max(penalty, 0.0), score)


def _score(grade: Any) -> float:
    score = grade.auto_score if grade.manual_score is None else grade.manual_score
    return (score or 0.0) + (grade.extra_credit or 0.0)
