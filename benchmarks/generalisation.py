"""How well a network reads digits of a source that it was not trained on.

The network and its training are the cells of the lesson
``book/outlook/generalisation.ipynb`` that have the tag ``engine``. MNIST from a folder
is cut out, averaged down to 8 × 8 pixels, and set against the bundled digits; the test
images choose nothing::

    .venv/bin/python -m benchmarks.generalisation FOLDER [--seeds 5] [--json FILE]

The lesson shows the result of five seeds, which is committed as
``book/outlook/generalisation.json``. The first 10,000 training images of the folder are
used, and its test images. It takes about half a minute.
"""

import argparse
from pathlib import Path
from types import SimpleNamespace

import numpy as np

from dlcourse.data import digits

from .committed import Experiment, machine

EXPERIMENT = Experiment("outlook/generalisation", __file__)

# Images of each source that a network is trained on: bundled, MNIST.
MIXTURES = {
    "1,197 bundled": (1197, 0),
    "1,197 MNIST": (0, 1197),
    "10,000 MNIST": (0, 10_000),
    "50 bundled": (50, 0),
    "100 bundled": (100, 0),
    "100 bundled, 10,000 MNIST": (100, 10_000),
    "598 bundled, 599 MNIST": (598, 599),
}
STEPS, STEPS_OF_MANY = 800, 3000  # of many: for more than 2,000 images


def shrink(images: np.ndarray) -> np.ndarray:
    """Average square images down to 8 × 8 pixels.

    Parameters
    ----------
    images : array of shape (n, d, d)
        The images; d need not be a multiple of 8.

    Returns
    -------
    array of shape (n, 64)
        Each new pixel is the mean over its square of d/8 by d/8 old pixels, of which
        some count in part.
    """
    d = images.shape[1]
    ends = np.linspace(0, d, 9)
    left = np.maximum(np.arange(d), ends[:-1, None])
    right = np.minimum(np.arange(1, d + 1), ends[1:, None])
    share = np.maximum(right - left, 0) * 8 / d  # (8, d), rows sum to one
    return (share @ images @ share.T).reshape(-1, 64)


def cut_out(images: np.ndarray, d: int = 20) -> np.ndarray:
    """Set the part of each image that has ink in the middle of a d × d image.

    Parameters
    ----------
    images : array of shape (n, 28, 28)
        MNIST's digits, whose ink fits into d × d.
    d : int
        Side of the new images.
    """
    out = np.zeros((len(images), d, d))
    for new, image in zip(out, images, strict=True):
        rows, columns = (np.flatnonzero(image.max(axis=k) > 0) for k in (1, 0))
        ink = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1][:d, :d]
        top, left = ((d - side) // 2 for side in ink.shape)
        new[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return out


def measure(folder: str | None, seeds: int) -> dict:
    """Train on every mixture with every seed; count right answers on both sources."""
    lesson = SimpleNamespace(**EXPERIMENT.names())
    (X, y), _, bundled_test = lesson.deal(*digits(), [1197, 200, 400], seeds)
    raw, labels = digits("folder", "train", folder=folder)
    raw = raw[:10_000].reshape(-1, 28, 28).astype(float)
    many = len(raw)
    [(X_mnist, y_mnist)] = lesson.deal(
        shrink(cut_out(raw)), labels[:10_000], [many], seeds
    )
    raw, labels = digits("folder", "test", folder=folder)
    raw = raw.reshape(-1, 28, 28).astype(float)
    tests = {
        "bundled": bundled_test,
        "mnist": (shrink(cut_out(raw))[None], labels),
        "mnist_uncut": (shrink(raw)[None], labels),
    }
    rows = []
    for name, (k, m) in MIXTURES.items():
        m = min(m, many)
        params = lesson.train(
            np.concatenate([X[:, :k], X_mnist[:, :m]], axis=1),
            np.concatenate([y[:, :k], y_mnist[:, :m]], axis=1),
            steps=STEPS if k + m <= 2000 else STEPS_OF_MANY,
        )
        row = {"trained_on": name, "images": [k, m]}
        for test, (X_test, y_test) in tests.items():
            right = lesson.logits(params, X_test).argmax(axis=-1) == y_test
            row[test] = right.sum(axis=1).tolist()
        rows.append(row)
    sizes = [bundled_test[1].shape[1], len(labels)]
    return {"test_images": sizes, "rows": rows}


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
    result = measure(options.folder, options.seeds)
    bundled, mnist = result["test_images"]
    for row in result["rows"]:
        shares = np.mean(row["bundled"]) / bundled, np.mean(row["mnist"]) / mnist
        print(f"{row['trained_on']:28} {shares[0]:.1%} {shares[1]:.1%}")
    if options.json:
        EXPERIMENT.write(options.json, range(options.seeds), result)


if __name__ == "__main__":
    main()
