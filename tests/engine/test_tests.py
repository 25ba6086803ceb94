"""Running test cells: which names they take, what fails them, and who is told what."""

import textwrap

import pytest

from dlcourse.engine.tests import Outcome, Test, TestSide, run
from dlcourse.engine.values import BadMessage
from dlcourse.engine.wire import Gone

from .sides import connected, outcome


def cell(source):
    return Test("lesson--problem", 2.0, textwrap.dedent(source).strip("\n"))


# ------------------------------------------------------------------- reading test cells


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("assert f(1) == 2", {"f"}),
        ("x = f(1)\nassert x", {"f"}),
        ("import numpy as np\nnp.ones(f(2))", {"f"}),
        ("from a.b import c as d\nd(f)", {"f"}),
        ("def judge(x):\n    return answer(x)\njudge(1)", {"answer"}),
        ("def judge(f):\n    return f(1)\njudge(answer)", {"answer"}),
        ("class A:\n    def g(self):\n        return inner()\nA()", {"inner"}),
        ("[f(i) for i in range(3) if g(i)]", {"f", "g"}),
        ("(lambda y: f(y) + g)(1)", {"f", "g"}),
        ("for f in [1]:\n    print(f)", set()),
        ("with a() as b:\n    b", {"a"}),
        ("try:\n    f()\nexcept Special as error:\n    error", {"f", "Special"}),
        ("def outer():\n    y = 1\n    def inner():\n        return y + f\n", {"f"}),
        ("def g():\n    global h\n    h = f", {"f"}),
        ("if (n := f(1)) > 2:\n    print(n)", {"f"}),
        ("assert isinstance(f, Net), f'{len(f)} {other}'", {"f", "Net", "other"}),
        ("print(__name__)", set()),
        ("x.y = 1\nz[0] = 2", {"x", "z"}),
        ("x += 1", set()),
        ("match f(1):\n    case [a, *b]:\n        a, b", {"f"}),
    ],
)
def test_the_students_names_are_those_that_a_cell_uses_and_does_not_make(source, names):
    assert cell(source).student_names == names


HIDDEN = """
    from dlcourse.check import expect_call, without

    with without("torch", 'sklearn'):
        expect_call(f, 1, returns=2)
        ### BEGIN HIDDEN TESTS
        expect_call(f, 5, returns=6)
        ### END HIDDEN TESTS
        print("between")
        ### BEGIN HIDDEN TESTS
        expect_call(f, 7, returns=8)
        ### END HIDDEN TESTS
    print("passed")
"""


def test_the_hidden_lines_are_those_between_the_markers():
    test = cell(HIDDEN)
    assert test.hidden_lines == {5, 6, 7, 9, 10, 11}
    visible = test.visible
    assert (visible.problem, visible.points) == (test.problem, test.points)
    assert visible.source.splitlines() == [
        line
        for n, line in enumerate(test.source.splitlines(), 1)
        if n not in test.hidden_lines
    ]
    assert "HIDDEN" not in visible.source and "6" not in visible.source
    assert visible.hidden_lines == frozenset()


def test_what_is_hidden_and_never_ends_is_hidden_to_the_end():
    assert cell("a\n### BEGIN HIDDEN TESTS\nb\nc").visible.source == "a"


def test_the_forbidden_packages_are_those_of_every_fence():
    assert cell(HIDDEN).forbidden == {"torch", "sklearn"}
    two = "with without('torch'):\n    f()\nwith without('scipy'), open('a'):\n    f()"
    assert cell(two).forbidden == {"torch", "scipy"}
    assert cell("f()").forbidden == frozenset()


# ------------------------------------------------------------------- running test cells


def test_a_test_passes_if_it_runs_to_its_end():
    found = outcome("def f(x): return x + 1", "assert f(1) == 2\nprint('ok')")
    assert found.passed and found.problem == "lesson--problem"
    assert (found.status, found.message, found.detail) == ("passed", "", "")
    assert found.seconds > 0


@pytest.mark.parametrize(
    ("student", "test", "status", "words"),
    [
        ("def f(x): return x", "assert f(1) == 2, 'one more'", "failed", "one more"),
        ("", "f(1)", "failed", "NameError: name 'f' is not defined"),
        ("f = 3", "f(1)", "failed", "TypeError: 'int' object is not callable"),
        ("def f(x): raise KeyError(x)", "f(1)", "failed", "KeyError: 1"),
        ("def f(x): raise SystemExit", "f(1)", "failed", "SystemExit: "),
        ("def f(x): raise NotImplementedError", "f(1)", "not attempted", "not written"),
        ("def f(x): return lambda: 1", "assert f(1) == 1", "failed", "plain value"),
        (
            "class E(NotImplementedError): pass\ndef f(x): raise E('secret 5')",
            "f(1)",
            "not attempted",
            "The answer is not written yet: it raises NotImplementedError.",
        ),
        ("def f(x): return x", "1 +", "failed", "SyntaxError"),
        (
            "import numpy as np\ndef f(x): return np.array([f])",
            "f(1)",
            "failed",
            "type",
        ),
    ],
)
def test_a_failure_is_put_into_words(student, test, status, words):
    found = outcome(student, test)
    assert found.status == status and words in found.message
    assert not found.passed


