"""How well the players of the lesson "Games" balance a pole, over twenty seeds.

The game, the players and the training are the cells of the lesson
``book/applications/games.ipynb`` that have the tag ``engine``. Every way of weighing
actions is trained with the same seeds; then each network, and the players that learn
nothing, play new games to 500 and to 2,000 steps::

    .venv/bin/python -m benchmarks.games [--seeds 5] [--json FILE]

The lesson shows the result of twenty seeds (``--seeds 20``), which is committed as
``book/applications/games.json``.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from .committed import Experiment, machine

EXPERIMENT = Experiment("applications/games", __file__)

UPDATES = 30
LIMITS = (500, 2000)
# How each network is trained: the weights of its actions, and where the clock stops.
TRAININGS = {
    "with_baseline": ("with_baseline", 500),
    "plain": ("plain", 500),
    "forwards": ("forwards", 500),
    "long_games": ("with_baseline", 2000),
}
FIRST_TEST_SEED = 1000


def scores_of(names: dict, player, seeds: int, episodes: int) -> dict:
    """Let a player play new games; sum up scores and causes of the end, a seed each."""
    result = {}
    for limit in LIMITS:
        rngs = [np.random.default_rng(FIRST_TEST_SEED + i) for i in range(seeds)]
        on, last = names["play"](player, rngs, episodes, limit)[2:]
        scores = on.sum(axis=0)
        off_track = np.abs(last[..., 0]) > 2.4
        over = off_track | (np.abs(last[..., 2]) > np.radians(12))
        result[str(limit)] = {
            "mean": [round(float(m), 2) for m in scores.mean(axis=1)],
            "to_the_end": (scores == limit).sum(axis=1).tolist(),
            "off_track": ((scores < limit) & off_track).sum(axis=1).tolist(),
            "pole_fell": ((scores < limit) & over & ~off_track).sum(axis=1).tolist(),
        }
    return result


def measure(seeds: int, updates: int = UPDATES, episodes: int = 100) -> dict:
    """Train in every way, test all players, and print a line for each."""
    names = EXPERIMENT.names()
    fresh = names["make_params"]([np.random.default_rng(i) for i in range(seeds)])
    players = {name: names[name] for name in ("random_player", "rule", "better_rule")}
    players["untrained"] = names["sampler"](fresh, greedy=True)
    training, test = {}, {}
    for name, player in players.items():
        test[name] = scores_of(names, player, seeds, episodes)
        print_line(name, test[name])
    for name, (weigh, limit) in TRAININGS.items():
        params, curve = names["train"](
            range(seeds), names[weigh], updates=updates, limit=limit
        )
        training[name] = np.round(curve, 2).T.tolist()
        player = names["sampler"](params, greedy=True)
        test[name] = scores_of(names, player, seeds, episodes)
        print_line(name, test[name])
    counts = {"updates": updates, "episodes": episodes}
    return {**counts, "training": training, "test": test}


def print_line(name: str, scores: dict) -> None:
    """Print the mean scores of one player."""
    means = ", ".join(f"{k}: {np.mean(v['mean']):.1f}" for k, v in scores.items())
    print(f"{name:14} {means}", flush=True)


def main() -> None:
    """Measure, print, and write the result down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many (default 5)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    measured = measure(options.seeds)
    if options.json:
        EXPERIMENT.write(options.json, range(options.seeds), measured)


if __name__ == "__main__":
    main()
