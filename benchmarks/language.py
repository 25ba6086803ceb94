"""How well the networks of the lesson on language read and write, over several seeds.

The networks, their training and the text they learn from are the cells of the lesson
``book/applications/language.ipynb`` that have the tag ``engine``. Nothing else is
needed::

    .venv/bin/python -m benchmarks.language [--seeds 5] [--json FILE]

The lesson shows the result of five seeds, which is committed as
``book/applications/language.json``.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from .committed import Experiment

EXPERIMENT = Experiment("applications/language", __file__)

SIZES = (30, 125, 2000)
TEMPERATURES = (0.1, 0.3, 0.6, 1.0, 1.5, 2.0)
TESTED = 2000  # unseen numbers a network is asked for
LONG = 1000  # numbers with five digits
DRAWN = 200  # lines for each temperature
SHOWN = (2305, 80_689)  # numbers whose attention maps are kept, of the first seed


def look(names: dict, model, sentence: list[str], steps: int) -> tuple[list, list]:
    """Read a sentence; give the digits and where each of them looked.

    Parameters
    ----------
    names : dict
        The names of the lesson.
    model : Reader
        A trained network.
    sentence : list of str
        The words.
    steps : int
        Digits to read at most.

    Returns
    -------
    digits : list of int
        What was read, END included.
    weights : list of lists
        For each of them, the attention to each word, a mean over the heads.
    """
    digits, rows = [], []
    with torch.no_grad():
        memory, real = model.encode(names["encode"]([sentence]))
        while len(digits) < steps and names["END"] not in digits:
            Y = torch.tensor([[names["START"], *digits]])
            digits.append(model.decode(Y, memory, real)[0, -1].argmax().item())
            weights = model.decoder.cross_attention.weights[0, :, -1].mean(dim=0)
            rows.append([round(w, 3) for w in weights.tolist()])
    return digits, rows


def measure_reader(names: dict, seed: int) -> list[dict]:
    """Train readers on few and many numbers, and one without positions."""
    english, chinese, count = names["english"], names["chinese"], names["count_right"]
    rows = []
    for n_train, positions in [*((n, True) for n in SIZES), (SIZES[-1], False)]:
        seen, unseen = names["split_numbers"](seed, n_train)
        model, _ = names["train_reader"](seen, seed, positions=positions)
        row = {"seed": seed, "n_train": n_train, "positions": positions}
        everything = range(10_000)
        for write in (english, chinese):
            name = write.__name__
            asked = unseen[:TESTED]  # the order is random
            row[f"{name}_unseen"] = count(model, [write(n) for n in asked], asked)
            if not positions:
                row[f"{name}_all"] = count(
                    model, [write(n) for n in everything], everything
                )
        if (n_train, positions) == (SIZES[-1], True):
            row |= stretch(names, model, seen, unseen[:TESTED], seed)
        rows.append(row)
        print({k: v for k, v in row.items() if k not in ("errors", "maps")})
    return rows


def stretch(names: dict, model, seen: list, unseen: list, seed: int) -> dict:
    """Ask a trained reader for what it was not trained for."""
    english, chinese, count = names["english"], names["chinese"], names["count_right"]
    linked = [n for n in unseen if "and" in english(n)]
    bare = [[word for word in english(n) if word != "and"] for n in linked]
    twos = [n for n in unseen if "二百" in "".join(chinese(n))]
    spoken = [list("".join(chinese(n)).replace("二百", "两百")) for n in twos]
    long = [n for n in range(10_000, 100_000) if len(english(n)) <= 7]
    long = np.random.default_rng(seed).choice(long, LONG, replace=False).tolist()
    answers = names["read"](model, [english(n) for n in long])
    four = [n for n in unseen if n >= 1000]
    sharpness = {
        name: [max(w) for n in numbers for w in look(names, model, english(n), 6)[1]]
        for name, numbers in [("four", four[:200]), ("long", long[:200])]
    }
    result = {
        "seen_right": [
            count(model, [write(n) for n in seen], seen) for write in (english, chinese)
        ],
        "linked": len(linked),
        "linked_right": count(model, [english(n) for n in linked], linked),
        "without_and_right": count(model, bare, linked),
        "twos": len(twos),
        "twos_right": count(model, [chinese(n) for n in twos], twos),
        "spoken_right": count(model, spoken, twos),
        "long": len(long),
        "long_right": sum(a == n for a, n in zip(answers, long, strict=True)),
        "long_begun_right": sum(
            a == n // 10 for a, n in zip(answers, long, strict=True)
        ),
        "long_four_digits": sum(1000 <= a <= 9999 for a in answers),
        "long_five_digits": sum(a >= 10_000 for a in answers),
        "sharpness": {k: round(float(np.mean(v)), 3) for k, v in sharpness.items()},
    }
    if seed == 0:
        result["errors"] = {
            write.__name__: [
                [n, answer]
                for n, answer in zip(
                    unseen,
                    names["read"](model, [write(n) for n in unseen]),
                    strict=True,
                )
                if n != answer
            ]
            for write in (english, chinese)
        }
        result["maps"] = [
            [write(n), *look(names, model, write(n), 6)]
            for n, write in [
                (SHOWN[0], english), (SHOWN[0], chinese), (SHOWN[1], english)
            ]
        ]  # fmt: skip
    return result


def bigram_perplexity(names: dict, seen: list, unseen: list) -> float:
    """Measure how well the character before predicts a character (0.1 added)."""
    V = len(names["CHARS"])
    counts = np.full((V, V), 0.1)
    for row in names["encode_lines"](seen).numpy():
        row = row[row >= 0]
        np.add.at(counts, (row[:-1], row[1:]), 1)
    log_p = np.log(counts / counts.sum(axis=1, keepdims=True))
    losses = []
    for row in names["encode_lines"](unseen).numpy():
        row = row[row >= 0]
        losses += (-log_p[row[:-1], row[1:]]).tolist()
    return float(np.exp(np.mean(losses)))


def measure_writer(names: dict, seed: int) -> dict:
    """Train a character model, and one without the causal mask."""
    seen, unseen = names["split_lines"](seed)
    length = np.mean([len(names["LINES"][pair]) for pair in unseen])
    row = {
        "seed": seed,
        "uniform": len(names["CHARS"]),
        "bigram": round(bigram_perplexity(names, seen, unseen), 2),
        "rule": round(float(np.exp(np.log(len(names["LINES"])) / length)), 2),
        "floor": round(float(np.exp(np.log(len(unseen)) / length)), 2),
    }
    T = names["encode_lines"](unseen)
    for name, causal in [("causal", True), ("no mask", False)]:
        model, _ = names["train_chars"](seen, seed, causal=causal)
        with torch.no_grad():
            loss = names["next_char_loss"](model, T).item()
        row[name] = {"perplexity": round(float(np.exp(loss)), 2), "lines": []}
        for temperature in TEMPERATURES if causal else (0.6,):
            lines = names["generate"](model, DRAWN, temperature, seed)
            sums = [s for s in map(names["judge"], lines) if s]
            row[name]["lines"].append(
                {
                    "temperature": temperature,
                    "formed": len(sums),
                    "true": sum(true for _, _, true in sums),
                    "examples": lines[:3],
                }
            )
    print(row)
    return row


def main() -> None:
    """Measure, print, and write the result down."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5, help="how many (default 5)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    sys.stdout.reconfigure(encoding="utf-8", line_buffering=True)
    names, seeds = EXPERIMENT.names(), range(options.seeds)
    measured = {
        "tested": TESTED,
        "drawn": DRAWN,
        "writer": [measure_writer(names, seed) for seed in seeds],
        "reader": [row for seed in seeds for row in measure_reader(names, seed)],
    }
    if options.json:
        EXPERIMENT.write(options.json, seeds, measured)


if __name__ == "__main__":
    main()
