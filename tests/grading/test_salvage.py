"""Student's cells are found in whatever was handed in; nothing is guessed."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dlcourse.grading import salvage
from dlcourse.grading.salvage import ANSWER, Cell, Exercise, Notebook, Unreadable

DOUBLE = "def double(x):\n    return 2 * x"
AREA = "UNIT = 1\n\n\nclass Square:\n    def area(self, a):\n        return a * a"
DOUBLE_STUB = 'def double(x):\n    """Double."""\n    raise NotImplementedError()'
DOUBLE_TEST = 'assert double(2) == 4\nprint("sums--double: passed")'
AREA_TEST = "assert Square().area(2) == 4"
SUMS = Exercise(
    "sums",
    tests={"sums--double": DOUBLE_TEST, "sums--area": AREA_TEST},
    answers={"sums--double": DOUBLE, "sums--area": AREA},
)
MORE = Exercise(
    "sums-and-more",
    tests={"more--triple": 'triple(1)\nprint("more--triple: passed")'},
    answers={"more--triple": "def triple(x):\n    return 3 * x"},
)
EXERCISES = {"sums": SUMS, "sums-and-more": MORE}


def answer(source, problem="double", kind="code"):
    return Cell(kind, source, f"sums--{problem}{ANSWER}")


def test_cell(problem="double"):
    return Cell("code", SUMS.tests[f"sums--{problem}"], f"sums--{problem}")


test_cell.__test__ = False
GOOD = [answer(DOUBLE), test_cell(), answer(AREA, "area"), test_cell("area")]


def written(cells, **more):
    """The bytes of a notebook with these cells."""
    content = [
        {
            "cell_type": cell.kind,
            "metadata": {"nbgrader": {"grade_id": cell.grade_id}},
            "source": cell.source,
        }
        for cell in cells
    ]
    return json.dumps({"cells": content, "nbformat": 4, "metadata": {}} | more).encode()


def order(*cells):
    """What is done with the cells, in words: the text of a cell or a problem's name."""
    salvaged = salvage.plan(Notebook(list(cells)), SUMS, [])
    return [step.test or step.cell.source for step in salvaged.steps]


def notes(*cells):
    return salvage.plan(Notebook(list(cells)), SUMS, []).notes


# --------------------------------------------------------------------------- from bytes


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\0\0 \n", "empty"),
        (b"\xff\xfe", "something"),
        (b"hello", "something that begins with b'hello'"),
        (b"PK\3\4", "zip"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", "web page"),
        (b'"""Doc."""\nimport numpy', "script"),
        (b"{", "ends too early"),
        (b'{"cells": ["abc', "ends too early"),
        (b'{"cells": [1,,2]}', "damaged: Expecting value"),
        (b'{"cells": [1]} {"cells": []}', "damaged: Extra data"),
        (b"{}", "no cells"),
        (b'{"cells": []}', "no cells"),
        (b'{"cells": 7, "worksheets": [1, {"cells": 2}]}', "no cells"),
        (b'{"cells": ' + b"[" * 99_999, "nested too deeply"),
        (b" " * ((64 << 20) + 1) + b"{", "64 MiB, above 64"),
        (b'{"cells": [' + b"1," * 2000 + b"1]}", "2001 cells, above 2000"),
        (b'{"cells": [{"source": "' + b"a" * (4 << 20) + b'a"}]}', "more than 4 MiB"),
    ],
)
def test_what_is_no_notebook_is_said_in_words(content, said):
    with pytest.raises(Unreadable, match=said):
        salvage.parse(content)


@pytest.mark.parametrize(
    ("code", "note"),
    [
        ("utf-8", None),
        ("utf-8-sig", "byte order mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32"),
        ("cp1252", "Windows-1252"),
    ],
)
def test_text_survives_its_encoding(code, note):
    text = '{"cells": ["für – später"]}'
    decoded, said = salvage.decode(text.encode(code))
    assert decoded == text
    assert said is None if note is None else note in said


