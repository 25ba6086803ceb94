"""What the instructor's commands show while they work and when they end."""

import contextlib
from collections import Counter
from collections.abc import Callable, Iterator

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from .run import Summary

SHOWN = 40  # lines of one table; the report has them all


@contextlib.contextmanager
def progress_bar(title: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a command is, and how long it will still take."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_records(assignment: str, summary: Summary) -> int:
    """Print the table at the end; the exit code is 1 if a person has to act."""
    console = Console()
    counts = Counter(record.status for record in summary.records)
    title = f"{assignment}: {summary.graded_now} graded now"
    table = Table("status", "students", title=title, title_justify="left")
    for status, count in counts.most_common():
        table.add_row(status, str(count))
    console.print(table)
    troubled = [r for r in summary.records if r.status not in ("graded", "missing")]
    _list(console, "To look at", [(r.student, r.status, r.reason) for r in troubled])
    flagged = [
        (r.student, "flagged", flag) for r in summary.records for flag in r.flags
    ]
    _list(console, "Flagged", flagged)
    return 1 if any(r.status == "infrastructure fault" for r in troubled) else 0


def _list(console: Console, title: str, rows: list[tuple[str, str, str]]) -> None:
    if not rows:
        return
    table = Table("student", "status", "reason", title=title, title_justify="left")
    for row in rows[:SHOWN]:
        table.add_row(*(_plain(text) for text in row))
    if len(rows) > SHOWN:
        table.add_row("…", "", f"and {len(rows) - SHOWN} more: dlcourse report")
    console.print(table)


def _plain(text: str) -> str:
    from rich.markup import escape

    return escape("".join(c if c.isprintable() else "�" for c in text))
