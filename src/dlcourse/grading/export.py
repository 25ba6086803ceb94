"""Export of the grades: :command:`dlcourse export`, or nbgrader's own ``export``.

Each format is one of nbgrader's export plugins, so that this works, too::

    nbgrader export --exporter=dlcourse.grading.export.CanvasExport
"""

import csv
import io
import json
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbgrader.api import Assignment, Gradebook, Student
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from . import marks
from .book import Record, read_records
from .course import CourseError
from .marks import Submission
from .pages import write_whole

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
    "status",
    "reason",
)


@dataclass
class Line:
    """One student's result in one assignment.

    Attributes
    ----------
    assignment : Assignment
        Which.
    student : Student
        Whose.
    submission : Submission or None
        What is graded; None if nothing was handed in.
    record : Record or None
        How ``dlcourse grade`` graded it; None if it did not.
    """

    assignment: Assignment
    student: Student
    submission: Submission | None
    record: Record | None

    @property
    def status(self) -> str:
        """What became of the hand-in, in the words of the record if there is one."""
        status = self.record.status if self.record else ""
        if self.submission is None:
            return status or "missing"
        if not self.submission.notebooks:
            return status or "not graded"
        if status in ("", "graded"):
            return "needs manual grading" if self.submission.waits else "graded"
        return status

    @property
    def reason(self) -> str:
        """What a person has to know about the status."""
        return self.record.reason if self.record else ""

    @property
    def grade(self) -> float | None:
        """The score, if it is final: not of a missing hand-in, nor of one that waits.

        A platform must not get a 0 for what nobody has marked.
        """
        if self.status in ("missing", "not graded", "infrastructure fault"):
            return None
        if self.submission is None or self.submission.waits:
            return None
        return round(self.submission.score, 4)

    @property
    def in_words(self) -> str:
        """What a student may be told about the score."""
        words = self.status + (f": {self.reason}" if self.reason else "")
        if self.submission and self.submission.penalty:
            words += f"; {self.submission.penalty:g} taken off for lateness"
        return words