def test_a_damaged_letter_leaves_the_others_alone():
    decoded, said = salvage.decode('{"θ": "'.encode() + b"\xff" + '", "é": 1}'.encode())
    assert decoded == '{"θ": "\ufffd", "é": 1}'
    assert "damaged" in said


def test_memory_that_runs_out_is_no_fault_of_the_machinery(monkeypatch):
    def exhausted(*args, **kwargs):
        raise MemoryError

    monkeypatch.setattr(json, "loads", exhausted)
    with pytest.raises(Unreadable, match="too large"):
        salvage.parse(b"{}")


@pytest.mark.parametrize(
    ("cell", "read"),
    [
        ('{"cell_type": "code"}', Cell("code", "")),
        ('{"cell_type": "code", "source": null}', Cell("code", "")),
        ('{"cell_type": "code", "input": "old"}', Cell("code", "old")),
        ('{"cell_type": "raw", "source": ["a\\n", 7, "b"]}', Cell("raw", "a\nb")),
        ('{"cell_type": "code", "source": "a\\r\\nb\\rc"}', Cell("code", "a\nb\nc")),
        ('{"cell_type": "code", "source": "a\\u0000\\ud800"}', Cell("code", "a?")),
        ('{"cell_type": "code", "source": "a\nb"}', Cell("code", "a\nb")),
        ('{"cell_type": "heading", "source": "a"}', Cell("markdown", "a")),
        ('{"cell_type": [], "outputs": [], "source": "a"}', Cell("code", "a")),
        ('{"source": "a", "n": ' + "9" * 5000 + "}", Cell("markdown", "a")),
        ('{"source": "a", "n": NaN}', Cell("markdown", "a")),
        ('{"metadata": {"nbgrader": {"grade_id": []}}}', Cell("markdown", "")),
        ('{"metadata": {"nbgrader": []}}', Cell("markdown", "")),
        ('{"metadata": {"nbgrader": {"grade_id": "x"}}}', Cell("markdown", "", "x")),
    ],
)
def test_what_is_strange_in_a_cell_is_read_all_the_same(cell, read):
    notebook = salvage.parse(f'{{"cells": [{cell}], "nbformat": 4}}\n\0\0'.encode())
    assert notebook.cells == [read]
    assert notebook.notes == []


def test_cells_that_are_none_are_counted_and_no_format_is_too_strange():
    deep = "[" * 900 + "]" * 900
    content = f'{{"cells": [1, {{}}, null, {{"source": {{}}}}], "nbformat": {deep}}}'
    notebook = salvage.parse(content.encode())
    assert notebook.cells == [Cell("markdown", "")]
    assert notebook.notes == [
        "its notebook format is unknown, not 4",
        "cells that hold no text: 3",
    ]


def test_words_of_a_student_can_be_printed():
    more = {"metadata": {"dlcourse": {"version": "1\n\x1b[2J\ud800" + "0" * 99}}}
    version = salvage.version_of(salvage.parse(written(GOOD, **more)))
    assert version == "1??[2J?" + "0" * 33
    _, unreadable, said = salvage.assign(
        {"sums\n\x1b.ipynb": b"", "\ud800": b""}, EXERCISES
    )
    assert unreadable == {"sums": "sums??.ipynb: the file is empty"}
    assert said == ["?: the file is empty"]


# --------------------------------------------------------------------------- into order


def test_a_good_notebook_is_run_as_it_stands_without_a_note():
    helper = Cell("code", "import math")
    done = order(helper, *GOOD)
    assert done == ["import math", DOUBLE, "sums--double", AREA, "sums--area"]
    assert notes(helper, *GOOD) == []


def test_an_exercise_knows_the_names_that_are_tested():
    assert SUMS.names == {"sums--double": {"double"}, "sums--area": {"Square"}}


@pytest.mark.parametrize("grade_id", [None, "renamed"])
def test_without_their_metadata_the_cells_are_found_by_their_text(grade_id):
    bare = [Cell(cell.kind, cell.source, grade_id) for cell in GOOD]
    assert order(*bare) == order(*GOOD)
    assert notes(*bare) == [
        "cells that had lost their metadata and were recognised: 4",
    ]


