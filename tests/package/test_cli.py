"""``dlcourse check``, as a student runs it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from dlcourse import __version__, notebooks
from dlcourse.report import check_notebook
from tests.exercises.problems import ROOT, bank, is_answer, is_test, lessons

LESSON = lessons()["activations"]
RELEASED = ROOT / "exercises" / LESSON.chapter / LESSON.path.name


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "dlcourse", *map(str, arguments)],
        capture_output=True,
        text=True,
        **options,
    )


def with_answers(path, *answers, first=""):
    """Write a released notebook with answers to its first problems, None for a stub.

    ``first`` is a cell of the student's own before the others.
    """
    made = notebooks.read(RELEASED)
    cells = [cell for cell in made.cells if is_answer(cell)]
    for cell, answer in zip(cells, answers, strict=False):
        if answer is not None:
            cell.source = answer
    if first:
        made.cells.insert(0, nbformat.v4.new_code_cell(first))
    notebooks.write(made, path)
    return path


FIRST, SECOND, THIRD, *_ = LESSON.problems.values()


@pytest.fixture
def path(tmp_path):
    return tmp_path / RELEASED.name


@pytest.fixture
def notebook(path):
    """A released notebook; the first problem solved, the second wrong."""
    wrong = SECOND.answer.partition("### BEGIN SOLUTION")[0] + "return None"
    return with_answers(path, FIRST.answer, wrong)


def test_check_reports_each_problem_in_words_and_leaves_the_file_alone(notebook):
    before = notebook.read_bytes()
    done = run("check", notebook)
    assert done.returncode == 1 and done.stderr == ""
    for problem, status in ((FIRST, "passed"), (SECOND, "failed"), (THIRD, "not att")):
        assert re.search(rf"{problem.id} \(\d points?\): {status}", done.stdout)
    assert "is a `return` missing?" in done.stdout
    assert "With other inputs" not in done.stdout
    total = sum(problem.points for problem in LESSON.problems.values())
    assert f"{FIRST.points:g} of {total:g} points by the visible tests" in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines()[1:])
    assert notebook.read_bytes() == before


def test_the_hint_to_open_next_is_named_for_what_does_not_pass(notebook):
    problems = run("check", notebook).stdout.split("  activations--")[1:]
    hints = [
        text.count("Next: Hint 1 · concept, above the answer.") for text in problems
    ]
    assert hints == [0] + [1] * (len(LESSON.problems) - 1)


def test_a_hint_is_found_above_a_note_and_never_taken_from_another_problem(path):
    made = notebooks.read(with_answers(path))
    first, second, *_ = filter(is_answer, made.cells)
    note = nbformat.v4.new_markdown_cell("My own note.")
    made.cells.insert(made.cells.index(first), note)
    text = made.cells[made.cells.index(second) - 1]
    text.source = text.source.replace("<summary>Hint", "<summary>")
    notebooks.write(made, path)
    hints = [problem.hint for problem in check_notebook(path).problems]
    assert hints[:3] == ["Hint 1 · concept", "", "Hint 1 · concept"]


def test_a_console_that_lacks_a_letter_gets_the_rest(notebook):
    done = run("check", notebook, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert done.returncode == 1 and "Next: Hint 1 ? concept" in done.stdout


def test_check_of_a_whole_solution_passes():
    done = run("check", LESSON.path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "failed" not in done.stdout and "Next:" not in done.stdout


def test_a_cell_that_fails_is_named_and_does_not_stop_the_others(path):
    with_answers(path, "def f(:\n    return", SECOND.answer, first="x = 1\n1 / 0")
    said = str(check_notebook(path))
    assert "Its cell stops with SyntaxError: invalid syntax (line 1)" in said
    assert f"{SECOND.id} (3 points): passed" in said
    assert "The cell that begins with `x = 1` stops with ZeroDivisionError" in said


def test_the_cells_run_where_the_notebook_lies_and_nobody_is_asked(path):
    (path.parent / "helper.py").write_text("value = 3")
    (path.parent / "data.txt").write_text("4")
    with_answers(
        path,
        FIRST.answer,
        first="import helper\nassert open('data.txt').read() == '4'\n"
        "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);\n"
        "plt.show()\nfound = !echo here\nassert found == ['here']\n"
        "try:\n    input()\nexcept EOFError:\n    print('seen by nobody')\n"
        "else:\n    raise ValueError('somebody was asked')",
    )
    done = run("check", path, input="typed\n")
    assert "stops with" not in done.stdout and "seen by nobody" not in done.stdout
    assert f"{FIRST.id} ({FIRST.points:g} points): passed" in done.stdout


def state_of_this_process():
    main = sys.modules["__main__"]
    return main, sys.stdin, sys.stdout, list(sys.path), Path.cwd(), dict(os.environ)


def test_two_notebooks_know_nothing_of_each_other(path):
    with_answers(path, first="stray = 1\nimport sys\nsys.stray = 1")
    other = with_answers(path.with_name("other.ipynb"), first="stray")
    before = state_of_this_process()
    assert not check_notebook(path).notes
    assert "NameError: name 'stray'" in check_notebook(other).notes[0]
    assert before == state_of_this_process()


def test_what_a_notebook_sets_in_a_library_does_not_hold_for_the_next(path):
    with_answers(path, first="import numpy as np\nnp.pi = 3")
    cell = "import numpy as np\nassert np.pi != 3"
    other = with_answers(path.with_name("other.ipynb"), first=cell)
    done = run("check", path, other)
    assert done.returncode == 1
    assert done.stdout.count(f"{FIRST.id} (") == 2
    assert "AssertionError" not in done.stdout


def heed_ctrl_c():
    """Undo what a shell does to a command in the background, which ignores Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
