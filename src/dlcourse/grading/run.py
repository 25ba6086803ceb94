"""Grade an assignment: what :command:`dlcourse grade` does.

Everything that is written, is written here, in one process: the autograded notebooks,
each folder at once, and then the marks with their record, each submission in one
transaction. Whoever stops it at any moment can start it again: finished marks are
there, once, and the rest is graded.
"""

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from .book import FINAL, Book, Record
from .course import Course, CourseError, HandIn
from .engine import Lesson, NotebookResult, Result, Settings, fingerprint
from .salvage import ANSWER
from .schedulers import Scheduler

ATTEMPTS = 3  # at a submission whose grading failed for no fault of its own
LIMITED = ("timed out", "out of memory", "crashed", "incident")


@dataclass(frozen=True)
class Options:
    """What an instructor chooses.

    Attributes
    ----------
    seed : int or None
        For the tests' inputs, from now on; by default the one recorded.
    seeds : int
        Over how many seeds to grade; the first one gives the mark.
    force : bool
        Whether to grade again what is graded.
    students : list of str or None
        Whom; by default all.
    isolation : bool
        Whether walls are built.
    """

    seed: int | None = None
    seeds: int = 1
    force: bool = False
    students: list[str] | None = None
    isolation: bool = True


@dataclass
class Summary:
    """What a run has come to.

    Attributes
    ----------
    records : list of Record
        One for each student of the class, in order.
    graded_now : int
        How many submissions this run graded.
    """

    records: list[Record] = field(default_factory=list)
    graded_now: int = 0


@contextlib.contextmanager
def only_one(course: Course) -> Iterator[None]:
    """Keep a second run out of the same folder."""
    import fcntl

    with open(course.root / ".dlcourse-grade.lock", "a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"Another `dlcourse` command is at work in {course.root}. Wait for it, "
                "or stop it."
            ) from None
        yield


