"""A page about an assignment's results, for instructors."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import marks
from .book import Book, Record, read_records
from .course import Course, CourseError
from .export import Line
from .marks import Submission
from .pages import render, write_whole

BINS = 10  # of the distribution of scores
SLOWEST = 10  # submissions shown
COMMON = 5  # messages shown for a problem


@dataclass
class Failure:
    """A way in which several answers to a problem failed.

    Attributes
    ----------
    status : str
        "failed", "timed out", …
    told : str
        What a student of this group was told.
    detail : str
        What the hidden tests found, where that is more.
    students : list of str
        Whose answers.
    """

    status: str
    told: str
    detail: str
    students: list[str] = field(default_factory=list)


@dataclass
class Item:
    """How a class did in one problem. What cannot be said is None.

    Attributes
    ----------
    notebook, problem : str
        Which.
    points : float
        What it is worth.
    solved : float
        The share of the submissions that have all its points.
    difficulty : float
        The share of its points that the class did not get.
    discrimination : float
        The point-biserial correlation of solving it with the score in all others.
    blank : int
        How many submissions did not attempt it.
    seconds : float
        The median time that its test took.
    failures : list of Failure
        The most common first.
    """

    notebook: str
    problem: str
    points: float
    solved: float | None = None
    difficulty: float | None = None
    discrimination: float | None = None
    blank: int | None = None
    seconds: float | None = None
    failures: list[Failure] = field(default_factory=list)


@dataclass
class Bar:
    """A part of the distribution of scores: from ``low`` to below ``high``."""

    low: float
    high: float
    count: int


@dataclass
class Report:
    """What there is to say about an assignment.

    Attributes
    ----------
    assignment : str
        Its name.
    maximum : float
        What it is worth.
    lines : list of Line
        Everybody's result.
    scores : list of float
        Those that are final, penalties taken off.
    items : list of Item
        Its problems, over the submissions whose marks are all there.
    complete : int
        How many these are.
    records : list of Record
        How the submissions were graded.
    """

    assignment: str
    maximum: float
    lines: list[Line]
    scores: list[float]
    items: list[Item]
    complete: int
    records: list[Record]

    @property
    def statuses(self) -> list[tuple[str, int]]:
        """How many students have which status."""
        return Counter(line.status for line in self.lines).most_common()

    @property
    def summary(self) -> dict[str, float | None]:
        """The scores in a few numbers."""
        scores = self.scores
        if not scores:
            return {}
        quarters = statistics.quantiles(scores, n=4, method="inclusive") if (
            len(scores) > 1
        ) else 3 * scores  # fmt: skip
        return {
            "mean": statistics.fmean(scores),
            "standard deviation": statistics.stdev(scores) if len(scores) > 1 else None,
            "lowest": min(scores),
            "lower quarter": quarters[0],
            "median": quarters[1],
            "upper quarter": quarters[2],
            "highest": max(scores),
        }

    @property
    def bars(self) -> list[Bar]:
        """The distribution of the scores; what is above the maximum is in the last."""
        width = (self.maximum or 1.0) / BINS
        counts = Counter(min(int(score / width), BINS - 1) for score in self.scores)
        return [Bar(n * width, (n + 1) * width, counts[n]) for n in range(BINS)]

    @property
    def to_act_on(self) -> list[Line]:
        """The results that need a person."""
        return [x for x in self.lines if x.status not in ("graded", "missing")]

    @property
    def flags(self) -> list[tuple[str, str]]:
        """What a person should look at: student and flag."""
        return [(r.student, flag) for r in self.records for flag in r.flags]

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What was unusual: student and note."""
        return [(r.student, note) for r in self.records for note in r.notes]

    @property
    def slowest(self) -> list[Record]:
        """The submissions that took longest."""
        ran = [record for record in self.records if record.seconds]
        return sorted(ran, key=lambda record: -record.seconds)[:SLOWEST]

    @property
    def circumstances(self) -> dict[str, list[tuple[str, int]]]:
        """With what the submissions were graded."""
        ran = [record for record in self.records if record.fingerprint]
        return {
            "seed of the tests": Counter(r.seed for r in ran).most_common(),
            "isolation": Counter(r.isolation for r in ran).most_common(),
            "release": Counter(r.version for r in ran).most_common(),
        }