@pytest.mark.parametrize("place", ["cell", "answer"])
def test_ctrl_c_stops_one_cell_or_one_test(path, place):
    loop = "import pathlib\npathlib.Path('begun').touch()\nwhile True:\n    pass"
    if place == "answer":
        name = re.search(r"def (\w+)", FIRST.answer)[1]
        body = loop.replace("\n", "\n    ")
        with_answers(path, f"def {name}(*_):\n    {body}", SECOND.answer)
    else:
        with_answers(path, FIRST.answer, SECOND.answer, first=loop)
    process = subprocess.Popen(
        [sys.executable, "-m", "dlcourse", "check", path],
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=heed_ctrl_c,
    )
    while not (path.parent / "begun").exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate()
    assert process.returncode == 1
    assert f"{SECOND.id} (3 points): passed" in said
    if place == "answer":
        assert f"{FIRST.id} ({FIRST.points:g} points): interrupted" in said
    else:
        assert "`import pathlib` stops with an interrupt." in said


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is no signal there")
def test_ctrl_c_in_the_first_of_two_notebooks_leaves_the_second(path):
    loop = "import pathlib\npathlib.Path('begun').touch()\nwhile True:\n    pass"
    with_answers(path, FIRST.answer, first=loop)
    other = with_answers(path.with_name("other.ipynb"), FIRST.answer)
    process = subprocess.Popen(
        [sys.executable, "-m", "dlcourse", "check", path, other],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=heed_ctrl_c,
    )
    while not (path.parent / "begun").exists():
        assert process.poll() is None
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate()
    assert process.returncode == 1
    assert "stops with an interrupt" in said
    assert said.count(f"{FIRST.id} ({FIRST.points:g} points): passed") == 2


BARE = """
import os, sys
absent = ["nbgrader", "alembic", "sqlalchemy", "nbclient", "nbformat", "jupyter_client",
          "ipykernel", "zmq", "resource", "fcntl", "grp", "pwd", "pyseccomp"]
sys.modules.update(dict.fromkeys(absent))
for name in ("fork", "setsid", "sched_getaffinity", "sysconf", "getuid"):
    delattr(os, name)
import socket
del socket.AF_UNIX, socket.send_fds, socket.recv_fds
from dlcourse.cli import main
sys.exit(main(["check", *sys.argv[1:]]))
"""


