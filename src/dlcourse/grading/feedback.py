"""Feedback: nbgrader's pages, made safe to be opened and to be handed out.

Three things are configured in ``nbgrader_config.py``, so that nbgrader's own commands
make the same pages: :class:`HideTests` takes hidden tests out, :class:`Harmless` and
:data:`FILTERS` take out of a student's words what would run in a browser, and
:class:`FeedbackExporter` makes pages that call nobody. :func:`make_feedback` makes the
pages of a class in parallel.
"""

import concurrent.futures
import glob
import hashlib
import json
import logging
import multiprocessing
import os
import re
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import bleach
from jinja2 import DictLoader, pass_context
from nbconvert.exporters import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from nbconvert.preprocessors import Preprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateFeedback, NbGraderException
from nbgrader.preprocessors import ClearHiddenTests
from traitlets import default

from dlcourse import __version__

from . import marks
from .book import Book, Record, read_records
from .course import Course, CourseError
from .pages import render, show_table, write_whole

# ------------------------------------------------------------------ hidden tests


class HideTests(ClearHiddenTests):
    """Take hidden tests out of feedback.

    Notebooks that ``dlcourse grade`` left hold none. Those of ``nbgrader autograde``
    hold the source of every test, and in what failed tests left, its lines and inputs:
    the hidden lines go, and of a test cell that has some, the outputs become one line.
    It holds the error's own words only if a visible line raised it. Outputs elsewhere
    that quote a hidden line go, too; what a student's code copied out in another form
    cannot be found, because nbgrader lets it run beside the tests.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict
    ) -> tuple[NotebookNode, dict]:
        """Clean one notebook (called by nbgrader)."""
        cells = [cell for cell in nb.cells if cell.cell_type == "code"]
        secrets = set().union(*(self._hide(cell) for cell in cells))
        for cell in cells:
            cell.outputs = [
                _TAKEN_OUT if _quotes(o, secrets) else o for o in cell.outputs
            ]
        return nb, resources

    def _hide(self, cell: NotebookNode) -> set[str]:
        """Take out a cell's hidden lines; return those that say something."""
        lines = cell.source.splitlines()
        hidden, inside = set(), False
        for number, line in enumerate(lines, 1):
            inside = inside or self.begin_test_delimeter in line
            if inside:
                hidden.add(number)
            inside = inside and self.end_test_delimeter not in line
        if not hidden:
            return set()
        cell.source = "\n".join(x for n, x in enumerate(lines, 1) if n not in hidden)
        cell.outputs = [
            _error(o, _raised_elsewhere(o, cell, hidden))
            for o in cell.outputs
            if o.output_type == "error"
        ]
        texts = {lines[number - 1].strip() for number in hidden}
        return {text for text in texts if len(text) >= MIN_QUOTE}


MIN_QUOTE = 12  # characters of a hidden line; shorter ones are everybody's
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_TAKEN_OUT = NotebookNode(
    output_type="stream", name="stderr", text="(This output is not shown.)\n"
)


def _error(error: NotebookNode, visible: bool) -> NotebookNode:
    text = "With other inputs than the visible ones, the answer is not right."
    if visible:
        text = f"{error.ename}: {error.evalue}"
    return NotebookNode(
        output_type="error", ename="failed", evalue=text, traceback=[text]
    )


def _raised_elsewhere(error: NotebookNode, cell: NotebookNode, hidden: set) -> bool:
    """Say whether a test's error surely comes from none of its hidden lines."""
    text = _ANSI.sub("", "\n".join(error.traceback))
    lines = re.findall(rf"\bCell In\[{cell.execution_count}\], line (\d+)", text)
    return bool(lines) and hidden.isdisjoint(map(int, lines))


def _quotes(output: NotebookNode, secrets: set[str]) -> bool:
    text = _ANSI.sub("", "\n".join(_strings(output)))
    return any(secret in text for secret in secrets)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for part in value:
            yield from _strings(part)


# ------------------------------------------------------------------ what may be shown

