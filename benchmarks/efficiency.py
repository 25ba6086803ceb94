"""What batch size, fewer bits, distillation and zeros buy, over several seeds.

The networks, their training, and what makes them smaller are the cells of the lesson
``book/outlook/efficiency.ipynb`` that have the tag ``engine``. The test images choose
nothing: learning rates are chosen by the validation part. Times are taken side by
side in one run and are written down as ratios only::

    .venv/bin/python -m benchmarks.efficiency [--seeds 10] [--json FILE]

The lesson shows the result of ten seeds, which is committed as
``book/outlook/efficiency.json``. It takes about six minutes on one core. Ratios
are those of a machine; a run elsewhere gives others.
"""

import argparse
import time
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import scipy.sparse
import torch
from threadpoolctl import threadpool_limits

from .committed import Experiment, machine

EXPERIMENT = Experiment("outlook/efficiency", __file__)
TARGET = 0.2  # of the training loss
BATCH_SIZES = [2**k for k in range(11)]
RATES = [2.0**k for k in range(-6, 3)]
STUDENT_RATES = [0.01, 0.02, 0.05, 0.1, 0.2, 0.4]
WIDTHS = [8, 16]
TEMPERATURES = [1, 2, 4, 8]
SPARSITIES = [0, 0.5, 0.7, 0.8, 0.9, 0.95, 0.98]
BITS = [8, 6, 5, 4, 3, 2]


def batch_rows(v: SimpleNamespace, seeds: Sequence[int]) -> list[dict]:
    """Find, for every batch size, the rate that takes the fewest steps."""
    rows = []
    for batch_size in BATCH_SIZES:
        with np.errstate(all="ignore"):  # some rates are far too large
            steps = v.steps_to(TARGET, batch_size, RATES, seeds)
        best = steps.mean(axis=1).argmin()
        rows.append(
            {"batch_size": batch_size, "rate": RATES[best]}
            | {"steps": [int(n) for n in steps[best]]}
        )
        print(rows[-1], flush=True)
    return rows


def student_rows(v: SimpleNamespace, seeds: Sequence[int], teacher: list) -> list[dict]:
    """Train small networks on labels, smoothed labels, and what the teacher says."""
    (X, y), (X_val, y_val), (X_test, y_test) = v.splits(seeds)
    Y, logits = np.eye(10)[y], v.forward(teacher, X)[-1]
    targets = {
        "labels": (Y, 1.0, 40),
        "labels, 80 epochs": (Y, 1.0, 80),
        "smoothed labels": (0.9 * Y + 0.01, 1.0, 40),
    }
    for T in TEMPERATURES:
        targets[f"teacher, T = {T}"] = (v.softmax(logits / T), T, 40)
    rows = []
    for width in WIDTHS:
        start = v.init_params((64, width, 10), seeds)
        for name, (target, T, num_epochs) in targets.items():
            runs = []
            for lr in STUDENT_RATES:
                params = v.train(start, X, target, T, lr, num_epochs)
                on_val, on_test = (
                    v.correct(v.forward(params, part)[-1], labels)
                    for part, labels in [(X_val, y_val), (X_test, y_test)]
                )
                runs.append((int(on_val.sum()), lr, on_test.tolist()))
            _, lr, right = max(runs, key=lambda run: run[0])
            rows.append({"width": width, "target": name, "lr": lr, "right": right})
            print(rows[-1], flush=True)
    return rows


def precision_rows(v: SimpleNamespace, seeds: Sequence[int]) -> list[dict]:
    """Train the teacher's network in several number formats."""
    (X, y), _, (X_test, y_test) = v.splits(seeds)
    X, Y = X.astype(np.float32), np.eye(10, dtype=np.float32)[y]
    start = [
        [p.astype(np.float32) for p in layer]
        for layer in v.init_params((64, 256, 10), seeds)
    ]
    rows = []
    for name, how in {
        "float32": {},
        "float16": {"cast": v.to_float16},
        "float16, loss scale 1024": {"cast": v.to_float16, "loss_scale": 1024.0},
        "bfloat16": {"cast": v.to_bfloat16},
    }.items():
        params = v.train(start, X, Y, **how)
        right = v.correct(v.forward(params, X_test)[-1], y_test)
        rows.append({"name": name, "right": right.tolist()})
        print(rows[-1], flush=True)
    return rows


