"""Say why a test cell could not do its work by value: for authors of exercises."""

import ast
from collections.abc import Iterator

from .tests import Test, made_names

_MARKER = "HIDDEN TESTS"
_SEEDS = ("np.random.seed", "numpy.random.seed", "random.seed", "torch.manual_seed")
_NEEDED = {"numpy", "dlcourse"}
_SWALLOWING = {"Exception", "BaseException"}


def trouble(source: str, defined: frozenset[str]) -> list[str]:
    """Say why a test cell could not run by value, or would not see what it looks at.

    Parameters
    ----------
    source : str
        The test cell, hidden part included.
    defined : frozenset of str
        The names that the notebook's answer cells make.

    Returns
    -------
    list of str
        One sentence for each trouble, with the line; empty if there is none. What is
        found here is what can be found by reading: it is not all that can be wrong.
    """
    for part, text in (("", source), (", without its hidden part,", _visible(source))):
        try:
            ast.parse(text)
        except SyntaxError as error:
            return [
                f"line {error.lineno}: this{part} is not plain Python ({error.msg}); "
                "magics such as %time work in notebooks only."
            ]
    found = [
        *_markers(source),
        *_names(source, defined),
        *_fences(source),
        *_Cell(source).trouble(),
    ]
    return [f"line {line}: {text}" for line, text in sorted(found)]


Found = Iterator[tuple[int, str]]


def _visible(source: str) -> str:
    return Test("", 0.0, source).visible.source


def _markers(source: str) -> Found:
    inside = 0
    for number, line in enumerate(source.splitlines(), 1):
        if line.strip() == f"### BEGIN {_MARKER}":
            if inside:
                yield number, f"a hidden part begins in that of line {inside}."
            inside = number
        elif line.strip() == f"### END {_MARKER}":
            if not inside:
                yield number, "a hidden part ends that has not begun."
            inside = 0
        elif _MARKER in line:
            yield number, f"a marker is written `### BEGIN {_MARKER}`, nothing else."
    if inside:
        yield inside, "a hidden part begins and never ends."


def _names(source: str, defined: frozenset[str]) -> Found:
    unknown = Test("", 0.0, source).student_names - defined
    assigned = made_names(source) & defined
    seen: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        name = getattr(node, "id", getattr(node, "name", None))
        name = getattr(node, "asname", None) or name
        if name in unknown - seen:
            yield _at(
                node,
                f"`{name}` is made neither here nor in an answer cell. A test cell "
                "imports and makes what it needs.",
            )
        elif name in assigned - seen:
            yield _at(
                node,
                f"`{name}` is an answer's name; a test cell that makes it anew never "
                "gets the answer's.",
            )
        else:
            continue
        seen.add(name)


def _fences(source: str) -> Found:
    tree = ast.parse(source)
    read: set[str] = set()
    first = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.alias) and node.name == "without" and node.asname:
            yield _at(node, "`without` has to keep its name, by which it is found.")
        if not isinstance(node, ast.Call) or _dotted(node.func) != "without":
            continue
        first = first or node.lineno
        packages = [getattr(part, "value", None) for part in node.args]
        good = [p for p in packages if isinstance(p, str) and p.isidentifier()]
        read.update(good)
        if good != packages or not packages or node.keywords:
            yield _at(
                node,
                "`without` takes the names of top-level packages, written out: "
                'without("torch", "sklearn").',
            )
            return
        for package in _NEEDED.intersection(good):
            yield _at(node, f"the test itself needs {package}: it cannot be forbidden.")
    if read != Test("", 0.0, source).forbidden:
        yield first or 1, "the packages of a `without` could not be read from the text."


