"""expect_call, fresh_rng and without: what a test cell is written with."""

import math

import numpy as np
import pytest
import torch

from dlcourse.check import WrongAnswer, expect_call, fresh_rng, without


def message(answer, expected, **options):
    """Say what a student sees whose function returns ``answer``."""

    def f():
        return answer

    with pytest.raises(WrongAnswer) as caught:
        expect_call(f, returns=expected, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (1.0, 1),
        (1, 1.0),
        (np.float64(1.0), 1.0),
        (np.array(1.0), 1.0),
        (1.0 + 1e-12, 1.0),
        (True, True),
        (np.bool_(True), True),
        ("relu", "relu"),
        (None, None),
        (np.ones((2, 3)), np.ones((2, 3))),
        (np.ones(2, dtype=int), np.ones(2)),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([True, False]), np.array([True, False])),
        ([1.0, (2, "a")], [1, (2.0, "a")]),
        ({"W": np.ones(2), "b": 0.0}, {"W": np.ones(2), "b": 0}),
        (torch.ones(2), torch.ones(2)),
        (torch.ones(2, requires_grad=True), torch.ones(2)),
        (np.array([np.inf, -np.inf]), np.array([np.inf, -np.inf])),
    ],
)
def test_a_right_answer_passes(answer, expected):
    expect_call(lambda: answer, returns=expected)


@pytest.mark.parametrize(
    ("answer", "expected", "words"),
    [
        (None, 1.0, "is a `return` missing?"),
        (2.0, 1.0, "returned 2, but 1 was expected"),
        (math.nan, 1.0, "NaN"),
        (True, 1.0, "A number was expected, not a True/False value"),
        (1, True, "A True/False value was expected, not a number"),
        ("1", 1.0, "A number was expected, not a string"),
        ([1.0], np.ones(1), "A NumPy array was expected, not a list"),
        (np.ones((1, 2)), np.ones(2), "The shape should be (2,), not (1, 2)"),
        (np.ones(2), 1.0, "The shape should be that of a single number, not (2,)"),
        (np.array([1.0, 2.0]), np.ones(2), "1 of 2 entries differ, first [1]: 2"),
        (np.array([1.0, np.nan]), np.ones(2), "NaN"),
        (np.array([True]), np.ones(1), "should hold numbers, not True/False"),
        (np.ones(1), np.array([True]), "should hold True/False values, not numbers"),
        (np.array(["a"]), np.ones(1), "Numbers were expected"),
        (np.array([None]), np.ones(1), "Numbers were expected"),
        ((1, 2), [1, 2], "A list was expected, not a tuple"),
        ([1], [1, 2], "should have 2 entries, not 1"),
        ([((2, 3), (3,))], [((3, 2), (3,))], "[((3, 2), (3,))] was expected"),
        ([1, 3], [1, 2], "Look at entry 1"),
        ({"w": 1}, {"W": 1}, "The keys should be ['W'], not ['w']"),
        ({"W": 2}, {"W": 1}, "Look at 'W'"),
        (torch.ones(2), np.ones(2), "A NumPy array was expected, not a torch tensor"),
        (np.ones(2), torch.ones(2), "A torch tensor was expected, not a NumPy array"),
        (object(), 1.0, "Numbers were expected"),
        ("tanh", "relu", "returned 'tanh', but 'relu' was expected"),
    ],
)
def test_a_wrong_answer_is_told_why(answer, expected, words):
    assert words in message(answer, expected)


def test_a_known_mistake_is_named():
    said = message(2.0, 1.0, mistakes={"The bias is missing.": 2.0, "Other.": 3.0})
    assert "The bias is missing." in said and "Other." not in said


def test_a_mistake_that_gives_the_right_value_is_none():
    expect_call(lambda: 1.0, returns=1.0, mistakes={"Never said.": 1.0})


def test_an_error_is_shown_with_the_call_and_explained_if_known():
    def f(x):
        raise IndexError("no")

    with pytest.raises(WrongAnswer, match=r"f\(3\) raised IndexError: no\. Too long\."):
        expect_call(f, 3, returns=1, mistakes={"Too long.": IndexError})


def test_a_stub_stays_a_stub():
    def f():
        raise NotImplementedError

    with pytest.raises(NotImplementedError):
        expect_call(f, returns=1)


def test_the_students_function_gets_copies():
    x = np.zeros(3)

    def f(x):
        x += 1
        return x

    expect_call(f, x, returns=np.ones(3))
    assert (x == 0).all()


def test_the_generator_depends_on_the_problem_and_on_the_seed(monkeypatch):
    def draw(problem):
        return fresh_rng(problem).random()

    assert draw("a") == draw("a") != draw("b")
    before = draw("a")
    monkeypatch.setenv("DLCOURSE_SEED", "1")
    assert draw("a") != before


@pytest.mark.parametrize("seed", ["", "-1", "x", "1.5"])
def test_a_seed_that_is_none_is_refused(seed, monkeypatch):
    monkeypatch.setenv("DLCOURSE_SEED", seed)
    with pytest.raises(ValueError, match="whole number"):
        fresh_rng("a")


def test_without_hides_a_package_and_puts_it_back():
    def lazily():
        from torch.nn import functional

        return functional

    with without("torch"):
        with pytest.raises(ImportError, match="from scratch, without torch"):
            lazily()
        with pytest.raises(ImportError, match="from scratch"):
            torch.ones(2)
        with pytest.raises(ImportError, match="from scratch"):
            import torch as again  # noqa: F401 - the import itself is the test
        np.ones(2)
    assert torch.ones(2).sum() == 2
    assert lazily() is torch.nn.functional


def test_without_puts_back_after_an_error():
    with pytest.raises(ZeroDivisionError), without("torch"):
        _ = 1 / 0
    assert torch.ones(1) == 1
