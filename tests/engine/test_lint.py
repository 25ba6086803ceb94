"""What keeps a test cell from working by value is found by reading it."""

import textwrap

import pytest

from dlcourse.engine.lint import trouble

DEFINED = frozenset({"f", "g", "Net"})
GOOD = """
import numpy as np

from dlcourse.check import expect_call, fresh_rng, without


def judge(x):
    \"\"\"Judge one answer.\"\"\"
    y = f(x)
    assert isinstance(y, np.ndarray), "an array"
    assert y is not None and type(y) is np.ndarray
    return y


with without("torch", "sklearn"):
    expect_call(f, np.ones(2), returns=np.ones(2))
    x = np.zeros(2)
    before = x.copy()
    y = f(x)
    assert (y == before).all() and f.__name__ == "f"
    judge(x)
    net = Net()
    net.train_on(3)
    X, Y = np.ones(2), np.ones(2)
    assert id(X) != id(Y) and X is not Y
    try:
        f(-1)
    except ValueError as error:
        assert "negative" in str(error)
    try:
        judge(1)
    except Exception as error:
        raise AssertionError("f should work") from error
    try:
        X @ Y
    except Exception:
        pass
    ### BEGIN HIDDEN TESTS
    rng = fresh_rng("a--b")
    expect_call(f, rng.normal(size=2), returns=1.0)
    ### END HIDDEN TESTS
print("a--b: passed")
"""


def test_a_good_cell_has_no_trouble():
    assert trouble(GOOD, DEFINED) == []


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("%time f(1)", "line 1: this is not plain Python"),
        ("x = 1\n!ls", "line 2: this is not plain Python"),
        ("f(1", "not plain Python"),
        (
            "if True:\n    ### BEGIN HIDDEN TESTS\n    f(1)\n    ### END HIDDEN TESTS",
            "without its hidden part, is not plain Python",
        ),
        ("### BEGIN HIDDEN TESTS\nf(1)", "line 1: a hidden part begins and never ends"),
        ("f(1)\n### END HIDDEN TESTS", "line 2: a hidden part ends that has not begun"),
        (
            "### BEGIN HIDDEN TESTS\n### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS",
            "line 2: a hidden part begins in that of line 1",
        ),
        ("# BEGIN HIDDEN TESTS\nf(1)", "line 1: a marker is written"),
        ("### BEGIN HIDDEN TESTS: more\nf(1)", "line 1: a marker is written"),
        ("f(np.ones(2))", "line 1: `np` is made neither here nor in an answer cell"),
        ("def judge():\n    return h(1)\njudge()", "line 2: `h` is made neither"),
        ("x = 1\nf = abs\nf(x)", "line 2: `f` is an answer's name"),
        ("from a import f", "line 1: `f` is an answer's name"),
        ("from a import x as f", "line 1: `f` is an answer's name"),
        ("def g():\n    return f(1)", "line 1: `g` is an answer's name"),
        (
            "import numpy as np\nnp.random.seed(0)\nf(1)",
            "line 2: `np.random.seed` seeds",
        ),
        ("import random\nrandom.seed(0)", "`random.seed` seeds this process"),
        (
            "import torch\ntorch.manual_seed(0)",
            "`torch.manual_seed` seeds this process",
        ),
        (
            "import inspect\n'for' in inspect.getsource(f)",
            "line 2: `inspect.getsource`",
        ),
        ("y = f(1)\nassert id(y)", "line 2: `id` sees a stand-in"),
        ("import dis\ndis.dis(f)", "`dis.dis` sees a stand-in"),
        ("x = [1]\nassert f(x) is x", "line 2: `is` compares copies"),
        ("a, b = f(1)\nassert a is not b", "line 2: `is` compares copies"),
        ("for y in f(1):\n    assert y is g", "line 2: `is` compares copies"),
        ("assert isinstance(g(1), Net)", "`isinstance` is never true of a stand-in"),
        ("assert issubclass(Net, (int, Net))", "`issubclass` is never true"),
        (
            "from torch import nn\nassert isinstance(Net(), nn.Module)",
            "line 2: `isinstance` is never true",
        ),
        ("assert type(g(1)) is Net", "a stand-in's type is not the student's class"),
        ("assert Net == type(g(1))", "a stand-in's type is not the student's class"),
        ("assert f.__doc__", "`__doc__` cannot be had of a stand-in"),
        (
            "net = Net()\nassert net.layer.__class__",
            "line 2: `__class__` cannot be had",
        ),
        ("try:\n    f(1)\nexcept:\n    pass", "line 3: this swallows failures"),
        ("try:\n    f(1)\nexcept Exception:\n    y = 0", "line 3: this swallows"),
        (
            "try:\n    f(1)\nexcept (KeyError, BaseException):\n    0",
            "line 3: this swallows",
        ),
        (
            "def judge():\n    f(1)\ntry:\n    judge()\nexcept Exception:\n    0",
            "line 5: this swallows",
        ),
        (
            "from contextlib import suppress\nwith suppress(Exception):\n    f(1)",
            "line 2: this swallows the failures",
        ),
        (
            "from dlcourse.check import without\nwith without():\n    f(1)",
            "line 2: `without` takes the names of top-level packages",
        ),
        (
            "from dlcourse.check import without\nwith without('numpy'):\n    f(1)",
            "line 2: the test itself needs numpy",
        ),
        (
            "from dlcourse.check import without\nwith without('torch.nn'):\n    f(1)",
            "line 2: `without` takes the names of top-level packages",
        ),
        (
            "from dlcourse.check import without\nP = 'ab'\nwith without(*P):\n    f(1)",
            "line 3: `without` takes the names of top-level packages",
        ),
        (
            "from dlcourse.check import without\np = 'a'\nwith without(p):\n    f(1)",
            "line 3: `without` takes the names of top-level packages",
        ),
        (
            "from dlcourse.check import without\nwith without('tor' 'ch'):\n    f(1)",
            "line 2: the packages of a `without` could not be read",
        ),
        (
            "from dlcourse.check import without as no\nwith no('torch'):\n    f(1)",
            "line 1: `without` has to keep its name",
        ),
        (
            "import numpy as np\nx = np.ones(2)\nf(x)\nassert (x == 0).all()",
            "line 3: the student gets a copy of `x`",
        ),
    ],
)
def test_each_trouble_is_named_with_its_line(source, words):
    found = trouble(textwrap.dedent(source), DEFINED)
    assert len(found) == 1 and words in found[0], found
    assert found[0].startswith("line ")


def test_troubles_come_in_the_order_of_the_cell():
    found = trouble("import random\nrandom.seed(0)\nassert f(1) is g(1)\nh", DEFINED)
    assert [text[:7] for text in found] == ["line 2:", "line 3:", "line 4:"]