def test_a_missing_test_comes_before_the_next_cell_of_the_exercise():
    helper = Cell("code", "later = 1")
    done = order(GOOD[0], helper, GOOD[2], helper)
    assert done == [
        DOUBLE,
        "later = 1",
        "sums--double",
        AREA,
        "later = 1",
        "sums--area",
    ]


def test_a_test_above_its_answer_waits_for_it():
    done = order(test_cell(), test_cell("area"), GOOD[2], GOOD[0])
    assert done == [AREA, "sums--area", DOUBLE, "sums--double"]


def test_a_problem_without_an_answer_is_tested_where_its_test_stands():
    assert order(test_cell(), GOOD[2])[0] == "sums--double"
    assert order(GOOD[2]) == [AREA, "sums--double", "sums--area"]
    assert "sums--double has no answer cell" in notes(GOOD[2])


def test_the_last_of_several_answers_counts():
    first = answer("double = None")
    assert order(first, *GOOD)[:3] == ["double = None", DOUBLE, "sums--double"]
    assert order(first, test_cell(), *GOOD)[:3] == order(first, *GOOD)[:3]
    assert "different text" in notes(first, *GOOD)[0]
    assert notes(*GOOD[:1], *GOOD) == ["sums--double is answered in 2 cells"]


def test_an_untouched_copy_does_not_undo_an_answer():
    stub = answer(DOUBLE_STUB)
    assert order(GOOD[0], stub, *GOOD[1:])[:3] == [DOUBLE, "sums--double", DOUBLE_STUB]
    assert order(stub, test_cell(), *GOOD)[:3] == [DOUBLE_STUB, DOUBLE, "sums--double"]


def test_another_cell_answers_where_the_own_one_is_untouched():
    stub, other = answer(DOUBLE_STUB), Cell("code", DOUBLE)
    done = order(stub, test_cell(), other, *GOOD[2:])
    assert done[:3] == [DOUBLE_STUB, DOUBLE, "sums--double"]
    assert notes(stub, test_cell(), other, *GOOD[2:]) == [
        "sums--double is answered in another cell: 3"
    ]


def test_a_helper_of_the_same_name_does_not_take_an_answers_place():
    area = answer(AREA + "\n\n\ndef double():\n    pass", "area")
    done = order(GOOD[0], test_cell(), area, test_cell("area"))
    assert done[:2] == [DOUBLE, "sums--double"]


def test_two_answers_in_one_cell_are_both_tested_after_it():
    both = answer(f"{DOUBLE}\n\n{AREA}", "area")
    assert order(test_cell(), both, test_cell("area")) == [
        both.source,
        "sums--double",
        "sums--area",
    ]


def test_a_cell_with_tests_and_answers_in_it_is_an_answer():
    merged = Cell("code", "\n".join(cell.source for cell in GOOD))
    assert order(merged) == [merged.source, "sums--double", "sums--area"]


def test_a_test_cell_is_never_run_even_with_an_answer_in_it():
    test = Cell("code", DOUBLE + "\n" + DOUBLE_TEST, "sums--double")
    assert order(answer(DOUBLE_STUB), test)[:2] == [DOUBLE_STUB, "sums--double"]
    assert any("hold an answer" in n for n in notes(answer(DOUBLE_STUB), test))


def test_one_answer_as_text_is_run_and_two_are_not():
    text = answer(DOUBLE, kind="markdown")
    steps = salvage.plan(Notebook([text, *GOOD[1:]]), SUMS, []).steps
    assert [step.cell.kind for step in steps[:2]] == ["code", "code"]
    other = Cell("raw", "double = None")
    steps = salvage.plan(Notebook([text, other, *GOOD[1:]]), SUMS, []).steps
    assert [step.cell.kind for step in steps[:2]] == ["markdown", "raw"]
    assert "2 text cells could be" in notes(text, other, *GOOD[1:])[0]
    prose = answer("def double(x): returns the double", kind="markdown")
    steps = salvage.plan(Notebook([prose, *GOOD[1:]]), SUMS, []).steps
    assert steps[0].cell.kind == "markdown"


