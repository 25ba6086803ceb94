"""MNIST from the network, kept in a cache folder: checked, resumed, never half there.

A file grows as ``<name>.part`` and gets its name once its checksum is right. What a
broken connection or a killed process leaves behind is where the next try goes on.
"""

import contextlib
import hashlib
import os
import sys
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from filelock import FileLock

from dlcourse._mnist import SPLITS

# The hook for tests: they put a server and small files of their own in place of these.
MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
FILES = {  # name: bytes, SHA-256
    "train-images-idx3-ubyte.gz": (
        9_912_422,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    ),
    "train-labels-idx1-ubyte.gz": (
        28_881,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    ),
    "t10k-images-idx3-ubyte.gz": (
        1_648_877,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    ),
    "t10k-labels-idx1-ubyte.gz": (
        4_542,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
    ),
}
TIMEOUT = 10  # seconds without a byte
CHUNK = 1 << 16  # bytes


def cache_folder() -> Path:
    """Return where this platform keeps what can be fetched again."""
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "dlcourse" / "mnist"
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        base = Path(local) if local else Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path.home() / ".cache"
    return base / "dlcourse" / "mnist"


def fetch(split: str | None) -> Path:
    """See to it that the files of a split are in the cache, whole.

    Parameters
    ----------
    split : {"train", "test"} or None
        What is needed; None for both.

    Returns
    -------
    pathlib.Path
        The folder that holds the files.

    Raises
    ------
    ConnectionError
        If no mirror hands out what is missing.
    OSError
        If the cache cannot be read or written.
    """
    folder = cache_folder()
    names = [name for name in FILES if split is None or name.startswith(SPLITS[split])]
    try:
        if not _missing(folder, names):
            return folder
        folder.mkdir(parents=True, exist_ok=True)
        # One process at a time. The system frees the lock of one that was killed.
        with FileLock(folder / ".lock"):
            missing = _missing(folder, names)
            with contextlib.closing(_Bar(missing)) as bar:
                for name in missing:
                    _fetch(folder / name, bar)
    except ConnectionError:
        raise
    except OSError as error:
        raise OSError(
            f"MNIST could not be kept in {folder} ({error}). Make room there, or "
            "set the environment variable XDG_CACHE_HOME to a folder that you may "
            "write to."
        ) from error
    return folder


def _missing(folder: Path, names: list[str]) -> list[str]:
    return [name for name in names if not _is_whole(folder / name, name)]


def _is_whole(path: Path, name: str) -> bool:
    """Say whether a file has the bytes that were published under this name."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == FILES[name][1]
    except FileNotFoundError:
        return False


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _fetch(target: Path, bar: "_Bar") -> None:
    """Fetch one file from the first mirror that hands it out whole."""
    part = target.with_name(target.name + ".part")
    if _size(part) > FILES[target.name][0]:
        part.unlink()
    faults = []
    for mirror in MIRRORS:
        inherited = _size(part) > 0  # then that may be what is wrong
        again = True
        while again:
            before = _size(part)
            fault = _resume(mirror + target.name, part, bar)
            if fault:
                again = _size(part) > before
            elif _is_whole(part, target.name):
                os.replace(part, target)
                return
            else:
                part.unlink()
                fault = "what it hands out is not the published file (SHA-256 differs)"
                again, inherited = inherited, False
        faults.append(f"  {mirror}{target.name}: {fault}")
    raise ConnectionError(
        "MNIST could not be downloaded:\n"
        + "\n".join(faults)
        + "\nIf you have a network, try again later: what has arrived is kept. There "
        "are two ways without one: digits() gives the small digits that come with "
        'scikit-learn, and digits("folder", folder="path/to/mnist") reads MNIST\'s '
        "files where you have them, for example copied from a machine that has "
        "downloaded them."
    )


def _resume(url: str, part: Path, bar: "_Bar") -> str:
    """Append to ``part`` what it lacks; return what went wrong, if anything."""
    size, _ = FILES[part.stem]
    have = _size(part)
    bar.draw(part.stem, have)
    if have == size:
        return ""
    wanted = {"Range": f"bytes={have}-"} if have else {}
    try:
        reply = urlopen(Request(url, headers=wanted), timeout=TIMEOUT)
    except (OSError, HTTPException) as error:
        return str(error) or repr(error)
    with reply:
        if reply.status != 206:  # the whole file, whatever was asked for
            have = 0
        if reply.length not in (None, size - have):
            return f"it offers {reply.length:,} bytes, not {size - have:,}"
        with part.open("ab") as file:
            file.truncate(have)
            while have < size:
                try:
                    chunk = reply.read(min(CHUNK, size - have))
                except (OSError, HTTPException) as error:
                    return str(error) or repr(error)
                if not chunk:
                    return f"the connection broke off after {have:,} of {size:,} bytes"
                file.write(chunk)
                have += len(chunk)
                bar.draw(part.stem, have)
    return ""


class _Bar:
    """A line on stderr that says how far the download is, where somebody looks."""

    def __init__(self, names: list[str]) -> None:
        self.have = dict.fromkeys(names, 0)
        self.total = sum(FILES[name][0] for name in names)
        self.stream, self.line = sys.stderr, ""
        self.watched = self.stream is not None and (
            self.stream.isatty()
            or type(self.stream).__module__.startswith("ipykernel")  # a notebook
        )

    def draw(self, name: str, have: int) -> None:
        """Show that this many bytes of a file are there."""
        self.have[name] = have
        done = sum(self.have.values())
        marks = "#" * (30 * done // self.total)
        line = f"\rMNIST [{marks:<30}] {done / 1e6:.1f} of {self.total / 1e6:.1f} MB"
        if self.watched and line != self.line:
            self.line = line
            print(line, end="", file=self.stream, flush=True)

    def close(self) -> None:
        """End the line."""
        if self.line:
            print(file=self.stream)
