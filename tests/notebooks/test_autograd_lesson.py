"""The autograd engine of the lesson gives PyTorch's gradients, whatever is computed.

The engine is what the lesson's cells with the tag ``engine`` define.
"""

import ast
import functools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dlcourse import notebooks

from .files import ROOT

LESSON = ROOT / "book/backpropagation/autograd.ipynb"
repeatable = settings(derandomize=True, deadline=None, max_examples=150, database=None)

# Leaves broadcast against each other, to (2, 3, 4) at most.
LEAVES = [(3, 4), (1, 4), (3, 1), (4,), (1,), (), (2, 1, 4), (2, 3, 1)]
ONE = {
    "tanh": lambda u: u.tanh(),
    "relu": lambda u: u.relu(),
    "exp": lambda u: u.tanh().exp(),
    "log": lambda u: (u**2 + 0.5).log(),
    "negative": lambda u: -u,
    "power": lambda u: (u.tanh() + 2.0) ** 1.5,
    "cube": lambda u: u.tanh() ** 3,
    "mean": lambda u: u + u.mean(),
    "sum": lambda u: u.tanh() * u.sum(),
    "reflected": lambda u: 1.0 - 2.0 / (u * u + 1.0),
    "first entry": lambda u: u + u.reshape(-1, 1).sum(axis=-1)[0],
}
TWO = {
    "add": lambda u, v: u + v,
    "subtract": lambda u, v: u - v,
    "multiply": lambda u, v: u * v,
    "divide": lambda u, v: u / (v**2 + 1.0),
}
TABLE = {  # m is a (3, 4) leaf
    "matmul": lambda u, m: (u + m) @ m.T @ (u + m),
    "rows": lambda u, m: (u + m)[[2, 0, 2]],
    "labels": lambda u, m: (u + m)[[0, 1, 2, 1], [3, 0, 0, 0]],
    "slice": lambda u, m: (u + m)[1:, ::2].sum(axis=1, keepdims=True)[0],
    "reshape": lambda u, m: (u + m).reshape(4, 3).T,
    "columns": lambda u, m: (u + m).sum(axis=0, keepdims=True),
    "row sums": lambda u, m: (u + m).sum(axis=1).reshape(3, 1),
    "both axes": lambda u, m: (u + m).sum(axis=(0, 1), keepdims=True),
}


@functools.cache
def engine_source():
    cells = notebooks.read(LESSON).cells
    return "\n\n".join(
        c.source for c in cells if "engine" in c.metadata.get("tags", [])
    )


@functools.cache
def engine():
    """What the cells of the engine define, and no other cell of the lesson."""
    names = {"np": np}
    exec(compile(engine_source(), str(LESSON), "exec"), names)
    return names


def run(program, leaves):
    """Compute a number from leaves, with either library."""
    results = list(leaves)
    for name, i, j in program:
        u, v = results[i % len(results)], results[j % len(results)]
        if name in ONE:
            r = ONE[name](u)
        elif name in TWO:
            r = TWO[name](u, v)
        else:  # for tables; what has three axes is made one
            r = TABLE[name](u if len(u.data.shape) < 3 else u.mean(), leaves[0])
        results.append(r.tanh())
    return sum((k + 1) * r.sum() for k, r in enumerate(results))


programs = st.lists(
    st.tuples(
        st.sampled_from([*ONE, *TWO, *TABLE]), st.integers(0, 50), st.integers(0, 50)
    ),
    min_size=1,
    max_size=12,
)


def assert_same(ours, theirs):
    for o, t in zip(ours, theirs, strict=True):
        expected = np.zeros(t.shape) if t.grad is None else t.grad.numpy()
        got = np.zeros(t.shape) if o.grad is None else o.grad
        assert got.shape == tuple(t.shape)
        assert np.all(np.abs(got - expected) <= 1e-10 * np.maximum(1, abs(expected)))


