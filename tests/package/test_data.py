"""The digits three ways: bundled, from a folder, and fetched from a server that fails.

The server is a real one on the loopback interface; it hands out small made files in
MNIST's format, and what is killed or comes in pairs is a real second process.
"""

import contextlib
import gzip
import hashlib
import http.server
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import numpy as np
import pytest
import yaml
from nbclient import NotebookClient
from sklearn.datasets import load_digits

from dlcourse import _download
from dlcourse.data import digits
from tests.exercises.problems import ROOT

# ---------------------------------------------------------------- made files


def idx(array: np.ndarray) -> bytes:
    header = struct.pack(f">I{array.ndim}I", 0x800 + array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def made(seed: int, n: int, side: int = 28) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, side, side)), rng.integers(0, 10, n)


TRAIN, TEST = made(0, 250), made(1, 120)  # noise: gzip cannot make it much smaller
PLAIN = {
    "train-images-idx3-ubyte": idx(TRAIN[0]),
    "train-labels-idx1-ubyte": idx(TRAIN[1]),
    "t10k-images-idx3-ubyte": idx(TEST[0]),
    "t10k-labels-idx1-ubyte": idx(TEST[1]),
}
ZIPPED = {f"{name}.gz": gzip.compress(data, mtime=0) for name, data in PLAIN.items()}
BIG = "train-images-idx3-ubyte.gz"  # the first that is fetched, several chunks long


def equal(loaded, *pairs) -> bool:
    X, y = loaded
    images = np.concatenate([images.reshape(len(images), -1) for images, _ in pairs])
    labels = np.concatenate([labels for _, labels in pairs])
    return (
        (X.dtype, y.dtype) == (np.float32, np.int64)
        and np.array_equal(X, images.astype(np.float32) / np.float32(255))
        and np.array_equal(y, labels)
    )


@pytest.fixture
def folder(tmp_path):
    for name, data in PLAIN.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


# ------------------------------------------------------------------- bundled


def test_the_bundled_digits_are_the_default_and_what_scikit_learn_has():
    X, y = digits()
    raw, labels = load_digits(return_X_y=True)
    assert X.dtype == np.float64 and y.dtype == np.int64
    assert np.array_equal(X, raw / 16) and np.array_equal(y, labels)
    assert X.flags.owndata and y.flags.owndata


def test_the_last_500_bundled_digits_are_the_test_split():
    X, y = digits()
    for split, rows in (("train", slice(0, 1297)), ("test", slice(1297, 1797))):
        X_part, y_part = digits("bundled", split)
        assert np.array_equal(X_part, X[rows]) and np.array_equal(y_part, y[rows])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"source": "mnist"}, "source is 'mnist'.* one of bundled, folder, download"),
        ({"split": "valid"}, 'split is \'valid\'.* "train", "test" or None'),
        ({"folder": "here"}, "folder is 'here', but the source is \"bundled\""),
        (
            {"source": "download", "folder": "here"},
            "folder is 'here', but the source is \"download\"",
        ),
    ],
)
def test_a_wrong_argument_is_named_with_the_right_ones(arguments, message):
    with pytest.raises(ValueError, match=message):
        digits(**arguments)


# -------------------------------------------------------------------- folder


def zip_all(folder: Path) -> None:
    for name, data in PLAIN.items():
        (folder / name).unlink()
        (folder / f"{name}.gz").write_bytes(gzip.compress(data))


def unzip_under_the_old_names(folder: Path) -> None:
    """Some browsers decompress what they download and leave its name alone."""
    for name in PLAIN:
        (folder / name).rename(folder / f"{name}.gz")


def spell_with_dots(folder: Path) -> None:
    for name in PLAIN:
        (folder / name).rename(folder / name.replace("-idx", ".idx"))


