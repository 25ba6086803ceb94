"""expect_call, fresh_rng and without: what a test cell is written with."""

import math
import re
import sys
import textwrap

import nbformat
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from torch import ones

from dlcourse.check import WrongAnswer, expect_call, fresh_rng, without
from dlcourse.report import check_names
from tests.engine.sides import outcome


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


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (None, "helper(3, [1]) "),
        ("grow", "grow(3, [1]) "),
        ("the network of grow", "the network of grow (3, [1]) "),
    ],
)
def test_the_text_calls_a_helper_what_the_test_says(name, shown):
    def helper(x, parts):
        return 1 / x

    with pytest.raises(WrongAnswer) as caught:
        expect_call(helper, 3, [1], returns=1, name=name)
    assert str(caught.value).startswith(f"{shown}returned 0.333333, but 1 was ")
    with pytest.raises(WrongAnswer) as caught:
        expect_call(lambda x: helper(0, [x]), 1, returns=1, name=name or "helper")
    assert str(caught.value).startswith(f"{name or 'helper'}")
    assert "(1) raised ZeroDivisionError: division by zero" in str(caught.value)
    assert caught.value.advice == "ZeroDivisionError was raised."


def test_the_engine_and_a_notebook_call_a_helper_alike(tmp_path):
    """Neither shows the test's own name for it, and hidden parts show none."""
    test = """
    from dlcourse.check import expect_call

    def helper(x):
        return grow(x, 1)

    expect_call(helper, 3, returns=4, name="one step of grow")
    ### BEGIN HIDDEN TESTS
    expect_call(helper, 5, returns=6, name="one step of grow")
    ### END HIDDEN TESTS
    """
    said = "one step of grow (3) returned 3, but 4 was expected. That is another value."
    wrong = "def grow(x, by): return x"
    assert outcome(wrong, test).message == said

    late = outcome("def grow(x, by): return x + (x == 3)", test)
    assert late.message == (
        "With other inputs than the visible ones: That is another value."
    )
    assert late.detail.startswith("one step of grow (5) returned 5")

    cell = nbformat.v4.new_code_cell(textwrap.dedent(test).partition("### BEGIN")[0])
    cell.metadata["nbgrader"] = {
        "grade_id": "lesson--step",
        "grade": True,
        "solution": False,
        "locked": True,
        "task": False,
        "points": 1,
        "schema_version": 3,
    }
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, tmp_path / "lesson.ipynb")
    names: dict = {}
    exec(wrong, names)
    report = check_names(names, [], tmp_path / "lesson.ipynb")
    assert [problem.message for problem in report.problems] == [said]


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
        with pytest.raises(ImportError, match=r"torch \(`functional` comes from it"):
            lazily().relu(0)
        with pytest.raises(ImportError, match="from scratch"):
            torch.ones(2)
        with pytest.raises(ImportError, match=r"\(`ones` comes from it\)"):
            ones(2)
        with pytest.raises(ImportError, match="from scratch"):
            import torch as again

            again.ones(2)
        np.ones(2)
    assert torch.ones(2).sum() == ones(2).sum() == 2
    assert lazily() is torch.nn.functional
    assert sys.modules["torch"] is torch


def test_a_class_made_from_what_is_fenced_off_says_so():
    with without("torch"):
        import torch.nn as nn

        with pytest.raises(ImportError, match=r"\(`Module` comes from it\)"):

            class Net(nn.Module):
                pass


def test_fences_can_be_nested():
    refused = pytest.raises(ImportError, match="from scratch")
    with without("torch"), without("torch", "sklearn"), refused:
        torch.ones(2)
    with without("torch"), without("sklearn"), refused:
        torch.ones(2)
    assert torch.ones(1) == 1


def test_what_was_imported_behind_a_fence_is_not_crippled_for_good(
    tmp_path, monkeypatch
):
    (tmp_path / "needs_torch_dl").mkdir()
    (tmp_path / "needs_torch_dl/__init__.py").write_text("from . import inner\n")
    (tmp_path / "needs_torch_dl/inner.py").write_text("from torch import ones\n")
    monkeypatch.syspath_prepend(tmp_path)
    with without("torch"):
        import needs_torch_dl.inner as behind

        with pytest.raises(ImportError, match="from scratch"):
            behind.ones(2)
    import needs_torch_dl.inner as after

    assert after.ones(2).sum() == 2


