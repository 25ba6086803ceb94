"""Every committed result is of the lesson and the benchmark as they are now."""

import importlib
import json

import pytest

from benchmarks.committed import Experiment

from .files import ROOT

EXPERIMENTS = {
    module.EXPERIMENT.result: module.EXPERIMENT
    for path in sorted((ROOT / "benchmarks").glob("*.py"))
    if "EXPERIMENT = " in path.read_text(encoding="utf-8")
    for module in [importlib.import_module(f"benchmarks.{path.stem}")]
}


def test_every_result_beside_a_lesson_has_its_benchmark():
    assert set(EXPERIMENTS) == set((ROOT / "book").glob("*/*.json"))


@pytest.mark.parametrize(
    "experiment", EXPERIMENTS.values(), ids=lambda e: e.result.stem
)
class TestExperiment:
    def test_the_result_is_of_the_lesson_and_the_benchmark_as_they_are(
        self, experiment
    ):
        command = f".venv/bin/python -m benchmarks.{experiment.script.stem}"
        assert experiment.committed()["code_sha256"] == experiment.fingerprint, (
            f"what {experiment.result.name} depends on has changed since it was "
            f"measured: run {command} again (its first lines say how)"
        )

    def test_the_result_names_seeds_and_machine(self, experiment):
        result = experiment.committed()
        assert len(result["seeds"]) >= 5
        assert result["machine"].keys() == {
            "processor", "system", "python", "torch", "numpy"
        }  # fmt: skip

    def test_the_lesson_shows_the_result(self, experiment):
        assert experiment.result.name in experiment.lesson.read_text(encoding="utf-8")


def test_a_changed_cell_or_script_changes_the_fingerprint(tmp_path):
    script = tmp_path / "script.py"
    script.write_text("1")
    experiment = Experiment("code/five-models", str(script))
    before = experiment.fingerprint
    script.write_text("2")
    assert experiment.fingerprint != before
    changed = Experiment("code/five-models", str(script))
    changed.code = experiment.code + "\npass"
    assert changed.fingerprint != experiment.fingerprint


def test_a_docstring_that_is_put_better_leaves_the_fingerprint(tmp_path):
    script = tmp_path / "script.py"
    script.write_text('def f():\n    """Return 1."""\n    return """1"""\n')
    experiment = Experiment("code/five-models", str(script))
    before = experiment.fingerprint
    script.write_text(
        'def f():\n    """Return one.\n\n    Always.\n    """\n    return """1"""\n'
    )
    assert experiment.fingerprint == before
    script.write_text('def f():\n    """Return 1."""\n    return """2"""\n')
    assert experiment.fingerprint != before


def test_a_result_is_written_with_what_it_depends_on(tmp_path):
    file = tmp_path / "result.json"
    experiment = Experiment("code/five-models", __file__)
    experiment.write(file, range(2), {"name": "ä"})
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["code_sha256"] == experiment.fingerprint
    assert (result["seeds"], result["name"]) == ([0, 1], "ä")
