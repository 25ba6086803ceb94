"""How depth, width and compute change what a network learns, over several seeds.

The networks and their training are the cells of the lesson
``book/outlook/scaling.ipynb`` that have the tag ``engine``. Depth, and depth at equal
parameters, are measured on the bundled digits; loss against compute on 20,000 images of
MNIST from a folder. Learning rates are chosen by validation images; the test images
choose nothing::

    .venv/bin/python -m benchmarks.scaling [FOLDER] [--seeds 5] [--json FILE]

The lesson shows the result of five seeds, which is committed as
``book/outlook/scaling.json``. It takes about ten minutes of one core.
"""

import argparse
import statistics
from pathlib import Path

import torch

from dlcourse.data import digits

from .committed import Experiment, machine

EXPERIMENT = Experiment("outlook/scaling", __file__)

KINDS = ("default", "He", "He norm", "residual", "residual norm", "residual He")
DEPTHS = (2, 6, 10, 20, 30)
WIDTH = 32
STEPS = 450  # 30 epochs of 15 batches
LRS = (0.0003, 0.001, 0.003, 0.01, 0.03)
BUDGET = 20_000  # parameters

WIDTHS = (2, 4, 8, 16, 32, 64, 128, 256)
MARKS = tuple(8 * 2**k for k in range(8))  # steps of 32 images
IMAGES = 20_000, 12_000, 4_000  # in all, to train, to validate


def measure_row(
    it: dict, kind: str, depth: int, width: int, seeds: range, steps: int, lrs: tuple
) -> dict:
    """Train one kind of network with every learning rate; keep the best rate's run."""
    (X, y), valid, test = it["parts_of_digits"]()
    pairs, best = it["layer_sizes"](depth, width), None
    for lr in lrs:
        (theta,) = it["train"](kind, pairs, X, y, lr, seeds, [steps])
        right = it["count_right"](kind, theta, pairs, *valid)
        if best is None or sum(right) > sum(best[1]):
            best = lr, right, theta
    lr, right, theta = best
    row = {
        "kind": kind,
        "depth": depth,
        "width": width,
        "parameters": theta.shape[1],
        "lr": lr,
        "train": it["count_right"](kind, theta, pairs, X, y),
        "valid": right,
        "test": it["count_right"](kind, theta, pairs, *test),
    }
    mean = {part: statistics.mean(row[part]) for part in ("train", "valid", "test")}
    print(f"{kind:14} depth {depth:2} width {width:3} lr {lr:<6} "
          f"train {mean['train'] / len(y):6.1%} test {mean['test'] / 500:6.1%} "
          f"{min(row['test'])}-{max(row['test'])}", flush=True)  # fmt: skip
    return row


def widest(it: dict, depth: int, budget: int) -> int:
    """Find the largest width that keeps within a budget of parameters."""
    width = 1
    while count(it["layer_sizes"](depth, width + 1)) <= budget:
        width += 1
    return width


def count(pairs: list) -> int:
    """Count weights and biases."""
    return sum(d_in * d_out + d_out for d_in, d_out in pairs)


def load(folder: str | None, source: str = "folder") -> list:
    """Return (X, y) of the images to train, to validate and to test."""
    where = {"folder": folder} if source == "folder" else {}
    X, y = digits(source, **where)
    X, y = torch.tensor(X, dtype=torch.float32), torch.tensor(y)
    total, n, m = (min(size, len(X) * size // IMAGES[0]) for size in IMAGES)
    order = torch.randperm(len(X), generator=torch.Generator().manual_seed(0))[:total]
    return [(X[i], y[i]) for i in order.split([n, m, total - n - m])]


def measure_compute(
    it: dict, data: list, widths: tuple, marks: tuple, seeds: range, lrs: tuple
) -> dict:
    """Measure the test loss of networks with one hidden layer along their training.

    For every width and number of images, the learning rate is chosen by the loss on the
    validation images.
    """
    (X, y), valid, test = data
    rows = []
    for width in widths:
        pairs = it["layer_sizes"](2, width, X.shape[1])
        runs = {
            lr: it["train"]("He", pairs, X, y, lr, seeds, marks, batch_size=32)
            for lr in lrs
        }
        for k, mark in enumerate(marks):
            found = {lr: losses(it, runs[lr][k], pairs, *valid) for lr in lrs}
            lr = min(found, key=lambda rate: statistics.mean(found[rate]))
            rows.append(
                {
                    "width": width,
                    "parameters": count(pairs),
                    "images": 32 * mark,
                    "lr": lr,
                    "valid": found[lr],
                    "test": losses(it, runs[lr][k], pairs, *test),
                }
            )
        last = rows[-1]["test"]
        print(f"width {width:3}: test loss {statistics.mean(last):.3f}", flush=True)
    return {"train_images": len(y), "test_images": len(test[1]), "rows": rows}


def losses(it: dict, theta: torch.Tensor, pairs: list, X: torch.Tensor, y) -> list:
    """Compute every network's mean cross-entropy."""
    with torch.no_grad():
        Z = it["forward"]("He", theta, pairs, X.expand(len(theta), -1, -1))
    return [round(it["cross_entropy"](z, y).item(), 4) for z in Z]


def main() -> None:
    """Measure, print, and write the result if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "folder",
        nargs="?",
        help="where MNIST's IDX files are; if left out, $DLCOURSE_DATA says so",
    )
    parser.add_argument("--seeds", type=int, default=5, help="how many (default 5)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    it, seeds = EXPERIMENT.names(), range(options.seeds)
    result = {
        "compute": measure_compute(
            it, load(options.folder), WIDTHS, MARKS, seeds, LRS[1:4]
        ),
        "depth": [
            measure_row(it, kind, depth, WIDTH, seeds, STEPS, LRS)
            for kind in KINDS
            for depth in DEPTHS
        ],
        "equal": [
            measure_row(it, kind, depth, widest(it, depth, BUDGET), seeds, STEPS, LRS)
            for kind in ("He", "residual")
            for depth in DEPTHS
        ],
    }
    if options.json:
        EXPERIMENT.write(options.json, seeds, {"budget": BUDGET, **result})


if __name__ == "__main__":
    main()