@pytest.mark.parametrize(
    "change",
    [lambda _: None, zip_all, unzip_under_the_old_names, spell_with_dots],
    ids=["plain", "gzip", "plain with .gz", "dots"],
)
def test_a_folder_is_read_however_its_files_are_stored(folder, change):
    change(folder)
    assert equal(digits("folder", folder=folder), TRAIN, TEST)
    assert equal(digits("folder", "train", folder=str(folder)), TRAIN)
    assert equal(digits("folder", "test", folder=folder), TEST)


def test_the_environment_names_the_folder_unless_the_argument_does(
    folder, tmp_path_factory, monkeypatch
):
    monkeypatch.setenv("DLCOURSE_DATA", str(folder))
    assert equal(digits("folder", "test"), TEST)
    other = tmp_path_factory.mktemp("other")
    images, labels = made(2, 3, side=5)
    (other / "t10k-images-idx3-ubyte").write_bytes(idx(images))
    (other / "t10k-labels-idx1-ubyte").write_bytes(idx(labels))
    assert equal(digits("folder", "test", folder=other), (images, labels))


def test_home_may_be_written_as_a_tilde(folder, monkeypatch):
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.setenv("USERPROFILE", str(folder.parent))
    assert equal(digits("folder", "test", folder=f"~/{folder.name}"), TEST)


def test_the_arrays_are_the_callers_own(folder):
    X, y = digits("folder", folder=folder)
    assert X.flags.writeable and y.flags.writeable


@pytest.mark.parametrize("value", [None, ""])
def test_without_a_folder_both_ways_to_name_one_are_told(value, monkeypatch):
    monkeypatch.delenv("DLCOURSE_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("DLCOURSE_DATA", value)
    with pytest.raises(ValueError, match=r"DLCOURSE_DATA names none.*folder=\"path"):
        digits("folder")


def test_a_folder_that_is_not_there_is_named_in_full(folder, monkeypatch):
    monkeypatch.chdir(folder)
    with pytest.raises(FileNotFoundError, match=f"no folder {folder}/minst .*Name the"):
        digits("folder", folder="minst")
    file = folder / "t10k-labels-idx1-ubyte"
    with pytest.raises(FileNotFoundError, match=f"no folder {file} "):
        digits("folder", folder=file)


def test_all_missing_files_are_named_and_a_split_needs_only_its_own(folder):
    (folder / "train-images-idx3-ubyte").unlink()
    (folder / "train-labels-idx1-ubyte").unlink()
    missing = "lacks train-labels-idx1-ubyte, train-images-idx3-ubyte .*Put the file"
    for split in (None, "train"):
        with pytest.raises(FileNotFoundError, match=missing):
            digits("folder", split, folder=folder)
    assert equal(digits("folder", "test", folder=folder), TEST)


IMAGES, LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
ELEVEN = PLAIN[LABELS][:15] + b"\x0b" + PLAIN[LABELS][16:]
TEN = PLAIN[LABELS][:15] + b"\x0a" + PLAIN[LABELS][16:]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (LABELS, idx(TEST[1][:-1]), "120 images, but .* 119 labels: each image needs"),
        (
            LABELS,
            PLAIN[IMAGES],
            "IDX file of labels.* 2049, but it holds images .*2051",
        ),
        (
            IMAGES,
            PLAIN[LABELS],
            "IDX file of images.* 2051, but it holds labels .*2049",
        ),
        (
            LABELS,
            b"<html><body>",
            "labels.* but it starts with 3c 68 74 6d.*MNIST's own",
        ),
        (IMAGES, b"", "images.* but it starts with nothing"),
        (IMAGES, PLAIN[IMAGES][:9], "images.* but it starts with 00 00 08 03"),
        (IMAGES, PLAIN[IMAGES][:-1], "120 × 28 × 28 = 94,080 .* 94,079 .*cut off. Get"),
        (IMAGES, PLAIN[IMAGES] + b"x", "94,080 .* 94,081 follow: something was added"),
        (LABELS, PLAIN[LABELS][:-1], "120 = 120 bytes of labels, but 119 .*cut off"),
        (
            LABELS,
            ELEVEN,
            "image 7 the label 11, but a digit is from 0 to 9.*get it anew",
        ),
        (LABELS, TEN, "image 7 the label 10"),
        (IMAGES, ZIPPED[f"{IMAGES}.gz"][:-9], "cannot be decompressed .*get it anew"),
        (IMAGES, ZIPPED[f"{IMAGES}.gz"][:-2], "cannot be decompressed .*cut off"),
        (IMAGES, ZIPPED[f"{IMAGES}.gz"][:5], "cannot be decompressed"),
        (
            IMAGES,
            ZIPPED[f"{IMAGES}.gz"][:2000] + bytes(8) + ZIPPED[f"{IMAGES}.gz"][2008:],
            "cannot be decompressed",
        ),
        (IMAGES, ZIPPED[f"{IMAGES}.gz"][:10] + b"\xff" * 99, "cannot be decompressed"),
        (IMAGES, ZIPPED[f"{IMAGES}.gz"] + b"x", "cannot be decompressed"),
    ],
    ids=[
        "counts differ",
        "images for labels",
        "labels for images",
        "a web page",
        "an empty file",
        "a cut header",
        "cut data",
        "trailing data",
        "cut labels",
        "label 11",
        "label 10",
        "cut gzip",
        "cut gzip checksum",
        "cut gzip header",
        "spoilt gzip",
        "gzip's header alone",
        "trailing data after gzip",
    ],
)
def test_a_damaged_file_is_named_with_what_is_wrong(folder, name, data, message):
    (folder / name).write_bytes(data)
    with pytest.raises(ValueError, match=f"(?s){folder}.*{message}") as caught:
        digits("folder", folder=folder)
    assert name in str(caught.value)
    assert equal(digits("folder", "train", folder=folder), TRAIN)