def test_the_notebook_itself_stays_as_it_was_read():
    notebook = Notebook([Cell("markdown", DOUBLE), Cell("code", AREA, "no such id")])
    salvage.plan(notebook, SUMS, [])
    assert notebook.cells == [
        Cell("markdown", DOUBLE),
        Cell("code", AREA, "no such id"),
    ]


SOURCES = st.sampled_from(
    [
        DOUBLE,
        AREA,
        DOUBLE_STUB,
        DOUBLE_TEST,
        AREA_TEST,
        f"{DOUBLE}\n{DOUBLE_TEST}",
        f"{DOUBLE}\n\n{AREA}",
        "double = None",
        "def double(",
        'print("sums--double: passed")\nhelper = 1',
        "import math",
        "",
    ]
) | st.text(max_size=30)
IDS = st.sampled_from([None, "other", *SUMS.grade_ids])
CELLS = st.builds(Cell, st.sampled_from(["code", "markdown", "raw"]), SOURCES, IDS)


@given(st.lists(CELLS, max_size=8))
def test_every_problem_is_tested_once_and_every_own_cell_kept_once_in_order(cells):
    steps = salvage.plan(Notebook(cells), SUMS, []).steps
    tested = [step.test for step in steps if step.test]
    assert sorted(tested) == sorted(SUMS.tests)
    claimed = {cell.grade_id for cell in cells}

    def is_test(cell):
        unknown = cell.kind == "code" and cell.grade_id not in SUMS.grade_ids
        recognised = SUMS.tested_by(cell) if unknown else None
        return cell.grade_id in SUMS.tests or {recognised} - claimed - {None}

    own = [cell.source for cell in cells if not is_test(cell)]
    assert [step.cell.source for step in steps if not step.test] == own


OTHERS = st.lists(CELLS.filter(lambda cell: "double" not in cell.source), max_size=5)


@given(OTHERS, OTHERS)
def test_a_test_never_comes_before_its_answer(above, below):
    done = order(*above, GOOD[0], *below)
    assert done.index("sums--double") > done.index(DOUBLE)


# --------------------------------------------------------------------------- which file


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf{}")
@example(b"{\0}\0\0")
def test_any_bytes_are_named(content):
    found, unreadable, _ = salvage.assign({"sums.ipynb": content}, EXERCISES)
    assert not found
    assert unreadable["sums"].startswith("sums.ipynb: ")
    assert unreadable["sums"].isprintable()


KEYS = st.sampled_from(
    [
        *("cells", "worksheets", "source", "input", "cell_type", "metadata", "outputs"),
        *("nbgrader", "grade_id", "nbformat", "dlcourse", "version"),
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(), max_size=5)
    | st.sampled_from(["code", DOUBLE, AREA, DOUBLE_TEST, *SUMS.grade_ids])
)
VALUES = st.recursive(
    LEAVES,
    lambda inside: (
        st.lists(inside, max_size=4) | st.dictionaries(KEYS, inside, max_size=4)
    ),
    max_leaves=20,
)
NOTEBOOKS = st.dictionaries(KEYS, VALUES, max_size=4) | st.builds(
    lambda cells, rest: rest | {"cells": cells},
    st.lists(st.dictionaries(KEYS, VALUES, max_size=5), max_size=5),
    st.dictionaries(KEYS, VALUES, max_size=3),
)


@given(NOTEBOOKS)
def test_any_json_is_run_or_named(content):
    files = {"sums.ipynb": json.dumps(content).encode()}
    found, unreadable, said = salvage.assign(files, EXERCISES)
    assert not said and {*found, *unreadable} <= {*EXERCISES}
    assert found or unreadable
    for name, (notebook, said) in found.items():
        salvaged = salvage.plan(notebook, EXERCISES[name], said)
        tested = [step.test for step in salvaged.steps if step.test]
        assert sorted(tested) == sorted(EXERCISES[name].tests)
        json.dumps([vars(step.cell) for step in salvaged.steps]).encode()
        assert all(note.isprintable() for note in salvaged.notes)


