"""The demo class goes from collection to feedback, and every mark is right."""

import csv
import shutil

import pytest

from tests.exercises.problems import lessons

from . import course, demo

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    return folder, demo.run(folder)


@pytest.fixture(scope="module")
def table(played):
    with (played[0] / "grades.csv").open(encoding="utf-8", newline="") as file:
        return {row["student_id"]: row for row in csv.DictReader(file)}


def test_every_problem_has_the_mark_that_the_bank_says(played):
    folder, students = played
    marks = course.scores(folder, demo.CHAPTER)
    for student in students:
        for lesson, expected in student.expected.items():
            got = marks.get(student.id, {}).get(lesson, dict.fromkeys(expected, 0.0))
            wanted = {problem: p or 0.0 for problem, p in expected.items()}
            assert got == wanted, f"{student.id}, a {student.kind} hand-in: {lesson}"


def test_the_grade_table_has_every_student_once_with_the_right_sum(played, table):
    _, students = played
    assert len(table) == len(students) == 20
    for student in students:
        row = table[student.id]
        assert float(row["score"]) == student.score
        assert row["last_name"] == student.last_name


def test_stock_nbgrader_gives_the_same_marks(played, tmp_path):
    """To two students of each kind: the bank shows the same of every answer."""
    folder, students = played
    by_kind = {}
    for student in students:
        by_kind.setdefault(student.kind, []).append(student.id)
    chosen = {student for ids in by_kind.values() for student in ids[:2]}
    course.make(tmp_path, [lesson.path for lesson in lessons().values()])
    course.nbgrader(tmp_path, "generate_assignment", demo.CHAPTER)
    for student in chosen:
        hand_in = folder / "submitted" / student
        if hand_in.exists():
            shutil.copytree(hand_in, tmp_path / "submitted" / student)
    course.nbgrader(tmp_path, "autograde", demo.CHAPTER)
    stock = course.scores(tmp_path, demo.CHAPTER)
    ours = course.scores(folder, demo.CHAPTER)
    assert stock.keys() == {s.id for s in students if s.files and s.id in chosen}
    assert stock == {student: ours[student] for student in stock}


def test_what_cannot_be_read_waits_for_a_person_and_is_no_silent_zero(played, table):
    _, students = played
    for student in students:
        status = {
            "damaged": "partly graded",
            "forgotten": "partly graded",
            "nothing": "missing",
        }
        assert table[student.id]["status"] == status.get(student.kind, "graded")


def test_every_notebook_of_a_hand_in_has_a_feedback_page(played):
    folder, students = played
    for student in students:
        for name, marks in student.expected.items():
            page = folder / "feedback" / student.id / demo.CHAPTER / f"{name}.html"
            assert page.exists() == bool(student.files), page
            if student.files and f"{name}.ipynb" not in student.files:
                assert "missing" in page.read_text(encoding="utf-8")
            elif None in marks.values():
                assert "damaged" in page.read_text(encoding="utf-8")


def test_the_demo_holds_every_kind_of_hand_in(played):
    kinds = {student.kind for student in played[1]}
    assert kinds >= {"full", "partial", "blank", "damaged", "syntax error", "forgotten"}
    sums = {student.score for student in played[1] if student.kind == "partial"}
    assert len(sums) > 3, "partial hand-ins that all earn the same prove little"
