"""The benchmark of the lesson on little data runs, and its result is in range."""

import pytest
import torch

from benchmarks import little_data


@pytest.fixture(autouse=True)
def same_threads_afterwards():
    """The lesson's cells set the number of threads."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def it():
    return little_data.EXPERIMENT.names()


@pytest.fixture(scope="module")
def result():
    return little_data.EXPERIMENT.committed()


def test_the_committed_rows_are_complete_and_in_range(it, result):
    seeds = len(result["seeds"])
    wanted = [
        (moved, k, method)
        for moved, labels in ((True, little_data.LABELS), (False, little_data.CENTRED))
        for k in labels
        for method in it["METHODS"]
    ]
    found = [(row["moved"], row["k"], row["method"]) for row in result["transfer"]]
    assert found == wanted
    curves = [(row["kind"], row["n"]) for row in result["curves"]]
    assert curves == [(c, n) for c in little_data.CURVES for n in little_data.SIZES]
    rates = [row["lr_body"] for row in result["rates"]]
    assert rates == list(little_data.BODY_RATES)
    for part, images in (("transfer", 248), ("curves", 500), ("rates", 248)):
        for row in result[part]:
            assert len(row["test"]) == seeds
            assert all(0 <= right <= images for right in row["test"])


def test_a_frozen_body_keeps_the_old_task_exactly(result):
    for row in result["transfer"]:
        if row["method"] == "digits, frozen":
            assert row["old"] == result["old"]
    assert result["rates"][0]["old"] == result["old"]


def test_networks_side_by_side_do_not_disturb_each_other(it):
    few, _, test = it["few_labels"](2, range(2))
    alone_few, _, alone_test = it["few_labels"](2, [1])
    both = it["transfer"]("from scratch", None, *few, 0.003, range(2))
    alone = it["transfer"]("from scratch", None, *alone_few, 0.003, [1])
    with torch.no_grad():
        Z = it["logits"](*(part.eval() for part in both), test[0][:20])
        Z_alone = it["logits"](*(part.eval() for part in alone), alone_test[0][:20])
    assert torch.allclose(Z[:, 1], Z_alone[:, 0], atol=0.05)


def test_a_miniature_run(it):
    bodies = {"digits": it["pretrain"]("digits", range(2), 5)}
    row = little_data.measure_transfer(it, "digits, frozen", bodies, 1, True, range(2))
    assert row["lr"] in it["RATES"]["others"]
    assert len(row["test"]) == len(row["old"]) == 2
    point = little_data.measure_curve(it, "nearest", 1000, range(2), 1)
    assert all(right > 450 for right in point["test"])
