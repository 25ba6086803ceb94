"""What happens to cells: lost, doubled, split, merged, moved, changed in kind."""

import copy

from . import PROBLEMS, Draft, case, code, text_of

FUNCTION = "def step_neuron(X, w, b):\n"
WRONG = FUNCTION + "    return 0\n"
STUB = FUNCTION + "    raise NotImplementedError()\n"

# -------------------------------------------------------------------------- test cells


@case("test cells are missing .*: neuron--step-neuron, neuron--signed")
def test_cells_deleted(good):
    """All test cells are gone."""
    draft = Draft(good)
    for problem in PROBLEMS:
        draft.take(problem)
    return draft.file()


@case("test cells were changed .*: neuron--step-neuron")
def test_cell_edited(good):
    """A test cell has other text: the course's own is run all the same."""
    draft = Draft(good)
    draft.test("step-neuron")["source"] = (
        "raise SystemExit('I could not get past this')"
    )
    return draft.file()


@case("test cells were changed", lost={"step-neuron": "failed"})
def test_cell_made_to_pass(good):
    """The answer is wrong and the test was made to say that it passed."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = WRONG
    draft.test("step-neuron")["source"] = 'print("neuron--step-neuron: passed")'
    return draft.file()


@case()
def test_cells_doubled(good):
    """Every test cell is there twice."""
    draft = Draft(good)
    for problem in PROBLEMS:
        number = draft.index(problem)
        draft.cells.insert(number, copy.deepcopy(draft.cells[number]))
    return draft.file()


@case()
def test_cells_at_the_end(good):
    """All test cells were moved to the end."""
    draft = Draft(good)
    draft.cells += [draft.take(problem) for problem in PROBLEMS]
    return draft.file()


@case()
def test_cells_at_the_beginning(good):
    """All test cells were moved to the beginning, before there is any answer."""
    draft = Draft(good)
    draft.cells[:0] = [draft.take(problem) for problem in PROBLEMS]
    return draft.file()


@case()
def test_cell_turned_into_text(good):
    """A test cell became a text cell by a wrong key."""
    draft = Draft(good)
    draft.test("step-neuron")["cell_type"] = "markdown"
    return draft.file()


@case(
    "hold an answer, which",
    "tests? cells were changed",
    lost={"step-neuron": "not attempted"},
)
def answer_in_the_test_cell(good):
    """The answer stands in the test cell, which is locked and always replaced."""
    draft = Draft(good)
    test, answer = draft.test("step-neuron"), draft.answer("step-neuron")
    test["source"] = text_of(answer) + "\n" + text_of(test)
    answer["source"] = STUB
    return draft.file()


# ------------------------------------------------------------------------ answer cells


@case("answered in 2 cells$")
def answer_doubled(good):
    """An answer cell is there twice, with the same text."""
    draft = Draft(good)
    number = draft.index("step-neuron--answer")
    draft.cells.insert(number, copy.deepcopy(draft.cells[number]))
    return draft.file()


@case("answered in 2 cells, with different text: the last counts")
def first_attempt_kept(good):
    """A first attempt stands above the answer, with the same metadata."""
    draft = Draft(good)
    number = draft.index("step-neuron--answer")
    draft.cells.insert(number, copy.deepcopy(draft.cells[number]))
    draft.cells[number]["source"] = WRONG
    return draft.file()


@case("answered in 2 cells, with different text: the last counts")
def tried_again_below_the_test(good):
    """The test failed, and the answer was copied, mended and tested again below it."""
    draft = Draft(good)
    number = draft.index("step-neuron")
    again = copy.deepcopy(draft.cells[number - 1 : number + 1])
    draft.cells[number + 1 : number + 1] = again
    draft.cells[number - 1]["source"] = WRONG
    return draft.file()


@case()
def untouched_copy_below_the_answer(good):
    """A copy of the cell as released was kept below the answer."""
    draft = Draft(good)
    number = draft.index("step-neuron--answer")
    draft.cells.insert(number + 1, copy.deepcopy(draft.cells[number]))
    draft.cells[number + 1]["source"] = STUB
    return draft.file()


@case("step-neuron is answered in another cell: 6", "test cells are missing")
def answer_in_a_new_cell(good):
    """The answer cell is as released; the answer stands in a new one below the test."""
    draft = Draft(good)
    number = draft.index("step-neuron")
    draft.cells.insert(number + 1, code(text_of(draft.answer("step-neuron"))))
    draft.answer("step-neuron")["source"] = STUB
    draft.take("step-neuron")
    return draft.file()


@case("answered in 2 cells")
def answer_split(good):
    """A cell was split: what the function needs stands in the other half, below it."""
    draft = Draft(good)
    number = draft.index("step-neuron--answer")
    upper, lower = draft.cells[number], copy.deepcopy(draft.cells[number])
    upper["source"] = (
        "def step_neuron(X, w, b):\n    return np.where(X @ w + b >= low, 1, 0)"
    )
    lower["source"] = "low = 0.0"
    draft.cells.insert(number + 1, lower)
    return draft.file()


@case("test cells are missing .*: neuron--step-neuron")
def answer_split_and_test_deleted(good):
    """What the function needs stands in a new cell below it, and the test is gone."""
    draft = Draft(good)
    source = "def step_neuron(X, w, b):\n    return np.where(X @ w + b >= low, 1, 0)"
    draft.answer("step-neuron")["source"] = source
    draft.cells[draft.index("step-neuron")] = code("low = 0.0")
    return draft.file()


@case("signed-distance is answered in another cell: 5")
def two_answers_merged(good):
    """Two answers stand in one cell, which has the metadata of the first."""
    draft = Draft(good)
    second = text_of(draft.take("signed-distance--answer"))
    first = draft.answer("step-neuron")
    first["source"] = text_of(first) + "\n\n" + second
    return draft.file()


@case("step-neuron is answered in another cell: 7")
def two_answers_merged_below(good):
    """Two answers stand in one cell, in the place of the second."""
    draft = Draft(good)
    first = text_of(draft.take("step-neuron--answer"))
    second = draft.answer("signed-distance")
    second["source"] = first + "\n\n" + text_of(second)
    return draft.file()


@case("test cells are missing .*: neuron--step-neuron")
def answer_and_test_merged(good):
    """An answer and its test were merged into one cell."""
    draft = Draft(good)
    test = text_of(draft.take("step-neuron"))
    answer = draft.answer("step-neuron")
    answer["source"] = text_of(answer) + "\n" + test
    return draft.file()


@case("answered in another cell: 1", "test cells are missing")
def all_cells_merged(good):
    """All code stands in one cell without metadata, tests and all."""
    draft = Draft(good)
    sources = [text_of(c) for c in draft.cells if c["cell_type"] == "code"]
    draft.cells[:] = [code("\n\n".join(sources))]
    return draft.file()


@case("answer to neuron--step-neuron was a markdown cell")
def answer_turned_into_markdown(good):
    """An answer cell became a text cell by a wrong key."""
    draft = Draft(good)
    draft.answer("step-neuron")["cell_type"] = "markdown"
    return draft.file()


@case("answer to neuron--step-neuron was a raw cell")
def answer_turned_into_raw(good):
    """An answer cell became a raw cell by a wrong key."""
    draft = Draft(good)
    cell = draft.answer("step-neuron")
    cell["cell_type"], cell["metadata"] = "raw", {}
    return draft.file()


@case(
    "2 text cells could be the answer to neuron--step-", lost={"step-neuron": "failed"}
)
def two_answers_turned_into_text(good):
    """Two different answers are text cells: which one is meant, nobody can say."""
    draft = Draft(good)
    number = draft.index("step-neuron--answer")
    draft.cells.insert(number, copy.deepcopy(draft.cells[number]))
    for cell in draft.cells[number : number + 2]:
        cell["cell_type"] = "markdown"
    draft.cells[number]["source"] = WRONG
    return draft.file()


@case()
def disabled_attempt_kept_as_text(good):
    """An attempt that was given up is kept as a text cell below the answer."""
    draft = Draft(good)
    number = draft.index("step-neuron--answer")
    draft.cells.insert(number + 1, copy.deepcopy(draft.cells[number]))
    draft.cells[number + 1] |= {"cell_type": "markdown", "source": WRONG}
    return draft.file()


@case()
def answer_at_the_end(good):
    """The first answer was moved to the end, below all tests."""
    draft = Draft(good)
    draft.cells.append(draft.take("step-neuron--answer"))
    return draft.file()


@case()
def order_reversed(good):
    """The problems stand in the opposite order, each test above its answer."""
    draft = Draft(good)
    draft.cells[3:] = draft.cells[:2:-1]
    return draft.file()


@case()
def helper_cells_added(good):
    """Helpers stand in cells of their own, before and between."""
    draft = Draft(good)
    draft.put("def pre_activation(X, w, b):\n    return X @ w + b")
    draft.put("threshold = 0", before="step-neuron")
    value = "1 * (pre_activation(X, w, b) >= threshold)"
    draft.answer("step-neuron")["source"] = FUNCTION + f"    return {value}"
    return draft.file()


@case("neuron--step-neuron has no answer cell", lost={"step-neuron": "failed"})
def answer_deleted(good):
    """An answer cell is gone: that costs its problem and nothing else."""
    draft = Draft(good)
    draft.take("step-neuron--answer")
    return draft.file()


@case(lost={"step-neuron": "failed"})
def answer_emptied(good):
    """An answer cell is empty."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = ""
    return draft.file()


