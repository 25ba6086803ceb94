"""``dlcourse check``, as a student runs it."""

import re
import subprocess
import sys

import nbformat
import pytest

from dlcourse import __version__, notebooks
from tests.exercises.problems import ANSWER, ROOT, grade_id, is_answer, lessons

LESSON = next(iter(lessons().values()))
RELEASED = ROOT / "exercises" / LESSON.chapter / LESSON.path.name


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "dlcourse", *map(str, arguments)],
        capture_output=True,
        text=True,
    )


@pytest.fixture
def notebook(tmp_path):
    """A released notebook; the first problem solved, the second wrong."""
    made = notebooks.read(RELEASED)
    answers = [cell for cell in made.cells if is_answer(cell)]
    first, second = answers[:2]
    first.source = LESSON.problems[grade_id(first).removesuffix(ANSWER)].answer
    second.source = second.source.replace("raise NotImplementedError()", "return None")
    path = tmp_path / RELEASED.name
    notebooks.write(made, path)
    return path


def test_check_reports_each_problem_in_words_and_leaves_the_file_alone(notebook):
    before = notebook.read_bytes()
    done = run("check", notebook)
    first, second, third = list(LESSON.problems)[:3]
    assert done.returncode == 1
    for problem, status in ((first, "passed"), (second, "failed"), (third, "not att")):
        assert re.search(rf"{problem} \(\d points?\): {status}", done.stdout)
    assert "Open the hints" in done.stdout
    assert notebook.read_bytes() == before


def test_check_of_a_whole_solution_passes():
    done = run("check", LESSON.path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "is not a Jupyter notebook"),
        ('{"a": 1}', "is not a Jupyter notebook"),
        ("[]", "is not a Jupyter notebook"),
        (None, "There is no notebook"),
        (nbformat.writes(nbformat.v4.new_notebook()), "holds no graded problem"),
    ],
)
def test_bad_input_gets_one_clear_paragraph(content, words, tmp_path):
    path = tmp_path / "x.ipynb"
    if content is not None:
        path.write_text(content)
    done = run("check", path)
    assert done.returncode == 2
    assert words in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.strip().count("\n") == 0


def test_the_version_is_the_packages():
    assert run("--version").stdout.strip() == __version__