@repeatable
@given(program=programs, seed=st.integers(0, 2**32 - 1), calls=st.integers(1, 2))
def test_random_programs_have_the_gradients_of_torch(program, seed, calls):
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(rng.normal(size=shape)) for shape in LEAVES]
    ours = [engine()["Tensor"](a) for a in arrays]
    theirs = [torch.tensor(a, requires_grad=True) for a in arrays]
    result, expected = run(program, ours), run(program, theirs)
    assert np.isclose(result.data, expected.item(), rtol=1e-10, atol=1e-10)
    for _ in range(calls):
        result.backward()
        expected.backward(retain_graph=True)
    assert_same(ours, theirs)


shapes = st.lists(st.integers(1, 4), max_size=4).map(tuple)


@repeatable
@given(full=shapes, drop=st.integers(0, 4), ones=st.lists(st.booleans(), min_size=4))
def test_unbroadcast_undoes_what_broadcasting_repeats(full, drop, ones):
    small = tuple(1 if one else size for size, one in zip(full, ones, strict=False))[
        drop:
    ]
    t = torch.zeros(small, dtype=torch.float64, requires_grad=True)
    grad = np.random.default_rng(0).normal(size=full)
    t.expand(full).backward(torch.tensor(grad))
    got = engine()["unbroadcast"](np.asarray(grad), small)
    assert got.shape == small
    assert np.allclose(got, t.grad.numpy(), rtol=1e-12)


@repeatable
@given(graph=st.lists(st.lists(st.integers(0, 40), max_size=3), max_size=40))
def test_an_order_holds_each_needed_tensor_once_and_after_its_parents(graph):
    Tensor = engine()["Tensor"]
    nodes = [Tensor(0.0)]
    for numbers in graph:
        parents = [nodes[k % len(nodes)] for k in numbers]
        nodes.append(Tensor(0.0, "made", [(p, None) for p in parents]))
    order = engine()["topological_order"](nodes[-1])
    place = {node: i for i, node in enumerate(order)}
    assert len(place) == len(order) and order[-1] is nodes[-1]
    for node in order:
        assert all(place[p] < place[node] for p, _ in node.parents)
    needed, to_do = {nodes[-1]}, [nodes[-1]]
    while to_do:
        found = {p for p, _ in to_do.pop().parents} - needed
        needed |= found
        to_do += found
    assert needed == set(order)


@pytest.mark.parametrize(
    "f",
    [
        lambda u, a: a + u,
        lambda u, a: u + a,
        lambda u, a: a - u,
        lambda u, a: u - a,
        lambda u, a: a * u,
        lambda u, a: u * a,
        lambda u, a: a / u,
        lambda u, a: u / a,
        lambda u, a: a @ u,
        lambda u, a: u @ a,
        lambda u, a: 2 - u,
        lambda u, a: 2 / u,
        lambda u, a: u / 2,
    ],
)
def test_arrays_and_numbers_on_either_side(f):
    a = np.array([[1.0, -2.0], [0.5, 3.0]])
    u = engine()["Tensor"]([[1.5, -1.0], [2.0, 0.5]])
    t = torch.tensor(u.data, requires_grad=True)
    result = f(u, a)
    assert isinstance(result, engine()["Tensor"])
    result.sum().backward()
    f(t, torch.tensor(a)).sum().backward()
    assert np.allclose(u.grad, t.grad.numpy(), rtol=1e-13)


def test_gradients_are_no_views_of_each_other():
    u, v = engine()["Tensor"]([1.0, 2.0]), engine()["Tensor"]([3.0, 4.0])
    (u + v).sum().backward()
    u.grad *= 10
    assert v.grad.tolist() == [1, 1]


def test_what_it_cannot_do_it_refuses():
    Tensor = engine()["Tensor"]
    with pytest.raises(ValueError, match="one number"):
        Tensor([1.0, 2.0]).backward()
    with pytest.raises(ValueError, match="two matrices"):
        Tensor([[1.0, 2.0]]) @ Tensor([1.0, 2.0])


def test_the_engine_is_as_short_as_the_lesson_says():
    lines = ast.unparse(ast.parse(engine_source())).splitlines()
    assert 110 <= sum(bool(line.strip()) for line in lines) <= 130