@case(lost={"step-neuron": "failed"})
def syntax_error(good):
    """An answer was left in the middle of a line."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = (
        "def step_neuron(X, w, b):\n    return (X @ w +"
    )
    return draft.file()


@case(lost={"step-neuron": "failed"})
def wrong_indentation(good):
    """An answer mixes tabs and spaces."""
    draft = Draft(good)
    source = "def step_neuron(X, w, b):\n\tz = X @ w + b\n        return z"
    draft.answer("step-neuron")["source"] = source
    return draft.file()


@case(lost={"step-neuron": "not attempted", "pattern-neuron": "not attempted"})
def half_done(good):
    """Two of the answers are as released."""
    draft = Draft(good)
    draft.answer("step-neuron")["source"] = STUB
    stub = "def pattern_neuron(pattern):\n    raise NotImplementedError()"
    draft.answer("pattern-neuron")["source"] = stub
    return draft.file()


# ---------------------------------------------------------------------------- names


@case()
def names_deleted_at_the_end(good):
    """The last cell clears up: what was tested above keeps its points."""
    draft = Draft(good)
    names = "step_neuron, signed_distance, pattern_neuron, fit_perceptron, np"
    draft.cells.append(code(f"del {names}\n%reset -f"))
    return draft.file()


@case(lost={"step-neuron": "failed"})
def name_deleted_before_the_test(good):
    """A cell deletes the function before it is tested."""
    draft = Draft(good)
    draft.put("del step_neuron", before="step-neuron")
    return draft.file()


@case()
def helper_redefined_below(good):
    """A later answer brings another function of the same name as a helper above."""
    draft = Draft(good)
    draft.put("def score(X, w, b):\n    return X @ w + b")
    source = "def step_neuron(X, w, b):\n    return 1 * (score(X, w, b) >= 0)"
    draft.answer("step-neuron")["source"] = source
    answer = draft.answer("fit-perceptron")
    answer["source"] = text_of(answer) + "\n\ndef score(mark):\n    return 10 * mark"
    return draft.file()


@case()
def answer_redefined_below(good):
    """A later answer has a helper of its own under the name of an earlier answer."""
    draft = Draft(good)
    answer = draft.answer("fit-perceptron")
    answer["source"] = (
        text_of(answer) + "\n\ndef step_neuron(z):\n    return 1 if z > 0 else -1"
    )
    return draft.file()


@case()
def star_imports(good):
    """Everything is imported by star, and built-in names are covered by it."""
    draft = Draft(good)
    draft.put("from math import *\nfrom numpy import *\nfrom numpy.linalg import *")
    return draft.file()


@case()
def built_in_names_overwritten(good):
    """Names of Python and of the tests were used for something else."""
    draft = Draft(good)
    draft.put("list = [1]; sum = 3; print = None; len = 0; expect_call = 0; rng = 1")
    draft.put("X = y = w = b = z = judge = reference = 'mine'", before="step-neuron")
    answer = draft.answer("fit-perceptron")
    answer["source"] = "from builtins import len\n" + text_of(answer)
    return draft.file()
