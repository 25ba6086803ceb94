"""Which remedies against overfitting help, on true and on partly wrong labels.

Network, remedies and training are the cells of the lesson
``book/faq/regularisation.ipynb`` that have the tag ``engine``. Every strength of every
remedy is trained with every seed; the validation part, and never the test part, will
choose among the strengths::

    .venv/bin/python -m benchmarks.regularisation [--seeds N] [--json FILE]

The lesson shows the result of ten seeds, which is committed as
``book/faq/regularisation.json``. It takes about ten minutes.
"""

import argparse
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from .committed import Experiment, machine

EXPERIMENT = Experiment("faq/regularisation", __file__)

WRONG = {"true": 0.0, "wrong": 0.2}  # share of the labels that is wrong
EVERY = 10  # steps between two checks


def row(name: str, choice: int, scores: np.ndarray, n: int) -> dict:
    """Turn losses and accuracies (3, 2, seeds) into counts of right answers."""
    counts = (
        np.rint(scores[part, 1] * size).astype(int).tolist()
        for part, size in enumerate((n, 297, 500))
    )
    train, val, test = counts
    return {
        "name": name,
        "choice": choice,
        "n": n,
        "train_loss": round(float(scores[0, 0].mean()), 4),
        "train_right": train,
        "val_right": val,
        "test_right": test,
    }


def measure(wrong: float, seeds: int, steps: int = 500) -> dict:
    """Train every recipe with every seed, for one share of wrong labels."""
    lesson = SimpleNamespace(**EXPERIMENT.names())
    parts = lesson.deal(seeds, wrong)

    def run(recipe, every=steps):
        return lesson.train(recipe, parts, steps, every)[1]

    base = lesson.BASE
    history = {
        "base": run(base, EVERY),
        "weight decay": run(replace(base, decay=3.0), EVERY),
        "dropout": run(replace(base, dropout=0.5), EVERY),
        "batch norm": run(replace(base, norm=True), EVERY),
    }
    known = history["base"]
    rows = [row("base", 0, known[-1], base.n)]
    for choice, patience in enumerate(lesson.PATIENCE):
        kept, stopped = [], []
        for seed in range(seeds):
            stop, best = lesson.early_stop(known[:, 1, 0, seed].tolist(), patience)
            kept.append(known[best, :, :, seed])
            stopped.append([(stop + 1) * EVERY, (best + 1) * EVERY])
        rows.append(row("early stopping", choice, np.stack(kept, axis=-1), base.n))
        rows[-1]["steps"] = stopped
    for name, recipes in lesson.REMEDIES.items():
        for choice, recipe in enumerate(recipes):
            rows.append(row(name, choice, run(recipe)[-1], recipe.n))
            print_row(rows[-1])
    for choice, decay in enumerate(lesson.DECAYS):
        recipe = replace(base, decay=decay)
        rows.append(row("decay curve", choice, run(recipe)[-1], recipe.n))
    curves = {
        name: {
            "train_loss": h[:, 0, 0].mean(axis=-1).round(4).tolist(),
            "train": h[:, 0, 1].mean(axis=-1).round(4).tolist(),
            "test": h[:, 2, 1].mean(axis=-1).round(4).tolist(),
        }
        for name, h in history.items()
    }
    return {"rows": rows, "curves": curves}


def print_row(row: dict) -> None:
    """Print accuracies in training and test, in percent."""
    train = 100 * np.mean(row["train_right"]) / row["n"]
    test = np.mean(row["test_right"]) / 5
    print(f"{row['name']:18} {row['choice']} {train:6.1f} {test:6.1f}", flush=True)


def main() -> None:
    """Measure, print, and write the result if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many (default 10)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    result = {name: measure(share, options.seeds) for name, share in WRONG.items()}
    if options.json:
        EXPERIMENT.write(options.json, range(options.seeds), {"labels": result})


if __name__ == "__main__":
    main()
