"""The benchmark of the lesson "Games" runs, and its committed result is right.

The lesson defines the game and the training, the benchmark trains and tests what the
lesson defines, and the lesson shows what the benchmark measured.
"""

import numpy as np
import pytest

from benchmarks import games

PLAYERS = {
    "random_player", "rule", "better_rule", "untrained", *games.TRAININGS
}  # fmt: skip
COUNTS = ("to_the_end", "off_track", "pole_fell")


@pytest.fixture(scope="module")
def committed():
    return games.EXPERIMENT.committed()


@pytest.fixture(scope="module")
def small():
    return games.measure(seeds=2, updates=2, episodes=3)


def test_the_benchmark_measures_all_players(small):
    assert (small["updates"], small["episodes"]) == (2, 3)
    assert small["test"].keys() == PLAYERS
    assert small["training"].keys() == games.TRAININGS.keys()
    for curves in small["training"].values():
        assert np.shape(curves) == (2, 2)
    for tests in small["test"].values():
        for test in tests.values():
            assert sum(np.array(test[count]) for count in COUNTS).tolist() == [3, 3]
    assert small["test"]["rule"]["500"]["mean"] == [500, 500]


def test_the_clock_of_the_training_is_the_one_that_is_named():
    names = games.EXPERIMENT.names()
    _, short = names["train"](range(1), names["plain"], updates=1, limit=8)
    assert short.tolist() == [[8]]


def test_the_committed_result_has_all_that_the_lesson_shows(committed):
    seeds = len(committed["seeds"])
    assert (seeds, committed["updates"]) == (20, games.UPDATES)
    assert committed["training"].keys() == games.TRAININGS.keys()
    assert committed["test"].keys() == PLAYERS
    for name, (_, limit) in games.TRAININGS.items():
        curves = np.array(committed["training"][name])
        assert curves.shape == (seeds, games.UPDATES)
        assert curves.min() >= 1 and curves.max() <= limit
    for tests in committed["test"].values():
        assert tests.keys() == {str(limit) for limit in games.LIMITS}
        for limit, test in tests.items():
            games_played = sum(np.array(test[count]) for count in COUNTS)
            assert games_played.tolist() == [committed["episodes"]] * seeds
            assert np.shape(test["mean"]) == (seeds,)
            assert 1 <= min(test["mean"]) <= max(test["mean"]) <= int(limit)


def test_the_committed_result_begins_as_a_run_does(small, committed):
    for name, curves in small["training"].items():
        stored = np.array(committed["training"][name])[:2, :2]
        assert np.abs(np.array(curves) - stored).max() < 1, name
