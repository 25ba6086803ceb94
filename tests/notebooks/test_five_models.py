"""The benchmark of the five models runs, and its committed result is right.

The lesson defines the models, the benchmark trains what the lesson defines, and the
lesson shows what the benchmark measured.
"""

import gzip
import json
import os
import struct
import subprocess
import sys

import numpy as np
import pytest
import torch

from benchmarks import five_models

from .files import ROOT

PARAMETERS = {
    "128 + dropout": 101_770,
    "CNN": 93_322,
    "128": 101_770,
    "64-64": 55_050,
    "512 + dropout": 407_050,
}
ROW = {
    "name", "parameters", "optimizer", "lr", "batch_size", "epochs", "share",
    "train_correct", "test_correct", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def committed():
    return five_models.EXPERIMENT.committed()


def write_idx(folder, images, labels, part):
    head = struct.pack(">iiii", 2051, *images.shape)
    path = folder / f"{part}-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(head + images.tobytes()))
    head = struct.pack(">ii", 2049, len(labels))
    (folder / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())


@pytest.fixture(scope="module")
def tiny_mnist(tmp_path_factory):
    """Make forty training and twenty test images that are easy to tell apart."""
    folder = tmp_path_factory.mktemp("mnist")
    rng = np.random.default_rng(0)
    for part, n in (("train", 40), ("t10k", 20)):
        labels = (np.arange(n) % 10).astype(np.uint8)
        images = rng.integers(0, 60, (n, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[2 * label + 4] = 255
        write_idx(folder, images, labels, part)
    return folder


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.five_models", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=300,
    )


def test_the_benchmark_measures_all_models_on_a_folder_of_digits(tiny_mnist, tmp_path):
    file = tmp_path / "result.json"
    done = run(tiny_mnist, "--seeds", 2, "--source", "folder", "--json", file)
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["seeds"] == [0, 1]
    part = result["digits"]["folder"]
    assert (part["train_images"], part["test_images"]) == (40, 20)
    rows = {row["name"]: row for row in part["rows"]}
    assert {name: rows[name]["parameters"] for name in PARAMETERS} == PARAMETERS
    for name, row in rows.items():
        assert row.keys() == ROW
        assert len(row["test_correct"]) == len(row["train_correct"]) == 2
        assert all(0 <= right <= 20 for right in row["test_correct"])
        assert name in done.stdout
    assert sum(rows["64-64"]["test_correct"]) > 20, "nothing is learned"


def test_the_folder_may_come_from_the_environment(tiny_mnist):
    arguments = ["--seeds", 1, "--source", "folder"]
    done = run(*arguments, DLCOURSE_DATA=str(tiny_mnist))
    assert done.returncode == 0, done.stderr
    assert "FAR FROM 98.1" in done.stdout  # forty images are no MNIST


def test_the_committed_result_has_all_that_the_lesson_shows(committed):
    five = five_models.EXPERIMENT.names()
    seeds = len(committed["seeds"])
    assert seeds >= 5
    assert committed["machine"].keys() == {
        "processor", "system", "python", "torch", "numpy"
    }  # fmt: skip
    sizes = {"folder": (10_000, 10_000), "bundled": (1_297, 500)}
    assert committed["digits"].keys() == sizes.keys()
    for source, part in committed["digits"].items():
        assert (part["train_images"], part["test_images"]) == sizes[source]
        recipes = {**five["RECIPES"], **five["CONTROLS"]}
        assert [row["name"] for row in part["rows"]] == list(recipes)
        for row in part["rows"]:
            recipe = recipes[row["name"]]
            assert row.keys() == ROW
            assert (row["epochs"], row["lr"]) == (recipe.epochs, recipe.lr)
            assert len(row["test_correct"]) == len(row["train_correct"]) == seeds
            assert all(0 < n <= part["test_images"] for n in row["test_correct"])
        for error in part["shared_errors"]:
            assert list(error["answers"]) == list(five["RECIPES"])
            assert error["label"] not in error["answers"].values()


def test_the_committed_result_has_the_articles_numbers_of_parameters(committed):
    rows = {row["name"]: row for row in committed["digits"]["folder"]["rows"]}
    assert {name: rows[name]["parameters"] for name in PARAMETERS} == PARAMETERS


def test_the_committed_result_agrees_with_earlier_measurements(committed):
    part = committed["digits"]["folder"]
    rows = {row["name"]: row for row in part["rows"]}
    for name, reference in five_models.REFERENCE.items():
        mean = 100 * np.mean(rows[name]["test_correct"]) / part["test_images"]
        assert abs(mean - reference) <= five_models.TOLERANCE == 1.0, name


def test_a_shared_error_is_one_of_every_network():
    y = torch.tensor([1, 2, 3])
    answers = {
        "a": torch.tensor([[7, 2, 3], [7, 9, 9]]),
        "b": torch.tensor([[5, 9, 9], [4, 9, 9]]),
    }
    (error,) = five_models.shared_errors(answers, y)
    assert (error["index"], error["label"]) == (0, 1)
    assert error["answers"]["a"] == 7 and error["answers"]["b"] in (4, 5)
