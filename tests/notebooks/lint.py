"""The rules that ``test_lint.py`` applies, as functions."""

import ast
import math
import re
from pathlib import Path

from dlcourse import notebooks
from dlcourse.engine import lint as engine_lint
from dlcourse.engine.tests import Test, made_names

KNOWN_TAGS = {"setup", "remove-cell", "hide-input", "raises-exception", "engine"}
MAX_LINES = 25
MAX_FIGURE_BYTES = 330_000

PACKAGES = {  # as a problem's text names them: as a test's fence does
    "Keras": "keras",
    "OpenCV": "cv2",
    "SciPy": "scipy",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
}

NUMBER = re.compile(
    r"(?<![\w.])(\d+\.\d+)(?![\w]|\.\d)"  # a decimal, but not 2.13.0 nor 1.5x
    r"|(?<![\w.])(\d+(?:\.\d+)?)\s*(?:\\?%|per ?cent\b)"  # a percentage
)

# How far off an answer of a quiz may be, after the right number, is no claim.
TOLERANCE = re.compile(r"^(\d+\. ✓ \S+) ± \S+:", re.M)

BY_HAND = "by hand: "  # a reason for a number; after it Python works the number out


def texts(notebook) -> list[tuple[str, str]]:
    """List a notebook's prose: markdown cells, captions and alt texts, with a place."""
    found = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found.append((f"cell {cell.id}", cell.source))
        shown = cell.metadata.get("mystnb", {})
        found.append(
            (f"caption of {cell.id}", shown.get("figure", {}).get("caption", ""))
        )
        found.append((f"alt text of {cell.id}", shown.get("image", {}).get("alt", "")))
    return found


def numbers_in_prose(text: str) -> set[str]:
    """List the decimals and percentages that a text claims.

    Code, addresses and labels are left out, and so are versions such as 2.13.0 and the
    tolerance of a quiz.
    """
    text = TOLERANCE.sub(r"\1:", text)
    text = re.sub(r"```.*?```|`[^`]*`", " ", text, flags=re.S)
    text = re.sub(r"\]\([^)]*\)|https?://\S+|<[^>]*>", " ", text)
    text = text.replace("{,}", ",")
    return {a or b for a, b in NUMBER.findall(text)}


def numbers_in_output(notebook) -> set[str]:
    """List the numbers in a notebook's text outputs."""
    text = "\n".join(
        output.get("text", "") or output.get("data", {}).get("text/plain", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    )
    return set(re.findall(r"\d+(?:\.\d+)?", text))


def is_worked_out(number: str, reason: str) -> bool:
    """Say whether the sum in a reason gives the number, to the digits it is written.

    A sum is arithmetic, with ``log`` and ``sqrt`` where needed.
    """
    result = eval(reason.removeprefix(BY_HAND), vars(math))
    return f"{result:.{len(number.partition('.')[2])}f}" == number


def broken_links(path: Path) -> list[str]:
    """List the relative links of a notebook that lead nowhere."""
    links = [
        link.partition("#")[0]
        for cell in notebooks.read(path).cells
        if cell.cell_type == "markdown"
        for link in re.findall(r"\]\(([^)\s]+)\)", cell.source)
        if not re.match(r"[a-z]+:|#", link)
    ]
    return [link for link in links if link and not (path.parent / link).is_file()]


def has_class_definition(source: str) -> bool:
    """Say whether a cell defines a class."""
    return any(isinstance(node, ast.ClassDef) for node in ast.walk(ast.parse(source)))


def troubles_of_test_cells(notebook) -> list[str]:
    """List why test cells of a solution notebook could not run by value."""
    code = [
        c for c in notebook.cells if c.cell_type == "code" and "nbgrader" in c.metadata
    ]
    tests = [c for c in code if c.metadata.nbgrader.grade]
    answers = [c for c in code if c.metadata.nbgrader.solution]
    defined = frozenset().union(*(made_names(c.source) for c in answers))
    return [
        f"{cell.metadata.nbgrader.grade_id}, {text}"
        for cell in tests
        for text in engine_lint.trouble(cell.source, defined)
    ]


def unlike_fences(notebook) -> list[str]:
    """List the problems whose text forbids other packages than their test does.

    The text does so in the fourth part of the line below the goal: "from scratch: no
    torch, no SciPy".
    """
    found, before = [], ["", ""]
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            problem = cell.metadata.nbgrader.grade_id
            lines = re.findall(r"^(?:Easy|Medium|Hard) · .*$", before[-2], re.M)
            parts = lines[0].split(" · ") if len(lines) == 1 else []
            named = re.findall(r"\bno ([\w-]+)", parts[3]) if len(parts) == 4 else []
            said = sorted(PACKAGES.get(name, name) for name in named)
            fenced = sorted(Test(problem, 0.0, cell.source).forbidden)
            if len(parts) != 4:
                found.append(f"{problem}: no line of four parts, divided by ·")
            elif said != fenced:
                found.append(f"{problem}: the text forbids {said}, the test {fenced}")
        before.append(cell.source)
    return found
