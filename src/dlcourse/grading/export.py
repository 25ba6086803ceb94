"""Export of the gradebook: :command:`nbgrader export`."""

import csv
import sys
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin

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
)


class CsvExport(ExportPlugin):
    """Write one row for each student and assignment to a CSV file.

    nbgrader's own exporter neither quotes nor escapes, so that a comma in a name moves
    a mark into another column, and a name that begins with ``=`` runs as a formula.
    This one does both, adds a status (``graded``, ``needs manual grading``, ``not
    graded`` or ``missing``), and replaces the file only once the new one is whole.
    """

    def export(self, gradebook: Gradebook) -> None:
        """Write the file (called by nbgrader)."""
        rows = list(self._rows(gradebook))
        if all(row["status"] == "missing" for row in rows):
            sys.exit(
                f"There are no submissions to export in {gradebook.engine.url}. "
                "Collect them (nbgrader zip_collect or collect), grade them "
                "(nbgrader autograde) and export again from the same folder; or name "
                "another gradebook with --db. No file was written."
            )
        target = Path(self.to or "grades.csv")
        part = target.with_name(target.name + ".part")
        with part.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows({k: _cell(v) for k, v in row.items()} for row in rows)
        part.replace(target)
        self.log.info("Exported %d rows to %s", len(rows), target)

    def _rows(self, gradebook: Gradebook):
        for assignment in gradebook.assignments:
            if self.assignment and assignment.name not in map(str, self.assignment):
                continue
            for student in gradebook.students:
                if self.student and student.id not in map(str, self.student):
                    continue
                row = {
                    "assignment": assignment.name,
                    "duedate": assignment.duedate,
                    "student_id": student.id,
                    "last_name": student.last_name,
                    "first_name": student.first_name,
                    "email": student.email,
                    "max_score": assignment.max_score,
                }
                try:
                    submission = gradebook.find_submission(assignment.name, student.id)
                except MissingEntry:
                    yield row | {"raw_score": 0.0, "score": 0.0, "status": "missing"}
                    continue
                penalty = submission.late_submission_penalty or 0.0
                status = "graded"
                if not submission.notebooks:
                    status = "not graded"
                elif submission.needs_manual_grade:
                    status = "needs manual grading"
                yield row | {
                    "timestamp": submission.timestamp,
                    "raw_score": submission.score,
                    "late_submission_penalty": penalty,
                    "score": max(0.0, submission.score - penalty),
                    "status": status,
                }


def _cell(value: object) -> object:
    """Keep text that a spreadsheet would take for a formula from being one."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return "'" + value
    return "" if value is None else value
