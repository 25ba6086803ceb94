"""nbgrader's commands as the course configures them: bad input, regrading, export."""

import csv
import shutil

import nbformat
import pytest
from nbgrader.api import Gradebook

from dlcourse import __version__, notebooks
from tests.exercises.graders import submitted_notebook
from tests.exercises.problems import ROOT, bank, lessons

from . import course

LESSON = lessons()["activations"]


pytestmark = pytest.mark.xdist_group("grading commands")


@pytest.fixture(scope="module")
def fresh_class(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "fresh"
    course.make(folder, [LESSON.path])
    shutil.copytree(ROOT / "exercises", folder / "exercises")  # as in a clone
    course.nbgrader(folder, "generate_assignment", LESSON.chapter)
    return folder


@pytest.fixture
def released(fresh_class, tmp_path):
    """A class folder of one's own, with one chapter released and nothing handed in."""
    return shutil.copytree(fresh_class, tmp_path / "class")


def hand_in(folder, student, answers=None, text=None):
    target = course.submitted(folder, student, LESSON.chapter)
    target.mkdir(parents=True, exist_ok=True)
    notebook = submitted_notebook(folder, LESSON, answers or {})
    (target / LESSON.path.name).write_text(text or nbformat.writes(notebook))


def total(folder, student):
    return sum(course.scores(folder, LESSON.chapter)[student][LESSON.name].values())


def test_export_without_submissions_says_what_to_do_and_writes_nothing(released):
    done = course.nbgrader(released, "export", check=False)
    assert done.returncode == 1
    assert "There are no submissions to export" in done.stderr
    assert "nbgrader autograde" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(released.glob("grades*"))


def test_a_hand_in_that_was_never_graded_is_not_called_graded(released):
    with course.gradebook(released) as book:
        book.add_assignment("unreleased")
        book.add_student("ada")
        book.add_submission("unreleased", "ada")
    course.nbgrader(released, "export")
    with (released / "grades.csv").open(newline="") as file:
        status = {r["assignment"]: r["status"] for r in csv.DictReader(file)}
    assert status == {LESSON.chapter: "missing", "unreleased": "not graded"}


def test_a_notebook_that_is_not_json_is_reported_and_the_class_is_graded(released):
    hand_in(released, "ada")
    hand_in(released, "bob", text="not a notebook")
    done = course.nbgrader(released, "autograde", LESSON.chapter, check=False)
    assert "bob" in done.stderr and "is not a Jupyter notebook" in done.stderr
    assert "Ask the student for the file again" in done.stderr
    assert total(released, "ada") == sum(p.points for p in LESSON.problems.values())
    assert not list((released / "autograded").glob("bob/*/*.ipynb"))
    course.nbgrader(released, "export")
    with (released / "grades.csv").open(newline="") as file:
        status = {r["student_id"]: r["status"] for r in csv.DictReader(file)}
    assert status == {"ada": "graded", "bob": "needs manual grading"}


def test_a_corrected_file_is_graded_with_force(released):
    hand_in(released, "bob", text="not a notebook")
    course.nbgrader(released, "autograde", LESSON.chapter, check=False)
    hand_in(released, "bob")
    course.nbgrader(released, "autograde", LESSON.chapter, "--student=bob", "--force")
    assert total(released, "bob") == sum(p.points for p in LESSON.problems.values())


def test_manual_marks_and_comments_survive_a_regrade(released):
    problem, entry = next(iter(bank(LESSON.name).items()))
    hand_in(released, "ada", {problem: entry.wrong[0].code})
    course.nbgrader(released, "autograde", LESSON.chapter)
    before = total(released, "ada")
    with course.gradebook(released) as book:
        grade = book.find_grade(problem, LESSON.name, LESSON.chapter, "ada")
        grade.manual_score = 0.5
        comment = book.find_comment(
            f"{problem}--answer", LESSON.name, LESSON.chapter, "ada"
        )
        comment.manual_comment = "Nearly."
        book.db.commit()
    course.nbgrader(released, "autograde", LESSON.chapter, "--force")
    assert total(released, "ada") == before + 0.5
    course.nbgrader(released, "generate_feedback", LESSON.chapter)
    page = released / "feedback" / "ada" / LESSON.chapter / f"{LESSON.name}.html"
    assert "Nearly." in page.read_text(encoding="utf-8")


def test_a_late_hand_in_is_recorded_as_late(released):
    hand_in(released, "ada")
    stamp = course.submitted(released, "ada", LESSON.chapter) / "timestamp.txt"
    stamp.write_text("2027-03-01 13:00:00 UTC")
    course.nbgrader(
        released, "db", "assignment", "add", LESSON.chapter,
        "--duedate=2027-03-01 12:00:00 UTC",
    )  # fmt: skip
    course.nbgrader(released, "autograde", LESSON.chapter)
    with course.gradebook(released) as book:
        late = book.find_submission(LESSON.chapter, "ada").total_seconds_late
    assert late == 3600


def test_released_notebooks_carry_the_version_of_the_course(released):
    path = released / "exercises" / LESSON.chapter / LESSON.path.name
    assert notebooks.read(path).metadata.dlcourse.version == __version__


def test_exported_text_can_neither_move_a_column_nor_run_as_a_formula(released):
    hand_in(released, "eve")
    course.nbgrader(released, "autograde", LESSON.chapter)
    with Gradebook(f"sqlite:///{released / 'gradebook.db'}") as book:
        book.update_or_create_student("eve", last_name="=1+1", first_name='a,b\n"c"')
    course.nbgrader(released, "export")
    with (released / "grades.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["last_name"] == "'=1+1"
    assert row["first_name"] == 'a,b\n"c"'
    assert float(row["score"]) == float(row["max_score"])
