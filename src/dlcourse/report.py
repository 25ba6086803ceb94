"""What ``dlcourse check`` tells a student about an exercise notebook."""

import textwrap
from dataclasses import dataclass
from pathlib import Path

from dlcourse import notebooks

WIDTH = 80


@dataclass(frozen=True)
class ProblemReport:
    """How one problem fares in its visible tests."""

    problem: str
    points: float
    status: str  # "passed", "failed" or "not attempted"
    message: str = ""


@dataclass(frozen=True)
class Report:
    """How the problems of one notebook fare in their visible tests."""

    path: Path
    problems: list[ProblemReport]

    @property
    def passed(self) -> bool:
        """Whether every problem passes."""
        return all(p.status == "passed" for p in self.problems)

    def __str__(self) -> str:
        lines = [f"{self.path}"]
        for p in self.problems:
            points = f"{p.points:g} point{'s' if p.points != 1 else ''}"
            lines.append(f"  {p.problem} ({points}): {p.status}")
            if p.message:
                lines += textwrap.wrap(
                    p.message, WIDTH, initial_indent="    ", subsequent_indent="    "
                )
        reached = sum(p.points for p in self.problems if p.status == "passed")
        total = sum(p.points for p in self.problems)
        lines.append(
            f"  {reached:g} of {total:g} points by the visible tests; hidden tests "
            "with other inputs decide the mark."
        )
        if not self.passed:
            lines.append("  Stuck? Open the hints above the answer, one at a time.")
        return "\n".join(lines)


def check_notebook(path: Path | str) -> Report:
    """Run an exercise notebook and report what its test cells find.

    Parameters
    ----------
    path : path
        The student's notebook. The file is not changed.

    Returns
    -------
    Report
        One entry for each problem. A cell that fails does not stop the others.

    Raises
    ------
    dlcourse.notebooks.NotebookError
        If it is no notebook, or one without graded problems.
    """
    path = Path(path)
    notebook = notebooks.read(path)
    if not any(_graded(cell) for cell in notebook.cells):
        raise notebooks.NotebookError(
            f"{path} holds no graded problem. Give a notebook from exercises/, with "
            "its test cells in place; lessons (in book/) have nothing to check."
        )
    notebooks.execute(notebook, path.resolve().parent, allow_errors=True)
    return Report(path, [_report(cell) for cell in notebook.cells if _graded(cell)])


def _graded(cell) -> bool:
    return cell.cell_type == "code" and bool(
        cell.metadata.get("nbgrader", {}).get("grade")
    )


def _report(cell) -> ProblemReport:
    meta = cell.metadata.nbgrader
    error = next((o for o in cell.outputs if o.output_type == "error"), None)
    if error is None:
        return ProblemReport(meta.grade_id, meta.points, "passed")
    if error.ename == "NotImplementedError":
        return ProblemReport(meta.grade_id, meta.points, "not attempted")
    message = error.evalue
    if error.ename not in ("AssertionError", "WrongAnswer"):
        message = f"{error.ename}: {message}"
    return ProblemReport(meta.grade_id, meta.points, "failed", message)