def make_report(course: Course, assignment: str, book: Book) -> Report:
    """Collect what there is to say about an assignment.

    Raises
    ------
    CourseError
        If there is no such assignment, or nothing of it is graded.
    """
    gradebook = book.gradebook
    found = marks.find_assignment(gradebook, assignment)
    students = set(marks.choose_students(gradebook, found))
    submissions = marks.submissions(gradebook, found)
    records = read_records(gradebook, assignment)
    worth = marks.points(found)
    lines = [
        Line(found, student, submissions.get(student.id), records.get(student.id))
        for student in gradebook.students
        if student.id in students
    ]
    final = [line for line in lines if line.grade is not None and line.submission]
    complete = [line.submission for line in final if line.submission]
    order = _order(course, assignment)
    keys = sorted(worth, key=lambda key: (order.get(key[1], len(order)), key))
    return Report(
        assignment,
        found.max_score,
        lines,
        [submission.score for submission in complete],
        [_item(key, worth[key], complete, records) for key in keys],
        len(complete),
        list(records.values()),
    )


def write_report(course: Course, assignment: str, book: Book, path: Path) -> None:
    """Write the page; see :func:`make_report`."""
    report = make_report(course, assignment, book)
    write_whole(
        path,
        render("report.html", report=report, chart=_chart(report.bars), common=COMMON),
    )


def _order(course: Course, assignment: str) -> dict[str, int]:
    """Count the problems in the order of the notebooks, which the gradebook lacks."""
    try:
        lessons = course.lessons(assignment)
    except CourseError:
        return {}
    problems = [test.problem for lesson in lessons for test in lesson.tests]
    return {problem: number for number, problem in enumerate(problems)}


def _item(
    key: tuple[str, str],
    points: float,
    submissions: list[Submission],
    records: dict[str, Record],
) -> Item:
    item = Item(*key, points)
    scores = [_score(submission, key) for submission in submissions]
    if scores and points:
        solved = [float(score >= points) for score in scores]
        rest = [
            submission.raw_score - score
            for submission, score in zip(submissions, scores, strict=True)
        ]
        item.solved = statistics.fmean(solved)
        item.difficulty = 1 - statistics.fmean(min(s / points, 1.0) for s in scores)
        item.discrimination = correlation(solved, rest)
    graded = [records[s.student] for s in submissions if s.student in records]
    if graded:
        outcomes = [record.problems.get(item.problem) for record in graded]
        item.blank = sum(o is None or o["status"] == "not attempted" for o in outcomes)
    seconds = [
        record.problems[item.problem]["seconds"]
        for record in records.values()
        if item.problem in record.problems
    ]
    item.seconds = statistics.median(seconds) if seconds else None
    item.failures = _failures(item.problem, records.values())
    return item


def _score(submission: Submission, key: tuple[str, str]) -> float:
    return sum(
        mark.score or 0.0
        for mark in submission.marks
        if (mark.notebook, mark.problem) == key
    )


def correlation(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Give Pearson's correlation; None where one of the two never changes."""
    try:
        return statistics.correlation(x, y)
    except statistics.StatisticsError:
        return None


def _failures(problem: str, records: Iterable[Record]) -> list[Failure]:
    groups: dict[tuple[str, ...], Failure] = {}
    for record in records:
        outcome = record.problems.get(problem, {"status": "passed"})
        if outcome["status"] in ("passed", "not attempted"):
            continue
        told, detail = outcome["message"], outcome["detail"]
        failure = Failure(outcome["status"], told, "" if detail == told else detail)
        group = failure.status, without_numbers(told), without_numbers(failure.detail)
        groups.setdefault(group, failure).students.append(record.student)
    return sorted(groups.values(), key=lambda failure: -len(failure.students))


_A_NUMBER = re.compile(r"-?\b\d+(\.\d*)?(e[+-]?\d+)?|\b(nan|inf|True|False)\b")


def without_numbers(text: str) -> str:
    """Replace the numbers in a message, so that equal mistakes read the same."""
    text = _A_NUMBER.sub("#", text)
    while (shorter := re.sub(r"[\[(][#\s,.…]*[\])]", "#", text)) != text:
        text = shorter
    return text


def _chart(bars: list[Bar]) -> dict[str, Any]:
    """Place the bars of the distribution in a picture of 360 by 180 units."""
    left, right, top, bottom = 8, 352, 20, 150
    most = max((bar.count for bar in bars), default=0) or 1
    width = (right - left) / len(bars)
    return {
        "bottom": bottom,
        "left": left,
        "right": right,
        "bars": [
            {
                "x": round(left + n * width + 1, 1),
                "y": round(bottom - (bottom - top) * bar.count / most, 1),
                "width": round(width - 2, 1),
                "height": round((bottom - top) * bar.count / most, 1),
                "count": bar.count,
                "low": bar.low,
            }
            for n, bar in enumerate(bars)
        ],
    }
