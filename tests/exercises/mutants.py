"""Mechanical wrong answers: single-operator mutants, and answers blind to the task."""

import ast
from collections.abc import Iterator

SWAPS: dict[type, list[type]] = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.MatMult: [ast.Mult],
    ast.Pow: [ast.Mult],
    ast.FloorDiv: [ast.Mult],
    ast.Mod: [ast.Mult],
    ast.Lt: [ast.LtE, ast.Gt],
    ast.LtE: [ast.Lt, ast.GtE],
    ast.Gt: [ast.GtE, ast.Lt],
    ast.GtE: [ast.Gt, ast.LtE],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
    ast.BitAnd: [ast.BitOr],
    ast.BitOr: [ast.BitAnd],
}
SYMBOLS = {
    "Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "MatMult": "@", "Pow": "**",
    "FloorDiv": "//", "Mod": "%", "Lt": "<", "LtE": "<=", "Gt": ">", "GtE": ">=",
    "Eq": "==", "NotEq": "!=", "Is": "is", "IsNot": "is not", "In": "in",
    "NotIn": "not in", "And": "and", "Or": "or", "BitAnd": "&", "BitOr": "|",
}  # fmt: skip


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Yield every single-operator mutant of an answer cell.

    Operators are swapped, unary minus, ``not`` and ``.T`` dropped, True and False
    exchanged, and numbers made larger by one.

    Yields
    ------
    description : str
        Such as ``"line 4, column 12: + becomes -"``, counted in the cell.
    code : str
        The mutated cell.
    """
    for place, _ in enumerate(_places(ast.parse(source))):
        choice = 0
        while True:
            tree = ast.parse(source)
            holder, node = _places(tree)[place]
            changes = _changes(node)
            if choice == len(changes):
                break
            what, replacement = changes[choice]
            description = f"line {node.lineno}, column {node.col_offset}: {what}"
            _Replace(node, replacement).visit(holder)
            yield description, ast.unparse(ast.fix_missing_locations(tree))
            choice += 1


def _places(tree: ast.Module) -> list[tuple[ast.AST, ast.AST]]:
    """List (function, node inside its body) where something can be mutated."""
    found = []
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        for statement in function.body:
            if isinstance(statement, ast.FunctionDef) or (
                isinstance(statement, ast.Expr)
                and isinstance(statement.value, ast.Constant)
            ):
                continue  # a docstring; nested functions come round by themselves
            found += [(function, n) for n in ast.walk(statement) if _changes(n)]
    return found


def _changes(node: ast.AST) -> list[tuple[str, ast.AST]]:
    """List what a node can become, as (words, new node)."""
    if isinstance(node, (ast.BinOp, ast.AugAssign, ast.BoolOp)):
        return [
            (_words(node.op, new), _with(node, op=new()))
            for new in SWAPS.get(type(node.op), [])
        ]
    if isinstance(node, ast.Compare):
        return [
            (
                _words(op, new),
                _with(node, ops=[*node.ops[:i], new(), *node.ops[i + 1 :]]),
            )
            for i, op in enumerate(node.ops)
            for new in SWAPS.get(type(op), [])
        ]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.Not)):
        sign = "-" if isinstance(node.op, ast.USub) else "not"
        return [(f"{sign} is dropped", node.operand)]
    if isinstance(node, ast.Attribute) and node.attr == "T":
        return [(".T is dropped", node.value)]
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return [
            (f"{node.value} becomes {not node.value}", ast.Constant(not node.value))
        ]
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return [
            (f"{node.value} becomes {node.value + 1}", ast.Constant(node.value + 1))
        ]
    return []


def _words(old: ast.AST, new: type) -> str:
    return f"{SYMBOLS[type(old).__name__]} becomes {SYMBOLS[new.__name__]}"


def _with(node: ast.AST, **fields: object) -> ast.AST:
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


class _Replace(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        if node is self.old:
            return ast.copy_location(self.new, node)
        return self.generic_visit(node)


ZEROS = '''
def _zeros(value):
    """Zeros, empty text or False in the shape of value."""
    import numpy as np

    if isinstance(value, (list, tuple)):
        return type(value)(_zeros(v) for v in value)
    if isinstance(value, dict):
        return {k: _zeros(v) for k, v in value.items()}
    if isinstance(value, np.ndarray):
        return np.zeros_like(value)
    return type(value)()
'''


def mechanical(source: str) -> Iterator[tuple[str, str]]:
    """Yield answers that ignore the task, as (name, code of the answer cell).

    None where the answer holds classes only.
    """
    functions = [
        node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)
    ]
    if not functions:
        return
    bodies = {"a constant": "return 1.0", "an empty body": "pass"}
    arguments = max((f.args.args for f in functions), key=len, default=[])
    for i, argument in enumerate(arguments):
        bodies[f"argument {argument.arg} handed back"] = f"return args[{i}]"
    for name, body in bodies.items():
        yield name, "\n".join(f"def {f.name}(*args):\n    {body}" for f in functions)
    yield (
        "zeros of the right shape",
        source
        + ZEROS
        + "".join(
            f"\n_our_{f.name} = {f.name}\ndef {f.name}(*args):\n"
            f"    return _zeros(_our_{f.name}(*args))\n"
            for f in functions
        ),
    )
