"""The benchmark of the vision lesson runs, and its committed result is in range."""

import json
import sys

import pytest
import torch

from benchmarks import vision

METHODS = ("components", "templates", "network")
SCORES = {"accuracy", "mAP50", "mAP75", "Dice"}
FEW = {"single": 60, "single_test": 30, "train": 40, "test": 20}


@pytest.fixture(autouse=True)
def same_torch_afterwards():
    """The lesson's cells set the default type and the number of threads."""
    before = torch.get_default_dtype(), torch.get_num_threads()
    yield
    torch.set_default_dtype(before[0])
    torch.set_num_threads(before[1])


def assert_scores(row):
    assert row.keys() == {"seed", *METHODS}
    for name in METHODS:
        assert row[name].keys() == SCORES
        assert all(0 <= score <= 1 for score in row[name].values())
        assert row[name]["mAP75"] <= row[name]["mAP50"]


def test_the_committed_result_has_all_that_the_lesson_shows():
    result = vision.EXPERIMENT.committed()
    assert result["sizes"] == vision.SIZES
    assert [row["seed"] for row in result["rows"]] == result["seeds"]
    for row in result["rows"]:
        assert_scores(row)
        for score in ("accuracy", "mAP50"):
            scores = [row[name][score] for name in METHODS]
            assert scores[0] < scores[2] < scores[1], "the text ranks the methods"
        assert row["components"]["Dice"] < row["network"]["Dice"]


def test_the_benchmark_measures_and_writes_few_scenes(tmp_path, monkeypatch, capsys):
    file = tmp_path / "result.json"
    arguments = ["vision", "--seeds", "1", "--json", str(file)]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(vision, "SIZES", FEW)
    vision.main()
    result = json.loads(file.read_text(encoding="utf-8"))
    assert (result["seeds"], result["sizes"]) == ([0], FEW)
    assert_scores(result["rows"][0])
    assert result["rows"][0]["templates"]["accuracy"] > 0.9, "it knows how they look"
    assert "templates" in capsys.readouterr().out


def test_a_seed_gives_the_same_scores_again():
    assert vision.measure(3, FEW) == vision.measure(3, FEW)
