"""Whatever careless hands or programs did to a hand-in, what is honest is rewarded."""

import re
from concurrent.futures import ThreadPoolExecutor

import nbformat
import pytest

from dlcourse.grading.engine import Settings, grade, read_lesson
from dlcourse.grading.examiner import Times
from dlcourse.grading.sandbox import Limits
from dlcourse.grading.warm import Warm
from tests.exercises import problems
from tests.exercises.graders import submitted_notebook

from .broken import CASES, LESSON, PROBLEMS

pytestmark = pytest.mark.xdist_group("broken")

SETTINGS = Settings(
    seeds=(4,), limits=Limits(memory=600 << 20), times=Times(cell=3, test=3, total=60)
)


@pytest.fixture(scope="module")
def results():
    """What came of each hand-in, or what was raised."""
    lessons = problems.lessons()
    good = submitted_notebook(problems.ROOT, lessons[LESSON], {})
    content = nbformat.writes(good).encode()
    version = good.metadata.dlcourse.version

    def outcome(case):
        asked = [read_lesson(lessons[name].path, version) for name in case.status]
        try:
            return grade(asked, case.make(content), SETTINGS, warm)
        except Exception as error:
            return error

    with Warm() as warm, ThreadPoolExecutor(4) as pool:
        return dict(zip(map(str, CASES), pool.map(outcome, CASES), strict=True))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_gets_what_it_deserves(results, case):
    result = results[str(case)]
    if isinstance(result, Exception):
        raise result
    assert not result.fault
    assert {n: r.status for n, r in result.notebooks.items()} == case.status
    notebook = result.notebooks[LESSON if LESSON in case.status else min(case.status)]
    assert re.search(case.text, notebook.text)
    if notebook.status == "run":
        expected = {f"{LESSON}--{p}": case.lost.get(p, "passed") for p in PROBLEMS}
        messages = {p: (o.status, o.message) for p, o in notebook.outcomes.items()}
        assert {p: status for p, (status, _) in messages.items()} == expected, messages
    said = [*result.notes, *(n for r in result.notebooks.values() for n in r.notes)]
    for wanted in case.notes:
        assert any(re.search(wanted, note) for note in said), f"{wanted!r} in {said}"
    for note in said:
        assert any(re.search(wanted, note) for wanted in case.notes), note


def test_notes_are_short_and_can_be_printed(results):
    for name, result in results.items():
        said = [*result.notes, *(n for r in result.notebooks.values() for n in r.notes)]
        said += [r.text for r in result.notebooks.values()]
        assert all(len(n) < 300 and (n.isprintable() or not n) for n in said), name
