"""The benchmark of the scaling lesson runs, and its committed result is in range."""

import statistics

import pytest
import torch

from benchmarks import scaling


@pytest.fixture(autouse=True)
def same_threads_afterwards():
    """The lesson's cells set the number of threads."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def it():
    return scaling.EXPERIMENT.names()


@pytest.fixture(scope="module")
def result():
    return scaling.EXPERIMENT.committed()


def test_the_committed_rows_are_complete_and_in_range(it, result):
    seeds = len(result["seeds"])
    for part, kinds in (("depth", scaling.KINDS), ("equal", ("He", "residual"))):
        found = [(row["kind"], row["depth"]) for row in result[part]]
        assert found == [(kind, d) for kind in kinds for d in scaling.DEPTHS]
        for row in result[part]:
            assert row["lr"] in scaling.LRS
            pairs = it["layer_sizes"](row["depth"], row["width"])
            assert row["parameters"] == scaling.count(pairs)
            for share, most in (("train", 997), ("valid", 300), ("test", 500)):
                assert len(row[share]) == seeds
                assert all(0 <= right <= most for right in row[share])


def test_networks_of_equal_parameters_use_the_budget(it, result):
    for row in result["equal"]:
        assert row["parameters"] <= result["budget"]
        wider = it["layer_sizes"](row["depth"], row["width"] + 1)
        assert scaling.count(wider) > result["budget"]


def test_the_committed_losses_are_of_every_width_and_mark(result):
    rows = result["compute"]["rows"]
    wanted = [(w, 32 * mark) for w in scaling.WIDTHS for mark in scaling.MARKS]
    assert [(row["width"], row["images"]) for row in rows] == wanted
    for row in rows:
        assert row["parameters"] == 795 * row["width"] + 10
        assert all(0 < loss < 3 for loss in row["valid"] + row["test"])


def test_a_row_is_measured_with_the_rate_that_validates_best(it):
    row = scaling.measure_row(it, "residual", 4, 8, range(2), 60, (1e-6, 0.01))
    assert row["lr"] == 0.01
    assert statistics.mean(row["train"]) > 500
    assert row == scaling.measure_row(it, "residual", 4, 8, range(2), 60, (1e-6, 0.01))


def test_losses_are_measured_along_the_training(it):
    data = scaling.load(None, "bundled")
    assert [len(y) for _, y in data] == [1078, 359, 360]
    measured = scaling.measure_compute(it, data, (2, 16), (1, 8, 64), range(2), (0.01,))
    assert (measured["train_images"], measured["test_images"]) == (1078, 360)
    rows = measured["rows"]
    assert [row["images"] for row in rows] == [32, 256, 2048] * 2
    assert statistics.mean(rows[-1]["test"]) < statistics.mean(rows[3]["test"])
    assert statistics.mean(rows[-1]["test"]) < statistics.mean(rows[2]["test"])


def test_networks_side_by_side_do_not_disturb_each_other(it):
    pairs, ((X, y), *_) = it["layer_sizes"](6, 8), it["parts_of_digits"]()
    (both,) = it["train"]("residual norm", pairs, X, y, 0.01, range(2), [5])
    (alone,) = it["train"]("residual norm", pairs, X, y, 0.01, [1], [5])
    assert torch.allclose(both[1], alone[0], atol=1e-4)
