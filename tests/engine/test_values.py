"""Which values cross, what of them is kept, and what a reader refuses."""

import contextlib
import copy
import json
import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dlcourse.engine import values
from dlcourse.engine.values import BadMessage, CannotCross, Reader, Writer


class Home:
    """References of a side that has neither functions nor histories."""

    def export(self, value):
        raise CannotCross(f"an object of type {type(value).__name__}")

    def resolve(self, reference):
        raise BadMessage("no references here")

    def export_graph(self, tensor):
        return None

    def resolve_graph(self, tensor, identity):
        return tensor


def write(value):
    writer = Writer(Home())
    return writer.write(value), writer.buffers


def there(value):
    """Send a value through JSON and back, as the wire does."""
    written, buffers = write(value)
    return Reader(Home(), buffers).read(json.loads(json.dumps(written)))


def same(a, b):
    """Say whether two values are alike in kind and content, NaN being like NaN."""
    if type(a) is not type(b):
        return False
    if isinstance(a, np.ndarray):
        same_kind = a.dtype == b.dtype and a.shape == b.shape
        return same_kind and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        pairs = zip(a.items(), b.items(), strict=False)
        return len(a) == len(b) and all(same(*pair) for pair in pairs)
    if isinstance(a, (float, np.floating)):
        return bool(a == b or (a != a and b != b)) and (
            math.copysign(1, a) == math.copysign(1, b) or a != a
        )
    return a == b


numbers = (
    st.booleans()
    | st.integers()
    | st.integers(-(2**200), 2**200)
    | st.floats()
    | st.complex_numbers(allow_nan=False)
)
scalar_types = st.one_of(
    hnp.boolean_dtypes(),
    hnp.integer_dtypes(endianness="="),
    hnp.unsigned_integer_dtypes(endianness="="),
    hnp.floating_dtypes(endianness="=", sizes=(16, 32, 64)),
    hnp.complex_number_dtypes(endianness="=", sizes=(64, 128)),
    hnp.unicode_string_dtypes(endianness="=", min_len=1, max_len=5),
    hnp.byte_string_dtypes(min_len=1, max_len=5),
)
arrays = hnp.arrays(scalar_types, hnp.array_shapes(min_dims=0, min_side=0, max_side=4))
keys = st.text() | st.integers() | st.booleans() | st.tuples(st.integers(), st.text())
plain = st.recursive(
    st.none() | numbers | st.text() | st.binary() | arrays,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(plain)
@settings(max_examples=200, deadline=None)
def test_a_plain_value_arrives_as_it_left(value):
    assert same(there(value), value)


@given(st.sets(st.integers() | st.text()))
def test_sets_arrive(value):
    assert there(value) == value
    assert there(frozenset(value)) == value
    assert type(there(frozenset(value))) is frozenset


@pytest.mark.parametrize(
    "value",
    [
        np.float32(0.1),
        np.float64(math.pi),
        np.int8(-3),
        np.bool_(True),
        np.complex64(1 + 2j),
        np.float16(0.5),
    ],
)
def test_numpy_scalars_keep_their_type(value):
    assert same(there(value), value)


@pytest.mark.parametrize(
    "value",
    [
        slice(1, None, 2),
        Ellipsis,
        (slice(None), Ellipsis, 3),
        np.dtype("float32"),
        torch.float64,
        pytest.param(1 << 60_000, id="a long int"),
        pytest.param(-(1 << 60_000), id="a long negative int"),
        -(1 << 53),
        1 << 53,
        2**53 - 1,
    ],
)
def test_what_indexes_and_describes_arrays_arrives(value):
    assert there(value) == value


def test_arrays_of_other_orders_arrive_in_this_machines_order():
    value = np.arange(3, dtype=">f8")
    got = there(value)
    assert (got == value).all() and got.dtype == np.dtype("float64")
    assert (
        there(np.arange(6.0).reshape(2, 3).T) == np.array([[0, 3], [1, 4], [2, 5]])
    ).all()
    assert there(np.asfortranarray(np.ones((2, 3)))).shape == (2, 3)


def test_an_array_in_two_places_stays_one():
    a, b = np.zeros(2), np.zeros(2)
    first, (second, third) = there([a, (a, b)])
    assert first is second
    assert third is not first


def test_what_arrives_can_be_written_to():
    got = there(np.zeros(3))
    got += 1
    assert got.tolist() == [1, 1, 1]


def test_children_of_plain_types_arrive_as_plain():
    class Text(str):
        pass

    class Number(float):
        pass

    class Whole(int):
        pass

    class Row(list):
        pass

    class Array(np.ndarray):
        pass

    sent = [
        Text("a"),
        np.str_("a"),
        Number(1.5),
        Whole(3),
        Row([1]),
        np.ones(2).view(Array),
    ]
    assert [type(v) for v in there(sent)] == [str, str, float, int, list, np.ndarray]


@pytest.mark.parametrize("dtype", values.TORCH_TYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3)])
def test_tensors_of_every_type_arrive(dtype, shape):
    tensor = (torch.arange(6.0)[: math.prod(shape)].reshape(shape) % 2).to(
        getattr(torch, dtype)
    )
    got = there(tensor)
    assert got.dtype == tensor.dtype and got.shape == tensor.shape
    assert torch.equal(got, tensor) and not got.requires_grad


