"""The benchmark of the lesson on regularisation runs, and its result is in range."""

import json
import sys

import numpy as np
import pytest

from benchmarks import regularisation


@pytest.fixture(scope="module")
def lesson():
    return regularisation.EXPERIMENT.names()


def names_and_choices(lesson):
    """List what the result has a row for, in order."""
    strengths = {
        "base": 1,
        "early stopping": len(lesson["PATIENCE"]),
        **{name: len(recipes) for name, recipes in lesson["REMEDIES"].items()},
        "decay curve": len(lesson["DECAYS"]),
    }
    return [(name, i) for name, count in strengths.items() for i in range(count)]


def assert_rows(rows, lesson, seeds):
    assert [(row["name"], row["choice"]) for row in rows] == names_and_choices(lesson)
    for row in rows:
        for part, size in (("train", row["n"]), ("val", 297), ("test", 500)):
            assert len(row[f"{part}_right"]) == seeds
            assert all(0 <= right <= size for right in row[f"{part}_right"])


def test_the_committed_result_says_what_the_lesson_says(lesson):
    result = regularisation.EXPERIMENT.committed()
    assert list(result["labels"]) == ["true", "wrong"]
    mean = {}
    for labels, part in result["labels"].items():
        assert_rows(part["rows"], lesson, len(result["seeds"]))
        for row in part["rows"]:
            place = labels, row["name"], row["choice"]
            mean[place] = np.mean(row["test_right"]) / 5
    assert mean["true", "base", 0] > mean["wrong", "base", 0] + 10
    assert mean["wrong", "distort", 2] > mean["wrong", "base", 0] + 10
    assert mean["true", "mirror", 2] < mean["true", "base", 0] - 1
    for labels in ("true", "wrong"):
        curves = result["labels"][labels]["curves"]
        last = {name: curve["train_loss"][-1] for name, curve in curves.items()}
        assert last["batch norm"] < last["base"] < last["dropout"]
        assert last["dropout"] < last["weight decay"]


def test_a_recipe_listed_twice_gives_the_same_networks():
    """The base is also the control's first choice: the same start, batches, end."""
    for part in regularisation.EXPERIMENT.committed()["labels"].values():
        rows = {(row["name"], row["choice"]): row for row in part["rows"]}
        base, control = rows["base", 0], rows["learning rate", 0]
        assert base["test_right"] == control["test_right"]


def test_the_benchmark_measures_and_writes(lesson, tmp_path, monkeypatch, capsys):
    measure, file = regularisation.measure, tmp_path / "result.json"
    monkeypatch.setattr(regularisation, "WRONG", {"wrong": 0.2})
    monkeypatch.setattr(
        regularisation, "measure", lambda wrong, seeds: measure(wrong, seeds, steps=10)
    )
    arguments = ["regularisation", "--seeds", "2", "--json", str(file)]
    monkeypatch.setattr(sys, "argv", arguments)
    regularisation.main()
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["seeds"] == [0, 1]
    for part in result["labels"].values():
        assert_rows(part["rows"], lesson, 2)
        assert all(len(curve["test"]) == 1 for curve in part["curves"].values())
    assert "dropout, distort" in capsys.readouterr().out


def test_wrong_labels_are_wrong_and_never_in_the_test_part(lesson):
    true, wrong = lesson["deal"](3, 0.0), lesson["deal"](3, 0.2)
    for (X, _), (X_too, _) in zip(true, wrong, strict=True):
        assert np.array_equal(X, X_too)
    shares = [
        (y != y_too).double().mean().item()
        for (_, y), (_, y_too) in zip(true, wrong, strict=True)
    ]
    assert 0.17 < shares[0] < 0.23 and 0.15 < shares[1] < 0.25 and shares[2] == 0


def test_augmentation_of_strength_zero_changes_nothing(lesson):
    X = lesson["deal"](2, 0.0)[0][0][:, :5]
    rng = np.random.default_rng(0)
    still = lesson["augment"](X, lesson["Recipe"](), rng)
    assert np.allclose(still, X)
    mirrored = lesson["augment"](X, lesson["Recipe"](mirror=1.0), rng)
    assert np.allclose(mirrored.reshape(2, 5, 8, 8).flip(3), X.reshape(2, 5, 8, 8))


def test_early_stopping_waits_and_keeps_the_best(lesson):
    stop = lesson["early_stop"]
    assert stop([5.0, 4.0, 6.0, 4.0, 3.0], 2) == (3, 1)
    assert stop([5.0, 4.0, 6.0, 4.0, 3.0], 3) == (4, 4)
    assert stop([1.0, 2.0], 1) == (1, 0)
