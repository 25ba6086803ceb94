"""What instructors see: pages from templates, whole or not at all, and tables."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich.console import Console
from rich.table import Table
from rich.text import Text

_environment = Environment(
    loader=PackageLoader("dlcourse.grading"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, **values: Any) -> str:
    """Fill in one of the templates; every value is escaped."""
    return _environment.get_template(template).render(**values)


def write_whole(path: Path, text: str, newline: str | None = None) -> None:
    """Write a file in UTF-8; an older one stays until the new one is whole.

    Parameters
    ----------
    path : Path
        Which; its folder is made.
    text : str
        What.
    newline : str, optional
        As for :func:`open`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("w", newline=newline, encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def show_table(
    title: str, columns: tuple[str, ...], rows: Iterable[Iterable[Any]], most: int = 40
) -> None:
    """Print a table, if there is anything in it."""
    rows = [[_printable(str(value)) for value in row] for row in rows]
    if not rows:
        return
    table = Table(*columns, title=title, title_justify="left")
    for row in rows[:most]:
        table.add_row(*row)
    if len(rows) > most:
        table.add_row("…", f"{len(rows) - most} more")
    Console().print(table)


def _printable(text: str) -> Text:
    return Text("".join(c if c.isprintable() else "�" for c in text))