@given(st.data())
def test_a_spoilt_notebook_is_run_or_named(data):
    content = bytearray(written(GOOD))
    for _ in range(data.draw(st.integers(0, 3))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    found, unreadable, _ = salvage.assign(
        {"sums.ipynb": bytes(content[:cut])}, EXERCISES
    )
    assert ("sums" in found) != ("sums" in unreadable)


@given(st.text(max_size=30))
@example("../sums.ipynb")
@example("a/../.sums.ipynb")
def test_any_name_will_do(path):
    found, unreadable, said = salvage.assign({path: written(GOOD)}, EXERCISES)
    aside = any("left aside" in text for text in (*said, *unreadable.values()))
    assert ("sums" in found) != aside


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("sums.ipynb", "sums"),
        ("Copy of SUMS (2).ipynb", "sums"),
        ("sums_and_more-final.ipynb", "sums-and-more"),
        ("sums-and-more/homework.ipynb", None),
        ("homework.ipynb", None),
    ],
)
def test_a_damaged_file_is_told_by_its_name_or_may_be_any(path, name):
    _, unreadable, said = salvage.assign({path: b"{"}, EXERCISES)
    if name:
        assert unreadable == {name: f"{path}: it is damaged: it ends too early"}
    else:
        assert {*unreadable} == {*EXERCISES}
        assert said == [f"{path}: it is damaged: it ends too early"]


def test_a_damaged_file_beside_a_good_one_is_noted():
    files = {
        "sums.ipynb": written(GOOD),
        "sums (1).ipynb": b"{",
        "sums.py": b"import x",
    }
    found, unreadable, said = salvage.assign(files, EXERCISES)
    assert [*found] == ["sums"] and not unreadable and len(said) == 2


def test_what_every_exercise_could_be_is_none():
    twice = {"one": SUMS, "other": SUMS}
    found, unreadable, said = salvage.assign({"x.ipynb": written(GOOD)}, twice)
    assert not found and not unreadable and len(said) == 1


def test_one_function_of_the_same_name_does_not_make_an_exercise():
    problems = {f"four--{n}": f"f{n}()" for n in range(4)}
    answers = {f"four--{n}": f"def f{n}():\n    pass" for n in range(4)}
    four = {"four": Exercise("four", problems, answers)}
    one = [Cell("code", answers["four--0"]), Cell("code", "x = 1")]
    found, unreadable, _ = salvage.assign({"four.ipynb": written(one)}, four)
    assert not found and "no cells of this assignment" in unreadable["four"]
    two = [*one, Cell("code", answers["four--1"])]
    assert salvage.assign({"four.ipynb": written(two)}, four)[0]


def test_files_that_hold_the_same_are_one():
    files = {"a/sums.ipynb": written(GOOD), "b.ipynb": written(GOOD, metadata=None)}
    found, _, _ = salvage.assign(files, EXERCISES)
    assert "the file's name is a/sums.ipynb" in found["sums"][1]
    files["c.ipynb"] = written([answer("double = None"), *GOOD[1:]])
    found, unreadable, _ = salvage.assign(files, EXERCISES)
    assert (
        not found and "different text: a/sums.ipynb, b.ipynb, c" in unreadable["sums"]
    )


def test_an_untouched_file_does_not_count_beside_the_answers():
    blank = [answer(DOUBLE_STUB), test_cell()]
    files = {"sums.ipynb": written(blank), "mine.ipynb": written(GOOD)}
    notebook, said = salvage.assign(files, EXERCISES)[0]["sums"]
    assert notebook.cells == GOOD
    assert said == [
        "the file's name is mine.ipynb",
        "other files hold this exercise and do not count: sums.ipynb",
    ]
    found, _, _ = salvage.assign({"sums.ipynb": written(blank)}, EXERCISES)
    assert found["sums"][1] == []
