"""Data for the lessons: bundled with a library, generated, or MNIST if you ask."""

import os
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from typing import Literal

import numpy as np

from dlcourse import _mnist

SOURCES = ("bundled", "folder", "download")


def digits(
    source: Literal["bundled", "folder", "download"] = "bundled",
    split: Literal["train", "test"] | None = None,
    *,
    folder: str | os.PathLike | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Load real handwritten digits: small ones that are at hand, or MNIST.

    Parameters
    ----------
    source : {"bundled", "folder", "download"}
        "bundled": 1,797 digits of 8 × 8 pixels from scikit-learn's own copy.
        "folder": MNIST, 28 × 28 pixels, from files that you have.
        "download": MNIST, fetched from the network the first time, 11.6 MB, and from
        a cache on your disk from then on.
    split : {"train", "test"}, optional
        Which part to load; all images, the training images first, if left out.
    folder : path, optional
        Only for "folder": where MNIST's four files are, plain or compressed (.gz),
        under the names they are published with (train-images-idx3-ubyte, …). If left
        out, the environment variable DLCOURSE_DATA says where.

    Returns
    -------
    X : float64 array of shape (n, 64), or float32 array of shape (n, 784) for MNIST
        Pixel brightness from 0 (paper) to 1 (ink), one image a row.
    y : int64 array of shape (n,)
        The digit shown, 0 to 9.

    Raises
    ------
    ValueError
        If there is no such source or split, no folder is named, or a file is damaged
        or does not belong to the others.
    FileNotFoundError
        If the folder or one of the files is missing, or scikit-learn's installation
        lacks its file.
    ConnectionError
        If MNIST cannot be downloaded. What has arrived is kept for the next call.
    OSError
        If there is no room for the downloaded files, or no right to write them.

    Notes
    -----
    The bundled digits are the test part of the "Optical Recognition of Handwritten
    Digits" data of Alpaydin and Kaynak (UCI, 1998). The first 1,297 are the train
    split here and the last 500 the test split. One person's digits mostly follow each
    other in the file, so the test digits are mostly by other people than the training
    digits.

    MNIST is by LeCun, Cortes and Burges (1998): 60,000 training and 10,000 test
    images. The cache is the folder dlcourse/mnist in $XDG_CACHE_HOME, or else in
    ~/.cache, on macOS ~/Library/Caches, on Windows %LOCALAPPDATA%; every load compares
    its files with the published SHA-256.
    """
    if source not in SOURCES:
        raise ValueError(
            f"source is {source!r}, but it has to be one of {', '.join(SOURCES)}."
        )
    if split not in (None, "train", "test"):
        raise ValueError(
            f'split is {split!r}, but it has to be "train", "test" or None, which '
            "stands for both."
        )
    if folder is not None and source != "folder":
        raise ValueError(
            f'folder is {str(folder)!r}, but the source is "{source}", which reads no '
            'folder of yours: leave folder out, or write digits("folder", '
            "folder=...)."
        )
    if source == "bundled":
        return _bundled(split)
    if source == "download":
        from dlcourse import _download

        return _mnist.load(_download.fetch(split), split)
    folder = folder or os.environ.get("DLCOURSE_DATA")
    if not folder:
        raise ValueError(
            'digits("folder") was given no folder, and the environment variable '
            "DLCOURSE_DATA names none. Say where MNIST's four files are: "
            'digits("folder", folder="path/to/mnist").'
        )
    return _mnist.load(folder, split)


def _bundled(split: str | None) -> tuple[np.ndarray, np.ndarray]:
    """Read scikit-learn's digits.

    From its file: importing its loader takes longer than most lessons' arithmetic.
    """
    try:
        package = distribution("scikit-learn")
        file = package.locate_file("sklearn/datasets/data/digits.csv.gz")
        table = np.loadtxt(file, delimiter=",")
    except (PackageNotFoundError, OSError) as error:
        raise FileNotFoundError(
            "The handwritten digits that come with scikit-learn could not be read "
            f"({error}). The installation is incomplete: reinstall it in this "
            "environment with `pip install --force-reinstall scikit-learn` and "
            "restart the kernel."
        ) from error
    X, y = table[:, :-1] / 16, table[:, -1].astype(np.int64)
    if split:
        rows = slice(-500) if split == "train" else slice(-500, None)
        X, y = X[rows], y[rows]
    return X, y


def spoken_digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int]:
    """Load recordings of the English digits, spoken by synthetic voices.

    Returns
    -------
    X : float32 array of shape (540, longest)
        The waveforms, between -1 and 1, one recording a row; zeros after its end.
    lengths : int64 array of shape (540,)
        How many samples of a row are the recording.
    y : int64 array of shape (540,)
        The digit that is spoken, 0 to 9.
    variant : int64 array of shape (540,)
        Which of 18 voice variants speaks. Each says every digit three times, at
        different speeds and pitches. Variants 16 and 17 whisper.
    rate : int
        Samples in a second, 8000.

    Raises
    ------
    FileNotFoundError
        If the installation lacks the file.

    Notes
    -----
    No person was recorded. ``benchmarks/spoken_digits.py`` made the file with eSpeak
    NG 1.51: a voice variant is a setting of that program, and all of them share its
    rules of pronunciation. The samples are stored in 8 bits by the mu-law, as in
    telephony.
    """
    path = files("dlcourse") / "spoken_digits.npz"
    try:
        with path.open("rb") as file, np.load(file) as stored:
            codes, lengths, y, variant, rate = (
                stored[name] for name in ("samples", "lengths", "y", "variant", "rate")
            )
    except FileNotFoundError as error:
        raise FileNotFoundError(
            f"The spoken digits are missing ({path}). The installation is incomplete: "
            "reinstall the package dlcourse and restart the kernel."
        ) from error
    codes = codes.astype(np.float32) / 127
    samples = np.sign(codes) * np.expm1(np.abs(codes) * np.log1p(255.0)) / 255
    lengths = lengths.astype(np.int64)
    X = np.zeros((len(lengths), lengths.max()), dtype=np.float32)
    X[np.arange(X.shape[1]) < lengths[:, None]] = samples  # row by row
    return X, lengths, y.astype(np.int64), variant.astype(np.int64), int(rate)


def two_spirals(
    n: int, noise: float, rng: np.random.Generator, turns: float = 1.5
) -> tuple[np.ndarray, np.ndarray]:
    """Draw points on two intertwined spirals, a task no straight line can solve.

    Parameters
    ----------
    n : int
        Points in all, half of them on each spiral; even.
    noise : float
        Standard deviation of the noise added to each coordinate.
    rng : numpy.random.Generator
        Where the randomness comes from.
    turns : float
        How many times each spiral goes round from the centre to radius 1; points begin
        at radius 0.1.

    Returns
    -------
    X : array of shape (n, 2)
        The points, within about 1 of the origin.
    y : array of shape (n,)
        0 or 1: the spiral each point is on.

    Raises
    ------
    ValueError
        If ``n`` is odd or not positive.
    """
    if n <= 0 or n % 2:
        raise ValueError(f"n is {n}, but it has to be an even number of at least 2.")
    radius = np.sqrt(rng.uniform(0.01, 1, n))
    y = np.repeat([0, 1], n // 2)
    angle = 2 * np.pi * turns * radius + np.pi * y
    X = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return X + noise * rng.standard_normal((n, 2)), y