def test_an_empty_module_does_not_outlast_its_fence(monkeypatch):
    for name in ("xmlrpc", "xmlrpc.client"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    with without("xmlrpc"):
        import xmlrpc.client
    import xmlrpc.client

    assert xmlrpc.client.dumps((1,))


def test_a_fence_says_which_packages_were_asked_for():
    with without("torch", "sklearn") as fence:
        import torch.nn  # noqa: F401
    assert fence.touched == {"torch"}


def test_a_name_that_answers_for_itself_does_not_break_a_fence(monkeypatch):
    class Odd:
        def __getattr__(self, name):
            raise RuntimeError(name)

    monkeypatch.setitem(globals(), "odd", Odd())
    with without("torch"):
        pass


def test_without_puts_back_after_an_error():
    with pytest.raises(ZeroDivisionError), without("torch"):
        _ = 1 / 0
    assert torch.ones(1) == 1


# ------------------------------------------------------------- advice, for hidden tests

SECRETS = st.integers(1001, 9999)
plain = (
    SECRETS
    | SECRETS.map(float)
    | SECRETS.map(lambda n: f"secret {n}")
    | SECRETS.map(np.float64)
    | SECRETS.map(lambda n: torch.full((n % 3,), float(n)))
    | SECRETS.map(lambda n: np.array([f"secret {n}"]))
    | st.booleans()
    | st.none()
    | st.just(math.nan)
    | hnp.arrays(float, hnp.array_shapes(max_side=3), elements=SECRETS.map(float))
    | hnp.arrays(bool, hnp.array_shapes(max_side=3))
)
objects = SECRETS.map(lambda n: type(f"Secret{n}", (), {})())


def containers(inner):
    keys = SECRETS.map(str) | st.just("b")
    lists = st.lists(inner, max_size=3)
    return lists | lists.map(tuple) | st.dictionaries(keys, inner, max_size=2)


@given(
    st.recursive(plain | objects, containers, max_leaves=5),
    st.recursive(plain, containers, max_leaves=5),
    st.booleans(),
)
@settings(max_examples=200, deadline=None)
def test_advice_names_no_input_and_no_value(answer, expected, alike):
    """Every secret is a number or holds digits: no advice has one."""
    if alike:  # so that the difference lies deeper
        answer = [1, expected, answer]
        expected = [1, expected, expected]
    with pytest.raises(WrongAnswer) as caught:
        expect_call(lambda *_: answer, 4321, "secret 4322", returns=expected)
        raise WrongAnswer("the two are alike")
    assert not re.search(r"\d|secret", caught.value.advice, re.IGNORECASE)


@given(SECRETS)
def test_advice_on_an_error_names_its_standard_kind_only(n):
    def f(x):
        raise type(f"Secret{n}", (KeyError,), {"__module__": "builtins"})(f"secret {n}")

    with pytest.raises(WrongAnswer) as caught:
        expect_call(f, n, returns=n)
    assert caught.value.advice == "KeyError was raised."
    assert f"raised Secret{n}" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "expected", "advice"),
    [
        (None, 1.0, "Nothing came back: is a `return` missing?"),
        ([1.0], np.ones(1), "A NumPy array was expected, not a list."),
        (torch.ones(1), np.ones(1), "A NumPy array was expected, not a torch tensor."),
        (object(), (1,), "A tuple was expected."),
        ("a", 1.0, "A number was expected, not a string."),
        (np.ones((1, 2)), np.ones(2), "The shape is another one than expected."),
        (np.ones(3), np.zeros(3), "Entries have other values than expected."),
        ([1, 2], [1], "It has the wrong number of entries."),
        ({"a": [1, 2]}, {"a": [1, 3]}, "That is another value."),
        ({"a": 1}, {"b": 1}, "It has other keys than expected."),
        (math.nan, 1.0, "There is a NaN (not a number) in it."),
        (np.array(["a"]), np.ones(1), "Numbers were expected."),
        (3.0, 1.0, "Three."),
    ],
)
def test_advice_says_what_kind_of_thing_is_wrong(answer, expected, advice):
    with pytest.raises(WrongAnswer) as caught:
        expect_call(lambda: answer, returns=expected, mistakes={"Three.": 3.0})
    assert caught.value.advice == advice


def test_advice_has_a_text_of_its_own():
    assert WrongAnswer("f(1) is 2").advice == "the answer is not right."
