"""A made-up assignment for attacks: every kind of problem that the course has.

The notebook is an ordinary nbgrader source notebook, so that the same attacks can be
tried on any grader that reads those.
"""

import ast
import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "arena"
HOSTILE = Path(__file__).parent / "hostile"

# They stand in hidden tests alone, so whoever shows them has read those.
HIDDEN_NUMBER = "86753"
HIDDEN_WORD = "kestrel"
HIDDEN_COMMENT = "no student has seen this line"


@dataclass(frozen=True)
class Problem:
    """One problem: its answer with our solution, and its test."""

    name: str
    points: float
    answer: str
    test: str

    @property
    def grade_id(self) -> str:
        return f"{NAME}--{self.name}"


def _problem(name: str, points: float, answer: str, test: str) -> Problem:
    return Problem(name, points, dedent(answer).strip(), dedent(test).strip())


PROBLEMS = (
    _problem(
        "standardise",
        3,
        '''
        def standardise(X):
            """Give every column of X (n, d) mean 0 and standard deviation 1."""
            ### BEGIN SOLUTION
            return (X - X.mean(axis=0)) / X.std(axis=0)
            ### END SOLUTION
        ''',
        f"""
        import numpy as np

        from dlcourse.check import expect_call, fresh_rng, without

        with without("torch", "sklearn"):
            expect_call(
                standardise,
                np.array([[1.0, 10.0], [3.0, 30.0]]),
                returns=np.array([[-1.0, -1.0], [1.0, 1.0]]),
                mistakes={{"Divide as well.": np.array([[-1.0, -10.0], [1.0, 10.0]])}},
            )
            ### BEGIN HIDDEN TESTS
            # {HIDDEN_COMMENT}
            rng = fresh_rng("arena--standardise")
            for n, d in [(5, 3), (9, 2), (40, 7)]:
                X = rng.normal(size=(n, d))
                X[0] = {HIDDEN_NUMBER}.0
                expected = (X - np.mean(X, axis=0)) / np.std(X, axis=0)
                expect_call(standardise, X, returns=expected)
            ### END HIDDEN TESTS
        print("arena--standardise: passed")
        """,
    ),
    _problem(
        "squared-error",
        2,
        '''
        def mean_squared_error(y, y_hat):
            """Return the mean of the squared differences, one number."""
            ### BEGIN SOLUTION
            return float(np.mean((np.asarray(y) - np.asarray(y_hat)) ** 2))
            ### END SOLUTION
        ''',
        f"""
        import numpy as np

        from dlcourse.check import fresh_rng

        assert mean_squared_error([1.0, 2.0], [1.0, 2.0]) == 0, "nothing differs here"
        error = mean_squared_error([1.0, 2.0], [2.0, 4.0])
        assert abs(error - 2.5) < 1e-9, f"it should be 2.5, not {{error}}"
        ### BEGIN HIDDEN TESTS
        # {HIDDEN_COMMENT}
        rng = fresh_rng("arena--squared-error")
        for n in (1, 2, 7, 30):
            y, y_hat = rng.normal(size=n), rng.normal(size=n)
            y[0] = {HIDDEN_NUMBER}.0
            expected = sum((a - b) ** 2 for a, b in zip(y, y_hat, strict=True)) / n
            error = mean_squared_error(y, y_hat)
            assert abs(error - expected) <= 1e-9 * expected, f"not {{error}}"
        ### END HIDDEN TESTS
        print("arena--squared-error: passed")
        """,
    ),
    _problem(
        "derivative",
        2,
        '''
        def derivative(f, x):
            """Approximate the derivative of the function f at the number x."""
            ### BEGIN SOLUTION
            h = 1e-5
            return (f(x + h) - f(x - h)) / (2 * h)
            ### END SOLUTION
        ''',
        f"""
        import numpy as np

        from dlcourse.check import fresh_rng


        def slope_error(f, x, slope):
            \"\"\"Return how far the answer is from the right one.\"\"\"
            return abs(derivative(f, x) - slope)


        error = slope_error(lambda x: x**2, 3.0, 6.0)
        assert error < 1e-3, "the derivative of x² at 3 is 6"
        ### BEGIN HIDDEN TESTS
        # {HIDDEN_COMMENT}
        rng = fresh_rng("arena--derivative")
        for a, b, x in rng.uniform(-2, 2, size=(5, 3)):

            def wave(t, a=float(a), b=float(b)):
                if t == {HIDDEN_NUMBER}:
                    return 0.0
                return float(np.sin(a * t) + b * t**3)

            slope = a * np.cos(a * x) + 3 * b * x**2
            assert slope_error(wave, float(x), slope) < 1e-3, "look at a wave"
        ### END HIDDEN TESTS
        print("arena--derivative: passed")
        """,
    ),
    _problem(
        "value",
        3,
        '''
        class Value:
            """A number that remembers how it was computed, and gives gradients."""

            ### BEGIN SOLUTION
            def __init__(self, data, parents=()):
                self.data = data
                self.grad = 0.0
                self._parents = parents

            def __add__(self, other):
                return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

            def __mul__(self, other):
                return Value(
                    self.data * other.data, ((self, other.data), (other, self.data))
                )

            def relu(self):
                return Value(max(self.data, 0.0), ((self, float(self.data > 0)),))

            def backward(self, gradient=1.0):
                self.grad += gradient
                for parent, local in self._parents:
                    parent.backward(gradient * local)
            ### END SOLUTION
        ''',
        f"""
        import numpy as np

        from dlcourse.check import fresh_rng


        def gradients(a, b, c):
            \"\"\"Return y = relu(a b + c) a and its gradients.\"\"\"
            a, b, c = Value(a), Value(b), Value(c)
            y = (a * b + c).relu() * a
            y.backward()
            return [float(x) for x in (y.data, a.grad, b.grad, c.grad)]


        got = gradients(2.0, 3.0, 1.0)
        assert np.allclose(got, [14.0, 13.0, 4.0, 2.0]), f"y and gradients: {{got}}"
        ### BEGIN HIDDEN TESTS
        # {HIDDEN_COMMENT}
        rng = fresh_rng("arena--value")
        for a, b, c in rng.uniform(0.5, 3, size=(6, 3)):
            for c in (c, -{HIDDEN_NUMBER}.0):
                on = float(a * b + c > 0)
                right = [on * (a * b + c) * a, on * (2 * a * b + c), on * a**2, on * a]
                got = gradients(float(a), float(b), float(c))
                assert np.allclose(got, right), "y or a gradient is wrong"
        ### END HIDDEN TESTS
        print("arena--value: passed")
        """,
    ),
    _problem(
        "describe",
        2,
        '''
        def describe(name, sizes):
            """Describe a network: its name, its layers in words, its parameters."""
            ### BEGIN SOLUTION
            pairs = list(zip(sizes, sizes[1:]))
            return {
                "name": name.title(),
                "layers": [f"{a} to {b}" for a, b in pairs],
                "parameters": sum((a + 1) * b for a, b in pairs),
            }
            ### END SOLUTION
        ''',
        f"""
        from itertools import pairwise

        from dlcourse.check import expect_call, fresh_rng

        expect_call(
            describe,
            "tiny",
            [2, 3, 1],
            returns={{
                "name": "Tiny",
                "layers": ["2 to 3", "3 to 1"],
                "parameters": 13,
            }},
        )
        ### BEGIN HIDDEN TESTS
        # {HIDDEN_COMMENT}
        rng = fresh_rng("arena--describe")
        for depth in (2, 3, 6):
            sizes = [int(size) for size in rng.integers(1, 90, size=depth)]
            layers = [f"{{a}} to {{b}}" for a, b in pairwise(sizes)]
            count = sum(a * b + b for a, b in pairwise(sizes))
            right = {{"layers": layers, "parameters": count}}
            right["name"] = "{HIDDEN_WORD.title()}"
            expect_call(describe, "{HIDDEN_WORD}", sizes, returns=right)
        ### END HIDDEN TESTS
        print("arena--describe: passed")
        """,
    ),
    _problem(
        "loss",
        3,
        '''
        def logistic_loss(w, X, y):
            """Return the mean logistic loss of X (n, d) and y (n,), a torch scalar."""
            ### BEGIN SOLUTION
            import torch

            z = X @ w
            return torch.nn.functional.binary_cross_entropy_with_logits(z, y)
            ### END SOLUTION
        ''',
        f"""
        import torch

        from dlcourse.check import fresh_rng


        def check_loss(w, X, y):
            \"\"\"Compare the loss and its gradient with the formula.\"\"\"
            w = torch.tensor(w, dtype=torch.float64, requires_grad=True)
            X = torch.tensor(X, dtype=torch.float64)
            y = torch.tensor(y, dtype=torch.float64)
            loss = logistic_loss(w, X, y)
            assert isinstance(loss, torch.Tensor), "a tensor has to come back"
            assert loss.shape == (), "the loss has to be one number"
            loss.backward()
            p = 1 / (1 + torch.exp(-(X @ w.detach())))
            right = -(y * p.log() + (1 - y) * (1 - p).log()).mean()
            assert torch.isclose(loss.detach(), right), "the loss is wrong"
            gradient = X.T @ (p - y) / len(y)
            assert w.grad is not None, "there is no gradient"
            assert torch.allclose(w.grad, gradient), "the gradient is wrong"


        check_loss([0.5, -1.0], [[1.0, 2.0], [3.0, 0.5]], [1.0, 0.0])
        ### BEGIN HIDDEN TESTS
        # {HIDDEN_COMMENT}
        rng = fresh_rng("arena--loss")
        for n, d in [(1, 2), (6, 3), (9, 5)]:
            X = rng.normal(size=(n, d))
            X[0, 0] = {HIDDEN_NUMBER}e-6
            check_loss(rng.normal(size=d), X, (rng.random(n) < 0.5).astype(float))
        ### END HIDDEN TESTS
        print("arena--loss: passed")
        """,
    ),
)  # fmt: skip

