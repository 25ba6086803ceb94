"""The gradebook on PostgreSQL."""

import threading

import pytest

from dlcourse.grading.book import Book
from dlcourse.grading.course import Course
from dlcourse.grading.run import Options, grade_assignment
from dlcourse.grading.schedulers import Local

from . import course
from .conftest import ASSIGNMENT

pytestmark = pytest.mark.xdist_group("postgres")


@pytest.fixture
def on_postgres(classroom, postgres):
    db = postgres.new_database()
    course.nbgrader(classroom.folder, "generate_assignment", ASSIGNMENT, f"--db={db}")
    return classroom, db


def test_marks_are_those_of_sqlite(on_postgres):
    classroom, db = on_postgres
    expected = classroom.fill(6)
    classroom.grade("--db", db)
    assert classroom.scores(db) == expected
    classroom.grade()
    assert classroom.scores() == expected


def test_nbgraders_commands_go_on_from_there(on_postgres):
    classroom, db = on_postgres
    classroom.hand_in("ada")
    classroom.grade("--db", db)
    course.nbgrader(classroom.folder, "generate_feedback", ASSIGNMENT, f"--db={db}")
    assert (classroom.folder / "feedback/ada" / ASSIGNMENT / "neuron.html").exists()
    course.nbgrader(classroom.folder, "export", f"--db={db}")
    assert "ada" in (classroom.folder / "grades.csv").read_text()


def test_a_server_that_goes_away_and_comes_back_loses_no_mark(on_postgres, postgres):
    classroom, db = on_postgres
    expected = classroom.fill(8)
    here = Course(classroom.folder, db)
    away = threading.Timer(3.0, postgres.start)

    def progress(done, total):
        if done == 3:
            postgres.stop()
            away.start()

    scheduler = Local(2)
    with Book(here.db_url, here.course_id) as book:
        grade_assignment(
            here, ASSIGNMENT, book, scheduler, Options(), progress=progress
        )
    scheduler.close()
    away.join()
    assert classroom.scores(db) == expected
