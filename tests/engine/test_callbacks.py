"""Functions of a test that a student's code calls, and what goes along with a call."""

import numpy as np
import pytest

from dlcourse.engine import tests as engine_tests
from dlcourse.engine.tests import TimedOut
from dlcourse.engine.values import BadMessage

from .sides import answer, connected, outcome, over_a_socket

STUDENT = """
import numpy as np

def slope(f, x, h=1e-6):
    return (f(x + h) - f(x - h)) / (2 * h)

def forgiving(f):
    try:
        f(1)
    except ValueError as error:
        return str(error)

def swallow(f):
    try:
        while True:
            f(0)
    except BaseException:
        return "swallowed"

def compose(f, g):
    return lambda x: f(g(x))

def keep(f):
    global kept
    kept = f

def use_kept(x):
    return kept(x)

def name_of(f):
    return f.__name__

def named(f):
    return f(1, scale=2)

def divide(x):
    return x / 0

def state():
    return np.geterr()["divide"]
"""


@pytest.fixture(params=["one process", "a socket"])
def side(request):
    """Names of a student, in this process and across a real socket."""
    if request.param == "one process":
        yield connected(answer(STUDENT))
    else:
        with over_a_socket(answer(STUDENT)) as side:
            yield side


def test_a_function_of_the_test_is_called_and_counted(side):
    calls = []

    def square(x):
        calls.append(x)
        return x * x

    assert side.name("slope")(square, 3.0) == pytest.approx(6)
    assert len(calls) == side.callbacks == 2
    assert side.name("name_of")(square) == "square"
    assert side.name("named")(lambda x, scale: x * scale) == 2


def test_arrays_go_both_ways(side):
    gradient = side.name("slope")(np.sin, np.zeros((2, 2)))
    assert np.allclose(gradient, 1) and gradient.shape == (2, 2)


def test_calls_may_be_nested(side):
    slope = side.name("slope")
    second = slope(lambda x: slope(lambda y: y**3, x, 1e-3), 2.0, 1e-3)
    assert second == pytest.approx(12, rel=1e-3)


def test_a_students_function_of_functions_gives_a_function(side):
    both = side.name("compose")(lambda x: x + 1, lambda x: 10 * x)
    assert both(2) == 21


def test_a_function_may_be_called_after_its_call(side):
    side.name("keep")(lambda x: x + 1)
    assert side.name("use_kept")(1) == 2


def test_an_error_of_the_tests_function_is_the_students_to_catch(side):
    def refuse(x):
        raise ValueError("not here")

    assert side.name("forgiving")(refuse) == "not here"
    with pytest.raises(ValueError, match="not here"):
        side.name("slope")(refuse, 1.0)


def test_calls_are_bounded_whatever_the_student_catches(side, monkeypatch):
    monkeypatch.setattr(engine_tests, "MAX_CALLBACKS", 50)
    with pytest.raises(TimedOut, match="more than 50 calls"):
        side.name("swallow")(lambda x: x)


def test_what_ends_the_program_is_not_the_students_to_catch(side):
    def stop(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        side.name("swallow")(stop)


def test_the_student_may_call_functions_and_nothing_else(side):
    message = {"do": "name", "with": {"name": "secret"}}
    reply, _ = side.answer(message, [])
    assert reply["error"]["type"] == BadMessage.__name__
    for number in (99, -1, None, "a"):
        message = {"do": "callback", "with": {"number": number}}
        assert "error" in side.answer(message, [])[0]


def test_an_object_of_the_tests_cannot_be_handed_over(side):
    class Thing:
        pass

    with pytest.raises(TypeError, match="an object of type Thing"):
        side.name("forgiving")(Thing())


def test_how_numpy_treats_errors_goes_along(side):
    assert side.name("state")() == "warn"
    with np.errstate(divide="raise"):
        assert side.name("state")() == "raise"
        with pytest.raises(FloatingPointError):
            side.name("divide")(np.ones(1))
    with np.errstate(divide="ignore"):
        assert side.name("divide")(np.ones(1))[0] == np.inf
    assert side.name("state")() == "warn"


def test_a_test_says_when_its_function_was_called_too_often(monkeypatch):
    monkeypatch.setattr(engine_tests, "MAX_CALLBACKS", 50)
    found = outcome(STUDENT, "assert swallow(abs) == 'swallowed'")
    assert found.status == "timed out"
    assert "more than 50 calls" in found.message


def test_a_name_can_be_asked_for_again_after_it_changed():
    names = {"f": lambda: 1}
    side = connected(names)
    assert side.name("f")() == 1
    names["f"] = lambda: 2
    assert side.name("f")() == 2
