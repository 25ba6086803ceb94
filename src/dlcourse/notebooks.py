"""Read, execute, normalise and compare notebooks.

``python -m dlcourse.notebooks`` executes notebooks in place and brings them into the
one form in which they are committed.
"""

import argparse
import base64
import io
import os
import platform
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

REPOSITORY = "https://github.com/deep-learning-principles/course"

# The first code cell of every lesson and exercise, written by :func:`normalise`.
SETUP_TAG = "setup"
SETUP = f"""\
# Set-up: looks for the course package, and on Colab installs it.
import importlib.util
import sys

if importlib.util.find_spec("dlcourse") is None:
    if "google.colab" in sys.modules:
        get_ipython().run_line_magic(
            "pip",
            "install -q --no-deps git+{REPOSITORY}",
        )
    else:
        raise ModuleNotFoundError(
            f"The course package dlcourse is not installed in {{sys.executable}}. "
            "In the course's folder run `pip install -e .` with this Python "
            "(README.md, Study), then restart the kernel."
        )"""

METADATA = {
    "kernelspec": {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    },
    "language_info": {"name": "python"},
}


# The environment in which notebooks are executed and their outputs compared: with it,
# all x86-64 processors of the last ten years compute the same digits. One thread, so
# that sums are taken in one order, and no instructions that only some of them have.
SAME_DIGITS = {"OMP_NUM_THREADS": "1"}
if platform.machine() in ("x86_64", "AMD64"):
    SAME_DIGITS |= {
        "OPENBLAS_CORETYPE": "Haswell",  # NumPy's matrix products
        "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # its functions
        "MKL_CBWR": "COMPATIBLE",  # torch's matrix products
        "ONEDNN_MAX_CPU_ISA": "AVX2",  # its convolutions
        "ATEN_CPU_CAPABILITY": "avx2",  # the rest of it
    }

MAX_CHANGED = 1e-4  # share of a figure's pixels that may differ unseen


class NotebookError(Exception):
    """A notebook that cannot be read; the text says what to do."""


def read(path: Path | str) -> NotebookNode:
    """Read a notebook.

    Raises
    ------
    NotebookError
        If there is no such file, or it is not a notebook.
    """
    path = Path(path)
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except FileNotFoundError:
        raise NotebookError(
            f"There is no notebook {path}. Give the path of an .ipynb file."
        ) from None
    except (
        nbformat.reader.NotJSONError,
        nbformat.ValidationError,
        UnicodeDecodeError,
        AttributeError,
        KeyError,
        TypeError,
    ) as error:
        reason = " ".join(str(error).split())[:120]
        raise NotebookError(
            f"{path} is not a Jupyter notebook ({type(error).__name__}: {reason}). It "
            "may be damaged, or another kind of file that was renamed: open it in "
            "Jupyter, and if that fails too, take a fresh copy or ask its author for "
            "one."
        ) from error
    return notebook


def execute(
    notebook: NotebookNode,
    folder: Path | str,
    *,
    allow_errors: bool = False,
    timeout: int = 120,
) -> NotebookNode:
    """Execute a notebook's cells in a fresh kernel of this Python, in place.

    The kernel's environment is this process's with :data:`SAME_DIGITS`.

    Parameters
    ----------
    notebook : NotebookNode
        What to execute; its outputs are replaced.
    folder : path
        The working directory of the kernel.
    allow_errors : bool
        Go on after a cell that raises, instead of raising here.
    timeout : int
        Seconds after which one cell counts as hung.
    """
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        timeout=timeout,
        allow_errors=allow_errors,
        record_timing=False,
        resources={"metadata": {"path": str(folder)}},
        shutdown_kernel="immediate",
        # Errors only: otherwise a kernel gives advice on its transport at each start.
        extra_arguments=["--IPKernelApp.log_level=40"],
    )
    return client.execute(env=os.environ | SAME_DIGITS)


