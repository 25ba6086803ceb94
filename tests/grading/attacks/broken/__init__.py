"""Broken and careless hand-ins: what happened to a good one, and what must hold.

Each case is a function that takes the bytes of a hand-in with every answer right and
gives the files that arrive; its docstring tells the story. What is not said to be lost
has to earn its points.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

LESSON = "neuron"
FILE = f"{LESSON}.ipynb"
PROBLEMS = ("step-neuron", "signed-distance", "pattern-neuron", "fit-perceptron")


@dataclass(frozen=True)
class Case:
    """One hand-in.

    Attributes
    ----------
    make : callable
        From the good hand-in to the files that arrive.
    lost : dict of str to str
        The problems that earn nothing, without the lesson's name, and why: the status
        of their outcome.
    status : dict of str to str
        What must be said of each notebook to be graded.
    text : str
        What the text beside a status other than "run" must match.
    notes : tuple of str
        For each there must be a note for the instructor that matches.
    """

    make: Callable[[bytes], dict[str, bytes]]
    lost: dict[str, str]
    status: dict[str, str]
    text: str
    notes: tuple[str, ...]

    def __str__(self) -> str:
        return self.make.__name__


CASES: list[Case] = []


def case(
    *notes: str,
    lost: dict[str, str] | None = None,
    status: str | dict[str, str] = "run",
    text: str = "",
) -> Callable[[Callable], Callable]:
    """Add a hand-in to :data:`CASES`."""
    statuses = {LESSON: status} if isinstance(status, str) else status

    def add(make: Callable) -> Callable:
        CASES.append(Case(make, lost or {}, statuses, text, notes))
        return make

    return add


class Draft:
    """A notebook's JSON, to be spoilt.

    Parameters
    ----------
    content : bytes
        A notebook.
    """

    def __init__(self, content: bytes) -> None:
        self.notebook: dict[str, Any] = json.loads(content)
        self.cells: list[dict[str, Any]] = self.notebook["cells"]

    def index(self, grade_id: str) -> int:
        """Find a cell by its ``grade_id``, given without the lesson's name."""
        return next(
            n
            for n, c in enumerate(self.cells)
            if c["metadata"].get("nbgrader", {}).get("grade_id")
            == f"{LESSON}--{grade_id}"
        )

    def answer(self, problem: str) -> dict[str, Any]:
        """The answer cell of a problem."""
        return self.cells[self.index(problem + "--answer")]

    def test(self, problem: str) -> dict[str, Any]:
        """The test cell of a problem."""
        return self.cells[self.index(problem)]

    def take(self, grade_id: str) -> dict[str, Any]:
        """Take a cell out."""
        return self.cells.pop(self.index(grade_id))

    def put(self, source: str, before: str | int = 2) -> None:
        """Put a new code cell before another one, by default before the answers."""
        number = before if isinstance(before, int) else self.index(before)
        self.cells.insert(number, code(source))

    def file(self, name: str = FILE, **options: Any) -> dict[str, bytes]:
        """The hand-in: this notebook alone."""
        return {name: json.dumps(self.notebook, **options).encode()}


def code(source: str) -> dict[str, Any]:
    """Make a code cell as Jupyter does."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "metadata": {},
        "outputs": [],
        "source": source,
    }


def text_of(cell: dict[str, Any]) -> str:
    """A cell's source as one string."""
    return "".join(cell["source"])


from . import cells, files, programs  # noqa: E402, F401 - they fill CASES