def test_splits_with_images_of_different_sizes_cannot_be_put_together(folder):
    images, labels = made(2, 3, side=5)
    (folder / IMAGES).write_bytes(idx(images))
    (folder / LABELS).write_bytes(idx(labels))
    with pytest.raises(ValueError, match="sizes, 5 × 5 pixels and 28 × 28 pixels"):
        digits("folder", folder=folder)
    assert equal(digits("folder", "test", folder=folder), (images, labels))


real = pytest.mark.skipif(
    not os.environ.get("DLCOURSE_DATA"),
    reason="DLCOURSE_DATA names no folder with MNIST",
)


@real
def test_real_mnist_is_what_everybody_has():
    X, y = digits("folder", "test")
    assert X.shape == (10_000, 784) and y.shape == (10_000,)
    assert y[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert X.min() == 0 and X.max() == 1
    assert X.mean() < 0.25  # mostly paper, so that ink is 1


@real
def test_real_mnist_is_the_training_images_and_then_the_test_images():
    X, y = digits("folder")
    X_train, y_train = digits("folder", "train")
    X_test, y_test = digits("folder", "test")
    assert len(X) == len(X_train) + len(X_test) and X.dtype == np.float32
    assert np.array_equal(X[: len(X_train)], X_train)
    assert np.array_equal(X[len(X_train) :], X_test)
    assert np.array_equal(y, np.concatenate([y_train, y_test]))
    assert set(y_train) == set(y_test) == set(range(10))


# ------------------------------------------------------------------ download


class Mirror:
    """A server that hands out the made files, or fails as it is told.

    ``plan`` says what it does with the first requests, one word for each; it serves
    the rest. ``seen`` is what it was asked: names and Range headers.
    """

    def __init__(self):
        self.plan, self.seen = [], []
        self.stalled, self.go_on = threading.Event(), threading.Event()
        mirror = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rpartition("/")[2]
                mirror.seen.append((name, self.headers["Range"]))
                mirror.answer(self, mirror.plan.pop(0) if mirror.plan else "serve")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/mnist/"
        threading.Thread(
            target=self.server.serve_forever, args=[0.02], daemon=True
        ).start()

    def answer(self, request, how):
        body, status = ZIPPED[request.path.rpartition("/")[2]], 200
        if how == "refuse":
            return request.send_error(503)
        if how.startswith("portal"):
            body = b"<html>Please log in to the network first.</html>"
        elif how == "spoil":
            body = body[:-1] + bytes([body[-1] ^ 1])
        wanted = request.headers["Range"]
        if wanted and not how.startswith(("portal", "ignore")):
            body, status = body[int(wanted[len("bytes=") : -1]) :], 206
        request.send_response(status)
        if how != "portal without length":
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        half = len(body) // 2 if how.endswith(("break", "stall")) else len(body)
        request.wfile.write(body[:half])
        if how == "stall":
            self.stalled.set()
            self.go_on.wait()
            with contextlib.suppress(OSError):  # whoever asked may be dead
                request.wfile.write(body[half:])

    def close(self):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def mirror():
    mirror = Mirror()
    yield mirror
    mirror.close()


@pytest.fixture
def second():
    mirror = Mirror()
    yield mirror
    mirror.close()


@pytest.fixture
def cache(tmp_path, mirror, second, monkeypatch):
    """Where the download goes: from two mirrors of our own, of our own files."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setattr(_download, "MIRRORS", (mirror.url, second.url))
    monkeypatch.setattr(_download, "FILES", TABLE)
    return tmp_path / "dlcourse" / "mnist"


TABLE = {
    name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in ZIPPED.items()
}


def installed(cache: Path) -> bool:
    """All four files, and nothing half done."""
    names = {path.name for path in cache.iterdir()} - {".lock"}
    return names == set(ZIPPED) and all(
        (cache / name).read_bytes() == data for name, data in ZIPPED.items()
    )


def begin(cache: Path, data: bytes) -> Path:
    """Leave behind what an earlier download got of the first file."""
    cache.mkdir(parents=True)
    part = cache / f"{BIG}.part"
    part.write_bytes(data)
    return part


def test_the_published_table_is_complete():
    assert list(_download.FILES) == list(ZIPPED)
    for size, digest in _download.FILES.values():
        assert size > 0 and len(digest) == 64 and int(digest, 16)
    assert all(url.startswith("https://") for url in _download.MIRRORS)
    assert len({url.split("/")[2] for url in _download.MIRRORS}) == 2


def test_a_download_is_fetched_once_and_then_read_from_the_cache(
    cache, mirror, second, capfd
):
    assert equal(digits("download"), TRAIN, TEST)
    assert mirror.seen == [(name, None) for name in ZIPPED] and second.seen == []
    assert installed(cache)
    assert capfd.readouterr() == ("", "")  # nobody looks, nothing is drawn
    mirror.close()
    assert equal(digits("download"), TRAIN, TEST)
    assert equal(digits("folder", folder=cache), TRAIN, TEST)


def test_a_split_fetches_only_what_it_needs(cache, mirror):
    assert equal(digits("download", "test"), TEST)
    assert [name for name, _ in mirror.seen] == [n for n in ZIPPED if n[0] == "t"][2:]
    assert equal(digits("download", "train"), TRAIN)
    assert installed(cache) and len(mirror.seen) == 4


def test_a_broken_connection_is_taken_up_again_where_it_broke(cache, mirror, second):
    mirror.plan = ["break", "break"]
    assert equal(digits("download"), TRAIN, TEST)
    size = len(ZIPPED[BIG])
    first, then = size // 2, size // 2 + (size - size // 2) // 2
    ranges = [asked for name, asked in mirror.seen if name == BIG]
    assert ranges == [None, f"bytes={first}-", f"bytes={then}-"]
    assert installed(cache) and second.seen == []


def test_the_second_mirror_goes_on_where_the_first_broke(cache, mirror, second):
    mirror.plan = ["break", "refuse"]
    assert equal(digits("download"), TRAIN, TEST)
    assert second.seen == [(BIG, f"bytes={len(ZIPPED[BIG]) // 2}-")]
    assert installed(cache)


def test_a_server_that_ignores_the_range_is_read_from_the_start(cache, mirror, second):
    mirror.plan = ["break", "ignore"]
    assert equal(digits("download"), TRAIN, TEST)
    assert mirror.seen[1] == (BIG, f"bytes={len(ZIPPED[BIG]) // 2}-")
    assert installed(cache) and second.seen == []


def test_what_has_arrived_outlives_a_network_that_asks_for_a_login(
    cache, mirror, second
):
    mirror.plan = ["break", "portal"]
    assert equal(digits("download"), TRAIN, TEST)
    assert second.seen == [(BIG, f"bytes={len(ZIPPED[BIG]) // 2}-")]
    assert installed(cache)


def test_a_server_that_never_gets_further_is_given_up(cache, mirror, second):
    mirror.plan = ["break", "ignore and break"]
    assert equal(digits("download"), TRAIN, TEST)
    assert [name for name, _ in mirror.seen].count(BIG) == 2
    assert second.seen == [(BIG, f"bytes={len(ZIPPED[BIG]) // 2}-")]
    assert installed(cache)


@pytest.mark.parametrize("how", ["spoil", "refuse", "portal", "portal without length"])
def test_a_mirror_that_hands_out_something_else_is_passed_over(
    cache, mirror, second, how
):
    mirror.plan = [how] * 2
    assert equal(digits("download"), TRAIN, TEST)
    assert second.seen[0][0] == BIG
    assert installed(cache)


def test_nothing_is_installed_when_all_mirrors_hand_out_something_else(
    cache, mirror, second
):
    mirror.plan = second.plan = ["spoil"] * 20
    with pytest.raises(ConnectionError) as caught:
        digits("download")
    message = str(caught.value)
    for url in (mirror.url, second.url):
        assert f"{url}{BIG}: what it hands out is not the published file" in message
    assert [path.name for path in cache.iterdir() if path.name != ".lock"] == []
    assert mirror.seen == second.seen == [(BIG, None)]


@pytest.mark.parametrize(
    ("old", "asked"),
    [
        (ZIPPED[BIG][:70_000], ["bytes=70000-"]),
        (ZIPPED[BIG], []),
        (ZIPPED[BIG] + b"more", [None]),
        (bytes(len(ZIPPED[BIG])), [None]),
        (bytes(1000), ["bytes=1000-", None]),
        (b"", [None]),
    ],
    ids=["begun", "whole", "too long", "other", "other beginning", "empty"],
)
def test_what_an_earlier_download_left_is_used_or_thrown_away(
    cache, mirror, second, old, asked
):
    begin(cache, old)
    assert equal(digits("download"), TRAIN, TEST)
    assert [wanted for name, wanted in mirror.seen if name == BIG] == asked
    assert installed(cache) and second.seen == []


def test_what_was_left_is_thrown_away_once_and_no_more(cache, mirror, second):
    begin(cache, bytes(1000))
    mirror.plan = ["spoil"] * 20
    assert equal(digits("download"), TRAIN, TEST)
    assert mirror.seen[:2] == [(BIG, "bytes=1000-"), (BIG, None)]
    assert second.seen[0] == (BIG, None)
    assert installed(cache)


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: data + b"x"])
def test_a_cached_file_that_was_damaged_is_fetched_anew(cache, mirror, damage):
    digits("download")
    (cache / BIG).write_bytes(damage(ZIPPED[BIG]))
    mirror.seen.clear()
    assert equal(digits("download"), TRAIN, TEST)
    assert mirror.seen == [(BIG, None)]


def closed_port() -> str:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/mnist/"


def test_without_a_network_the_two_other_ways_are_named(cache, monkeypatch):
    mirrors = (closed_port(), closed_port())
    monkeypatch.setattr(_download, "MIRRORS", mirrors)
    part = begin(cache, ZIPPED[BIG][:1000])
    with pytest.raises(ConnectionError) as caught:
        digits("download")
    message = str(caught.value)
    for url in mirrors:
        assert f"{url}{BIG}: <urlopen error" in message and "refused" in message
    assert "digits() gives" in message and 'digits("folder", folder=' in message
    assert part.read_bytes() == ZIPPED[BIG][:1000]


def test_a_server_that_says_nothing_is_given_up(cache, mirror, second, monkeypatch):
    monkeypatch.setattr(_download, "TIMEOUT", 0.2)
    mirror.plan = second.plan = ["stall"] * 20
    with pytest.raises(ConnectionError, match="timed out"):
        digits("download")
    assert mirror.stalled.is_set() and second.stalled.is_set()


def test_a_cache_that_cannot_be_written_is_explained(cache, tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(file))
    with pytest.raises(OSError, match=r"not be kept in .*set .* XDG_CACHE_HOME"):
        digits("download")


@pytest.mark.parametrize(
    ("platform", "environment", "place"),
    [
        ("linux", {}, "home/.cache"),
        ("linux", {"XDG_CACHE_HOME": "/xdg"}, "/xdg"),
        ("darwin", {}, "home/Library/Caches"),
        ("darwin", {"XDG_CACHE_HOME": "/xdg"}, "/xdg"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local"),
        ("win32", {}, "home/AppData/Local"),
    ],
)
def test_the_cache_is_where_the_platform_keeps_caches(
    platform, environment, place, tmp_path, monkeypatch
):
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(_download.Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(_download.sys, "platform", platform)
    assert _download.cache_folder() == tmp_path / place / "dlcourse" / "mnist"


# --------------------------------------------------------- in a second process


def program(*mirrors: str) -> str:
    """Download from these mirrors; print what came."""
    return (
        "from dlcourse import _download, data\n"
        f"_download.MIRRORS = {mirrors}\n"
        f"_download.FILES = {TABLE}\n"
        "print('started', flush=True)\n"
        "X, y = data.digits('download')\n"
        "print(X.shape, int(y.sum()))\n"
    )


RESULT = f"{(370, 784)} {int(TRAIN[1].sum() + TEST[1].sum())}\n"


def start(*mirrors: str, **options) -> subprocess.Popen:
    """Start the program, and return once it is about to download."""
    process = subprocess.Popen(
        [sys.executable, "-c", program(*mirrors)],
        stdout=subprocess.PIPE,
        text=True,
        **options,
    )
    assert process.stdout.readline() == "started\n"
    return process


def test_a_killed_download_goes_on_where_it_was(cache, mirror):
    mirror.plan = ["stall"]
    process = start(mirror.url)
    part = cache / f"{BIG}.part"
    while not (part.exists() and part.stat().st_size):  # what it got is on the disk
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert {path.name for path in cache.iterdir()} <= {part.name, ".lock"}
    got = part.stat().st_size
    assert part.read_bytes() == ZIPPED[BIG][:got]
    assert equal(digits("download"), TRAIN, TEST)
    assert mirror.seen[1] == (BIG, f"bytes={got}-")
    assert installed(cache)


def test_two_downloads_at_once_do_the_work_once(cache, mirror):
    mirror.plan = ["stall"]
    first = start(mirror.url)
    assert mirror.stalled.wait(60)
    second = start(mirror.url)
    with pytest.raises(subprocess.TimeoutExpired):  # it waits for the first
        second.wait(1)
    mirror.go_on.set()
    for process in (first, second):
        assert process.communicate()[0] == RESULT
        assert process.returncode == 0
    assert mirror.seen == [(name, None) for name in ZIPPED]
    assert installed(cache)


def test_a_proxy_is_asked_as_the_environment_says(cache, mirror):
    environment = os.environ | {"http_proxy": mirror.url}
    environment.pop("no_proxy")
    process = start("http://mirror.invalid/mnist/", env=environment)
    assert process.communicate()[0] == RESULT
    assert [name for name, _ in mirror.seen] == list(ZIPPED)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_a_terminal_shows_one_line_that_grows(cache, mirror):
    begin(cache, ZIPPED[BIG][:100_000])
    reader, writer = os.openpty()
    process = start(mirror.url, stderr=writer)
    os.close(writer)
    shown = b""
    with contextlib.suppress(OSError):  # which a terminal's end is
        while data := os.read(reader, 1 << 16):
            shown += data
    os.close(reader)
    assert process.communicate()[0] == RESULT
    lines = shown.decode().replace("\r\n", "\n").split("\r")
    assert lines[0] == "" and len(lines) > 3
    assert lines[1] == f"MNIST [{'#' * 10:<30}] 0.1 of 0.3 MB"
    assert lines[-1] == f"MNIST [{'#' * 30}] 0.3 of 0.3 MB\n"
    assert shown.count(b"\n") == 1


def test_a_notebook_shows_the_same_line(cache, mirror):
    cell = nbformat.v4.new_code_cell(program(mirror.url))
    notebook = nbformat.v4.new_notebook(cells=[cell])
    NotebookClient(notebook, kernel_name="python3").execute()
    shown = {"stdout": "", "stderr": ""}
    for output in cell.outputs:
        shown[output.name] += output.text
    assert shown["stdout"] == f"started\n{RESULT}"
    assert shown["stderr"].endswith(f"\rMNIST [{'#' * 30}] 0.3 of 0.3 MB\n")
    assert shown["stderr"].count("\n") == 1


# ------------------------------------------------------------------------ CI


@pytest.mark.skipif(sys.platform != "linux", reason="the script is for Debian")
@pytest.mark.parametrize(
    ("there", "set_to", "seen"),
    [
        (True, None, "shared/data/mnist20k"),
        (True, "/elsewhere", "/elsewhere"),
        (True, "", ""),
        (False, None, "unset"),
        (False, "/elsewhere", "/elsewhere"),
    ],
)
def test_ci_names_the_folder_beside_the_clone(there, set_to, seen, tmp_path):
    clone, tools = tmp_path / "clone", tmp_path / "tools"
    (clone / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "run", clone / ".ci" / "run")
    if there:
        (tmp_path / "shared" / "data" / "mnist20k").mkdir(parents=True)
    # Stand-ins for all that the script looks for, so that it has nothing to install.
    tools.mkdir()
    for name, does in {
        "make": '[ $1 = tools ] || echo "${DLCOURSE_DATA-unset}"',
        "ldconfig": "echo libseccomp.so.2",
        "apt-get": "true",
        "sudo": "true",
        "chromium-headless-shell": "true",
        "bwrap": "true",
        "python3": "true",
    }.items():
        (tools / name).write_text(f"#!/bin/sh\n{does}\n")
        (tools / name).chmod(0o755)
    environment = {"PATH": f"{tools}:{os.environ['PATH']}"}
    if set_to is not None:
        environment["DLCOURSE_DATA"] = set_to
    done = subprocess.run(
        [clone / ".ci" / "run"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    expected = str(tmp_path / seen) if seen.startswith("shared") else seen
    assert done.stdout == f"{expected}\n"


def test_public_ci_downloads_into_the_folder_that_it_caches_and_tests_with(
    monkeypatch,
):
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
    steps = workflow["jobs"]["linux"]["steps"]
    (caching,) = [n for n, s in enumerate(steps) if "cache@" in s.get("uses", "")]
    (fetching,) = [n for n, s in enumerate(steps) if "download" in s.get("run", "")]
    (testing,) = [n for n, s in enumerate(steps) if ".ci/run" in s.get("run", "")]
    assert caching < fetching < testing
    monkeypatch.setenv("XDG_CACHE_HOME", steps[fetching]["env"]["XDG_CACHE_HOME"])
    folder = str(_download.cache_folder())
    assert steps[caching]["with"]["path"] == folder
    assert steps[testing]["env"]["DLCOURSE_DATA"] == folder
    code = steps[fetching]["run"].partition(' -c "')[2].rstrip().removesuffix('"')
    assert code == "from dlcourse.data import digits; digits('download')"
