"""Read what the gradebook has about an assignment, in a few queries."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    MissingEntry,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Select, select

from .course import CourseError


@dataclass(frozen=True)
class Mark:
    """The mark of one problem of one submission.

    Attributes
    ----------
    notebook, problem : str
        Of which.
    score : float or None
        With extra credit; None if there is no mark yet.
    waits : bool
        Whether a person has to give or confirm it.
    """

    notebook: str
    problem: str
    score: float | None
    waits: bool


@dataclass
class Submission:
    """What one student has for an assignment, counted as nbgrader counts.

    Attributes
    ----------
    student : str
        Whose.
    timestamp : datetime or None
        When it was handed in.
    penalty : float
        What is taken off for lateness.
    notebooks : int
        How many notebooks it has; 0 if it was never graded.
    marks : list of Mark
        One for each problem that was graded.
    """

    student: str
    timestamp: datetime | None = None
    penalty: float = 0.0
    notebooks: int = 0
    marks: list[Mark] = field(default_factory=list)

    @property
    def raw_score(self) -> float:
        """The sum of the marks."""
        return float(sum(mark.score or 0.0 for mark in self.marks))

    @property
    def score(self) -> float:
        """What counts: without the penalty, never below 0."""
        return max(0.0, self.raw_score - self.penalty)

    @property
    def waits(self) -> bool:
        """Whether a person has to give or confirm a mark."""
        return any(mark.waits for mark in self.marks)


def find_assignment(gradebook: Gradebook, name: str) -> Assignment:
    """Get an assignment.

    Raises
    ------
    CourseError
        If there is none of this name.
    """
    try:
        return gradebook.find_assignment(name)
    except MissingEntry:
        known = ", ".join(sorted(a.name for a in gradebook.assignments)) or "none"
        raise CourseError(
            f"The gradebook {gradebook.engine.url} has no assignment {name!r}. It has: "
            f"{known}. An assignment gets there by its release: "
            f"nbgrader generate_assignment {name}"
        ) from None


def points(assignment: Assignment) -> dict[tuple[str, str], float]:
    """Say what each problem is worth, by its notebook and name."""
    return {
        (notebook.name, cell.name): cell.max_score
        for notebook in assignment.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }


def submissions(gradebook: Gradebook, assignment: Assignment) -> dict[str, Submission]:
    """Read an assignment's submissions, by student."""
    found: dict[str, Submission] = {}
    handed_in = select(
        SubmittedAssignment.student_id,
        SubmittedAssignment.timestamp,
        SubmittedNotebook.id,
        SubmittedNotebook.late_submission_penalty,
    )
    handed_in = handed_in.outerjoin(
        SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id
    ).where(SubmittedAssignment.assignment_id == assignment.id)
    for student, timestamp, notebook, penalty in gradebook.db.execute(handed_in):
        submission = found.setdefault(student, Submission(student, timestamp))
        submission.notebooks += notebook is not None
        submission.penalty += penalty or 0.0
    graded = _by_cell(
        assignment,
        Grade,
        Grade.auto_score,
        Grade.manual_score,
        Grade.extra_credit,
        Grade.needs_manual_grade,
    )
    for student, *cell, auto, manual, extra, waits in gradebook.db.execute(graded):
        score = auto if manual is None else manual
        if score is not None:
            score += extra or 0.0
        found[student].marks.append(Mark(*cell, score, bool(waits)))
    return found


def comments(
    gradebook: Gradebook, assignment: Assignment
) -> dict[str, list[list[str]]]:
    """Read the comments that persons wrote, by student: notebook, cell, text."""
    found: dict[str, list[list[str]]] = {}
    written = _by_cell(assignment, Comment, Comment.comment)
    for student, *comment in gradebook.db.execute(written):
        found.setdefault(student, []).append(comment)
    return found


def _by_cell(assignment: Assignment, kind: type, *columns: Any) -> Select:
    """Ask for grades or comments: student, notebook, cell, and columns of theirs."""
    return (
        select(SubmittedAssignment.student_id, Notebook.name, BaseCell.name, *columns)
        .join(
            SubmittedNotebook,
            SubmittedNotebook.assignment_id == SubmittedAssignment.id,
        )
        .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
        .join(kind, kind.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == kind.cell_id)
        .where(SubmittedAssignment.assignment_id == assignment.id)
        .order_by(Notebook.name, BaseCell.name)
    )


def choose_students(
    gradebook: Gradebook, assignment: Assignment, students: list[str] | None = None
) -> list[str]:
    """Name the students that a command is about.

    Raises
    ------
    CourseError
        If one of those given is unknown, or if nothing of the assignment is graded.
    """
    known = [student.id for student in gradebook.students]
    if unknown := sorted(set(students or ()) - set(known)):
        raise CourseError(
            f"The gradebook has no student {', '.join(unknown)}. "
            "nbgrader db student list shows whom it has."
        )
    if not any(s.notebooks for s in submissions(gradebook, assignment).values()):
        name = assignment.name
        raise CourseError(
            f"Nothing of {name!r} is graded yet. Collect the hand-ins (nbgrader "
            f"zip_collect {name}) and grade them: dlcourse grade {name}"
        )
    return [student for student in known if not students or student in students]