_TAGS = frozenset(
    (
        "a", "abbr", "b", "blockquote", "br", "caption", "code", "col", "colgroup",
        "dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "h1",
        "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "kbd", "li", "ol", "p", "pre",
        "s", "samp", "small", "span", "strong", "sub", "summary", "sup", "table",
        "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
    )
)  # fmt: skip
_ATTRIBUTES = frozenset(
    ("align", "alt", "colspan", "open", "rowspan", "scope", "start", "title")
)
_CLASSES = re.compile(r"(highlight|dataframe|(hl|language)-\w+|\w{1,3})( |$)")
_PICTURES = re.compile(r"data:image/(png|jpeg|gif);base64,[\w+/=\s]*")


def clean(html: Any) -> str:
    """Leave in HTML what shows something, and nothing that does or calls anything.

    Names of elements go as well: a page finds its own parts by them.
    """
    text = html.decode() if isinstance(html, bytes) else str(html)
    text = re.sub(r"(?is)<(script|style)\b.*?</\1\s*>", "", text)
    return bleach.clean(
        text,
        tags=_TAGS,
        attributes=_is_allowed,
        protocols={"http", "https", "mailto", "data"},
    )


def _is_allowed(tag: str, name: str, value: str) -> bool:
    if name == "class":
        return not _CLASSES.sub("", value)
    if tag == "a" and name == "href":
        return not value.strip().lower().startswith("data")
    if tag == "img" and name == "src":
        return bool(_PICTURES.fullmatch(value))
    return name in _ATTRIBUTES


@pass_context
def markdown_to_clean_html(context: Any, source: str) -> str:
    """Render a student's or an instructor's Markdown (called by the templates)."""
    cell = context.get("cell") or {}
    renderer = IPythonRenderer(
        escape=False,
        attachments=cell.get("attachments") or {},
        exclude_anchor_links=True,
    )
    return clean(MarkdownWithMath(renderer=renderer).render(source))


FILTERS = {"markdown2html": markdown_to_clean_html, "clean_html": clean}


class Harmless(Preprocessor):
    """Leave of a notebook what its pages show, each in the form that it must have.

    A student writes the whole file: also tags, types and numbers that a template puts
    into a page as they are.
    """

    DATA = (
        "text/plain", "text/html", "text/markdown", "text/latex",
        "image/png", "image/jpeg", "image/svg+xml",
    )  # fmt: skip

    def preprocess(
        self, nb: NotebookNode, resources: dict
    ) -> tuple[NotebookNode, dict]:
        """Clean one notebook (called by nbconvert)."""
        nb.metadata = NotebookNode(language_info={"name": "python"})
        for number, cell in enumerate(nb.cells):
            cell["id"] = f"cell-{number}"
            kept = {k: v for k, v in cell.metadata.items() if k == "nbgrader"}
            cell.metadata = NotebookNode(kept)
            if cell.cell_type == "code":
                cell.execution_count = _whole(cell.get("execution_count"))
                cell.outputs = [self._output(output) for output in cell.outputs]
        return nb, resources

    def _output(self, output: NotebookNode) -> NotebookNode:
        if "execution_count" in output:
            output.execution_count = _whole(output.execution_count)
        if "data" in output:
            kept = {m: output.data[m] for m in self.DATA if m in output.data}
            output.data = NotebookNode(kept)
            output.metadata = NotebookNode()
        return output


def _whole(count: Any) -> int | None:
    return count if isinstance(count, int) else None


_NOTHING_RUNS = (
    '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    "style-src 'unsafe-inline'; img-src data:; font-src data:; form-action 'none'; "
    "base-uri 'none'\">"
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
)


class FeedbackExporter(HTMLExporter):
    """Write nbgrader's feedback pages so that they call nobody and run nothing.

    In place of the scripts that typeset formulas, which come from a foreign host, a
    page says that it needs nothing: browsers then refuse whatever may be left in it.
    """

    @default("extra_loaders")
    def _in_place_of_scripts(self) -> list[DictLoader]:
        macro = "{% macro mathjax(url='') %}" + _NOTHING_RUNS + "{% endmacro %}"
        return [DictLoader({"mathjax.html.j2": macro})]


# ----------------------------------------------------------------- pages of a class


