"""The benchmark of the efficiency lesson runs, and its committed result is in range."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from benchmarks import efficiency


@pytest.fixture(autouse=True)
def same_torch_afterwards():
    """The benchmark sets the number of threads."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def committed():
    return efficiency.EXPERIMENT.committed()


@pytest.fixture(scope="module")
def lesson():
    return efficiency.EXPERIMENT.names()


def test_the_committed_result_has_all_that_the_lesson_shows(committed):
    seeds = len(committed["seeds"])
    batch_sizes = [row["batch_size"] for row in committed["batch"]]
    assert batch_sizes == efficiency.BATCH_SIZES
    assert committed["target"] == efficiency.TARGET
    rates = efficiency.RATES
    assert all(row["rate"] in rates[1:-1] for row in committed["batch"]), (
        "a best rate lies at the end of the grid"
    )
    counts = [
        *(row["right"] for row in committed["students"]),
        *(row["right"] for row in committed["precision"]),
        *(row["right"] for row in committed["dense"]),
        *(row[key] for row in committed["pruned"] for key in ("one-shot", "tuned")),
        *(row[key] for row in committed["rounded"] for key in ("tensor", "channel")),
        *(file["right"] for file in committed["files"].values()),
    ]
    for right in counts:
        assert len(right) == seeds
        assert all(0 < n <= 400 for n in right)
    assert all(len(row["steps"]) == seeds for row in committed["batch"])
    assert all(0 < r < 100 for values in committed["ratios"].values() for r in values)


def test_one_row_comes_out_again(committed, lesson):
    row = committed["batch"][5]
    seeds = committed["seeds"][:2]
    steps = lesson["steps_to"](
        efficiency.TARGET, row["batch_size"], [row["rate"]], seeds
    )
    assert np.allclose(steps[0], row["steps"][:2], rtol=0.1)


def test_the_benchmark_measures_and_writes_in_small(tmp_path, monkeypatch, capsys):
    file = tmp_path / "result.json"
    arguments = ["efficiency", "--seeds", "1", "--json", str(file)]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.setattr(efficiency, "TARGET", 2.0)
    monkeypatch.setattr(efficiency, "BATCH_SIZES", [64])
    monkeypatch.setattr(efficiency, "RATES", [0.5, 1e9])
    monkeypatch.setattr(efficiency, "STUDENT_RATES", [0.05])
    monkeypatch.setattr(efficiency, "WIDTHS", [4])
    monkeypatch.setattr(efficiency, "TEMPERATURES", [4])
    monkeypatch.setattr(efficiency, "SPARSITIES", [0.9])
    monkeypatch.setattr(efficiency, "BITS", [4])
    monkeypatch.setattr(
        efficiency, "speed", lambda v, rounds, repeats: {"a to b": [1.0, 2.0]}
    )
    efficiency.main()
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["seeds"] == [0]
    assert result["batch"][0]["rate"] == 0.5
    assert result["files"].keys() == {
        "float32", "float16", "pruned", "small", "distilled", "int8", "distilled int8"
    }  # fmt: skip
    sizes = {name: file["bytes"] for name, file in result["files"].items()}
    assert sizes["int8"] < sizes["float16"] < sizes["float32"]
    assert result["precision"][0]["right"][0] > 370, "nothing is learned"
    assert "a to b" in capsys.readouterr().out


def test_speeds_are_ratios_of_what_they_say(lesson):
    ratios = efficiency.speed(SimpleNamespace(**lesson), rounds=1, repeats=1, d=64)
    committed = efficiency.EXPERIMENT.committed()["ratios"]
    assert ratios.keys() == committed.keys()
    assert all(len(values) == 1 and values[0] > 0 for values in ratios.values())
