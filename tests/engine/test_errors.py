"""Exceptions that cross: what of them is kept, and what is not believed."""

import builtins

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlcourse.engine.errors import FromStudent, describe, rebuild, standard_name


class OwnError(ValueError):
    pass


class Wordless(Exception):
    def __str__(self):
        raise RuntimeError("no words")


@pytest.mark.parametrize(
    ("raised", "caught"),
    [
        (ValueError("a"), ValueError),
        (OwnError("a"), ValueError),
        (ZeroDivisionError("a"), ArithmeticError),
        (FileNotFoundError(2, "a"), OSError),
        (KeyError("a"), LookupError),
        (RecursionError("a"), RuntimeError),
        (NotImplementedError(), NotImplementedError),
        (AssertionError("a"), AssertionError),
        (ImportError("a", name="b"), ImportError),
    ],
)
def test_an_exception_arrives_with_its_name_its_text_and_its_kind(raised, caught):
    got = rebuild(describe(raised))
    assert isinstance(got, caught) and isinstance(got, FromStudent)
    assert type(got).__name__ == type(raised).__name__
    assert str(got) == str(raised)


@pytest.mark.parametrize(
    "raised",
    [
        StopIteration(1), StopAsyncIteration(), SystemExit(0), KeyboardInterrupt(),
        GeneratorExit(), UnicodeDecodeError("utf-8", b"a", 0, 1, "b"),
        ExceptionGroup("a", [ValueError()]), SyntaxError("a"), UserWarning("a"),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_what_could_end_a_loop_or_the_program_arrives_as_a_plain_exception(raised):
    got = rebuild(describe(raised))
    ends = (StopIteration, StopAsyncIteration, SystemExit, KeyboardInterrupt)
    assert isinstance(got, Exception) and not isinstance(got, (*ends, GeneratorExit))
    assert type(got).__name__ == type(raised).__name__


def test_an_exception_whose_text_raises_still_arrives():
    assert str(rebuild(describe(Wordless()))) == "(its text cannot be shown)"


def test_long_texts_are_cut():
    assert len(describe(ValueError("a" * 10_000))["text"]) == 2000
    assert len(str(rebuild({"text": "a" * 10_000}))) == 2000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)


@given(
    anything
    | st.fixed_dictionaries(
        {
            "type": anything | st.sampled_from(["SystemExit", "a b", "__class__"]),
            "bases": anything | st.lists(st.sampled_from(dir(builtins)), max_size=5),
            "text": anything,
        }
    )
)
def test_any_description_gives_an_exception_that_a_test_can_catch(description):
    got = rebuild(description)
    assert isinstance(got, Exception) and not isinstance(got, StopIteration)
    assert isinstance(str(got), str) and isinstance(got, FromStudent)


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (OwnError(), "ValueError"),
        (rebuild({"type": "SystemError", "bases": ["KeyError"]}), "KeyError"),
        (rebuild({"type": "secret_3", "bases": ["secret_4"]}), "Exception"),
        (type("KeyError", (IndexError,), {"__module__": "builtins"})(), "IndexError"),
    ],
)
def test_the_standard_name_of_an_error_is_nothing_that_a_student_chose(error, name):
    assert standard_name(error) == name
