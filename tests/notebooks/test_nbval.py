"""nbval, which compares the stored outputs, can fail; so can the figures with it."""

import os
import platform
import subprocess
import sys

import nbformat
import pytest

from dlcourse import notebooks

from .files import ROOT

SANITIZE = ROOT / "tests/notebooks/nbval_sanitize.cfg"


def run_nbval(path):
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--nbval", "--nbval-current-env", f"--nbval-sanitize-with={SANITIZE}"),
            *("-c", "/dev/null", "--rootdir", path.parent, "-p", "conftest", path),
        ],
        capture_output=True,
        text=True,
        cwd=path.parent,
        env=os.environ | {"PYTHONPATH": str(ROOT)},  # the root's conftest.py
    )


@pytest.fixture
def notebook():
    made = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("print(f'{0.1 + 0.2:.3f}')")]
    )
    return notebooks.normalise(notebooks.execute(made, "."))


def test_a_right_output_passes(notebook, tmp_path):
    notebooks.write(notebook, tmp_path / "right.ipynb")
    done = run_nbval(tmp_path / "right.ipynb")
    assert done.returncode == 0, done.stdout


def test_a_wrong_output_is_caught(notebook, tmp_path):
    notebook.cells[0].outputs[0].text = "0.301\n"
    notebooks.write(notebook, tmp_path / "wrong.ipynb")
    done = run_nbval(tmp_path / "wrong.ipynb")
    assert done.returncode == 1
    assert "0.301" in done.stdout and "0.300" in done.stdout


@pytest.fixture
def drawing():
    made = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(
                "import matplotlib.pyplot as plt\n"
                "fig, ax = plt.subplots(figsize=(2, 1))\n"
                "_ = ax.plot([0, 1], [0, 1])\n"
                "_ = ax.axis((0, 1, 0, 1))\n"
                "plt.show()"
            )
        ]
    )
    return notebooks.normalise(notebooks.execute(made, "."))


def test_the_same_figure_passes(drawing, tmp_path):
    notebooks.write(drawing, tmp_path / "same.ipynb")
    done = run_nbval(tmp_path / "same.ipynb")
    assert done.returncode == 0, done.stdout


def test_a_changed_figure_is_caught(drawing, tmp_path):
    drawing.cells[0].source = drawing.cells[0].source.replace("1])\n", "0.9])\n")
    notebooks.write(drawing, tmp_path / "changed.ipynb")
    done = run_nbval(tmp_path / "changed.ipynb")
    assert done.returncode == 1
    assert "pixels changed" in done.stdout


def test_an_error_that_is_not_stored_is_caught(notebook, tmp_path):
    notebook.cells[0].source += "\nraise ValueError('surprise')"
    notebooks.write(notebook, tmp_path / "error.ipynb")
    assert run_nbval(tmp_path / "error.ipynb").returncode == 1


def test_a_misspelt_section_of_the_sanitising_file_is_caught():
    """nbval ignores a section that lacks one of the pair without a word."""
    import configparser

    config = configparser.ConfigParser()
    config.read(SANITIZE)
    for section in config.sections():
        assert set(config[section]) == {"regex", "replace"}, section


ON_X86_64 = """\
import torch
from numpy._core._multiarray_umath import __cpu_features__ as features
from threadpoolctl import threadpool_info

(blas,) = (pool for pool in threadpool_info() if pool["user_api"] == "blas")
print(blas["architecture"], blas["num_threads"])
print([name for name in features if features[name] and name.startswith("X86_V")])
print(torch.backends.cpu.get_cpu_capability(), torch.get_num_threads())"""


@pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64"), reason="is about these processors"
)
def test_digits_are_computed_alike_on_all_processors(tmp_path, monkeypatch):
    for name in notebooks.SAME_DIGITS:
        monkeypatch.delenv(name, raising=False)
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(ON_X86_64)])
    made = notebooks.normalise(notebooks.execute(made, "."))
    assert made.cells[0].outputs[0].text == (
        "Haswell 1\n['X86_V2', 'X86_V3']\nAVX2 1\n"
    )
    notebooks.write(made, tmp_path / "processor.ipynb")
    done = run_nbval(tmp_path / "processor.ipynb")
    assert done.returncode == 0, done.stdout
