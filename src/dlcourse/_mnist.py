"""MNIST's files: found in a folder and read."""

import gzip
import math
import os
import zlib
from pathlib import Path

import numpy as np

# The first part of the file names of each split, in the order of split=None.
SPLITS = {"train": "train", "test": "t10k"}
KINDS = {1: "labels", 3: "images"}  # number of dimensions: what such a file holds


def load(
    folder: str | os.PathLike, split: str | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Read one split, or training and test images one after the other.

    Parameters
    ----------
    folder : path
        Where the files are, plain or compressed with gzip.
    split : {"train", "test"}, optional
        What to read; both if left out.

    Returns
    -------
    X : float32 array of shape (n, rows * columns)
        Pixels from 0 (paper) to 1 (ink), one image a row.
    y : int64 array of shape (n,)
        The digit shown, 0 to 9.

    Raises
    ------
    FileNotFoundError
        If there is no such folder, or it lacks a file.
    ValueError
        If a file is damaged or no MNIST file, or files do not belong together.
    """
    parts = list(SPLITS.values()) if split is None else [SPLITS[split]]
    paths = _find(Path(folder).expanduser().absolute(), parts)
    pairs = [_read_pair(paths[part, 3], paths[part, 1]) for part in parts]
    shapes = {images.shape[1:] for images, _ in pairs}
    if len(shapes) > 1:
        raise ValueError(
            f"The training and test images in {folder} have different sizes, "
            f"{' and '.join(f'{r} × {c} pixels' for r, c in sorted(shapes))}, so they "
            'cannot be put into one array: load them one by one with split="train" '
            'and split="test", or name a folder whose files belong together.'
        )
    images = np.concatenate([images for images, _ in pairs])
    X = images.reshape(len(images), math.prod(images.shape[1:])).astype(np.float32)
    X /= 255
    return X, np.concatenate([labels for _, labels in pairs]).astype(np.int64)


def _find(folder: Path, parts: list[str]) -> dict[tuple[str, int], Path]:
    """Return where each file is, by the part of MNIST and its number of dimensions."""
    if not folder.is_dir():
        raise FileNotFoundError(
            f"There is no folder {folder} (given as the argument `folder` or by the "
            "environment variable DLCOURSE_DATA). Name the folder that holds MNIST's "
            "files."
        )
    found, missing = {}, []
    for part in parts:
        for ndim, kind in KINDS.items():
            names = [
                f"{part}-{kind}{separator}idx{ndim}-ubyte{suffix}"
                for suffix in ("", ".gz")
                for separator in "-."
            ]
            there = [folder / name for name in names if (folder / name).is_file()]
            if there:
                found[part, ndim] = there[0]
            else:
                missing.append(names[0])
    if missing:
        raise FileNotFoundError(
            f"The folder {folder} lacks {', '.join(missing)} (with or without .gz at "
            "the end). Put the file there under this name, or name the folder that "
            "has it."
        )
    return found


def _read_pair(images: Path, labels: Path) -> tuple[np.ndarray, np.ndarray]:
    """Read the images of a split and their labels."""
    X, y = _read(images, 3), _read(labels, 1)
    if len(X) != len(y):
        raise ValueError(
            f"{images} holds {len(X):,} images, but {labels} holds {len(y):,} labels: "
            "each image needs one label. Take both files from the same source."
        )
    if (y > 9).any():
        where = int(np.argmax(y > 9))
        raise ValueError(
            f"{labels} gives image {where} the label {y[where]}, but a digit is from "
            "0 to 9. The file is damaged or belongs to other data: get it anew."
        )
    return X, y


def _read(path: Path, ndim: int) -> np.ndarray:
    """Read an IDX file: a magic number, the length of each dimension, the bytes.

    All numbers of the header are big-endian and have four bytes; the magic number of
    unsigned bytes in d dimensions is 0x800 + d.
    """
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":  # what gzip's files start with, whatever the name
        try:
            data = gzip.decompress(data)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(
                f"{path} cannot be decompressed ({error}). It is damaged, or its copy "
                "or download was cut off: get it anew."
            ) from error
    magic, header = int.from_bytes(data[:4]), 4 + 4 * ndim
    kind = KINDS[ndim]
    if len(data) < header or magic != 0x800 + ndim:
        other = KINDS.get(magic - 0x800)
        given = (
            f"holds {other} (magic number {magic})"
            if len(data) >= header and other
            else f"starts with {data[:4].hex(' ') or 'nothing'}"
        )
        raise ValueError(
            f"{path} has to be an IDX file of {kind}, which starts with the magic "
            f"number {0x800 + ndim}, but it {given}. Put MNIST's own file there, under "
            "the name it has where it is published."
        )
    shape = tuple(np.frombuffer(data, ">u4", ndim, offset=4).tolist())
    given, expected = len(data) - header, math.prod(shape)
    if given != expected:
        raise ValueError(
            f"{path} announces {' × '.join(map(str, shape))} = {expected:,} bytes of "
            f"{kind}, but {given:,} follow: "
            + ("it was cut off." if given < expected else "something was added.")
            + " Get it anew."
        )
    return np.frombuffer(data, np.uint8, offset=header).reshape(shape)