class _Cell:
    """What a test cell does with the student's names and with what came of them."""

    def __init__(self, source: str) -> None:
        self.tree = ast.parse(source)
        self.students = Test("", 0.0, source).student_names
        self.theirs = set(self.students)
        self.helpers: set[str] = set()  # functions of the test that use the student's
        before = -1
        while len(self.theirs) > before:
            before = len(self.theirs)
            for node in ast.walk(self.tree):
                self._follow(node)

    def _follow(self, node: ast.AST) -> None:
        """Note the variables that hold what came from the student."""
        targets: list[ast.AST] = []
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            if node.value and self._from_student(node.value):
                targets = getattr(node, "targets", None) or [node.target]
        elif isinstance(node, (ast.For, ast.comprehension)):
            targets = [node.target] if self._from_student(node.iter) else []
        elif isinstance(node, ast.FunctionDef) and self._from_student(node):
            self.helpers.add(node.name)
        self.theirs.update(name for target in targets for name in _names_in(target))

    def _from_student(self, node: ast.AST) -> bool:
        return not self.theirs.isdisjoint(_names_in(node))

    def _calls_student(self, body: list[ast.stmt]) -> bool:
        names = self.theirs | self.helpers
        return any(
            isinstance(call, ast.Call) and not names.isdisjoint(_names_in(call))
            for statement in body
            for call in ast.walk(statement)
        )

    def trouble(self) -> Found:
        """Look at every node."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Call):
                yield from self._call(node)
            elif isinstance(node, ast.Compare):
                yield from self._comparison(node)
            elif isinstance(node, ast.Attribute):
                yield from self._attribute(node)
            elif isinstance(node, ast.Try):
                yield from self._try(node)
            elif isinstance(node, ast.Expr):
                yield from self._statement(node)

    def _call(self, node: ast.Call) -> Found:
        name = _dotted(node.func)
        if name in _SEEDS:
            yield _at(
                node,
                f"`{name}` seeds this process, and not the student's. Draw here and "
                "pass the values, or pass a generator.",
            )
        elif name == "id" or name.startswith(("inspect.", "dis.")):
            if self._from_student(node):
                yield _at(
                    node,
                    f"`{name}` sees a stand-in, not the student's object: by value "
                    "there is no source and no identity.",
                )
        elif name in ("isinstance", "issubclass") and len(node.args) == 2:
            kinds = node.args[1]
            own = self.students & set(_names_in(kinds))
            if own or any(_dotted(n).endswith("Module") for n in ast.walk(kinds)):
                yield _at(
                    node,
                    f"`{name}` is never true of a stand-in for a student's object. "
                    "Test what it does.",
                )
        elif name.endswith("suppress") and _SWALLOWING & set(_names_in(node)):
            yield _at(node, "this swallows the failures of what it is around.")

    def _comparison(self, node: ast.Compare) -> Found:
        operands = [node.left, *node.comparators]
        types = [p for p in operands if _dotted(getattr(p, "func", p)) == "type"]
        others = [p for p in operands if p not in types]
        identity = any(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops)
        if types:
            if any(not self.students.isdisjoint(_names_in(part)) for part in others):
                yield _at(node, "a stand-in's type is not the student's class.")
            return
        plain = any(isinstance(part, ast.Constant) for part in operands)  # is None
        if identity and not plain and any(map(self._from_student, operands)):
            yield _at(
                node,
                "`is` compares copies: what comes from a student has no identity.",
            )

    def _attribute(self, node: ast.Attribute) -> Found:
        name = node.attr
        special = name.startswith("__") and name.endswith("__") and name != "__name__"
        if special and self._from_student(node.value):
            yield _at(node, f"`{name}` cannot be had of a stand-in.")

    def _try(self, node: ast.Try) -> Found:
        if not self._calls_student(node.body):
            return
        for handler in node.handlers:
            caught = set(_names_in(handler.type)) if handler.type else _SWALLOWING
            raises = any(isinstance(n, ast.Raise) for n in ast.walk(handler))
            if caught & _SWALLOWING and not raises:
                yield _at(
                    handler,
                    "this swallows failures of the student's code, also those of the "
                    "test itself. Catch the one exception that is expected.",
                )

    def _statement(self, node: ast.Expr) -> Found:
        """Find `f(x)` on a line of its own with `x` looked at below."""
        call = node.value
        if not isinstance(call, ast.Call) or not self._from_student(call.func):
            return
        given = {a.id for a in call.args if isinstance(a, ast.Name)} - self.theirs
        below = (
            n
            for n in ast.walk(self.tree)
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)
        )
        looked = given & {n.id for n in below if n.lineno > node.end_lineno}
        for name in sorted(looked):
            yield _at(
                node,
                f"the student gets a copy of `{name}`: what the call does to it in "
                "place is not seen here. Test what comes back.",
            )


def _at(node: ast.expr | ast.stmt | ast.excepthandler, text: str) -> tuple[int, str]:
    return node.lineno, text


def _names_in(node: ast.AST) -> list[str]:
    return [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]


def _dotted(node: ast.AST) -> str:
    """Write `a.b.c` as it stands; "" for what is no such name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = _dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""
