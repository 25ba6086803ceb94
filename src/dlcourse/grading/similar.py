"""Hand-ins that are like each other: a reason to look, and no proof.

A notebook's own code (what differs from the release) is broken into overlapping pieces
of 25 characters in which every name reads the same, so that renaming hides nothing;
the share of one side's code whose pieces the other side has, too, is what is shown.
Whole notebooks are compared and not problems: right answers of five lines are alike by
nature, twenty of them together are not. Nothing that a student wrote is run.
"""

import difflib
import functools
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import get_token_coverage

from dlcourse import notebooks

from . import marks
from .book import Book
from .course import Course, CourseError
from .pages import render, show_table, write_whole

PIECE = 25  # characters
LEAST = 100  # characters of own code; with less, chance makes things alike
SHOWN = 100  # pairs with both sides on the page
LISTED = 1000  # pairs in its table
MOST_WORDS = 2000  # of each side that are compared word for word


@dataclass
class Text:
    """What one student, or a public source, has for one notebook."""

    who: str
    public: bool
    print: CodeFingerprint
    words: list[str]

    @property
    def length(self) -> int:
        """How many characters of own code there are, names and white space aside."""
        return int(self.print.token_coverage)


@dataclass
class Pair:
    """Two that are alike.

    Attributes
    ----------
    notebook : str
        In which notebook.
    texts : tuple of two Texts
        A student's, and another's or a public source's.
    shares : tuple of two floats
        How much of each side's code the other has.
    slices : tuple of two arrays
        Where in each side.
    """

    notebook: str
    texts: tuple[Text, Text]
    shares: tuple[float, float]
    slices: tuple[Any, Any]

    @property
    def first(self) -> str:
        """The student."""
        return self.texts[0].who

    @property
    def second(self) -> str:
        """The other student, or the public source."""
        return self.texts[1].who

    @property
    def public(self) -> bool:
        """Whether the other is a public source."""
        return self.texts[1].public

    @property
    def share(self) -> float:
        """The share by which it is listed."""
        return self.shares[0] if self.public else max(self.shares)

    @functools.cached_property
    def verbatim(self) -> float:
        """How much of what was not given is the same word for word."""
        words = [text.words[:MOST_WORDS] for text in self.texts]
        return difflib.SequenceMatcher(None, *words, autojunk=False).ratio()

    @property
    def sides(self) -> list[list[tuple[str, bool]]]:
        """The code of both in parts, with whether the other has the part."""
        return [
            _parts(text.print.raw_code, places)
            for text, places in zip(self.texts, self.slices, strict=True)
        ]


@dataclass
class Found:
    """What was compared and found.

    Attributes
    ----------
    assignment : str
        In which.
    threshold : float
        From which share on a pair is listed.
    compared : dict of str to int
        By notebook, how many students had enough code of their own.
    pairs : list of Pair
        The most alike first.
    """

    assignment: str
    threshold: float
    compared: dict[str, int] = field(default_factory=dict)
    pairs: list[Pair] = field(default_factory=list)