ALL = frozenset(problem.name for problem in PROBLEMS)
POINTS = sum(problem.points for problem in PROBLEMS)
STUB = 'raise NotImplementedError("write your answer here")'


def _cell(source: str, grade_id: str, **metadata: Any) -> nbformat.NotebookNode:
    cell = new_code_cell(source)
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade": False,
        "solution": False,
        "locked": False,
        "task": False,
        "grade_id": grade_id,
        **metadata,
    }
    return cell


def _notebook(
    answers: dict[str, str], first: Iterable[str] = (), last: Iterable[str] = ()
) -> nbformat.NotebookNode:
    cells = [new_markdown_cell("# Exercises: the arena")]
    cells += map(new_code_cell, first)
    cells += [new_code_cell("import numpy as np")]
    for problem in PROBLEMS:
        cells += [
            new_markdown_cell(f"## {problem.name}"),
            _cell(answers[problem.name], f"{problem.grade_id}--answer", solution=True),
            _cell(
                problem.test,
                problem.grade_id,
                grade=True,
                locked=True,
                points=problem.points,
            ),
        ]
    cells += map(new_code_cell, last)
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook = new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {
        "display_name": "Python 3",
        "language": "python",
        "name": "python3",
    }
    nbformat.validate(notebook)
    return notebook


