"""The benchmark of the lesson on language runs, and its committed result is right.

The lesson defines the networks, the benchmark trains what the lesson defines, and the
lesson shows what the benchmark measured.
"""

from functools import partial

import numpy as np
import pytest
import torch

from benchmarks import language

ROW = {"seed", "n_train", "positions", "english_unseen", "chinese_unseen"}
STRETCH = {
    "seen_right", "linked", "linked_right", "without_and_right", "twos", "twos_right",
    "spoken_right", "long", "long_right", "long_begun_right", "long_four_digits",
    "long_five_digits", "sharpness",
}  # fmt: skip
LINES = {"temperature", "formed", "true", "examples"}


@pytest.fixture(scope="module")
def lesson():
    return language.EXPERIMENT.names()


@pytest.fixture(scope="module")
def committed():
    return language.EXPERIMENT.committed()


def test_the_committed_result_has_all_readers_that_the_lesson_shows(committed):
    kinds = [*((n, True) for n in language.SIZES), (language.SIZES[-1], False)]
    assert [(r["seed"], r["n_train"], r["positions"]) for r in committed["reader"]] == [
        (seed, *kind) for seed in committed["seeds"] for kind in kinds
    ]
    for row in committed["reader"]:
        extra = row.keys() - ROW - {"errors", "maps"}
        assert 0 < row["english_unseen"] <= committed["tested"] == language.TESTED
        if not row["positions"]:
            assert extra == {"english_all", "chinese_all"}
        elif row["n_train"] == language.SIZES[-1]:
            assert extra == STRETCH
            assert row["long_begun_right"] <= row["long_four_digits"]
            lengths = row["long_four_digits"] + row["long_five_digits"]
            assert lengths <= row["long"] == language.LONG
        else:
            assert not extra


def test_the_committed_result_has_all_writers_that_the_lesson_shows(committed):
    assert [row["seed"] for row in committed["writer"]] == committed["seeds"]
    for row in committed["writer"]:
        assert 1 < row["floor"] < row["rule"] < row["causal"]["perplexity"]
        assert row["no mask"]["perplexity"] < row["floor"]
        assert [e["temperature"] for e in row["causal"]["lines"]] == list(
            language.TEMPERATURES
        )
        for entry in row["causal"]["lines"] + row["no mask"]["lines"]:
            assert entry.keys() == LINES
            assert 0 <= entry["true"] <= entry["formed"] <= committed["drawn"]


def test_the_errors_of_the_committed_result_are_counted_and_kept(committed):
    (row,) = (r for r in committed["reader"] if "errors" in r)
    for name, errors in row["errors"].items():
        assert len(errors) == committed["tested"] - row[f"{name}_unseen"]
        assert all(number != answer for number, answer in errors)
    assert len(row["maps"]) == 3
    for words, digits, weights in row["maps"]:
        assert np.shape(weights) == (len(digits), len(words))
        assert np.allclose(np.sum(weights, axis=1), 1, atol=0.01)


def test_readers_are_measured(lesson, monkeypatch):
    monkeypatch.setattr(language, "SIZES", (40,))
    monkeypatch.setattr(language, "TESTED", 60)
    monkeypatch.setattr(language, "LONG", 50)

    def count_few(model, sentences, numbers):
        return lesson["count_right"](model, sentences[:60], numbers[:60])

    train = partial(lesson["train_reader"], steps=2)
    quick = lesson | {"train_reader": train, "count_right": count_few}
    rows = language.measure_reader(quick, seed=0)
    assert [row["positions"] for row in rows] == [True, False]
    assert rows[0].keys() == ROW | STRETCH | {"errors", "maps"}
    assert rows[1].keys() == ROW | {"english_all", "chinese_all"}
    assert len(rows[0]["errors"]["english"]) == 60 - rows[0]["english_unseen"]


def test_writers_are_measured(lesson, monkeypatch):
    monkeypatch.setattr(language, "DRAWN", 3)
    quick = lesson | {"train_chars": partial(lesson["train_chars"], steps=2)}
    row = language.measure_writer(quick, seed=0)
    assert row["uniform"] == 20 > row["causal"]["perplexity"] > row["bigram"]
    assert row["bigram"] > row["rule"] > row["floor"] > 1


def test_a_bigram_that_is_certain_has_perplexity_near_one():
    rows = torch.tensor([[0, 1, 0, 1, 0, 1, -1]])
    small = {"CHARS": "ab", "encode_lines": lambda pairs: rows}
    assert 1 < language.bigram_perplexity(small, [], []) < 1.05


def test_the_attention_kept_is_that_of_the_digit_written(lesson):
    torch.manual_seed(0)
    model = lesson["Reader"]()
    digits, weights = language.look(lesson, model, ["six", "hundred"], steps=3)
    assert np.shape(weights) == (len(digits), 2) and len(digits) <= 3
    written = model.decode(
        torch.tensor([[lesson["START"], *digits[:-1]]]),
        *model.encode(lesson["encode"]([["six", "hundred"]])),
    )[0]
    assert written.argmax(dim=1).tolist() == digits
    assert np.allclose(
        model.decoder.cross_attention.weights[0].mean(dim=0).tolist(),
        weights,
        atol=1e-3,
    )
