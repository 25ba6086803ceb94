"""The spoken digits: complete, told apart, and what their description says."""

import numpy as np
import pytest

from dlcourse import data
from dlcourse.data import spoken_digits


@pytest.fixture(scope="module")
def spoken():
    return spoken_digits()


def test_every_variant_says_every_digit_three_times(spoken):
    _, _, y, variant, _ = spoken
    counts = np.zeros((18, 10), dtype=int)
    np.add.at(counts, (variant, y), 1)
    assert (counts == 3).all()


def test_arrays_are_plain_and_fit_together(spoken):
    X, lengths, y, variant, rate = spoken
    assert X.dtype == np.float32 and X.shape == (540, lengths.max())
    assert {a.dtype for a in (lengths, y, variant)} == {np.dtype(np.int64)}
    assert {a.shape for a in (lengths, y, variant)} == {(540,)}
    assert type(rate) is int and rate == 8000


def test_waveforms_fill_their_length_and_nothing_beyond(spoken):
    X, lengths, *_, rate = spoken
    for row, length in zip(X, lengths, strict=True):
        assert 0.2 < length / rate < 1.0
        assert not row[length:].any()
        assert np.flatnonzero(row)[-1] + 1 >= length - rate // 50  # the margin
        assert 0.85 < np.abs(row).max() < 0.95
        assert abs(row[:length].mean()) < 0.02


def test_no_two_recordings_are_alike(spoken):
    X, *_ = spoken
    assert len({row.tobytes() for row in X}) == len(X)


def test_variants_differ_where_they_say_the_same(spoken):
    """A synthesiser that ignores a variant would make hidden duplicates of a voice."""
    X, _, y, variant, _ = spoken
    spectra = np.log(np.abs(np.fft.rfft(X, 8192)[:, :4096]) ** 2 + 1e-3)
    spectra = spectra.reshape(len(X), 64, 64).mean(axis=2)
    for digit in range(10):
        means = np.array(
            [spectra[(y == digit) & (variant == v)].mean(axis=0) for v in range(18)]
        )
        gaps = np.linalg.norm(means[:, None] - means, axis=2)[np.triu_indices(18, 1)]
        assert gaps.min() > 1.5


def test_whispering_has_no_tone(spoken):
    """A voice repeats itself from period to period; noise does not."""
    X, lengths, _, variant, _ = spoken
    tone = np.zeros(len(X))
    for i, (row, length) in enumerate(zip(X, lengths, strict=True)):
        middle = row[length // 2 - 400 : length // 2 + 400]
        echo = np.correlate(middle, middle, "full")[799:]
        tone[i] = echo[20:160].max() / echo[0]  # pitches of 50 to 400 Hz
    assert np.median(tone[variant >= 16]) < np.median(tone[variant < 16]) - 0.2


def test_a_missing_file_is_told_with_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setattr(data, "files", lambda _: tmp_path)
    with pytest.raises(FileNotFoundError, match="reinstall the package dlcourse"):
        spoken_digits()
