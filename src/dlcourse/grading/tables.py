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

from .pages import show_table
from .run import Summary


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
    counts = Counter(record.status for record in summary.records)
    title = f"{assignment}: {summary.graded_now} graded now"
    show_table(title, ("status", "students"), counts.most_common())
    troubled = [r for r in summary.records if r.status not in ("graded", "missing")]
    show_table(
        "To look at",
        ("student", "status", "reason"),
        [(r.student, r.status, r.reason) for r in troubled],
    )
    show_table(
        "Flagged",
        ("student", "reason"),
        [(r.student, flag) for r in summary.records for flag in r.flags],
    )
    return 1 if any(r.status == "infrastructure fault" for r in troubled) else 0