def test_a_tensor_that_is_a_view_arrives_whole():
    tensor = torch.arange(6.0).reshape(2, 3).T[1:]
    assert torch.equal(there(tensor), tensor)
    assert torch.equal(there(torch.tensor([1 + 2j]).conj()), torch.tensor([1 - 2j]))


def test_a_leaf_stays_one_that_wants_gradients():
    got = there(torch.ones(2, requires_grad=True))
    assert got.requires_grad and got.is_leaf
    assert type(there(torch.nn.Parameter(torch.ones(2)))) is torch.Tensor
    leaf = torch.ones(2, requires_grad=True)
    (3 * leaf).sum().backward()
    assert there(leaf).grad.tolist() == [3, 3]


@pytest.mark.parametrize("name", values.GENERATORS)
def test_a_generator_goes_on_where_it_was(name):
    rng = np.random.Generator(getattr(np.random, name)(3))
    rng.normal(size=5)
    rng.integers(10, dtype=np.int32)  # leaves half a word behind
    copy = there(rng)
    assert (copy.integers(100, size=9) == rng.integers(100, size=9)).all()
    assert copy.normal() == rng.normal()


def test_the_class_of_a_tensor_has_no_say():
    class Liar(torch.Tensor):
        @classmethod
        def __torch_function__(cls, function, types, args=(), kwargs=None):
            raise RuntimeError("asked")

    tensor = torch.ones(2).as_subclass(Liar)
    assert torch.equal(there(tensor), torch.ones(2))


class Thing:
    pass


loop: list = []
loop.append(loop)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (Thing(), "an object of type Thing"),
        ([1, {"a": Thing()}], "an object of type Thing"),
        (np.array([None]), "entries of type object"),
        (np.zeros(2, dtype=[("a", "f8")]), "entries of type"),
        (np.array(["2020-01-01"], dtype="datetime64[D]"), "entries of type datetime64"),
        (loop, "a list is nested more than 64 deep"),
        pytest.param(1 << 70_000, "an int of 70001 bits", id="too long an int"),
        (torch.eye(2).to_sparse(), "sparse"),
        (torch.empty(1, dtype=torch.uint64), "torch.uint64"),
        (np.dtype("O"), "entries of type object"),
    ],
)
def test_what_cannot_cross_is_named(value, words):
    with pytest.raises(CannotCross, match=words):
        write(value)


def test_too_many_entries_are_refused(monkeypatch):
    monkeypatch.setattr(values, "MAX_ITEMS", 100)
    write([[0] * 49, [0] * 49])
    with pytest.raises(CannotCross, match="more than 100 entries"):
        write([[0] * 50, [0] * 49])
    deep: object = 0
    for _ in range(values.MAX_DEPTH):
        deep = [deep]
    assert same(there(deep), deep)
    with pytest.raises(CannotCross, match="deep"):
        write([deep])


# ------------------------------------------------------------------------ bad messages