def normalise(notebook: NotebookNode) -> NotebookNode:
    """Bring a notebook into the form in which it is committed, in place.

    One set of metadata, the current format, the set-up cell as it stands above, counts
    in order, no execution timing, consecutive pieces of one stream joined, figures
    with a palette, tracebacks without the frames of libraries.
    """
    course = notebook.metadata.get("dlcourse")
    notebook.metadata = NotebookNode(METADATA)
    if course:
        notebook.metadata["dlcourse"] = course
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    count = 0
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        if SETUP_TAG in tags:
            cell.source = SETUP
        if SETUP_TAG in tags or "hide-input" in tags:
            cell.metadata["jupyter"] = {"source_hidden": True}  # folded in JupyterLab
        if cell.execution_count is not None:
            count += 1
            cell.execution_count = count
        outputs = []
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = count
            if output.output_type == "error":
                output.traceback = _own_frames(output.traceback)
            if "image/png" in output.get("data", {}):
                output.data["image/png"] = _with_palette(output.data["image/png"])
            last = outputs[-1] if outputs else None
            if (
                last is not None
                and output.output_type == last.output_type == "stream"
                and output.name == last.name
            ):
                last.text += output.text
            else:
                outputs.append(output)
        cell.outputs = outputs
    return notebook


def _own_frames(traceback: list[str]) -> list[str]:
    """Leave out the frames of libraries: their paths are those of one machine."""
    return [frame for frame in traceback if "/lib/python" not in frame]


def _with_palette(picture: str) -> str:
    """Store a PNG with up to 256 colours, where a reader sees no difference.

    A drawing has few colours, and its file becomes a third as large.
    """
    from PIL import Image

    file = base64.b64decode(picture)
    image = Image.open(io.BytesIO(file))
    if image.mode == "P":
        return picture
    image = image.convert("RGB").quantize(
        method=Image.Quantize.MAXCOVERAGE, kmeans=1, dither=Image.Dither.NONE
    )
    part = io.BytesIO()
    image.save(part, format="PNG", optimize=True)
    small = part.getvalue()
    if len(small) >= len(file) or _changed(file, small) > MAX_CHANGED / 4:
        return picture
    return base64.b64encode(small).decode()


def figures(outputs: list[NotebookNode]) -> list[bytes]:
    """List the PNG figures among a cell's outputs, each as the content of a file."""
    return [
        base64.b64decode(output.data["image/png"])
        for output in outputs
        if "image/png" in output.get("data", {})
    ]


def figure_difference(stored: bytes, fresh: bytes) -> str | None:
    """Say how two PNG figures differ; None if a reader could not see a difference.

    Raises nothing: a different size is a difference. Pixels are compared after
    decoding, since the same picture can be compressed in several ways.
    """
    a, b = _size(stored), _size(fresh)
    if a != b:
        return f"its size was {a} and is now {b} pixels"
    changed = _changed(stored, fresh)
    if changed > MAX_CHANGED:
        return f"{100 * changed:.2f} % of its pixels changed"
    return None


def _size(png: bytes) -> tuple[int, int]:
    from PIL import Image

    return Image.open(io.BytesIO(png)).size


def _changed(a: bytes, b: bytes) -> float:
    """Give the share of pixels that differ between two PNG of one size."""
    import numpy as np
    from PIL import Image

    first, second = (
        np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=int)
        for png in (a, b)
    )
    return float((np.abs(first - second) > 16).any(axis=2).mean())


def dumps(notebook: NotebookNode) -> str:
    """Write a notebook as the text of its file."""
    return nbformat.writes(notebook) + "\n"


def write(notebook: NotebookNode, path: Path | str) -> None:
    """Write a notebook whole or not at all."""
    path = Path(path)
    part = path.with_suffix(".part")
    part.write_text(dumps(notebook), encoding="utf-8")
    part.replace(path)


def main(arguments: list[str] | None = None) -> int:
    """Execute and normalise notebooks in place."""
    parser = argparse.ArgumentParser(
        prog="python -m dlcourse.notebooks", description=main.__doc__
    )
    parser.add_argument(
        "paths", nargs="+", type=Path, help="notebooks, or folders to search for them"
    )
    parser.add_argument(
        "--no-execute", action="store_true", help="normalise only, keep the outputs"
    )
    options = parser.parse_args(arguments)
    found = [
        path
        for given in options.paths
        for path in (sorted(given.rglob("*.ipynb")) if given.is_dir() else [given])
        if ".ipynb_checkpoints" not in path.parts
    ]
    for path in found:
        print(path, flush=True)
        notebook = read(path)
        normalise(notebook)
        if not options.no_execute:
            execute(notebook, path.parent)
        write(normalise(notebook), path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