def grade_assignment(
    course: Course,
    assignment: str,
    book: Book,
    scheduler: Scheduler,
    options: Options,
    settings: Settings = Settings(),  # noqa: B008 - it cannot be changed
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Summary:
    """Grade what was handed in for an assignment, and is not graded yet.

    Parameters
    ----------
    course : Course
        The class folder.
    assignment : str
        Which.
    book : Book
        Where the marks go.
    scheduler : Scheduler
        Where the work is done.
    options : Options
        What the instructor chose.
    settings : Settings
        Limits on time and memory; the seeds in it are not used.
    progress : callable
        Told how many submissions are done, of how many.

    Raises
    ------
    CourseError
        If the gradebook and the tests do not belong together.
    """
    lessons = course.lessons(assignment)
    if trouble := book.trouble_with(assignment, lessons):
        raise CourseError(
            f"The gradebook {book.url} does not fit the tests of {assignment!r}: "
            f"{trouble}. Release the assignment first: "
            f"nbgrader generate_assignment {assignment}"
        )
    seed = book.class_seed(assignment, options.seed)
    work = _Work(course, assignment, book, lessons, options, settings, seed)
    todo = work.todo()
    tasks = _Tasks(todo, work)
    summary = Summary()
    progress(0, len(todo))
    for (student, attempt), result in scheduler.results(work.all_lessons, tasks):
        if _has_fault(result) and attempt < ATTEMPTS:
            tasks.queue.append((student, attempt + 1))
            continue
        work.note(student, result)
        summary.graded_now += 1
        progress(summary.graded_now, len(todo))
    summary.records = work.everyone()
    return summary


class _Tasks:
    """The submissions still to be graded; grows while it is gone through."""

    def __init__(self, students: list[str], work: "_Work") -> None:
        self.queue = [(student, 1) for student in reversed(students)]
        self.work = work

    def __iter__(self) -> "_Tasks":
        return self

    def __next__(self) -> tuple[Any, Callable[[], dict[str, bytes]], Settings]:
        if not self.queue:
            raise StopIteration
        student, attempt = self.queue.pop()
        return (
            (student, attempt),
            lambda: self.work.files(student),
            self.work.settings,
        )


def _has_fault(result: Result) -> bool:
    return bool(result.fault) or any(
        n.status == "fault" for n in result.notebooks.values()
    )


class _Work:
    """One assignment's submissions, from folder to gradebook."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        book: Book,
        lessons: list[Lesson],
        options: Options,
        settings: Settings,
        seed: int,
    ) -> None:
        self.course = course
        self.assignment = assignment
        self.book = book
        self.lessons = lessons
        self.all_lessons = lessons + course.older_lessons(assignment)
        self.options = options
        seeds = tuple((seed + n) % 2**63 for n in range(options.seeds))
        self.settings = replace(settings, seeds=seeds)
        self._tests = fingerprint([asdict(lesson) for lesson in self.all_lessons])
        self._hand_ins: dict[str, HandIn] = {}
        self._prints: dict[str, str] = {}
        self._penalty = _late_penalty(course)

    def files(self, student: str) -> dict[str, bytes]:
        """Read a hand-in."""
        return self._hand_in(student).files

    def _hand_in(self, student: str) -> HandIn:
        if student not in self._hand_ins:
            found = self.course.hand_in(student, self.assignment)
            self._hand_ins[student] = found
            self._prints[student] = self._print(found)
        return self._hand_ins[student]

    def _print(self, hand_in: HandIn) -> str:
        digests = {
            name: hashlib.sha256(content).hexdigest()
            for name, content in hand_in.files.items()
        }
        return fingerprint(
            digests,
            hand_in.notes,
            hand_in.timestamp,
            self._tests,
            self.settings.seeds[0],
            self.options.isolation,
            asdict(self.settings.times),
            asdict(self.settings.limits),
        )

    def todo(self) -> list[str]:
        """Name the students whose hand-in is to be graded; note who has none."""
        handed_in = self.course.students_with_hand_in(self.assignment)
        known = self.book.records(self.assignment)
        if self.options.students:
            self._check_names(handed_in)
        waiting = []
        for student in handed_in:
            if self.options.students and student not in self.options.students:
                continue
            if not self._is_done(student, known.get(student)):
                waiting.append(student)
        for student in self.book.roster():
            if student not in handed_in and student not in known:
                reason = "nothing was handed in"
                missing = Record(self.assignment, student, "missing", reason)
                self.book.record(missing, self.lessons, None)
        return waiting

    def _is_done(self, student: str, before: Record | None) -> bool:
        return (
            before is not None
            and not self.options.force
            and before.status in FINAL
            and before.seeds >= self.options.seeds
            and before.fingerprint
            == self._print(self.course.hand_in(student, self.assignment))
        )

    def _check_names(self, handed_in: list[str]) -> None:
        unknown = set(self.options.students) - {*handed_in, *self.book.roster()}
        if unknown:
            raise CourseError(
                f"There is no student {', '.join(sorted(unknown))}, neither on the "
                f"roster nor with a hand-in in {self.course.submitted}."
            )

    def note(self, student: str, result: Result) -> None:
        """Write a result down."""
        hand_in = self._hand_in(student)
        for lesson in self.lessons:
            result.notebooks.setdefault(
                lesson.name, NotebookResult("fault", result.fault)
            )
        record = self._record(hand_in, result)
        if not _has_fault(result):  # then what an earlier run left stays
            self._write_notebooks(student, result, hand_in)
        attempted = {
            problem: outcome.status
            for notebook in result.notebooks.values()
            for problem, outcome in notebook.outcomes.items()
        }
        self.book.record(
            record,
            self.lessons,
            result.notebooks,
            timestamp=hand_in.timestamp,
            blank=frozenset(p for p, s in attempted.items() if s == "not attempted"),
            late_penalty=self._penalty,
        )
        del self._hand_ins[student]

    def _record(self, hand_in: HandIn, result: Result) -> Record:
        status, reason = judge(result)
        problems, notes, flags = {}, [*hand_in.notes, *result.notes], []
        for name, notebook in result.notebooks.items():
            notes += [f"{name}: {note}" for note in notebook.notes]
            for problem, outcome in notebook.outcomes.items():
                problems[problem] = {
                    "status": outcome.status,
                    "message": outcome.message,
                    "detail": outcome.detail,
                    "seconds": round(outcome.seconds, 3),
                }
                if not outcome.steady:
                    flags.append(f"the mark of {problem} depends on the seed")
                if outcome.status == "incident":
                    flags.append(f"incident in {problem}: {outcome.detail}")
        if not self.options.isolation:
            flags.append("graded without isolation")
        versions = {n.version for n in result.notebooks.values() if n.version}
        return Record(
            assignment=self.assignment,
            student=hand_in.student,
            status=status,
            reason=reason,
            flags=flags,
            notes=notes,
            problems=problems,
            seed=str(self.settings.seeds[0]),
            seeds=len(self.settings.seeds),
            isolation="full" if self.options.isolation else "none",
            version=", ".join(sorted(versions)) or self.lessons[0].version,
            fingerprint=self._prints[hand_in.student],
            seconds=sum(n.seconds for n in result.notebooks.values()),
            own_seconds=sum(n.own_seconds for n in result.notebooks.values()),
            memory=max((n.memory for n in result.notebooks.values()), default=0) >> 20,
        )

    def _write_notebooks(self, student: str, result: Result, hand_in: HandIn) -> None:
        """Write the autograded notebooks, the whole folder at once."""
        step = self.course.coursedir.autograded_directory
        folder = self.course.path(step, student, self.assignment)
        part = folder.with_name(f".{folder.name}.part")
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for lesson in self.lessons:
            notebook = result.notebooks[lesson.name]
            if notebook.cells:
                text = json.dumps(autograded(lesson, notebook), indent=1)
                _write(part / f"{lesson.name}.ipynb", text + "\n")
        if hand_in.timestamp:
            _write(part / "timestamp.txt", hand_in.timestamp)
        old = folder.with_name(f".{folder.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        if folder.exists():
            folder.rename(old)
        part.rename(folder)
        shutil.rmtree(old, ignore_errors=True)

    def everyone(self) -> list[Record]:
        """Give the record of every student of the class."""
        records = self.book.records(self.assignment)
        return [records[student] for student in sorted(records)]


def _write(path: Path, text: str) -> None:
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def judge(result: Result) -> tuple[str, str]:
    """Name the status of a submission, and what a person has to know about it."""
    notebooks = result.notebooks
    by_status: dict[str, list[str]] = {}
    for name, notebook in notebooks.items():
        by_status.setdefault(notebook.status, []).append(name)
    if result.fault or "fault" in by_status:
        texts = {n.text for n in notebooks.values() if n.status == "fault" and n.text}
        return "infrastructure fault", result.fault or "; ".join(sorted(texts))
    reasons = [
        f"{name}: {status}"
        + (f" ({notebooks[name].text})" if notebooks[name].text else "")
        for status in ("unreadable", "other release", "missing")
        for name in by_status.get(status, [])
    ]
    outcomes = [o for n in notebooks.values() for o in n.outcomes.values()]
    for status in LIMITED:
        problems = [o.problem for o in outcomes if o.status == status]
        if problems:
            reasons.append(f"{status}: {', '.join(problems)}")
    if not reasons:
        return "graded", ""
    reason = "; ".join(reasons)
    if len(by_status) == 1 and "run" not in by_status:
        status = next(iter(by_status))
        if status == "missing":
            return "missing", "no notebook of this assignment was found in the hand-in"
        return status, reason
    if "run" not in by_status:
        return "unreadable", reason
    stopped = {o.status for o in outcomes}
    if stopped in ({"timed out"}, {"out of memory"}):
        return stopped.pop(), reason
    return "partly graded", reason


def autograded(lesson: Lesson, result: NotebookResult) -> dict[str, Any]:
    """Make the autograded notebook as nbgrader's other commands expect it.

    Test cells are there as students have them, without the hidden part: what is made
    from it for students cannot show what is not in it.
    """
    from nbformat import NotebookNode, from_dict
    from nbgrader.utils import compute_checksum

    cells, seen = [], set()
    ids = [cell["grade_id"] for cell in result.cells]
    for number, cell in enumerate(result.cells):
        grade_id = cell["grade_id"]
        made: dict[str, Any] = {
            "cell_type": cell["kind"],
            "id": f"cell-{number}",
            "metadata": {},
            "source": cell["source"],
        }
        if cell["kind"] == "code":
            made |= {"execution_count": None, "outputs": cell["outputs"]}
        last = grade_id not in ids[number + 1 :]
        if grade_id in lesson.cells and grade_id not in seen and last:
            seen.add(grade_id)
            official = {**lesson.cells[grade_id], "cell_type": "code"}
            made["metadata"]["nbgrader"] = official
            if not grade_id.endswith(ANSWER):
                node: NotebookNode = from_dict(made)
                official["checksum"] = compute_checksum(node)
        cells.append(made)
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {
                "display_name": "Python 3",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python"},
            "dlcourse": {"version": result.version or lesson.version},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _late_penalty(course: Course) -> Callable[[str, float, float], float]:
    """Give nbgrader's plugin for late hand-ins, as configured."""
    from nbgrader.preprocessors import AssignLatePenalties

    preprocessor = AssignLatePenalties(config=course.config)
    preprocessor.init_plugin()
    return preprocessor.plugin_inst.late_submission_penalty