@dataclass
class Made:
    """What came of the feedback of a class.

    Attributes
    ----------
    states : dict of str to str
        By student: "made", "up to date", "nothing handed in", "not graded yet" or
        "failed".
    in_words : list of (str, str, str)
        Student, notebook and reason where a page could only say why there is no more.
    errors : dict of str to str
        By student, why it failed.
    """

    states: dict[str, str] = field(default_factory=dict)
    in_words: list[tuple[str, str, str]] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Job:
    """One student's pages: what they are made from, and those without a notebook."""

    assignment: str
    student: str
    notebooks: list[str]
    reasons: dict[str, str]
    source: str


def make_feedback(
    course: Course,
    assignment: str,
    book: Book,
    *,
    students: list[str] | None = None,
    force: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Made:
    """Make the feedback pages of an assignment that are not there or out of date.

    Each student's folder is there whole or not at all. A folder knows what it was made
    from (marks, comments and all), so that stopped or repeated runs go on.

    Parameters
    ----------
    course : Course
        The class folder.
    assignment : str
        Which.
    book : Book
        The gradebook.
    students : list of str, optional
        Whom; by default all.
    force : bool
        Whether to make anew what is up to date.
    workers : int, optional
        How many processes; by default one for each core. 1 works in this process.
    progress : callable
        Told how many students are done, of how many.

    Raises
    ------
    CourseError
        If there is no such assignment, nothing graded, or no such student.
    """
    gradebook = book.gradebook
    found = marks.find_assignment(gradebook, assignment)
    made, jobs = Made(), []
    wanted = marks.choose_students(gradebook, found, students)
    submissions = marks.submissions(gradebook, found)
    records = read_records(gradebook, assignment)
    comments = marks.comments(gradebook, found)
    notebooks = sorted(notebook.name for notebook in found.notebooks)
    for student in wanted:
        folder = course.path(course.coursedir.autograded_directory, student, assignment)
        submission, record = submissions.get(student), records.get(student)
        if not folder.is_dir() or submission is None:
            waits = submission is not None
            made.states[student] = "not graded yet" if waits else "nothing handed in"
            continue
        reasons = {
            name: _reason(name, record)
            for name in notebooks
            if not (folder / f"{name}.ipynb").is_file()
        }
        made.in_words += [(student, name, text) for name, text in reasons.items()]
        source = _source(folder, submission, record, comments.get(student))
        old = course.path(course.coursedir.feedback_directory, student, assignment)
        if not force and _read(old / SOURCE) == source:
            made.states[student] = "up to date"
        else:
            jobs.append(_Job(assignment, student, notebooks, reasons, source))
    feedback = course.root / course.coursedir.feedback_directory
    for left in feedback.glob(".part-*"):  # by a run that was stopped
        shutil.rmtree(left, ignore_errors=True)
    progress(0, len(jobs))
    for done, (student, error) in enumerate(_work(course, jobs, workers), 1):
        made.states[student] = "failed" if error else "made"
        if error:
            made.errors[student] = error
        progress(done, len(jobs))
    return made


SOURCE = ".made-from"  # in a student's feedback folder


def _reason(notebook: str, record: Record | None) -> str:
    """Say why a notebook has no result."""
    parts = record.reason.split("; ") if record else []
    own = [
        p.removeprefix(f"{notebook}: ") for p in parts if p.startswith(notebook + ":")
    ]
    if own:
        return "; ".join(own)
    if record and record.status == "missing":
        return "missing"
    return "it could not be read or graded"


def _source(
    folder: Path, submission: marks.Submission, record: Record | None, comments: Any
) -> str:
    """Give a number that changes with what a student's pages are made from."""
    parts = [__version__, asdict(submission), record and record.reason, comments]
    digest = hashlib.sha256(json.dumps(parts, default=str).encode())
    for path in sorted(folder.glob("*.ipynb")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""


def _work(
    course: Course, jobs: list[_Job], workers: int | None
) -> Iterator[tuple[str, str]]:
    """Do the jobs; give each student with what went wrong."""
    workers = min(workers or len(os.sched_getaffinity(0)), len(jobs))
    if workers <= 1:
        for job in jobs:
            yield job.student, _make(course, job)
        return
    Gradebook(course.db_url).close()  # enters the course that nbgrader's pages ask for
    pool = concurrent.futures.ProcessPoolExecutor(
        workers,
        multiprocessing.get_context("spawn"),
        _begin,
        (str(course.root), course.db_url),
    )
    try:
        running = {pool.submit(_make_here, job): job.student for job in jobs}
        for done in concurrent.futures.as_completed(running):
            yield running[done], done.result()
    except concurrent.futures.process.BrokenProcessPool:
        raise CourseError(
            "A process that made feedback was ended (too little memory?). What is "
            "finished stays; run the command again, with fewer --workers."
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


_course: Course | None = None


def _begin(root: str, db_url: str) -> None:
    """Get a worker process ready."""
    global _course
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    _course = Course(root, db_url)


def _make_here(job: _Job) -> str:
    assert _course is not None
    return _make(_course, job)


def _make(course: Course, job: _Job) -> str:
    """Make one student's pages; say what went wrong."""
    if glob.has_magic(job.student):
        return "nbgrader takes the name for a pattern ([ ] * ?): rename the student"
    final = course.path(
        course.coursedir.feedback_directory, job.student, job.assignment
    )
    stage = course.root / course.coursedir.feedback_directory / f".part-{os.getpid()}"
    shutil.rmtree(stage, ignore_errors=True)
    try:
        if len(job.reasons) < len(job.notebooks):
            _convert(course, job, stage)
        folder = course.path(str(stage), job.student, job.assignment)
        folder.mkdir(parents=True, exist_ok=True)
        _only_pages(folder, job)
        for name, reason in job.reasons.items():
            page = render("unread.html", notebook=name, reason=reason)
            write_whole(folder / f"{name}.html", page)
        write_whole(folder / SOURCE, job.source)
        _replace(final, folder)
    except (NbGraderException, OSError) as error:
        return str(error)
    finally:
        shutil.rmtree(stage, ignore_errors=True)
    return ""


def _convert(course: Course, job: _Job, stage: Path) -> None:
    """Let nbgrader make its pages, into a folder of their own."""
    coursedir = course.coursedir
    coursedir.assignment_id = job.assignment
    coursedir.student_id = job.student
    usual, coursedir.feedback_directory = coursedir.feedback_directory, str(stage)
    try:
        with _heard(course.app.log) as said:
            GenerateFeedback(coursedir=coursedir, parent=course.app).start()
    except NbGraderException as error:
        raise NbGraderException("; ".join(said) or str(error)) from error
    finally:
        coursedir.feedback_directory = usual


@contextmanager
def _heard(log: logging.Logger) -> Iterator[list[str]]:
    """Listen to nbgrader, which tells its log why it failed, and only there."""
    said: list[str] = []
    ear = logging.Handler(logging.ERROR)
    ear.emit = lambda record: said.append(record.getMessage().strip().split("\n")[-1])
    handlers, log.handlers = log.handlers, [ear]
    propagate, log.propagate = log.propagate, False
    try:
        yield said
    finally:
        log.handlers, log.propagate = handlers, propagate


def _only_pages(folder: Path, job: _Job) -> None:
    """Remove what nbgrader copied beside the pages: files that a student chose."""
    pages = {f"{name}.html" for name in job.notebooks if name not in job.reasons}
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in pages | {"timestamp.txt"}:
            path.unlink()


def _replace(final: Path, folder: Path) -> None:
    final.parent.mkdir(parents=True, exist_ok=True)
    old = final.with_name(f".{final.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    folder.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def show_made(assignment: str, made: Made) -> int:
    """Print the tables at the end; the exit code is 1 if pages could not be made."""
    counts = Counter(made.states.values())
    show_table(f"{assignment}: feedback", ("state", "students"), counts.most_common())
    show_table(
        "Pages that only say why there is no result",
        ("student", "notebook", "reason"),
        made.in_words,
    )
    show_table("Failed", ("student", "reason"), made.errors.items())
    return 1 if made.errors else 0
