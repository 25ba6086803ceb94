"""How well spoken digits are recognised, one by one and in strings, over several seeds.

The recognisers are the cells of the lesson ``book/applications/speech.ipynb`` that have
the tag ``engine``; the recordings come with the package. A run chooses nothing by the
test recordings; learning rate and epochs were picked by hand on splits of all of them::

    .venv/bin/python -m benchmarks.speech [--seeds 5] [--json FILE]

The lesson shows the result of five seeds, committed as
``book/applications/speech.json``. All numbers are counts.
"""

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np

from .committed import Experiment

EXPERIMENT = Experiment("applications/speech", __file__)

WINDOWS = (64, 256, 1024, 2048)  # samples
RATIOS = (20, 15, 10, 5, 0)  # signal to noise, in dB
BABBLE = 10  # dB
STRINGS = 100  # to test with


def measure_words(it: dict, seed: int, by_variant: bool) -> dict:
    """Count the single words that each recogniser gets right, of one split."""
    y, S = it["y"], it["log_mel"](it["X"])
    frames = it["lengths"] // it["HOP"] + 1
    train, test = it["split"](seed, by_variant)
    means = it["mean_spectra"](S, frames)
    near = train[it["nearest"](means[test], means[train])]
    linear = it["logistic"](means[train], y[train], means[test])
    short, n = it["thirds"](S, frames)
    asked = np.concatenate([test, it["WHISPERED"]])
    warped = it["warping_distances"](short[asked], n[asked], short[train], n[train])
    warped = y[train][warped.argmin(axis=1)] == y[asked]
    heard = it["recognise"](it["train_words"](S[train], y[train], seed), S[asked])
    right, k = heard == y[asked], len(test)
    return {
        "asked": k,
        "same variant": int((it["variant"][near] == it["variant"][test]).sum()),
        "nearest mean": int((y[near] == y[test]).sum()),
        "logistic": int((linear == y[test]).sum()),
        "warping": int(warped[:k].sum()),
        "network": int(right[:k].sum()),
        "whispered asked": len(asked) - k,
        "whispered, warping": int(warped[k:].sum()),
        "whispered, network": int(right[k:].sum()),
        "mistakes": [
            {"said": int(y[i]), "heard": int(h), "row": int(i)}
            for i, h in zip(test, heard[:k], strict=True)
            if h != y[i]
        ],
    }


def measure_windows(it: dict, seed: int) -> dict:
    """Count the words that the network gets right with windows of several lengths."""
    train, test = it["split"](seed)
    right = {}
    for size in WINDOWS:
        S = it["log_mel"](it["X"], size)
        model = it["train_words"](S[train], it["y"][train], seed)
        correct = it["recognise"](model, S[test]) == it["y"][test]
        right[str(size)] = int(correct.sum())
    return right


def measure_whispers(it: dict, seed: int) -> dict:
    """Count whispered words got right once training has heard whispering.

    Either the other of the two whispering variants, or, in a random split of all
    recordings, both of them.
    """
    S, y, variant = it["log_mel"](it["X"]), it["y"], it["variant"]

    def heard(train: np.ndarray, test: np.ndarray) -> np.ndarray:
        model = it["train_words"](S[train], y[train], seed)
        return it["recognise"](model, S[test]) == y[test]

    other = [
        heard(np.flatnonzero(variant != v), np.flatnonzero(variant == v))
        for v in np.unique(variant[it["WHISPERED"]])
    ]
    mixed = np.random.default_rng(seed).permutation(len(y))
    test = mixed[len(y) * 3 // 4 :]
    right = heard(mixed[: len(y) * 3 // 4], test)
    whispered = np.isin(test, it["WHISPERED"])
    return {
        "other asked": sum(map(len, other)),
        "other right": int(np.concatenate(other).sum()),
        "random asked": len(test),
        "random right": int(right.sum()),
        "random whispered asked": int(whispered.sum()),
        "random whispered right": int(right[whispered].sum()),
    }


def measure_strings(it: dict, seed: int) -> dict:
    """Count word errors of strings, for training without and with noise."""
    train, test = it["split"](seed)
    S, y = it["log_mel"](it["X"]), it["y"]
    rng = np.random.default_rng([1, seed])
    waves, strings = it["make_strings"](test, STRINGS, rng)
    whispers, whispered = it["make_strings"](it["WHISPERED"], STRINGS, rng)
    noisy = {str(r): [it["add_noise"](w, r, rng) for w in waves] for r in RATIOS}
    noisy["babble"] = [it["add_noise"](w, BABBLE, rng, train) for w in waves]
    result = {}
    for name in ("quiet", "noisy"):
        model = it["train_words"](S[train], y[train], seed)
        model = it["train_strings"](model, train, seed, name == "noisy")
        heard = it["transcribe"](model, waves)
        row = {"quiet": it["errors"](strings, heard)}
        for kind, some in noisy.items():
            row[kind] = it["errors"](strings, it["transcribe"](model, some))
        row["whispered"] = it["errors"](whispered, it["transcribe"](model, whispers))
        pairs = list(zip([s.tolist() for s in strings], heard, strict=True))
        wrong = [pair for pair in pairs if pair[0] != pair[1]]
        asked, failed = (
            Counter(len(said) for said, _ in some) for some in (pairs, wrong)
        )
        row["lengths"] = {
            str(n): [asked[n] - failed[n], asked[n]] for n in sorted(asked)
        }
        row["wrong"] = wrong
        result[name] = row
    return result


def main() -> None:
    """Measure, print, and write the result down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many (default 5)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    it, rows = EXPERIMENT.names(), []
    for seed in range(options.seeds):
        rows.append(
            {
                "by variant": measure_words(it, seed, True),
                "at random": measure_words(it, seed, False),
                "windows": measure_windows(it, seed),
                "whispers": measure_whispers(it, seed),
                "strings": measure_strings(it, seed),
            }
        )
        print(seed, json.dumps(rows[-1]), flush=True)
    if options.json:
        EXPERIMENT.write(options.json, range(options.seeds), {"rows": rows})


if __name__ == "__main__":
    main()
