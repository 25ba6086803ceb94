"""The benchmark of the lesson on generalisation runs, and its result is in range."""

import gzip
import json
import struct
import sys

import numpy as np
import pytest

from benchmarks import generalisation


@pytest.fixture
def tiny_mnist(tmp_path):
    """Make 60 training and 30 test images: a bright square whose place is the label."""
    rng = np.random.default_rng(0)
    for part, n in (("train", 60), ("t10k", 30)):
        labels = (np.arange(n) % 10).astype(np.uint8)
        images = np.zeros((n, 28, 28), dtype=np.uint8)
        images[:, 4, 4] = images[:, 23, 23] = 40  # the same frame for all
        for image, label in zip(images, labels, strict=True):
            r, c = 5 + 5 * (label // 4), 4 + 5 * (label % 4)
            image[r : r + 4, c : c + 4] = rng.integers(150, 256)
        head = struct.pack(">iiii", 2051, *images.shape)
        path = tmp_path / f"{part}-images-idx3-ubyte.gz"
        path.write_bytes(gzip.compress(head + images.tobytes()))
        head = struct.pack(">ii", 2049, n)
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(head + labels.tobytes())
    return tmp_path


def assert_rows(result, seeds):
    bundled, mnist = result["test_images"]
    assert [row["trained_on"] for row in result["rows"]] == list(
        generalisation.MIXTURES
    )
    for row in result["rows"]:
        for test, n in (("bundled", bundled), ("mnist", mnist), ("mnist_uncut", mnist)):
            assert len(row[test]) == seeds
            assert all(0 <= right <= n for right in row[test])


def test_the_committed_result_says_what_the_lesson_says():
    result = generalisation.EXPERIMENT.committed()
    assert result["test_images"] == [400, 10_000]
    assert_rows(result, len(result["seeds"]))
    mean = {
        row["trained_on"]: (np.mean(row["bundled"]) / 400, np.mean(row["mnist"]) / 1e4)
        for row in result["rows"]
    }
    for row in result["rows"]:
        assert row["images"] == list(generalisation.MIXTURES[row["trained_on"]])
    assert mean["1,197 bundled"][0] > 0.95 and mean["1,197 bundled"][1] < 0.65
    assert mean["10,000 MNIST"][0] < mean["50 bundled"][0]
    assert mean["100 bundled, 10,000 MNIST"][0] < mean["100 bundled"][0]


def test_the_benchmark_measures_and_writes_few_images(
    tiny_mnist, tmp_path, monkeypatch, capsys
):
    file = tmp_path / "result.json"
    arguments = [str(tiny_mnist), "--seeds", "2", "--json", str(file)]
    monkeypatch.setattr(sys, "argv", ["generalisation", *arguments])
    monkeypatch.setattr(generalisation, "STEPS", 100)
    generalisation.main()
    result = json.loads(file.read_text(encoding="utf-8"))
    assert (result["seeds"], result["test_images"]) == ([0, 1], [400, 30])
    assert_rows(result, 2)
    own = {row["trained_on"]: row for row in result["rows"]}["1,197 MNIST"]
    assert own["images"] == [0, 60]
    assert min(own["mnist"]) > 25, "ten places of a square are learned"
    assert "1,197 MNIST" in capsys.readouterr().out


def test_shrinking_keeps_the_mean_and_the_place():
    rng = np.random.default_rng(1)
    for d in (8, 20, 28):
        images = rng.random((3, d, d))
        small = generalisation.shrink(images)
        assert small.shape == (3, 64)
        assert np.allclose(small.mean(axis=1), images.mean(axis=(1, 2)))
    assert np.allclose(generalisation.shrink(images[:, ::-1])[0].reshape(8, 8)[::-1],
                       generalisation.shrink(images)[0].reshape(8, 8))  # fmt: skip
    dot = np.zeros((1, 20, 20))
    dot[0, 5, 15] = 1  # rows 5 to 7.5 are row 2, columns 15 to 17.5 are column 6
    assert generalisation.shrink(dot)[0].argmax() == 8 * 2 + 6


def test_cutting_out_centres_the_ink():
    images = np.zeros((1, 28, 28))
    images[0, 3:7, 20:26] = 1
    new = generalisation.cut_out(images)
    assert new.shape == (1, 20, 20)
    assert new.sum() == 24 and new[0, 8:12, 7:13].sum() == 24