def test_a_test_catches_the_errors_that_it_expects():
    student = (
        "def f(x):\n    if x < 0:\n        raise ValueError('negative')\n    return x"
    )
    test = """
    try:
        f(-1)
    except ValueError as error:
        assert "negative" in str(error)
    else:
        raise AssertionError("a negative x should raise ValueError")
    """
    assert outcome(student, test).passed
    said = outcome("def f(x): return x", test).message
    assert said == "a negative x should raise ValueError"


def test_what_a_test_prints_and_what_the_student_prints_is_not_shown(capsys):
    assert outcome("def f(): print('a')", "f()\nprint('b')").passed
    assert capsys.readouterr().out == ""


def test_names_are_those_of_the_moment_of_the_test():
    student = "calls = []\ndef f():\n    calls.append(1)\n    return len(calls)"
    assert outcome(student, "assert [f(), f()] == [1, 2]\nassert calls == []").passed


@pytest.mark.parametrize(
    ("raised", "status"), [(Gone(), "crashed"), (BadMessage("no"), "incident")]
)
def test_an_end_of_the_conversation_is_no_failure_of_the_test(raised, status):
    def exchange(message, buffers):
        raise raised

    side = TestSide()
    side._exchange = exchange
    caught_all = "try:\n    f()\nexcept Exception:\n    pass\nf()"
    found = run(cell(caught_all), side)
    assert isinstance(found, Outcome) and found.status == status


# ------------------------------------------------------------- failures in hidden parts


def hidden(student, test):
    source = f"### BEGIN HIDDEN TESTS\n{textwrap.dedent(test)}\n### END HIDDEN TESTS\n"
    return outcome(student, source)


TELLING = "from dlcourse.check import expect_call\n"


@pytest.mark.parametrize(
    ("student", "test", "words"),
    [
        ("f = lambda x: x", "assert f(41) == 42", "the answer is not right."),
        ("f = lambda x: x", "y = f(41)\nassert y == 42, y", "the answer is not right."),
        ("f = lambda x: x", "assert f(41) == 42, 'Add one.'", "Add one."),
        ("f = lambda x: x", "assert f(41) == 42, f'{f(41)} is low'", "… is low"),
        ("f = lambda x: x", "assert f(41) == 42, 'a' + str(42)", "the answer is not"),
        ("f = lambda x: [][x]", "f(41)", "IndexError is raised."),
        (
            "class Secret42(ValueError): pass\ndef f(x): raise Secret42(x)",
            "f(41)",
            "ValueError is raised.",
        ),
        (
            "def f(x): raise type('X41', (Exception,), {})(x)",
            "f(41)",
            "Exception is raised.",
        ),
        ("def f(x): raise AssertionError(x)", "f(41)", "AssertionError is raised."),
        ("f = lambda x: x", "raise ValueError(f(41))", "ValueError is raised."),
        (
            "f = lambda x: x",
            TELLING + "expect_call(f, 41, returns=42)",
            "That is another value.",
        ),
        (
            "def f(x): raise OSError(f'{x}')",
            TELLING + "expect_call(f, 41, returns=42, mistakes={'Hm.': OSError})",
            "OSError was raised. Hm.",
        ),
        (
            "import dlcourse.check as c\ndef f(x): raise c.WrongAnswer('41', '41')",
            "f(41)",
            "AssertionError is raised.",
        ),
        ("def f(x): raise NameError(f'name {x}')", "f(41)", "NameError is raised."),
    ],
)
def test_a_hidden_failure_tells_nothing_of_inputs_and_values(student, test, words):
    found = hidden(student, test)
    assert found.status == "failed"
    assert found.message.startswith(f"With other inputs than the visible ones: {words}")
    assert "41" not in found.message and "42" not in found.message


def test_the_instructor_is_told_everything():
    assert "41" in hidden("f = lambda x: x", "raise ValueError(f(41))").detail


def test_a_stub_in_a_hidden_part_tells_nothing():
    found = hidden("def f(x): raise NotImplementedError(x)", "f(41)")
    assert found.status == "not attempted" and "41" not in found.message
    assert "41" in found.detail


def test_a_visible_helper_called_from_a_hidden_line_tells_nothing():
    helper = """
    def judge(x):
        y = f(x)
        assert y == x + 1, f"f({x}) is {y}, not {x + 1}"

    judge(1)
    ### BEGIN HIDDEN TESTS
    judge(41)
    ### END HIDDEN TESTS
    """
    found = outcome("f = lambda x: 2", helper)
    assert found.message == (
        "With other inputs than the visible ones: f(…) is …, not …"
    )
    assert outcome("f = lambda x: x", helper).message == "f(1) is 1, not 2"


def test_below_a_hidden_part_nothing_is_told_in_full():
    """The student's code has seen hidden inputs by then, and may repeat them."""
    test = """
    ### BEGIN HIDDEN TESTS
    x = 1
    ### END HIDDEN TESTS
    assert f(x) == 2, f"f({x}) is {f(x)}"
    """
    assert "f(1)" not in outcome("f = lambda x: x", test).message


def test_a_name_that_cannot_be_had_fails_with_the_students_error():
    found = run(cell("big"), connected({"big": 1 << 70_000}))
    assert found.status == "failed"
    assert "an int of 70001 bits is too long" in found.message