class GradesExport(ExportPlugin):
    """What the formats have in common."""

    default_target = ""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file or folder (called by nbgrader)."""
        try:
            lines = self._lines(gradebook)
            if all(line.status == "missing" for line in lines):
                raise CourseError(
                    f"There are no submissions to export in {gradebook.engine.url}. "
                    "Collect them (nbgrader zip_collect or collect), grade them "
                    "(dlcourse grade, or nbgrader autograde) and export again from the "
                    "same folder; or name another gradebook with --db. No file was "
                    "written."
                )
            target = Path(self.to or self.default_target)
            self.write(lines, target)
        except CourseError as error:
            sys.exit(str(error))
        self.log.info("Exported %d rows to %s", len(lines), target)

    def write(self, lines: list[Line], target: Path) -> None:
        """Write the lines in this format."""
        raise NotImplementedError

    def _lines(self, gradebook: Gradebook) -> list[Line]:
        wanted = [str(name) for name in self.assignment]
        assignments = [marks.find_assignment(gradebook, name) for name in wanted]
        students = [
            student
            for student in gradebook.students
            if not self.student or student.id in map(str, self.student)
        ]
        lines = []
        for assignment in assignments or gradebook.assignments:
            submissions = marks.submissions(gradebook, assignment)
            records = read_records(gradebook, assignment.name)
            lines += [
                Line(assignment, s, submissions.get(s.id), records.get(s.id))
                for s in students
            ]
        return lines

    def _report_waiting(self, lines: list[Line]) -> None:
        waiting = [
            f"{line.student.id} in {line.assignment.name} ({line.status})"
            for line in lines
            if line.grade is None and line.status != "missing"
        ]
        if waiting:
            self.log.warning(
                "Without a grade, because a person has to look first: %s",
                _some(waiting),
            )


class CsvExport(GradesExport):
    """Write one row for each student and assignment to a CSV file.

    nbgrader's own exporter neither quotes nor escapes, so that a comma in a name moves
    a mark into another column, and a name that begins with ``=`` runs as a formula.
    This one does both, adds a status and its reason, and replaces the file only once
    the new one is whole. The status is what ``dlcourse grade`` recorded; of others'
    grading ``graded``, ``needs manual grading``, ``not graded`` or ``missing``.
    """

    default_target = "grades.csv"

    def write(self, lines: list[Line], target: Path) -> None:
        """Write the file."""
        rows = [self._row(line) for line in lines]
        _write_csv(target, [COLUMNS, *([row[c] for c in COLUMNS] for row in rows)])

    def _row(self, line: Line) -> dict[str, Any]:
        submission = line.submission
        return {
            "assignment": line.assignment.name,
            "duedate": line.assignment.duedate,
            "timestamp": submission and submission.timestamp,
            "student_id": line.student.id,
            "last_name": line.student.last_name,
            "first_name": line.student.first_name,
            "email": line.student.email,
            "raw_score": submission.raw_score if submission else 0.0,
            "late_submission_penalty": submission and submission.penalty,
            "score": submission.score if submission else 0.0,
            "max_score": line.assignment.max_score,
            "status": line.status,
            "reason": line.reason,
        }


class CanvasExport(GradesExport):
    """Write a file that Canvas imports: one column for each assignment.

    Give it the course's gradebook as Canvas exports it (``template``): then the rows
    are Canvas's own, found by SIS Login ID, SIS User ID, Canvas's ID or e-mail, and a
    column goes to the assignment whose title has the same letters and digits. Without
    a template the file has what nbgrader knows, with student ids as SIS Login IDs, and
    Canvas makes new assignments on import.

    Where there is no grade, missing hand-ins included, the template's cell stays as it
    is: an empty one would delete what Canvas has.
    """

    default_target = "canvas.csv"
    template = Unicode("", help="a gradebook exported from Canvas").tag(config=True)

    FIXED = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")

    def write(self, lines: list[Line], target: Path) -> None:
        """Write the file."""
        assignments = {line.assignment.name: line.assignment for line in lines}
        by_student: dict[str, dict[str, Line]] = {}
        for line in lines:
            by_student.setdefault(line.student.id, {})[line.assignment.name] = line
        if self.template:
            table = self._fill_in(assignments, by_student)
        else:
            table = self._from_scratch(assignments, by_student)
        _write_csv(target, table)
        self._report_waiting(lines)

    def _from_scratch(
        self,
        assignments: dict[str, Assignment],
        by_student: dict[str, dict[str, Line]],
    ) -> Iterable[Iterable[Any]]:
        yield [*self.FIXED, *assignments]
        blank = [""] * (len(self.FIXED) - 1)
        maxima = [assignment.max_score for assignment in assignments.values()]
        yield ["    Points Possible", *blank, *maxima]
        for result in by_student.values():
            student = next(iter(result.values())).student
            identity = [_name(student), student.lms_user_id, "", student.id, ""]
            yield [*identity, *(result[name].grade for name in assignments)]

    def _fill_in(
        self,
        assignments: dict[str, Assignment],
        by_student: dict[str, dict[str, Line]],
    ) -> Iterable[Iterable[Any]]:
        header, *rows = self._read_template()
        width = header.index("Section") + 1
        columns = {name: self._column(name, header, width) for name in assignments}
        titles = [name if c is None else header[c] for name, c in columns.items()]
        yield [*header[:width], *titles]
        students = self._students(by_student)
        unknown, left = [], set(by_student)
        for row in rows:
            row += [""] * (len(header) - len(row))
            before = ["" if c is None else row[c] for c in columns.values()]
            identity = dict(zip(header[:width], row, strict=False))
            if "Points Possible" in row[0]:
                yield [*row[:width], *self._maxima(assignments, before)]
                continue
            if not any(identity.values()):  # how grades are posted
                yield [*row[:width], *before]
                continue
            keys = [identity.get(key) for key in _CANVAS_KEYS]
            student = next(
                (s for k in keys if k and (s := students.get(_key(k)))), None
            )
            if student not in left:
                unknown.append(row[0])
                continue
            left.remove(student)
            grades = (by_student[student][name].grade for name in assignments)
            yield [
                *row[:width],
                *(b if g is None else g for g, b in zip(grades, before, strict=True)),
            ]
        if unknown:
            self.log.warning("Only in Canvas, left out: %s", _some(unknown))
        if left:
            self.log.warning(
                "Not found in %s, left out (by SIS Login ID, SIS User ID, ID and "
                "e-mail): %s",
                self.template,
                _some(sorted(left)),
            )

    def _read_template(self) -> list[list[str]]:
        path = Path(self.template)
        try:
            text = path.read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CourseError(f"{path} cannot be read: {error}") from error
        first = text.partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        table = list(csv.reader(io.StringIO(text), delimiter=delimiter))
        needed = {"Student", "ID", "Section"}
        if not table or not needed.issubset(table[0]):
            raise CourseError(
                f"{path} is no gradebook of Canvas: its first line has no "
                f"{', '.join(sorted(needed))}. In Canvas: Grades, Export, Export "
                "Entire Gradebook."
            )
        return table

    def _column(self, name: str, header: list[str], width: int) -> int | None:
        titles = {
            n: re.sub(r"\s*\(\d+\)\s*$", "", header[n]) for n in range(len(header))
        }
        found = [
            n for n in range(width, len(header)) if _slug(titles[n]) == _slug(name)
        ]
        if len(found) > 1:
            raise CourseError(
                f"{self.template} has {len(found)} columns for {name!r}: "
                f"{', '.join(header[n] for n in found)}. Leave one of them."
            )
        if not found:
            self.log.warning(
                "%s has no column for %r: Canvas will make a new assignment. To fill "
                "an existing one, give it this name in Canvas and export anew.",
                self.template,
                name,
            )
        return found[0] if found else None

    def _maxima(
        self, assignments: dict[str, Assignment], before: list[str]
    ) -> list[float | str]:
        for (name, assignment), points in zip(assignments.items(), before, strict=True):
            if points and _number(points) != assignment.max_score:
                self.log.warning(
                    "%s has %g points here and %s in Canvas; grades are not rescaled.",
                    name,
                    assignment.max_score,
                    points,
                )
        maxima = [assignment.max_score for assignment in assignments.values()]
        return [b or m for b, m in zip(before, maxima, strict=True)]

    def _students(self, by_student: dict[str, dict[str, Line]]) -> dict[str, str]:
        """Give the student for each name that Canvas may know; none for two."""
        found: dict[str, str] = {}
        doubtful = set()
        for name, result in by_student.items():
            student = next(iter(result.values())).student
            for key in (student.id, student.lms_user_id, student.email):
                if key and found.setdefault(_key(key), name) != name:
                    doubtful.add(_key(key))
        return {key: name for key, name in found.items() if key not in doubtful}


_CANVAS_KEYS = ("SIS Login ID", "SIS User ID", "ID", "Email")


class MoodleExport(GradesExport):
    """Write a file for Moodle's import: a grade and a comment for each assignment.

    On import, map *from* ``Email address`` or ``ID number`` *to* the same, each
    assignment to its grade item and each comment to its feedback (both: Moodle deletes
    the grade where only the feedback comes in). Where there is no grade stands ``-``.

    Moodle gives the grade of a row without a name to the student of the row before. So
    the column ``Email address`` is there only if every student has one.
    """

    default_target = "moodle.csv"

    def write(self, lines: list[Line], target: Path) -> None:
        """Write the file."""
        assignments = list(dict.fromkeys(line.assignment.name for line in lines))
        by_student: dict[str, list[Line]] = {}
        for line in lines:
            by_student.setdefault(line.student.id, []).append(line)
        nameless = [
            i for i, result in by_student.items() if not result[0].student.email
        ]
        header = ["First name", "Last name", "ID number"]
        if not nameless:
            header.append("Email address")
        header += [c for name in assignments for c in (name, f"{name} feedback")]
        table: list[list[Any]] = [header]
        for student_id, result in by_student.items():
            student = result[0].student
            row = [student.first_name, student.last_name, student_id]
            if not nameless:
                row.append(student.email)
            for line in result:
                row += ["-" if line.grade is None else line.grade, line.in_words]
            table.append(row)
        _write_csv(target, table)
        if nameless:
            self.log.warning(
                "No column with e-mail addresses, because these have none: %s. Map by "
                "ID number, or complete them (nbgrader db student import).",
                _some(nameless),
            )
        self._report_waiting(lines)


class GradescopeExport(GradesExport):
    """Write a folder with Gradescope's ``results.json`` for each submission.

    They lie in ``<folder>/<assignment>/<student>/``. Problems are shown with the words
    that the student is meant to see. Who handed in nothing has no file.
    """

    default_target = "gradescope"

    def write(self, lines: list[Line], target: Path) -> None:
        """Write the files."""
        handed_in = [line for line in lines if line.submission]
        for line in handed_in:
            parts = line.assignment.name, line.student.id
            if any(
                part in ("", ".", "..") or Path(part).name != part for part in parts
            ):
                raise CourseError(
                    f"{line.student.id!r} in {line.assignment.name!r} is no name for a "
                    "folder. Rename the student in the gradebook."
                )
        for line in handed_in:
            path = target / line.assignment.name / line.student.id / "results.json"
            write_whole(path, json.dumps(self._results(line), indent=1) + "\n")
        self._report_waiting(lines)

    def _results(self, line: Line) -> dict[str, Any]:
        worth = marks.points(line.assignment)
        assert line.submission is not None
        results = {
            "score": round(line.submission.score, 4),
            "execution_time": round(line.record.seconds, 3) if line.record else 0,
            "output": line.in_words,
            "visibility": "visible",
            "extra_data": {
                "max_score": line.assignment.max_score,
                "status": line.status,
                "final": line.grade is not None,
            },
            "tests": [
                self._test(mark, worth[mark.notebook, mark.problem], line.record)
                for mark in line.submission.marks
            ],
        }
        return results

    def _test(
        self, mark: marks.Mark, points: float, record: Record | None
    ) -> dict[str, Any]:
        outcome = record.problems.get(mark.problem, {}) if record else {}
        test = {
            "name": mark.problem,
            "max_score": points,
            "output": outcome.get("message", ""),
            "visibility": "visible",
        }
        if mark.score is None:
            return test | {"output": "There is no mark yet."}
        status = "passed" if mark.score >= points else "failed"
        return test | {"score": round(mark.score, 4), "status": status}


FORMATS: dict[str, type[GradesExport]] = {
    "csv": CsvExport,
    "canvas": CanvasExport,
    "moodle": MoodleExport,
    "gradescope": GradescopeExport,
}


def _write_csv(path: Path, table: Iterable[Iterable[Any]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in table)
    write_whole(path, text.getvalue(), newline="")


# What a spreadsheet may take for a formula: at the beginning, after white space or
# characters that cannot be seen, and after what may separate cells elsewhere.
_FORMULA = re.compile(
    r"(^|[;,|\t\r\n])"
    r"([\s\0-\x1f\"\u200b-\u200f\u2060\ufeff]*[=+\-@＝＋－＠﹦﹢﹣﹫])"
)
_NUMBER = re.compile(r"[+-]?[\d.,]*%?")


def _cell(value: object) -> object:
    """Keep text that a spreadsheet would take for a formula from being one."""
    if value is None:
        return ""
    if not isinstance(value, str) or _NUMBER.fullmatch(value):
        return value
    guarded = _FORMULA.sub(r"\1'\2", value)
    return "'" + guarded if guarded[:1] in ("\t", "\r", "\n") else guarded


def _number(text: str) -> float | None:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return None


def _name(student: Student) -> str:
    names = [n for n in (student.last_name, student.first_name) if n]
    return ", ".join(names) or student.id


def _slug(text: str) -> str:
    return re.sub(r"[\W_]+", "", text.casefold())


def _key(text: str) -> str:
    return text.strip().casefold()


def _some(names: list[str], most: int = 20) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
