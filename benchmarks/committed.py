"""What the benchmarks of lessons share: the lesson's cells, a fingerprint, the file.

Some experiments take longer than a lesson may. The lesson then defines all that is
measured in cells with the tag ``engine``; a benchmark runs these cells, measures with
several seeds, and writes a JSON file that is committed beside the lesson, which shows
it. A fingerprint in the file tells when lesson or benchmark have changed since.
"""

import ast
import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dlcourse import notebooks

ROOT = Path(__file__).resolve().parents[1]


class Experiment:
    """A lesson, the benchmark that measures it, and the committed result.

    Parameters
    ----------
    lesson : str
        Chapter and lesson, such as ``"code/five-models"``.
    script : str
        The benchmark's ``__file__``.

    Attributes
    ----------
    result : pathlib.Path
        The committed file.
    """

    def __init__(self, lesson: str, script: str) -> None:
        self.lesson = ROOT / f"book/{lesson}.ipynb"
        self.result = self.lesson.with_suffix(".json")
        self.script = Path(script)

    @cached_property
    def code(self) -> str:
        """The lesson's cells with the tag ``engine``, one after the other."""
        return "\n\n".join(
            cell.source
            for cell in notebooks.read(self.lesson).cells
            if "engine" in cell.metadata.get("tags", [])
        )

    def names(self) -> dict[str, Any]:
        """Run these cells and give the names they make."""
        names = {"__name__": self.lesson.stem}
        exec(compile(self.code, str(self.lesson), "exec"), names)
        return names

    @property
    def fingerprint(self) -> str:
        """Hash of what a result depends on: the lesson's cells and the benchmark."""
        script = self.script.read_text(encoding="utf-8")
        text = _without_docstrings(self.code) + _without_docstrings(script)
        return hashlib.sha256(text.encode()).hexdigest()

    def committed(self) -> dict[str, Any]:
        """Read the committed result."""
        return json.loads(self.result.read_text(encoding="utf-8"))

    def write(
        self, file: Path, seeds: Sequence[int], measured: Mapping[str, Any]
    ) -> None:
        """Write a result, with what it depends on and the machine it comes from.

        Parameters
        ----------
        file : pathlib.Path
            Usually ``self.result``.
        seeds : sequence of int
            Those that were measured.
        measured : mapping
            Everything else, as JSON can hold it.
        """
        result = {
            "code_sha256": self.fingerprint,
            "machine": machine(),
            "seeds": list(seeds),
            **measured,
        }
        text = json.dumps(result, indent=1, ensure_ascii=False)
        file.write_text(text + "\n", encoding="utf-8")


def machine() -> dict[str, str]:
    """Name the machine and the versions that numbers may depend on."""
    return {
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": torch.__version__.partition("+")[0],
        "numpy": np.__version__,
    }


def _without_docstrings(code: str) -> str:
    """Leave out what can be put better without measuring again."""
    lines = code.splitlines()
    for node in ast.walk(ast.parse(code)):
        match node:
            case ast.Expr(value=ast.Constant(value=str())):
                for number in range(node.lineno - 1, node.end_lineno):
                    lines[number] = ""
    return "\n".join(line for line in lines if line)


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
