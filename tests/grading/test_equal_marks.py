"""The same hand-ins under stock nbgrader: which marks differ is a committed list."""

import json
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml

from tests.exercises.graders import submitted_notebook
from tests.exercises.problems import lessons

from . import course
from .conftest import ASSIGNMENT, Class

pytestmark = pytest.mark.xdist_group("equal marks")

LESSON = lessons()["neuron"]
DIFFERENCES = Path(__file__).with_name("differences.yaml")


def cells_by_id(notebook):
    return {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in notebook.cells}


def ours(notebook):
    """Our solutions, in another student's words: nothing is wrong with it."""
    return notebook


def warns(notebook):
    cell = cells_by_id(notebook)["neuron--step-neuron--answer"]
    first, _, rest = cell.source.partition('    """')
    text, _, body = rest.partition('"""\n')
    cell.source = f'{first}    """{text}"""\n    import sys\n'
    cell.source += '    print("now in step_neuron", file=sys.stderr)\n' + body
    return notebook


def leaves(notebook):
    cell = cells_by_id(notebook)["neuron--pattern-neuron--answer"]
    notebook.cells.insert(
        notebook.cells.index(cell), nbformat.v4.new_code_cell("import os\nos._exit(0)")
    )
    return notebook


def answers_twice(notebook):
    cell = cells_by_id(notebook)["neuron--step-neuron--answer"]
    copy = nbformat.from_dict({**cell, "id": "another"})
    notebook.cells.insert(notebook.cells.index(cell), copy)
    return notebook


def loses_a_test(notebook):
    notebook.cells.remove(cells_by_id(notebook)["neuron--step-neuron"])
    return notebook


def loses_its_metadata(notebook):
    for cell in notebook.cells:
        cell.metadata = {}
    return notebook


CARELESS = {
    f.__name__.replace("_", " "): f
    for f in (ours, warns, leaves, answers_twice, loses_a_test, loses_its_metadata)
}
OTHER_FILES = {
    "shadows NumPy": {"numpy.py": b"raise ImportError('my notes on NumPy')\n"},
    "byte order mark": {},
    "renamed": {},
}

ENDS_THE_COMMAND = ("answers twice",)


def hand_in(folder, kind):
    notebook = submitted_notebook(folder, LESSON, {})
    notebook = CARELESS.get(kind, ours)(notebook)
    content = json.dumps(notebook).encode()  # nbformat.writes would repair it
    name = "neuron (1).ipynb" if kind == "renamed" else "neuron.ipynb"
    if kind == "byte order mark":
        content = b"\xef\xbb\xbf" + content
    target = course.submitted(folder, kind.replace(" ", "-"), ASSIGNMENT)
    target.mkdir(parents=True)
    (target / name).write_bytes(content)
    for other, text in OTHER_FILES.get(kind, {}).items():
        (target / other).write_bytes(text)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """The marks by kind of hand-in and problem, from stock nbgrader and from us."""
    folder = tmp_path_factory.mktemp("equal") / "ours"
    course.make(folder, [LESSON.path])
    course.nbgrader(folder, "generate_assignment", ASSIGNMENT)
    kinds = [*CARELESS, *OTHER_FILES]
    for kind in kinds:
        hand_in(folder, kind)
    stock = shutil.copytree(folder, folder.with_name("stock"))
    for kind in ENDS_THE_COMMAND:  # so it is graded last, and alone
        folder_of_it = course.submitted(stock, kind.replace(" ", "-"), ASSIGNMENT)
        shutil.move(folder_of_it, stock / kind)
    course.nbgrader(stock, "autograde", ASSIGNMENT, check=False)
    for kind in ENDS_THE_COMMAND:
        folder_of_it = course.submitted(stock, kind.replace(" ", "-"), ASSIGNMENT)
        shutil.move(stock / kind, folder_of_it)
    course.nbgrader(stock, "autograde", ASSIGNMENT, check=False)
    Class(folder).grade()
    return [
        {
            kind: {
                problem: Class(where)
                .scores()
                .get(kind.replace(" ", "-"), {})
                .get(problem, 0.0)
                for problem in LESSON.problems
            }
            for kind in kinds
        }
        for where in (stock, folder)
    ]


def test_every_careless_hand_in_has_its_points(graded):
    _, ours = graded
    full = {problem: p.points for problem, p in LESSON.problems.items()}
    assert ours == dict.fromkeys(ours, full)


def test_the_marks_that_differ_from_stock_nbgrader_are_listed_with_their_reason(graded):
    stock, ours = graded
    found = {
        kind: {
            problem: [stock[kind][problem], mark]
            for problem, mark in marks.items()
            if stock[kind][problem] != mark
        }
        for kind, marks in ours.items()
    }
    found = {kind: cells for kind, cells in found.items() if cells}
    listed = yaml.safe_load(DIFFERENCES.read_text(encoding="utf-8"))
    assert {k: entry["cells"] for k, entry in listed["hand-ins"].items()} == found
    used = {entry["reason"] for entry in listed["hand-ins"].values()}
    assert used == set(listed["reasons"])
