"""What a test can do with a student's functions and objects, and what it cannot."""

import copy
import pickle

import numpy as np
import pytest
import torch

from dlcourse.engine.objects import Remote

from .sides import answer, connected

STUDENT = """
import numpy as np

class Vector:
    scale = 2
    __special__ = 3
    __array_ufunc__ = None

    def __init__(self, *parts):
        self.parts = list(parts)

    def length(self, power=2):
        return sum(p**power for p in self.parts)

    def __add__(self, other):
        return Vector(*[p + other for p in self.parts])

    def __radd__(self, other):
        return Vector("radd", type(other).__name__, other)

    def __matmul__(self, other):
        return Vector("matmul", other)

    def __rmatmul__(self, other):
        return Vector("rmatmul", type(other).__name__, other)

    def __neg__(self):
        return Vector(*[-p for p in self.parts])

    def __abs__(self):
        return 0.0

    def __sub__(self, other):
        return 0.0

    def __rsub__(self, other):
        return 0.0

    def mean(self):
        return 0.0

    def __iter__(self):
        return iter(self.parts)

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, key):
        return self.parts[key]

    def __setitem__(self, key, value):
        self.parts[key] = value

    def __contains__(self, item):
        return item in self.parts

    def __eq__(self, other):
        return True

    __hash__ = None

    def __bool__(self):
        return True


def naturals():
    n = 0
    while True:
        yield n
        n += 1


def same(a, b):
    return a is b


def three():
    raise StopIteration(3)


class Three:
    def __iter__(self):
        for n in range(3):
            yield n
        raise ValueError("no more")
"""


@pytest.fixture
def side():
    side = connected(answer(STUDENT))
    side.tests_class = True
    return side


@pytest.fixture
def vector(side):
    return side.name("Vector")(1, 2, 3)


def test_an_object_is_made_asked_and_changed_from_afar(vector):
    assert isinstance(vector, Remote)
    assert vector.parts == [1, 2, 3] and vector.scale == 2
    assert vector.length() == 14 and vector.length(power=1) == 6
    vector.parts = [5]
    assert vector.length(1) == 5 and vector.mean() == 0
    with pytest.raises(AttributeError, match="no attribute 'width'"):
        _ = vector.width


def test_results_are_copies(vector):
    vector.parts.append(4)
    assert vector.parts == [1, 2, 3]


def test_functions_and_classes_have_names(side, vector):
    assert side.name("naturals").__name__ == "naturals"
    assert side.name("Vector").__name__ == "Vector"
    assert type(vector).__name__ == "Vector" and repr(vector) == "<Vector>"
    with pytest.raises(NameError, match="name 'nothing' is not defined"):
        side.name("nothing")


def test_a_handle_that_goes_back_is_the_object_itself(side, vector):
    same = side.name("same")
    assert same(vector, vector) is True
    assert same(vector, -vector) is False
    assert same([vector][0], vector) is True


def test_the_same_object_has_one_handle_number(side):
    first, second = side.name("Vector"), side.name("Vector")
    assert side.name("same")(first, second) is True


def test_arithmetic_happens_at_the_students(vector):
    assert (vector + 1).parts == [2, 3, 4]
    assert (-vector).parts == [-1, -2, -3]
    assert (vector @ 2).parts == ["matmul", 2]
    assert (1 + vector).parts == ["radd", "int", 1]
    with pytest.raises(TypeError, match="unsupported operand"):
        vector * 1


def test_arithmetic_that_ends_in_a_plain_value_is_refused(side, vector):
    for compute in (abs, lambda v: v - 1, lambda v: 1 - v, lambda v: np.ones(2) - v):
        with pytest.raises(TypeError, match="a plain value was expected"):
            compute(vector)


@pytest.mark.parametrize(
    "left", [np.ones((2, 2)), np.float64(2), np.int64(3), torch.ones(2), [1.0], 2.0]
)
def test_what_is_on_the_left_leaves_the_operation_to_the_student(vector, left):
    kind = type(left).__name__
    plus = left + vector
    assert plus.parts[:2] == ["radd", kind]
    assert np.array_equal(plus.parts[2], left)
    assert (left @ vector).parts[:2] == ["rmatmul", kind]


@pytest.mark.parametrize(
    "use",
    [
        lambda v: v.mean(),
        lambda v: v.sum(),
        lambda v: v.shape,
        lambda v: v.item(),
        lambda v: len(v),
        lambda v: 1 in v,
    ],
)
def test_only_the_test_of_a_class_asks_for_what_plain_values_have(side, vector, use):
    side.tests_class = False
    with pytest.raises(TypeError, match="a plain value was expected"):
        use(vector)
    assert vector.length() == 14 and vector[0] == 1 and list(vector) == [1, 2, 3]


def test_it_is_a_container_if_the_student_made_it_one(vector):
    assert list(vector) == [1, 2, 3] and len(vector) == 3
    assert vector[1] == 2 and vector[-1] == 3 and vector[:2] == [1, 2]
    vector[0] = 9
    assert list(vector) == [9, 2, 3]
    assert 9 in vector and 1 not in vector
    with pytest.raises(IndexError):
        vector[5]


def test_what_never_ends_can_be_taken_from(side):
    taken = [n for n, _ in zip(side.name("naturals")(), range(4), strict=False)]
    assert taken == [0, 1, 2, 3]


def test_an_error_in_an_iteration_comes_through(side):
    seen = []
    with pytest.raises(ValueError, match="no more"):
        for n in side.name("Three")():
            seen.append(n)
    assert seen == [0, 1, 2]


def test_stop_iteration_does_not_end_the_tests_loop(side):
    three = side.name("three")
    with pytest.raises(Exception, match="3") as caught:
        list(map(three.__call__, []) or [])
        for _ in map(lambda _: three(), range(2)):
            pass
    assert not isinstance(caught.value, StopIteration)
    assert type(caught.value).__name__ == "StopIteration"


@pytest.mark.parametrize(
    "use",
    [
        lambda v: v == 1,
        lambda v: [v] == [1],
        lambda v: v != 1,
        lambda v: v < 1,
        lambda v: v >= 1,
        lambda v: bool(v),
        lambda v: not v,
        lambda v: v or 1,
        lambda v: 1 if v else 2,
        lambda v: [1, v] == [1, 2],
        lambda v: v in [1, 2],
        lambda v: max(v, 1),
        lambda v: all([v]),
        lambda v: sorted([v, v]),
        lambda v: np.asarray(v),
        lambda v: np.ones(2) == v,
        lambda v: np.allclose(v, 1),
        lambda v: np.testing.assert_allclose(v, 1),
        lambda v: float(v),
        lambda v: int(v),
        lambda v: range(3)[v],
        lambda v: pickle.dumps(v),
        lambda v: math_isclose(v),
        lambda v: f"{v:.3f}",
    ],
)
def test_it_has_no_say_in_what_a_test_concludes(vector, use):
    with pytest.raises(TypeError):
        use(vector)


def math_isclose(value):
    import math

    return math.isclose(value, 1.0)


def test_special_attributes_are_not_asked_for(vector):
    for name in ("__special__", "__array_interface__", "__torch_function__"):
        with pytest.raises(AttributeError, match=name):
            getattr(vector, name)
    assert vector.__class__.__mro__[1] is Remote


def test_copies_are_the_same_handle(side, vector):
    assert copy.copy(vector) is vector and copy.deepcopy([vector])[0] is vector
    assert len({vector, vector}) == 1


def test_a_name_that_is_none_is_not_believed():
    side = connected({"thing": type("a" * 100, (), {})()})
    assert type(side.name("thing")).__name__ == "object"