def compare_class(
    course: Course,
    assignment: str,
    book: Book,
    threshold: float = 0.8,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Found:
    """Compare each student's code with everybody's and with public sources.

    The work grows with the number of pairs: n students are n (n - 1) / 2 of them for
    each notebook. Half a million, where nearly everybody shares something with
    everybody, take one core two minutes.

    Parameters
    ----------
    course : Course
        The class folder; its autograded notebooks are read.
    assignment : str
        Which.
    book : Book
        The gradebook.
    threshold : float
        From which share on a pair is listed.
    progress : callable
        Told how many pairs are compared, of how many.

    Raises
    ------
    CourseError
        If there is no such assignment, nothing graded, or no release to compare with.
    """
    found = marks.find_assignment(book.gradebook, assignment)
    students = marks.choose_students(book.gradebook, found)
    result = Found(assignment, threshold)
    everything = {
        name: _texts(course, assignment, name, students)
        for name in sorted(notebook.name for notebook in found.notebooks)
    }
    total = sum(
        len(theirs) * (len(theirs) - 1) // 2 + len(theirs) * len(public)
        for theirs, public in everything.values()
    )
    done = 0
    for name, (theirs, public) in everything.items():
        result.compared[name] = len(theirs)
        for number, first in enumerate(theirs):
            others = public + theirs[number + 1 :]
            result.pairs += _alike(name, first, others, threshold)
            done += len(others)
            progress(done, total)
    result.pairs.sort(key=lambda pair: (-pair.share, -sum(pair.shares)))
    return result


def _texts(
    course: Course, assignment: str, name: str, students: list[str]
) -> tuple[list[Text], list[Text]]:
    """Read one notebook of everybody, and public answers to it."""
    release = course.path(course.coursedir.release_directory, ".", assignment)
    if not (release / f"{name}.ipynb").is_file():
        raise CourseError(
            f"There is no {release / name}.ipynb to tell what students were given. "
            f"Make the release: nbgrader generate_assignment {assignment}"
        )
    given = _code(release / f"{name}.ipynb", tests=True)
    known = set().union(*(_fingerprint(code).hashes for code in given))
    lines = {line for code in given for line in code.splitlines()}

    def text(who: str, cells: list[str], public: bool = False) -> Text:
        own = "\n\n".join(c for c in cells if c.strip() and c not in given)
        words = [w for x in own.splitlines() if x not in lines for w in x.split()]
        return Text(who, public, _without(_fingerprint(own), known), words)

    graded = course.coursedir.autograded_directory
    theirs = []
    for student in students:
        path = course.path(graded, student, assignment) / f"{name}.ipynb"
        if path.is_file():
            theirs.append(text(student, _code(path)))
    solution = course.path(course.coursedir.source_directory, ".", assignment)
    public = [text("the solution", _code(solution / f"{name}.ipynb"), True)]
    if right := _right_answers(course.root / "tests" / "bank" / assignment, name):
        public.append(text("right answers of the tests", right, True))
    return [t for t in theirs if t.length >= LEAST], [t for t in public if t.length]


def _code(path: Path, tests: bool = False) -> list[str]:
    """Read a notebook's code cells, with or without those that test."""
    try:
        cells = notebooks.read(path).cells
    except notebooks.NotebookError:
        return []
    return [
        cell.source
        for cell in cells
        if cell.cell_type == "code"
        and (tests or not cell.metadata.get("nbgrader", {}).get("grade"))
    ]


def _right_answers(folder: Path, name: str) -> list[str]:
    path = folder / f"{name}.yaml"
    if not path.is_file():
        return []
    import yaml

    problems = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [a["code"] for entry in problems.values() for a in entry.get("right") or []]


def _fingerprint(code: str) -> CodeFingerprint:
    return CodeFingerprint("answers.py", PIECE, 1, fp=io.StringIO(code))


def _without(print: CodeFingerprint, known: set[int]) -> CodeFingerprint:
    """Leave out the pieces that were given."""
    print.hashes -= known
    print.hash_idx = {h: at for h, at in print.hash_idx.items() if h in print.hashes}
    size = len(print.filtered_code)
    print.token_coverage = get_token_coverage(print.hash_idx, PIECE, size)
    return print


def _alike(
    notebook: str, first: Text, others: Iterable[Text], threshold: float
) -> Iterator[Pair]:
    for second in others:
        if first.print.hashes.isdisjoint(second.print.hashes):
            continue
        _, shares, slices = compare_files(first.print, second.print)
        mine, theirs = (min(float(share), 1.0) for share in shares)
        pair = Pair(notebook, (first, second), (mine, theirs), slices)
        if pair.share >= threshold:
            yield pair


def _parts(code: str, slices: Any) -> list[tuple[str, bool]]:
    """Cut code where what the other has, too, begins and ends."""
    parts, at = [], 0
    for begin, end in sorted(np.asarray(slices, dtype=int).T.tolist()):
        begin, end = max(begin, at), min(end, len(code))
        if begin >= end:
            continue
        parts += [(code[at:begin], False), (code[begin:end], True)]
        at = end
    parts.append((code[at:], False))
    return [(text, shared) for text, shared in parts if text]


def write_pairs(found: Found, path: Path) -> None:
    """Write the page with the pairs side by side."""
    limits = {"shown": SHOWN, "listed": LISTED, "least": LEAST}
    write_whole(path, render("similar.html", found=found, **limits))


def show_pairs(found: Found) -> None:
    """Print the pairs, and what they mean."""
    show_table(
        f"{found.assignment}: from {found.threshold:.0%} on",
        (
            "notebook",
            "student",
            "in the other",
            "other",
            "in the student's",
            "verbatim",
        ),
        [
            (
                pair.notebook,
                pair.first,
                f"{pair.shares[0]:.0%}",
                pair.second + (" (public)" if pair.public else ""),
                f"{pair.shares[1]:.0%}",
                f"{pair.verbatim:.0%}",
            )
            for pair in found.pairs[:LISTED]
        ],
    )
    print(
        f"{len(found.pairs)} pairs. A high share is a reason to look at both hand-ins "
        "and to talk, and no proof: answers to the same task are alike."
    )
