"""How well the methods of the vision lesson do, over several seeds.

The scenes, the baselines, the networks, their training and the measures are the cells
of the lesson ``book/applications/vision.ipynb`` that have the tag ``engine``. Every
seed draws new scenes and new starting weights; seed 0 is the run that the lesson
shows. Nothing is chosen by the test scenes::

    .venv/bin/python -m benchmarks.vision [--seeds 5] [--json FILE]

The lesson shows the result of five seeds, which is committed as
``book/applications/vision.json``. It takes about ten seconds a seed.
"""

import argparse
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch

from .committed import Experiment, machine

EXPERIMENT = Experiment("applications/vision", __file__)
SIZES = {"single": 1000, "single_test": 500, "train": 1500, "test": 300}


def measure(seed: int, sizes: dict[str, int]) -> dict:
    """Train the three networks with one seed; score them and the baselines.

    Parameters
    ----------
    seed : int
        Of the scenes and of the starting weights.
    sizes : dict of str to int
        How many scenes of one shape (``single``, ``single_test``) and of several
        (``train``, ``test``) to draw; at most the first 1000 of ``train`` are
        segmented.

    Returns
    -------
    dict
        The seed, and for every method its accuracy, mAP at IoU 0.5 and 0.75, and mean
        Dice, each from 0 to 1.
    """
    v = SimpleNamespace(**EXPERIMENT.names())
    rng = np.random.default_rng(2 * seed)
    single = v.scenes(sizes["single"], rng, most=1)
    single_test = v.scenes(sizes["single_test"], rng, most=1)
    rng = np.random.default_rng(2 * seed + 1)
    train, test = v.scenes(sizes["train"], rng), v.scenes(sizes["test"], rng)

    y, y_test = (np.array([s[2][0] for s in part]) for part in (single, single_test))
    fill, fill_test = (
        np.array([v.largest_fill(g) for g in v.components([s[0] for s in part])])
        for part in (single, single_test)
    )
    means = np.array([fill[y == k].mean() for k in range(3)])
    classifier = v.train_classifier(single, seed)
    detector = v.train_detector(train, classifier[0], seed)
    unet = v.train_unet(train[:1000], detector[0], seed)
    with torch.no_grad():
        said = classifier(v.images(single_test)).argmax(dim=1).numpy()
        raw = detector(v.images(test)).numpy()
        painted = unet(v.images(test)).argmax(dim=1).numpy()
    groups = v.components([s[0] for s in test])
    by_hand = [v.detect_by_components(g, means) for g in groups]
    by_templates = v.detect_by_templates(np.array([s[0] for s in test]))
    answers = {
        "components": (
            abs(fill_test[:, None] - means).argmin(axis=1),
            [found[:3] for found in by_hand],
            np.array([found[3] for found in by_hand]),
        ),
        "templates": (
            v.classify_by_templates(np.array([s[0] for s in single_test])),
            [found[:3] for found in by_templates],
            np.array([found[3] for found in by_templates]),
        ),
        "network": (said, [v.suppress(*v.decode(r)) for r in raw], painted),
    }
    masks = np.array([s[3] for s in test])
    row = {"seed": seed}
    for name, (kinds, boxes, mask) in answers.items():
        scores = {
            "accuracy": np.mean(kinds == y_test),
            "mAP50": v.mean_ap(boxes, test, 0.5),
            "mAP75": v.mean_ap(boxes, test, 0.75),
            "Dice": np.mean(v.dice_by_class(mask, masks)),
        }
        row[name] = {key: round(float(score), 4) for key, score in scores.items()}
    return row


def main() -> None:
    """Measure, print, and write the result if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many (default 5)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    rows = []
    for seed in range(options.seeds):
        rows.append(measure(seed, SIZES))
        for name in ("components", "templates", "network"):
            scores = "".join(f"  {k} {x:.0%}" for k, x in rows[-1][name].items())
            print(f"seed {seed}  {name:11}{scores}", flush=True)
    if options.json:
        seeds = range(options.seeds)
        EXPERIMENT.write(options.json, seeds, {"sizes": SIZES, "rows": rows})


if __name__ == "__main__":
    main()
