"""The benchmark of the lesson "Speech" runs, and its committed result makes sense."""

from functools import partial

import pytest

from benchmarks import speech

COUNTS = {
    "nearest mean", "logistic", "warping", "network", "same variant",
    "whispered, warping", "whispered, network",
}  # fmt: skip


@pytest.fixture(scope="module")
def names():
    return speech.EXPERIMENT.names()


@pytest.fixture(scope="module")
def rows():
    return speech.EXPERIMENT.committed()["rows"]


def test_there_is_a_row_for_each_seed(rows):
    assert len(rows) == len(speech.EXPERIMENT.committed()["seeds"])


def test_words_are_counted_within_what_was_asked(rows):
    for row in rows:
        for split in ("by variant", "at random"):
            part = row[split]
            assert part.keys() == COUNTS | {"asked", "whispered asked", "mistakes"}
            assert (part["asked"], part["whispered asked"]) == (120, 60)
            assert all(0 <= part[name] <= 120 for name in COUNTS)
            assert len(part["mistakes"]) == 120 - part["network"]
        assert list(row["windows"]) == [str(size) for size in speech.WINDOWS]
        # The same network with the same window, trained twice.
        assert row["windows"]["256"] == row["by variant"]["network"]


def test_a_split_by_variant_has_no_variant_on_both_sides(rows, names):
    assert all(row["by variant"]["same variant"] == 0 for row in rows)
    assert all(row["at random"]["same variant"] > 60 for row in rows)
    for seed in range(5):
        train, test = names["split"](seed)
        sides = (set(names["variant"][part]) for part in (train, test))
        assert set.isdisjoint(*sides)
        assert set(train) | set(test) == set(names["PLAIN"])


def test_errors_of_strings_agree_with_the_transcripts(rows, names):
    for row in rows:
        for part in row["strings"].values():
            errors, said, right = part["quiet"]
            assert right == speech.STRINGS - len(part["wrong"])
            wrong = [names["edit_distance"](*pair) for pair in part["wrong"]]
            assert sum(wrong) == errors
            assert sum(n for n, _ in part["lengths"].values()) == right
            assert sum(int(k) * n for k, (_, n) in part["lengths"].items()) == said


def test_a_miniature_run_measures_everything(names, monkeypatch):
    monkeypatch.setattr(speech, "STRINGS", 4)
    monkeypatch.setattr(speech, "RATIOS", (10,))
    monkeypatch.setattr(speech, "WINDOWS", (256,))
    it = names | {
        "train_words": partial(names["train_words"], num_epochs=1),
        "train_strings": partial(names["train_strings"], num_epochs=1, count=32),
        "warping_distances": lambda A, n, B, m: abs(n[:, None] - m),
    }
    words = speech.measure_words(it, 0, by_variant=True)
    assert words["asked"] == 120 and 12 < words["nearest mean"] <= 120
    assert speech.measure_windows(it, 0).keys() == {"256"}
    whispers = speech.measure_whispers(it, 0)
    assert (whispers["other asked"], whispers["random asked"]) == (60, 135)
    strings = speech.measure_strings(it, 0)
    assert strings["noisy"].keys() == {
        "quiet", "10", "babble", "whispered", "lengths", "wrong"
    }  # fmt: skip


def test_noise_has_the_ratio_that_was_asked_for(names):
    rng = names["np"].random.default_rng(0)
    wave = names["X"][0, : names["lengths"][0]].astype(float)
    for rows in (None, names["PLAIN"]):
        noise = names["add_noise"](wave, 10, rng, rows) - wave
        assert (wave**2).mean() / (noise**2).mean() == pytest.approx(10)