@pytest.mark.parametrize(
    "written",
    [
        {},
        [],
        [3],
        [None],
        ["list"],
        ["list", 3],
        ["list", [], []],
        ["nonsense", 1],
        ["__init__", []],
        ["buffer", 0],
        ["int", "0x" + "f" * 100_000],
        ["int", "zz"],
        ["int", 3],
        ["complex", "a", 1],
        ["dict", [[1]]],
        ["dict", [[["list", []], 1]]],
        ["set", [["list", []]]],
        ["slice", 1],
        ["array", "<f8", [2], 0],
        ["array", "<f8", [-1], 0],
        ["array", "<f8", [1.0], 0],
        ["array", "<f8", [True], 0],
        ["array", "<f8", "a", 0],
        ["array", "<f8", [1], 9],
        ["array", "<f8", [1], -1],
        ["array", "<f8", [1], True],
        ["array", "O", [1], 0],
        ["array", "V8", [1], 0],
        ["array", "f8,f8", [1], 0],
        ["array", "(2,)f4", [1], 0],
        ["array", "M8[s]", [1], 0],
        ["array", ["<f8"], [1], 0],
        ["array", None, [1], 0],
        ["array", "<U2", [1], 1],
        ["array", "<f8", [1] * 100, 0],
        ["scalar", "<f8", [1], 0],
        ["dtype", "O"],
        ["dtype", "nonsense"],
        ["dtype", 3],
        ["tensor", "float64", [2], 0, False, None],
        ["tensor", "Tensor", [1], 0, False, None],
        ["tensor", "float64", [1], 0, True, "a"],
        ["tensor", "float64", [1], 0],
        ["tensor", "float64", [1], 0, True, None, 3],
        ["tensor", "float64", [1], 0, True, None, ["list", []]],
        [
            "tensor",
            "float64",
            [1],
            0,
            True,
            None,
            ["tensor", "float64", [], 0, False, 0],
        ],
        [
            "tensor",
            "float64",
            [1],
            0,
            True,
            None,
            ["tensor", "int64", [1], 0, False, 0],
        ],
        ["torch.dtype", "load"],
        ["torch.dtype", 3],
        ["torch_dtype", "float64"],
        ["generator", "PCG64", 3],
        ["generator", "Generator", 3],
        ["generator", "PCG64", ["dict", []]],
        ["generator", "PCG64", ["dict", [["bit_generator", "PCG64"], ["state", 3]]]],
        ["bytes", "a"],
    ],
)
def test_a_malformed_value_is_a_bad_message(written):
    with pytest.raises(BadMessage):
        Reader(Home(), [b"\0" * 8, b"\xff" * 8]).read(written)


def test_a_deep_message_is_refused_before_it_fills_the_stack():
    written: object = 0
    for _ in range(100_000):
        written = ["list", [written]]
    with pytest.raises(BadMessage):
        Reader(Home(), []).read(written)


def test_a_message_with_more_entries_than_can_be_sent_is_refused(monkeypatch):
    monkeypatch.setattr(values, "MAX_ITEMS", 100)
    with pytest.raises(BadMessage, match="too many entries"):
        Reader(Home(), []).read(["list", [["list", [0] * 150]] * 2])


def test_a_byte_that_is_no_truth_value_becomes_one():
    got = Reader(Home(), [b"\x02\x00"]).read(["array", "|b1", [2], 0])
    assert got.view(np.uint8).tolist() == [1, 0]


def pieces(written):
    """List every part of a message with a way to put another in its place."""
    if isinstance(written, list):
        for i, part in enumerate(written):
            yield written, i
            yield from pieces(part)


strange = (
    st.none()
    | st.booleans()
    | st.integers(-3, 3)
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=3)
    | st.sampled_from([*values._KINDS, "O", "<f8", "f8,f8", "V", "float64", "PCG64"])
    | st.just([])
    | st.just(["list", []])
    | st.just({})
    | st.lists(st.integers(-2, 5), max_size=3)
)
tensors = st.sampled_from(
    [torch.ones(2, 2), torch.zeros((), dtype=torch.bfloat16), torch.ones(3) > 0]
)
generators = st.sampled_from(values.GENERATORS).map(
    lambda name: np.random.Generator(getattr(np.random, name)(1))
)


@given(
    plain | tensors | generators | st.lists(generators, min_size=1, max_size=2),
    st.data(),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_message_gives_a_value_or_a_bad_message(value, data):
    written, buffers = write(value)
    written = [written]
    for _ in range(data.draw(st.integers(1, 3))):
        places = list(pieces(written))
        parent, i = data.draw(st.sampled_from(places))
        parent[i] = copy.deepcopy(data.draw(strange))
    if buffers and data.draw(st.booleans()):
        buffers[0] = buffers[0][: data.draw(st.integers(0, 8))]
    with contextlib.suppress(BadMessage):
        Reader(Home(), buffers).read(written[0])