def smaller_rows(v: SimpleNamespace, seeds: Sequence[int], teacher: list) -> dict:
    """Prune and round the teacher; weigh the files of six versions of it."""
    (X, y), _, (X_test, y_test) = v.splits(seeds)
    Y, logits = np.eye(10)[y], v.forward(teacher, X)[-1]
    total = sum(W[0].size for W, _ in teacher)

    def score(params: list) -> list[int]:
        return v.correct(v.forward(params, X_test)[-1], y_test).tolist()

    pruned, rounded = [], []
    for sparsity in SPARSITIES:
        kept = round((1 - sparsity) * total)
        masks = v.largest(teacher, kept)
        params = v.prune(teacher, masks)
        tuned = v.train(params, X, Y, num_epochs=10, masks=masks)
        if sparsity == 0.9:
            chosen = tuned
        pruned.append(
            {"sparsity": sparsity, "kept": kept}
            | {"one-shot": score(params), "tuned": score(tuned)}
        )
    dense = [
        {"width": w, "weights": 74 * w}
        | {"right": score(v.train(v.init_params((64, w, 10), seeds), X, Y))}
        for w in (5, 8, 12, 16, 25, 50)
    ]
    for bits in BITS:
        tensor, channel = (
            score(v.rounded(teacher, bits=bits, per_channel=how))
            for how in (False, True)
        )
        rounded.append({"bits": bits, "tensor": tensor, "channel": channel})
    start = v.init_params((64, 16, 10), seeds)
    plain = v.train(start, X, Y, num_epochs=40)
    student = v.train(start, X, v.softmax(logits / 4), T=4.0, lr=0.05, num_epochs=40)
    files = {
        name: {"bytes": size, "right": right}
        for name, (size, right) in v.versions(
            teacher, plain, student, chosen, seeds
        ).items()
    }
    return {"pruned": pruned, "dense": dense, "rounded": rounded, "files": files}


def compare(pairs: dict, rounds: int, repeats: int) -> dict[str, list[float]]:
    """Time pairs of functions in turns.

    Parameters
    ----------
    pairs : dict of str to (callable, callable, float)
        Two functions, and by what to divide the ratio of their times.
    rounds : int
        Ratios to take of each pair.
    repeats : int
        Calls of which the fastest counts, in every round.

    Returns
    -------
    dict of str to list of float
        The time of the first by that of the second, each round, rounded.
    """
    ratios: dict[str, list[float]] = {name: [] for name in pairs}
    for _ in range(rounds):
        for name, (f, g, share) in pairs.items():
            times = [(seconds(f), seconds(g)) for _ in range(repeats)]
            fast, reference = (min(column) for column in zip(*times, strict=True))
            ratios[name].append(float(f"{fast / reference / share:.3g}"))
    return ratios


def seconds(f: Callable[[], object]) -> float:
    """Time one call."""
    started = time.perf_counter()
    f()
    return time.perf_counter() - started