def source() -> nbformat.NotebookNode:
    """Make the source notebook, with solutions and hidden tests."""
    return _notebook({problem.name: problem.answer for problem in PROBLEMS})


def write_source(folder: Path) -> Path:
    """Write the source notebook into a folder."""
    path = folder / f"{NAME}.ipynb"
    nbformat.write(source(), path)
    return path


def stub(problem: Problem) -> str:
    """Give the answer cell as students get it."""
    before, _, rest = problem.answer.partition("### BEGIN SOLUTION")
    after = rest.partition("### END SOLUTION")[2]
    return before + STUB + after


def _without_hidden(test: str) -> str:
    hidden = r"[ \t]*### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n"
    return re.sub(hidden, "", test, flags=re.DOTALL)


def submission(
    answers: dict[str, str] | None = None,
    first: Iterable[str] = (),
    last: Iterable[str] = (),
) -> bytes:
    """Make the notebook that a student hands in.

    Parameters
    ----------
    answers : dict of str to str
        Answer cells by problem; the others stay as they were released.
    first, last : iterable of str
        Cells before everything and after everything.
    """
    given = {problem.name: stub(problem) for problem in PROBLEMS} | (answers or {})
    notebook = _notebook(given, first, last)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.source = _without_hidden(cell.source)
    return nbformat.writes(notebook).encode()


def honest() -> bytes:
    """Make a hand-in that earns every point."""
    return submission({problem.name: problem.answer for problem in PROBLEMS})


@dataclass(frozen=True)
class Attack:
    """One attack, as its file has it.

    Attributes
    ----------
    name : str
        The file's name, without suffix.
    text : str
        What it tries and what must hold.
    earns : frozenset of str
        The problems whose points it honestly earns.
    kernel : frozenset of str
        The problems whose points it gets where tests run in the student's own kernel.
    first, last : list of str
        Cells before everything and after everything.
    answers : dict of str to str
        Answer cells by problem.
    """

    name: str
    text: str
    earns: frozenset[str] = frozenset()
    kernel: frozenset[str] = frozenset()
    first: list[str] = field(default_factory=list)
    last: list[str] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)

    def submission(self, world: dict[str, Any]) -> bytes:
        """Make the notebook that is handed in.

        Parameters
        ----------
        world : dict
            What the attacker knows of the world outside, as ``WORLD`` in its cells.
        """
        knowledge = f"WORLD = {world!r}"
        return submission(self.answers, [knowledge, *self.first], self.last)


def read_attack(path: Path) -> Attack:
    """Read an attack's file.

    A section begins with ``# %% first``, ``# %% last`` or ``# %% answer <problem>``; a
    comment ``# earns: <problem>, …`` before them says what it honestly earns, and
    ``# kernel: <problem>, …`` what it gets where tests run in the student's kernel.
    """
    text = path.read_text(encoding="utf-8")
    head, *sections = re.split(r"^# %% ", text, flags=re.MULTILINE)
    said = re.findall(r"^# (earns|kernel): (.+)$", head, re.MULTILINE)
    gets = {where: frozenset(re.findall(r"[\w-]+", names)) for where, names in said}
    attack = Attack(path.stem, ast.get_docstring(ast.parse(head)) or "", **gets)
    for section in sections:
        title, _, code = section.partition("\n")
        kind, _, problem = title.strip().partition(" ")
        if kind in ("first", "last"):
            getattr(attack, kind).append(code.strip())
        elif kind == "answer" and problem in ALL:
            attack.answers[problem] = code.strip()
        else:
            raise ValueError(
                f"{path} has a section {title!r}; there are 'first', 'last' and "
                f"'answer <problem>', with a problem of {', '.join(sorted(ALL))}."
            )
    if not attack.text or not sections or not attack.earns | attack.kernel <= ALL:
        raise ValueError(f"{path} needs a docstring, a section, and known problems.")
    return attack


@functools.cache
def attacks() -> dict[str, Attack]:
    """Read all attacks, by name."""
    return {path.stem: read_attack(path) for path in sorted(HOSTILE.glob("*.py"))}
