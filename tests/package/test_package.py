"""The package's data, figures, notebook tools, and what bad installations get."""

import importlib.metadata
import re
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from matplotlib import pyplot as plt

from dlcourse import data, figures, notebooks
from tests.exercises.problems import ROOT


def test_digits_are_whole_and_scaled():
    X, y = data.digits()
    assert X.shape == (1797, 64) and y.shape == (1797,)
    assert X.min() == 0 and X.max() == 1
    assert set(y) == set(range(10))


def test_missing_digits_are_explained(monkeypatch):
    def gone(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(data, "distribution", gone)
    with pytest.raises(FileNotFoundError, match="reinstall it in this environment"):
        data.digits()


def test_digits_are_scikit_learns_and_come_without_importing_it():
    code = (
        "import sys; from dlcourse.data import digits; X, y = digits();"
        "assert 'sklearn' not in sys.modules;"
        "from sklearn.datasets import load_digits; a, b = load_digits(return_X_y=True);"
        "assert (X == a / 16).all() and (y == b).all() and y.dtype == b.dtype"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_spirals_are_balanced_repeatable_and_not_linearly_separable():
    X, y = data.two_spirals(400, 0.02, np.random.default_rng(0))
    again, _ = data.two_spirals(400, 0.02, np.random.default_rng(0))
    assert (again == X).all() and X.shape == (400, 2)
    assert (np.bincount(y) == 200).all()
    A = np.column_stack([X, np.ones(400)])
    w, *_ = np.linalg.lstsq(A, 2.0 * y - 1, rcond=None)
    assert np.mean((A @ w > 0) == y) < 0.75


@pytest.mark.parametrize("n", [0, -2, 3])
def test_spirals_need_an_even_number(n):
    with pytest.raises(ValueError, match="even number"):
        data.two_spirals(n, 0.1, np.random.default_rng(0))


def test_the_figure_helpers_draw():
    figures.use_style()
    X, y = data.two_spirals(40, 0.0, np.random.default_rng(0))
    fig, ax = plt.subplots()
    figures.plot_points(ax, X, y, labels=["inner", "outer"])
    figures.plot_regions(ax, lambda P: P[:, 0] > 0, (-1, 1), (-1, 1), steps=20)
    assert [t.get_text() for t in ax.legend().get_texts()] == ["inner", "outer"]
    assert ax.get_xlim() == (-1, 1)
    fig.canvas.draw()
    plt.close(fig)


def test_a_region_plot_shades_the_class_that_the_classifier_gives():
    figures.use_style()
    fig, ax = plt.subplots(figsize=(2, 2))
    figures.plot_regions(ax, lambda P: P[:, 0] > 0, (-1, 1), (-1, 1))
    ax.axis("off")
    fig.canvas.draw()
    pixels = np.asarray(fig.canvas.buffer_rgba())[..., :3].astype(int)
    height, width, _ = pixels.shape
    left, right = pixels[height // 2, width // 4], pixels[height // 2, 3 * width // 4]
    assert left[2] > left[0] and right[0] > right[2]  # blue is 0, orange is 1
    plt.close(fig)


def test_normalising_is_idempotent_and_drops_what_changes():
    cell = nbformat.v4.new_code_cell("1", execution_count=7)
    cell.metadata["execution"] = {"iopub.execute_input": "now"}
    stream = nbformat.v4.new_output("stream", text="a\n")
    cell.outputs = [stream, nbformat.v4.new_output("stream", text="b\n")]
    made = nbformat.v4.new_notebook(cells=[cell], metadata={"widgets": {}})
    once = notebooks.dumps(notebooks.normalise(made))
    assert once == notebooks.dumps(notebooks.normalise(made))
    assert made.cells[0].execution_count == 1
    assert made.cells[0].outputs[0].text == "a\nb\n"
    assert "now" not in once and "widgets" not in once


def test_a_stored_traceback_shows_no_path_of_a_library():
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("import json\njson.loads('no')")]
    )
    made.cells[0].metadata["tags"] = ["raises-exception"]
    made = notebooks.normalise(notebooks.execute(made, "."))
    (error,) = made.cells[0].outputs
    text = "\n".join(error.traceback)
    assert "json.loads('no')" in re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert "JSONDecodeError" in text
    assert "/" not in text


def test_the_set_up_cell_explains_a_missing_package(tmp_path):
    code = notebooks.SETUP.replace("get_ipython()", "None")
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 1
    assert "The course package dlcourse is not installed" in done.stderr
    assert "pip install -e ." in done.stderr


def test_an_old_python_is_refused_in_words():
    code = (
        "import sys, runpy; sys.version_info = (3, 9, 1, 'final', 0)\n"
        f"runpy.run_path({str(ROOT / 'src/dlcourse/__init__.py')!r})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "needs Python 3.11 or later, and this is Python 3.9" in done.stderr


def test_the_package_never_imports_its_outer_rooms():
    """Imports run one way: grading and site use the rest, nothing uses them.

    Nothing but the command line, which gives the instructors' commands their names.
    """
    package = ROOT / "src" / "dlcourse"
    inner = {*package.glob("*.py"), *package.glob("engine/*.py")} - {package / "cli.py"}
    for path in sorted(inner):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"dlcourse\.(grading|site)|nbgrader import", text), path


@pytest.mark.skipif(
    sys.platform != "linux" or sys.version_info[:2] != (3, 11),
    reason="constraints.txt is what one resolver chose on Linux with Python 3.11",
)
def test_the_constraints_are_what_is_installed():
    """``make constraints`` writes the environment down; this compares the two."""
    frozen = subprocess.run(
        [sys.executable, "-m", "pip", "freeze", "--exclude-editable"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.replace("+cpu\n", "\n")
    installed = set(frozen.splitlines())
    pinned = set((ROOT / "constraints.txt").read_text().splitlines())
    assert installed == pinned, (
        f"installed, not pinned: {sorted(installed - pinned)}; "
        f"pinned, not installed: {sorted(pinned - installed)}; run `make constraints`"
    )
