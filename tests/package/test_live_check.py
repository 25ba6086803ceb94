"""``check()`` in a notebook: what the kernel's names are worth now."""

import re
import shutil

import nbformat
import pytest
from nbclient import NotebookClient

from dlcourse import notebooks
from dlcourse.check import check
from dlcourse.report import CannotCheck, check_names
from tests.exercises.problems import ROOT, is_test, lessons

LESSON = lessons()["activations"]
RELEASED = ROOT / "exercises" / LESSON.chapter / LESSON.path.name
FIRST, SECOND, *_ = LESSON.problems.values()
SHORT = FIRST.id.partition("--")[2]
NAME = re.search(r"def (\w+)", FIRST.answer)[1]


@pytest.fixture
def names():
    """The names of a kernel that ran the first answer."""
    namespace: dict = {}
    exec(f"import numpy as np\n{FIRST.answer}", namespace)
    return namespace


@pytest.fixture(autouse=True)
def nowhere(monkeypatch, tmp_path):
    """No notebook is running, in an empty folder."""
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_names_of_now_are_tested(names):
    said = str(check_names(names, [SHORT], RELEASED))
    assert (
        f"{FIRST.id} ({FIRST.points:g} points): passed" in said
        and SECOND.id not in said
    )
    assert f"{FIRST.points:g} of {FIRST.points:g} points by the visible" in said
    assert "the names that this kernel holds now" in said
    assert all(len(line) <= 80 for line in said.splitlines())
    names[NAME] = lambda *_: None
    said = str(check_names(names, [FIRST.id], RELEASED))
    assert (
        f"{FIRST.id} ({FIRST.points:g} points): failed" in said
        and "`return` missing" in said
    )
    assert "Next: Hint 1 · concept, above the answer." in said


def test_an_answer_that_this_kernel_has_not_run_is_told_from_a_wrong_one(names):
    second = check_names(names, [], RELEASED).problems[1]
    name = re.search(r"def (\w+)", SECOND.answer)[1]
    assert second.status == "not run"
    assert second.message == (
        f"This kernel does not know `{name}`: run the answer's cell first."
    )


def test_a_name_that_the_answer_itself_lacks_is_a_failure(tmp_path):
    made = notebooks.read(RELEASED)
    test = next(filter(is_test, made.cells))
    test.source = "assert f() == 1"
    notebooks.write(made, tmp_path / "mine.ipynb")
    names: dict = {}
    exec("def f():\n    return elsewhere", names)
    report = check_names(names, [SHORT], tmp_path / "mine.ipynb").problems[0]
    assert report.status == "failed"
    assert report.message == "NameError: name 'elsewhere' is not defined"


def test_names_from_a_forbidden_library_are_fenced_off_and_put_back(names):
    import torch

    exec(f"import torch\ndef {NAME}(*_):\n    return torch.ones(2)", names)
    report = check_names(names, [SHORT], RELEASED).problems[0]
    assert "from scratch, without torch (`ones` comes from it)" in report.message
    assert names["torch"] is torch and names[NAME]().sum() == 2


def test_the_callers_names_are_meant(capsys):
    space: dict = {"check": check}
    exec(f"check({SHORT!r}, notebook={str(RELEASED)!r})", space)
    assert f"does not know `{NAME}`" in capsys.readouterr().out


def test_a_problem_that_is_not_there_is_refused_with_those_that_are(names):
    with pytest.raises(CannotCheck, match=rf"no problem 'x'.* It has: {FIRST.id}, "):
        check_names(names, ["x"], RELEASED)


def test_a_short_name_that_could_be_two_is_refused(names, tmp_path):
    text = RELEASED.read_text(encoding="utf-8")
    twin = SECOND.id.replace(SECOND.id.partition("--")[0], "other").replace(
        SECOND.id.partition("--")[2], SHORT
    )
    path = tmp_path / "two.ipynb"
    path.write_text(text.replace(f'"{SECOND.id}"', f'"{twin}"'), encoding="utf-8")
    with pytest.raises(CannotCheck, match=f"several problems '{SHORT}'.*{twin}"):
        check_names(names, [SHORT], path)
    assert check_names(names, [FIRST.id], path).passed


def test_the_file_is_found_where_jupyter_or_vs_code_says(names, tmp_path, monkeypatch):
    shutil.copy(RELEASED, tmp_path / "mine.ipynb")
    with pytest.raises(CannotCheck, match=r'check\(notebook="neuron.ipynb"\)'):
        check_names(names, [SHORT], None)
    vs_code = names | {"__vsc_ipynb_file__": str(tmp_path / "mine.ipynb")}
    assert check_names(vs_code, [SHORT], None).passed
    for said in (tmp_path / "mine.ipynb", "mine.ipynb", "folder/mine.ipynb"):
        monkeypatch.setenv("JPY_SESSION_NAME", str(said))
        assert check_names(names, [SHORT], None).passed
    monkeypatch.setenv("JPY_SESSION_NAME", "renamed.ipynb")
    with pytest.raises(CannotCheck, match="not known here"):
        check_names(names, [SHORT], None)


def test_a_lesson_has_nothing_to_check(names):
    lesson = ROOT / "book" / LESSON.chapter / LESSON.path.name
    with pytest.raises(CannotCheck, match="holds no graded problem"):
        check_names(names, [], lesson)


def test_check_in_a_real_kernel(tmp_path, monkeypatch):
    shutil.copy(RELEASED, tmp_path / "mine.ipynb")
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "mine.ipynb"))
    sources = [
        "import numpy as np\nfrom dlcourse.check import check",
        FIRST.answer,
        f"check({SHORT!r})",
        f"def {NAME}(*_):\n    while True:\n        raise KeyboardInterrupt",
        f"check({SHORT!r})",
        "'this kernel is as it was'",
    ]
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in sources]
    )
    NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    passed, interrupted = (notebook.cells[n].outputs[0].text for n in (2, 4))
    assert f"{FIRST.id} ({FIRST.points:g} points): passed" in passed
    assert f"{FIRST.id} ({FIRST.points:g} points): interrupted" in interrupted
