"""Data for the lessons: bundled with a library or generated, never downloaded."""

import numpy as np


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Load real handwritten digits, 8 × 8 pixels each, from scikit-learn's own copy.

    Returns
    -------
    X : array of shape (1797, 64)
        Pixel brightness from 0 (paper) to 1 (ink), one image a row.
    y : array of shape (1797,)
        The digit shown, 0 to 9.

    Raises
    ------
    FileNotFoundError
        If scikit-learn's installation lacks the file.

    Notes
    -----
    The test part of the "Optical Recognition of Handwritten Digits" data of Alpaydin
    and Kaynak (UCI, 1998), as bundled by scikit-learn.
    """
    from sklearn.datasets import load_digits

    try:
        X, y = load_digits(return_X_y=True)
    except OSError as error:
        raise FileNotFoundError(
            "The handwritten digits that come with scikit-learn could not be read "
            f"({error}). The installation is incomplete: reinstall it in this "
            "environment with `pip install --force-reinstall scikit-learn` and "
            "restart the kernel."
        ) from error
    return X / 16, y


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
        How many times each spiral goes round.

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
