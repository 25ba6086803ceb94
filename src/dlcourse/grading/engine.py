"""Grade submissions: what one needs to know, and what comes out.

A job and a result are plain data, so that they can be graded here or on another
machine: see :mod:`dlcourse.grading.schedulers`.
"""

import functools
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from dlcourse import notebooks
from dlcourse.engine.tests import Outcome, Test
from dlcourse.engine.values import BadMessage
from dlcourse.engine.wire import Channel, Gone

from .examiner import Times
from .salvage import ANSWER
from .sandbox import Limits
from .warm import Doorbells


@dataclass(frozen=True)
class Lesson:
    """One notebook of an assignment, as its tests have it.

    Attributes
    ----------
    name : str
        Its name, without suffix.
    version : str
        The release that the tests belong to.
    tests : list of Test
        In the order of the notebook.
    answers : dict of str to str
        For each problem the source of its answer cell, ours in it.
    cells : dict of str to dict
        The metadata ``nbgrader`` of the cells by their ``grade_id``.
    """

    name: str
    version: str
    tests: list[Test]
    answers: dict[str, str]
    cells: dict[str, dict[str, Any]]

    @functools.cached_property
    def points(self) -> dict[str, float]:
        """What each problem is worth."""
        return {test.problem: test.points for test in self.tests}


def read_lesson(path: Path, version: str) -> Lesson:
    """Read the tests of a notebook of ``solutions/``."""
    tests, answers, cells = [], {}, {}
    for cell in notebooks.read(path).cells:
        metadata = cell.metadata.get("nbgrader", {})
        grade_id = metadata.get("grade_id")
        if cell.cell_type != "code" or not grade_id:
            continue
        cells[grade_id] = dict(metadata)
        if metadata.get("grade") and not metadata.get("solution"):
            tests.append(Test(grade_id, float(metadata["points"]), cell.source))
        elif metadata.get("solution"):
            answers[grade_id.removesuffix(ANSWER)] = cell.source
    return Lesson(path.stem, version, tests, answers, cells)


@dataclass
class NotebookResult:
    """What came of one notebook of a submission.

    Attributes
    ----------
    status : str
        "run", "unreadable", "missing" or "other release"; "fault" where the machinery
        failed and not the notebook.
    text : str
        What a person has to know about it.
    outcomes : dict of str to Outcome
        By problem; those that were reached.
    notes : list of str
        What was unusual.
    cells : list of dict
        The cells with their outputs.
    """

    status: str
    text: str = ""
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    cells: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    own_seconds: float = 0.0
    memory: int = 0
    version: str | None = None


@dataclass
class Result:
    """What came of a submission.

    Attributes
    ----------
    notebooks : dict of str to NotebookResult
        By name; one for each notebook of the assignment.
    notes : list of str
        About the files as a whole.
    fault : str
        Why the machinery failed, if it did: to be tried again.
    """

    notebooks: dict[str, NotebookResult] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    fault: str = ""


@dataclass(frozen=True)
class Settings:
    """How to grade.

    Attributes
    ----------
    seeds : tuple of int
        From which the tests draw their inputs; the first one gives the mark, the others
        tell whether it depends on the seed.
    limits : Limits
        For each process of a student's.
    times : Times
        For cells, tests and notebooks.
    """

    seeds: tuple[int, ...] = (0,)
    limits: Limits = field(default_factory=Limits)
    times: Times = field(default_factory=Times)


def grade(
    lessons: list[Lesson],
    files: dict[str, bytes],
    settings: Settings,
    doorbells: Doorbells,
) -> Result:
    """Grade one submission on this machine.

    Parameters
    ----------
    lessons : list of Lesson
        The notebooks of the assignment; after them, those of older releases.
    files : dict of str to bytes
        What was handed in, by path.
    settings : Settings
        How.
    doorbells : Doorbells
        The warm processes.

    Returns
    -------
    Result
        Whatever the submission does; where the machinery itself fails, ``fault`` says
        so, and what was found before is there.
    """
    job = {
        "seeds": list(settings.seeds),
        "limits": asdict(settings.limits),
        "times": asdict(settings.times),
        "files": list(files),
        "lessons": [
            {
                "name": lesson.name,
                "version": lesson.version,
                "answers": lesson.answers,
                "tests": [asdict(test) for test in lesson.tests],
            }
            for lesson in lessons
        ],
    }
    result = Result()
    at_once = 8 + sum(len(lesson.tests) for lesson in lessons)  # tests that wait
    room = Limits(memory=4 << 30, cpu=36_000, processes=at_once)
    text = json.dumps(job["lessons"]) + "".join(
        content.decode("latin-1") for content in files.values()
    )
    kind = "torch" if "import torch" in text else "plain"
    examiner = doorbells.start("examiner", kind, room)
    done = False
    try:
        talk = Channel(examiner.channel)
        talk.send(job, list(files.values()))
        while not done:
            news, _ = talk.receive()
            done = _note(result, news)
    except BadMessage as error:
        result.fault = f"the hand-in could not be examined: {error}"
    except Gone:
        how = examiner.kill().get("ended")
        result.fault = f"the examiner ended before the examination did ({how})"
    examiner.kill()
    for lesson in lessons:
        if lesson.name not in result.notebooks:
            result.notebooks[lesson.name] = NotebookResult("fault", result.fault)
    return result


def _note(result: Result, news: dict[str, Any]) -> bool:
    if news.get("done"):
        result.fault = news.get("fault", "")
        return True
    if "outcome" in news:
        notebook = result.notebooks.setdefault(news["of"], NotebookResult("fault"))
        outcome = Outcome(**news["outcome"])
        notebook.outcomes[outcome.problem] = outcome
    elif "notebook" in news:
        name = news.pop("notebook")
        before = result.notebooks.get(name)
        after = NotebookResult(**news)
        after.outcomes = before.outcomes if before else {}
        result.notebooks[name] = after
    else:
        result.notes += news.get("notes", [])
    return False


def fingerprint(*parts: Any) -> str:
    """Give a number that changes when what is to be graded, or how, changes."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