def speed(v: SimpleNamespace, rounds: int, repeats: int, d: int = 1024) -> dict:
    """Measure what is faster than what, on one core, as ratios of times."""
    rng = np.random.default_rng(0)
    W = rng.normal(size=(d, d)).astype(np.float32)
    zeros = {s: W * (rng.random(W.shape) > s) for s in (0.5, 0.9, 0.99)}
    lists = {s: scipy.sparse.csr_array(Z) for s, Z in zeros.items()}
    tenth = np.ascontiguousarray(W[: d // 10])
    X = {n: rng.normal(size=(n, d)).astype(np.float32) for n in (1, 8, 64, 512)}
    q_W = v.to_grid(W)[0].astype(np.int32)
    q_X = {n: np.round(30 * A).clip(-127, 127).astype(np.int32) for n, A in X.items()}
    linear = torch.nn.Linear(d, d)
    with warnings.catch_warnings():  # PyTorch's own int8 layers are on their way out
        warnings.simplefilter("ignore")
        int8 = torch.ao.quantization.quantize_dynamic(
            torch.nn.Sequential(linear), {torch.nn.Linear}, dtype=torch.qint8
        )
    low = torch.nn.Linear(d, d).to(torch.bfloat16)
    nets = {w: [[p[0] for p in a] for a in v.init_params((64, w, 10), [0])]
            for w in (256, 16)}  # fmt: skip
    images = {n: v.X_all[:n] for n in (1, 64)}
    pairs = {
        f"batch of {n}, per sample": (lambda n=n: X[n] @ W.T, lambda: X[1] @ W.T, n)
        for n in (8, 64, 512)
    }
    for n in (1, 64):
        A, B = X[n], torch.tensor(X[n])
        B16 = B.to(torch.bfloat16)

        def dense(A: np.ndarray = A) -> np.ndarray:
            return A @ W.T

        def full(B: torch.Tensor = B) -> torch.Tensor:
            return linear(B)

        for s, Z in zeros.items():
            pairs[f"{s:.0%} zeros, dense, batch {n}"] = (
                lambda A=A, Z=Z: A @ Z.T,
                dense,
                1,
            )
            pairs[f"{s:.0%} zeros, sparse, batch {n}"] = (
                lambda A=A, C=lists[s]: C @ A.T, dense, 1
            )  # fmt: skip
        pairs[f"a tenth of the neurons, batch {n}"] = (
            lambda A=A: A @ tenth.T,
            dense,
            1,
        )
        pairs[f"int8 in NumPy, batch {n}"] = (lambda n=n: q_X[n] @ q_W.T, dense, 1)
        pairs[f"int8 in a library, batch {n}"] = (lambda B=B: int8(B), full, 1)
        pairs[f"bfloat16, batch {n}"] = (lambda B=B16: low(B), full, 1)
        pairs[f"16 for 256 neurons, batch {n}"] = (
            lambda n=n: v.forward(nets[16], images[n]),
            lambda n=n: v.forward(nets[256], images[n]),
            1,
        )
    with threadpool_limits(1), torch.inference_mode():
        torch.set_num_threads(1)
        ratios = compare(pairs, rounds, repeats)
    pipe = {"prefetching": (lambda: load(True), lambda: load(False), 1)}
    return ratios | compare(pipe, rounds, 1)


def load(ahead: bool, batches: int = 20, fetch: float = 0.006, step: float = 0.004):
    """Wait for batches and for steps, in turn or at the same time."""
    with ThreadPoolExecutor(1) as worker:
        for _ in range(batches):
            waiting = worker.submit(time.sleep, fetch)
            if not ahead:
                waiting.result()
            time.sleep(step)
            waiting.result()


def main() -> None:
    """Measure, print, and write the result if asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10, help="how many (default 10)")
    parser.add_argument("--json", type=Path, help="write the result to this file")
    options = parser.parse_args()
    print(", ".join(f"{key} {value}" for key, value in machine().items()))
    seeds, v = range(options.seeds), SimpleNamespace(**EXPERIMENT.names())
    ratios = speed(v, rounds=9, repeats=15)
    for name, values in ratios.items():
        print(
            f"{name:34} {np.median(values):8.3g}  {min(values):.3g} {max(values):.3g}"
        )
    (X, y), *_ = v.splits(seeds)
    teacher = v.train(v.init_params((64, 256, 10), seeds), X, np.eye(10)[y])
    measured = {
        "target": TARGET,
        "ratios": ratios,
        **smaller_rows(v, seeds, teacher),
        "students": student_rows(v, seeds, teacher),
        "precision": precision_rows(v, seeds),
        "batch": batch_rows(v, seeds),
    }
    if options.json:
        EXPERIMENT.write(options.json, seeds, measured)


if __name__ == "__main__":
    main()