def test_check_needs_no_kernel_no_nbgrader_and_nothing_of_unix(notebook):
    """Take away what Windows and a student's installation do not have."""
    done = subprocess.run(
        [sys.executable, "-c", BARE, notebook], capture_output=True, text=True
    )
    assert done.returncode == 1, done.stderr
    assert f"{FIRST.id} ({FIRST.points:g} points): passed" in done.stdout


# --------------------------------------------------------- libraries that are forbidden

NAME = re.search(r"def (\w+)", FIRST.answer)[1]
CHEATS = {
    "in the answer": f"def {NAME}(*_):\n    import torch\n    return torch.ones(2)",
    "above it": f"import torch\n\ndef {NAME}(*_):\n    return torch.ones(2)",
    "by another name": f"import torch as t\n\ndef {NAME}(*_):\n    return t.ones(2)",
    "one function": f"from torch import ones as o\n\ndef {NAME}(*_):\n    return o(2)",
    "as a default": f"import torch\n\ndef {NAME}(*_, f=torch.ones):\n    return f(2)",
    "in a list": f"import torch\nfs = [torch.ones]\n\ndef {NAME}(*_):\n    fs[0](2)",
}


@pytest.mark.parametrize("cheat", CHEATS.values(), ids=list(CHEATS))
def test_a_library_that_the_problem_forbids_is_not_there(path, cheat):
    report = check_notebook(with_answers(path, cheat)).problems[0]
    assert report.status == "failed"
    assert "from scratch, without torch (`ones` comes from it)" in report.message


def test_a_problem_that_is_allowed_a_package_gets_it(path):
    """Even where another problem of the notebook forbids it."""
    made = notebooks.read(RELEASED)
    answers, tests = (list(filter(kind, made.cells)) for kind in (is_answer, is_test))
    answers[0].source = "import torch\nfirst = torch.ones(2).sum"
    tests[0].source = "import torch\nassert first() == 2 == torch.ones(2).sum()"
    answers[1].source = "second = torch.ones(3).sum"
    tests[1].source = (
        "import torch\nfrom dlcourse.check import without\n"
        "three = torch.ones(3).sum()\n"
        "with without('torch'):\n    assert second() == three"
    )
    del made.cells[made.cells.index(tests[1]) + 1 :]
    notebooks.write(made, path)
    first, second = check_notebook(path).problems
    assert (first.status, second.status) == ("passed", "failed")
    assert "NameError: name 'second' is not defined" in second.message
    assert "(`ones` comes from it)" in second.trouble


@pytest.mark.skipif(sys.platform != "linux", reason="grading isolates, on Linux only")
def test_grading_says_the_same_of_what_fails_visibly(tmp_path):
    from dlcourse.grading.engine import Settings, grade, read_lesson
    from dlcourse.grading.sandbox import NoIsolation
    from dlcourse.grading.warm import Warm

    entries = bank(LESSON.name)
    lesson = read_lesson(LESSON.path, __version__)
    compared = 0
    with Warm() as warm:
        for number in range(3):
            answers = [[*e.wrong, *e.cheat, *e.right][number] for e in entries.values()]
            path = with_answers(tmp_path / RELEASED.name, *(a.code for a in answers))
            try:
                graded = grade(
                    [lesson], {path.name: path.read_bytes()}, Settings(), warm
                )
            except NoIsolation as error:
                pytest.skip(str(error))
            outcomes = graded.notebooks[LESSON.name].outcomes
            for report in check_notebook(path).problems:
                outcome = outcomes[report.problem]
                if not outcome.message.startswith("With other inputs"):
                    assert (report.status, report.message) == (
                        outcome.status,
                        outcome.message,
                    )
                    compared += 1
    assert compared > 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("not json", "is not a Jupyter notebook"),
        ('{"a": 1}', "is not a Jupyter notebook"),
        ("[]", "is not a Jupyter notebook"),
        (None, "There is no notebook"),
        ('{"nbformat": 4, "cells": [{}]}', "is not a Jupyter notebook"),
        ('{"nbformat": 4, "cells": 3}', "is not a Jupyter notebook"),
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
