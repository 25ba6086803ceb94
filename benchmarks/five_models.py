"""How accurate the five models of the lesson are, over several seeds.

The models, their training and the controls are the cells of the lesson
``book/code/five-models.ipynb`` that have the tag ``engine``. They are trained on MNIST
from a folder and on the bundled digits; the test images are looked at once, after the
last epoch, and choose nothing::

    .venv/bin/python -m benchmarks.five_models FOLDER [--seeds 3] [--json FILE]

The lesson shows the result of five seeds (``--seeds 5``), which is committed as
``book/code/five-models.json``. Times are processor time of one core.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

import torch

from dlcourse.data import digits

from .committed import Experiment, machine

EXPERIMENT = Experiment("code/five-models", __file__)

# Earlier measurements with 10,000 training images, in %: what a run has to agree with.
REFERENCE = {
    "128 + dropout": 94.7,
    "CNN": 98.1,
    "128": 95.1,
    "64-64": 93.3,
    "64-64, lr 0.001": 94.6,
    "512 + dropout": 95.6,
}
TOLERANCE = 1.0  # points


def load(source: str, folder: str | None) -> list[torch.Tensor]:
    """Load the training images and labels, and those of the test."""
    where = {"folder": folder} if source == "folder" else {}
    parts = (digits(source, split, **where) for split in ("train", "test"))
    return [torch.from_numpy(array) for pair in parts for array in pair]


def measure(source: str, folder: str | None, seeds: range) -> dict:
    """Train every recipe and every control with every seed on one source of digits."""
    five = EXPERIMENT.names()
    X, y, X_test, y_test = load(source, folder)
    rows, answers = [], {}
    for name, recipe in {**five["RECIPES"], **five["CONTROLS"]}.items():
        seconds, right, learned, given = [], [], [], []
        for seed in seeds:
            started = time.process_time()
            model = five["train"](recipe, X, y, seed)
            seconds.append(time.process_time() - started)
            given.append(five["predict"](model, X_test))
            right.append(int((given[-1] == y_test).sum()))
            learned.append(int((five["predict"](model, X) == y).sum()))
        if name in five["RECIPES"]:
            answers[name] = torch.stack(given)
        rows.append(
            {
                "name": name,
                "parameters": five["count"](model),
                "optimizer": getattr(
                    recipe.optimizer, "func", recipe.optimizer
                ).__name__,
                "lr": recipe.lr,
                "batch_size": recipe.batch_size,
                "epochs": recipe.epochs,
                "share": recipe.share,
                "train_correct": learned,
                "test_correct": right,
                "seconds": round(statistics.mean(seconds), 1),
            }
        )
        print_row(rows[-1], len(y_test), source)
    return {
        "train_images": len(y),
        "test_images": len(y_test),
        "rows": rows,
        "shared_errors": shared_errors(answers, y_test),
    }


def shared_errors(answers: dict[str, torch.Tensor], y: torch.Tensor) -> list[dict]:
    """List the test images that all networks get wrong, whatever recipe and seed.

    Parameters
    ----------
    answers : dict of str to tensor of shape (seeds, n)
        What the networks of each recipe answered.
    y : tensor of shape (n,)
        The labels.
    """
    wrong = torch.cat([given != y for given in answers.values()]).all(0)
    return [
        {
            "index": i,
            "label": int(y[i]),
            "answers": {
                name: Counter(given[:, i].tolist()).most_common(1)[0][0]
                for name, given in answers.items()
            },
        }
        for i in wrong.nonzero()[:, 0].tolist()
    ]


def print_row(row: dict, n: int, source: str) -> None:
    """Print one line of the table, and whether it agrees with the reference."""
    accuracy = [100 * right / n for right in row["test_correct"]]
    mean = statistics.mean(accuracy)
    spread = statistics.stdev(accuracy) if len(accuracy) > 1 else float("nan")
    reference = REFERENCE.get(row["name"]) if source == "folder" else None
    verdict = ""
    if reference:
        agrees = abs(mean - reference) <= TOLERANCE
        verdict = f"{'agrees with' if agrees else 'FAR FROM'} {reference}"
    print(
        f"{row['name']:32} {row['parameters']:8,d} {row['optimizer']:15} "
        f"{row['epochs']:6d} {mean:6.2f} ± {spread:.2f} {row['seconds']:8.1f}  "
        f"{verdict}".rstrip(),
        flush=True,
    )


def main() -> None:
    """Measure, print the tables, and write the result down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "folder",
        nargs="?",
        help="where MNIST's IDX files are; if left out, $DLCOURSE_DATA says so",
    )
    parser.add_argument("--seeds", type=int, default=3, help="how many (default 3)")
    parser.add_argument(
        "--source",
        choices=("folder", "bundled"),
        action="append",
        help="only these digits; may be given twice (default: both)",
    )
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8")
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    seeds, result = range(options.seeds), {}
    for source in dict.fromkeys(options.source or ("folder", "bundled")):
        print(f"\n{source:32} {'params':>8} {'optimiser':15} {'epochs':>6} "
              f"{'test %':>13} {'s a run':>8}")  # fmt: skip
        result[source] = measure(source, options.folder, seeds)
    if options.json:
        EXPERIMENT.write(options.json, seeds, {"digits": result})


if __name__ == "__main__":
    main()
