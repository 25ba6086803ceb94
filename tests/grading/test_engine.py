"""One submission through the engine, whatever its size."""

import nbformat
from nbformat.v4 import new_code_cell, new_notebook

from dlcourse.engine.tests import Test
from dlcourse.grading.engine import Lesson, Settings, grade
from dlcourse.grading.warm import Warm

MANY = 70  # more than the processes that one student's code may start


def lesson_and_hand_in(problems: int) -> tuple[Lesson, dict[str, bytes]]:
    tests, answers, cells, hand_in = [], {}, {}, []
    for number in range(problems):
        problem = f"long--p{number}"
        test = (
            f"assert f{number}(1) == {number + 1}\n### BEGIN HIDDEN TESTS\n"
            f"assert f{number}(2) == {number + 2}\n### END HIDDEN TESTS"
        )
        tests.append(Test(problem, 1.0, test))
        answers[problem] = f"def f{number}(x):\n    return x + {number}"
        for grade_id, source in (
            (f"{problem}--answer", answers[problem]),
            (problem, tests[-1].visible.source),
        ):
            cells[grade_id] = {"grade_id": grade_id}
            metadata = {"nbgrader": cells[grade_id]}
            hand_in.append(new_code_cell(source, metadata=metadata))
    content = nbformat.writes(new_notebook(cells=hand_in)).encode()
    return Lesson("long", "1", tests, answers, cells), {"long.ipynb": content}


def test_a_notebook_may_have_many_problems_and_be_graded_over_many_seeds():
    lesson, files = lesson_and_hand_in(MANY)
    with Warm() as warm:
        result = grade([lesson], files, Settings(seeds=(1, 2, 3)), warm)
    outcomes = result.notebooks["long"].outcomes
    assert not result.fault
    assert len(outcomes) == MANY
    assert {(o.status, o.steady) for o in outcomes.values()} == {("passed", True)}


def test_an_examination_that_fails_says_why():
    lesson, files = lesson_and_hand_in(1)
    lesson.tests[0] = Test("long--p0", None, lesson.tests[0].source)
    lesson.answers["long--p0"] = None
    with Warm() as warm:
        result = grade([lesson], files, Settings(), warm)
    assert "the examination failed: " in result.fault
