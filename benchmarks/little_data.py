"""How much labelled data a network needs, alone and with a trained body.

The networks, the tasks and their training are the cells of the lesson
``book/faq/little-data.ipynb`` that have the tag ``engine``. All images are the bundled
digits or drawn. Learning rates are chosen by validation images; the test images choose
nothing::

    .venv/bin/python -m benchmarks.little_data [--seeds 5] [--json FILE]

The lesson shows the result of five seeds, which is committed as
``book/faq/little-data.json``. It takes about ten minutes of one core.
"""

import argparse
from pathlib import Path

import numpy as np
import torch
from torch import nn

from dlcourse.data import digits

from .committed import Experiment, machine

EXPERIMENT = Experiment("faq/little-data", __file__)

SIZES = (10, 20, 40, 80, 160, 320, 640, 1000)
CURVES = ("network", "linear", "nearest")
CURVE_RATES = {"network": (0.003, 0.01), "linear": (0.01, 0.03)}
LABELS = (1, 2, 5, 10, 20, 50)  # of each new class
CENTRED = (1, 5, 20)
BODY_RATES = (0, 0.0001, 0.001, 0.01, 0.1)
HEAD_RATE = 0.01
STEPS = 300


def curve_data(n: int, seeds: range) -> tuple:
    """Return n training images a seed, 297 to validate, and 500 of other people."""
    X, y = digits(split="train")
    order = np.array([np.random.default_rng(s).permutation(len(y)) for s in seeds]).T
    X = torch.tensor(X.reshape(-1, 8, 8), dtype=torch.float32)
    y = torch.tensor(y)
    X_test, y_test = digits(split="test")
    X_test = torch.tensor(X_test.reshape(-1, 8, 8), dtype=torch.float32)
    test = [
        part[:, None].expand(-1, len(seeds), *part.shape[1:])
        for part in (X_test, torch.tensor(y_test))
    ]
    train, valid = order[:n], order[1000:]
    return (X[train], y[train]), (X[valid], y[valid]), test


def nearest(X: torch.Tensor, y: torch.Tensor, X_test: torch.Tensor) -> torch.Tensor:
    """Answer each test image with the label of the nearest training image."""
    distance = torch.cdist(
        X_test.transpose(0, 1).flatten(2), X.transpose(0, 1).flatten(2)
    )
    return y.T.gather(1, distance.argmin(dim=2)).T


def measure_curve(it: dict, kind: str, n: int, seeds: range, steps: int) -> dict:
    """Measure one point of a learning curve, with the better learning rate."""
    (X, y), valid, test = curve_data(n, seeds)
    if kind == "nearest":
        right = (nearest(X, y, test[0]) == test[1]).sum(dim=0).tolist()
        return {"kind": kind, "n": n, "test": right}
    best = None
    for lr in CURVE_RATES[kind]:
        sizes = (32, 2, 10) if kind == "network" else (1, 8, 10)
        body = nn.Identity()
        if kind == "network":
            body = it["side_by_side"](it["make_body"], seeds)
        head = it["side_by_side"](it["make_head"](*sizes), [100 + s for s in seeds])
        it["train"](body, head, X, y, lr, lr, steps)
        found = it["count_right"](body, head, *valid).sum()
        if best is None or found > best[0]:
            best = found, lr, it["count_right"](body, head, *test).tolist()
    return {"kind": kind, "n": n, "lr": best[1], "test": best[2]}


def measure_transfer(
    it: dict, method: str, bodies: dict, k: int, moved: bool, seeds: range
) -> dict:
    """Measure one method with k labels a class, with the better learning rate."""
    few, valid, test = it["few_labels"](k, seeds, moved)
    source, best = it["METHODS"][method][0], None
    body, old_head = bodies.get(source, (None, None))
    for lr in it["RATES"]["pixels" if source == "pixels" else "others"]:
        model = it["transfer"](method, body, *few, lr, seeds)
        found = it["count_right"](*model, *valid).sum()
        if best is None or found > best[0]:
            best = found, lr, model
    _, lr, model = best
    row = {
        "method": method,
        "k": k,
        "moved": moved,
        "lr": lr,
        "test": it["count_right"](*model, *test).tolist(),
    }
    if source == "digits":
        row["old"] = it["count_right"](
            model[0], old_head, *old_test(it, seeds)
        ).tolist()
    return row


def old_test(it: dict, seeds: range) -> tuple:
    """Return test images of the old digits."""
    X, y = it["old_digits"]("test", np.random.default_rng(13))
    return it["shared"](X, y, len(seeds))


def measure_rates(it: dict, bodies: dict, k: int, seeds: range) -> list:
    """Fine-tune with several learning rates of the body, one of the head."""
    few, _, test = it["few_labels"](k, seeds)
    rows = []
    for lr in BODY_RATES:
        body = it["copy"].deepcopy(bodies["digits"][0])
        head = it["side_by_side"](it["make_head"](32, 3, 5), [200 + s for s in seeds])
        it["train"](body, head, *few, lr, HEAD_RATE)
        new = it["count_right"](body, head, *test).tolist()
        old = it["count_right"](body, bodies["digits"][1], *old_test(it, seeds))
        rows.append({"lr_body": lr, "test": new, "old": old.tolist()})
    return rows


def make_bodies(it: dict, seeds: range, steps: int) -> dict:
    """Train a body on every source."""
    sources = ("digits", "shapes", "random labels", "untrained")
    return {source: it["pretrain"](source, seeds, steps) for source in sources}


def report(row: dict) -> dict:
    """Print a row."""
    print(", ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    return row


def main() -> None:
    """Measure, print, and write the result if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many (default 5)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    it, seeds = EXPERIMENT.names(), range(options.seeds)
    bodies = make_bodies(it, seeds, STEPS)
    old = it["count_right"](*bodies["digits"], *old_test(it, seeds)).tolist()
    result = {
        "old": old,
        "rates": [report(row) for row in measure_rates(it, bodies, 5, seeds)],
        "transfer": [
            report(measure_transfer(it, method, bodies, k, moved, seeds))
            for moved, labels in ((True, LABELS), (False, CENTRED))
            for k in labels
            for method in it["METHODS"]
        ],
        "curves": [
            report(measure_curve(it, kind, n, seeds, STEPS))
            for kind in CURVES
            for n in SIZES
        ],
    }
    if options.json:
        EXPERIMENT.write(options.json, seeds, result)


if __name__ == "__main__":
    main()
