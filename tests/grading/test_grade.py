"""``dlcourse grade``: from hand-ins to nbgrader's gradebook, and again."""

import csv
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from datetime import timedelta

import nbformat
import pytest

from dlcourse import __version__
from dlcourse.grading.book import Book
from dlcourse.grading.course import Course, CourseError
from dlcourse.grading.engine import NotebookResult, Result
from dlcourse.grading.run import Options, grade_assignment, judge, only_one
from dlcourse.grading.schedulers import Local
from tests.exercises.problems import bank, lessons

from . import course
from .conftest import ASSIGNMENT, LESSONS

pytestmark = pytest.mark.xdist_group("grade")

FULL = {
    problem: p.points
    for name in LESSONS
    for problem, p in lessons()[name].problems.items()
}
FIRST = next(iter(FULL))


@pytest.fixture(scope="module")
def local():
    scheduler = Local(2)
    yield scheduler
    scheduler.close()


@pytest.fixture
def grade(classroom, local):
    """Grade the class in this process; gives the records by student."""

    def run(scheduler=local, **options):
        here = Course(classroom.folder)
        with Book(here.db_url, here.course_id) as book:
            summary = grade_assignment(
                here, ASSIGNMENT, book, scheduler, Options(**options)
            )
        run.graded_now = summary.graded_now
        return {record.student: record for record in summary.records}

    return run


def test_the_command_grades_and_ends_with_a_table(classroom):
    expected = classroom.fill(3)
    classroom.hand_in("zoe", files={"neuron.ipynb": b"not a notebook"})
    done = classroom.grade("--workers", "2")
    assert "4 graded now" in done.stdout
    assert "partly graded" in done.stdout and "neuron: unreadable" in done.stdout
    assert "4/4" in done.stderr  # the progress bar
    marks = classroom.scores()
    assert {s: marks[s] for s in expected} == expected


def test_nbgraders_commands_go_on_from_there_and_back(classroom, grade):
    expected = classroom.fill(2)
    grade()
    folder = classroom.folder
    course.nbgrader(folder, "generate_feedback", ASSIGNMENT)
    page = (folder / "feedback/s000" / ASSIGNMENT / "neuron.html").read_text()
    assert "passed" in page
    course.nbgrader(folder, "export")
    with (folder / "grades.csv").open(newline="") as file:
        table = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert table == {s: sum(marks.values()) for s, marks in expected.items()}
    course.nbgrader(folder, "autograde", ASSIGNMENT, "--force")
    assert classroom.scores() == expected
    grade(force=True)
    assert classroom.scores() == expected


def test_the_formgrader_finds_the_submissions(classroom, grade):
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

    classroom.hand_in("ada")
    grade()
    config = Config()
    config.CourseDirectory.root = str(classroom.folder)
    config.CourseDirectory.source_directory = "solutions"
    config.CourseDirectory.release_directory = "exercises"
    config.CourseDirectory.course_id = "deep-learning"
    api = NbGraderAPI(config=config)
    (submission,) = api.get_submissions(ASSIGNMENT)
    assert submission["autograded"] and submission["score"] == sum(FULL.values())
    notebooks = api.get_student_notebook_submissions("ada", ASSIGNMENT)
    assert {n["name"] for n in notebooks} == set(LESSONS)


def test_only_what_is_new_is_graded(classroom, grade):
    classroom.fill(2)
    grade()
    classroom.hand_in("s001")  # handed in again, all right this time
    classroom.hand_in("new")
    records = grade()
    marks = classroom.scores()
    assert marks["s001"] == marks["new"] == FULL
    assert set(records) == {"s000", "s001", "new"}
    assert grade.graded_now == 2


def test_who_hands_in_nothing_has_a_row(classroom, grade):
    classroom.hand_in("ada")
    with course.gradebook(classroom.folder) as book:
        book.add_student("bob")
    assert grade()["bob"].status == "missing"
    classroom.hand_in("bob")
    assert grade()["bob"].status == "graded"


def test_a_hand_in_that_is_no_notebook_waits_for_a_person(classroom, grade):
    files = dict.fromkeys(("neuron.ipynb", "layers.ipynb"), b"<html>")
    classroom.hand_in("bob", files=files)
    record = grade()["bob"]
    assert record.status == "unreadable" and "neuron" in record.reason
    with course.gradebook(classroom.folder) as book:
        assert book.find_submission(ASSIGNMENT, "bob").needs_manual_grade
    classroom.hand_in("bob")
    assert grade()["bob"].status == "graded"
    assert classroom.scores()["bob"] == FULL


def test_links_and_strange_files_are_not_read(classroom, grade):
    classroom.hand_in("ada")
    classroom.hand_in("eve", files={"neuron.ipynb": None, "layers.ipynb": None})
    target = course.submitted(classroom.folder, "eve", ASSIGNMENT)
    ada = course.submitted(classroom.folder, "ada", ASSIGNMENT)
    (target / "neuron.ipynb").symlink_to(ada / "neuron.ipynb")
    os.mkfifo(target / "layers.ipynb")
    (classroom.folder / "submitted" / "mallory").mkdir()
    course.submitted(classroom.folder, "mallory", ASSIGNMENT).symlink_to(ada)
    records = grade()
    assert records["ada"].status == "graded"
    for student in ("eve", "mallory"):
        assert records[student].status == "missing"
        assert sum(classroom.scores()[student].values()) == 0
    assert any("symbolic link" in note for note in records["eve"].notes)


def test_late_penalty_extension_and_extra_credit(classroom, grade):
    config = classroom.folder / "nbgrader_config.py"
    (classroom.folder / "late.py").write_text(
        "from nbgrader.plugins import LateSubmissionPlugin\n"
        "class OnePointAnHour(LateSubmissionPlugin):\n"
        "    def late_submission_penalty(self, student, score, seconds):\n"
        "        return seconds / 3600\n"
    )
    config.write_text(
        config.read_text()
        + "\nimport sys; sys.path.insert(0, "
        + repr(str(classroom.folder))
        + ")\nc.AssignLatePenalties.plugin_class = 'late.OnePointAnHour'\n"
    )
    for student, hour in (("ada", 12), ("bob", 14), ("cid", 14), ("dan", 99)):
        classroom.hand_in(student)
        stamp = course.submitted(classroom.folder, student, ASSIGNMENT)
        text = f"2027-03-01 {hour}:00:00 UTC" if hour < 24 else "yesterday"
        (stamp / "timestamp.txt").write_text(text)
    with course.gradebook(classroom.folder) as book:
        due = "2027-03-01 12:00:00 UTC"
        book.update_or_create_assignment(ASSIGNMENT, duedate=due)
        book.add_student("cid")
        submission = book.add_submission(ASSIGNMENT, "cid")
        submission.extension = timedelta(hours=1)
        book.find_grade(FIRST, "neuron", ASSIGNMENT, "cid").extra_credit = 0.25
        book.db.commit()
    records = grade()
    with course.gradebook(classroom.folder) as book:
        penalty = {
            s: [
                n.late_submission_penalty
                for n in book.find_submission(ASSIGNMENT, s).notebooks
            ]
            for s in ("ada", "bob", "cid", "dan")
        }
        assert (
            book.find_submission(ASSIGNMENT, "cid").score == sum(FULL.values()) + 0.25
        )
    assert penalty["ada"] == penalty["dan"] == [None, None]
    assert penalty["bob"] == [2.0, 2.0] and penalty["cid"] == [1.0, 1.0]
    assert any("yesterday" in note for note in records["dan"].notes)


def test_manual_marks_and_comments_survive_a_regrade(classroom, grade):
    entry = bank("neuron")[FIRST]
    classroom.hand_in("ada", {FIRST: entry.wrong[0].code})
    grade()
    with course.gradebook(classroom.folder) as book:
        book.find_grade(FIRST, "neuron", ASSIGNMENT, "ada").manual_score = 0.5
        comment = book.find_comment(f"{FIRST}--answer", "neuron", ASSIGNMENT, "ada")
        comment.manual_comment = "Nearly."
        book.db.commit()
    grade(force=True)
    assert classroom.scores()["ada"] == FULL | {FIRST: 0.5}
    with course.gradebook(classroom.folder) as book:
        comment = book.find_comment(f"{FIRST}--answer", "neuron", ASSIGNMENT, "ada")
        assert comment.comment == "Nearly."


def test_an_answer_left_as_released_is_noted_as_no_response(classroom, grade):
    classroom.hand_in("ada", {FIRST: None})
    assert grade()["ada"].problems[FIRST]["status"] == "not attempted"
    with course.gradebook(classroom.folder) as book:
        comment = book.find_comment(f"{FIRST}--answer", "neuron", ASSIGNMENT, "ada")
        assert comment.comment == "No response."


def test_autograded_notebooks_hold_nothing_hidden(classroom, grade):
    classroom.fill(3)
    grade()
    for path in classroom.folder.glob("autograded/*/*/*.ipynb"):
        text = path.read_text()
        assert "HIDDEN" not in text and "fresh_rng(" not in text
        nbformat.validate(nbformat.read(path, as_version=4))


class TestSeeds:
    LUCKY = (  # right where one of the numbers drawn happens to be negative
        "def step_neuron(X, w, b):\n"
        "    lucky = X.shape != (9, 4) or b < 0\n"
        "    return ((X @ w + b >= 0) & lucky).astype(int)\n"
    )

    def test_the_seed_is_drawn_recorded_and_kept(self, classroom, grade):
        classroom.hand_in("ada")
        first = int(grade()["ada"].seed)
        classroom.hand_in("bob")
        assert int(grade()["bob"].seed) == first > 2**32
        assert int(grade(seed=7)["ada"].seed) == 7
        assert int(grade()["bob"].seed) == 7

    def test_another_class_draws_another_seed(self, classroom):
        here = Course(classroom.folder)
        drawn = set()
        for _ in range(2):
            (classroom.folder / "other.db").unlink(missing_ok=True)
            url = f"sqlite:///{classroom.folder / 'other.db'}"
            with Book(url, here.course_id) as book:
                drawn.add(book.class_seed(ASSIGNMENT))
        assert len(drawn) == 2

    def test_the_same_seed_gives_the_same_marks_on_any_number_of_workers(
        self, classroom, grade
    ):
        expected = classroom.fill(4)
        classroom.hand_in("lucky", {"neuron--step-neuron": self.LUCKY})
        marks = []
        for workers in (1, 3):
            scheduler = Local(workers)
            grade(scheduler, seed=5, force=True)
            marks.append(classroom.scores())
        assert marks[0] == marks[1]
        assert {s: marks[0][s] for s in expected} == expected

    def test_a_mark_that_depends_on_the_seed_is_flagged(self, classroom, grade):
        classroom.hand_in("ada")
        classroom.hand_in("lucky", {"neuron--step-neuron": self.LUCKY})
        records = grade(seed=1, seeds=6)
        assert records["ada"].flags == []
        (flag,) = records["lucky"].flags
        assert "neuron--step-neuron" in flag and "depends on the seed" in flag
        before = {s: r.graded_at for s, r in records.items()}
        assert {s: r.graded_at for s, r in grade(seeds=6).items()} == before
        assert {s: r.graded_at for s, r in grade().items()} == before
        assert grade(seeds=7)["lucky"].graded_at > before["lucky"]


class TestReleases:
    def hand_in_old(self, classroom, student, version):
        classroom.hand_in(student)
        folder = course.submitted(classroom.folder, student, ASSIGNMENT)
        for path in folder.glob("*.ipynb"):
            notebook = json.loads(path.read_text())
            notebook["metadata"]["dlcourse"] = {"version": version}
            path.write_text(json.dumps(notebook))

    def test_an_unknown_release_is_reported(self, classroom, grade):
        self.hand_in_old(classroom, "ada", "0.0.1")
        record = grade()["ada"]
        assert record.status == "other release" and "0.0.1" in record.reason
        with course.gradebook(classroom.folder) as book:
            assert book.find_submission(ASSIGNMENT, "ada").needs_manual_grade

    def test_a_kept_release_grades_its_own_hand_ins(self, classroom, grade):
        kept = classroom.folder / "releases" / "0.0.1" / ASSIGNMENT
        shutil.copytree(classroom.folder / "solutions" / ASSIGNMENT, kept)
        path = kept / "neuron.ipynb"
        old = path.read_text().replace("returns=", "returns=0 * ", 1)
        assert old != path.read_text()
        path.write_text(old)  # the old release asked for something else
        self.hand_in_old(classroom, "ada", "0.0.1")
        classroom.hand_in("bob")
        records = grade()
        assert records["bob"].status == records["ada"].status == "graded"
        assert classroom.scores()["bob"] == FULL
        lost = {p for p, mark in classroom.scores()["ada"].items() if mark < FULL[p]}
        assert lost == {FIRST}
        assert (
            records["ada"].version == "0.0.1" and records["bob"].version == __version__
        )


class TestTrouble:
    def test_outside_a_class_folder(self, tmp_path):
        done = course.dlcourse(tmp_path, "grade", ASSIGNMENT, check=False)
        assert done.returncode == 2
        assert "nbgrader_config.py" in done.stderr and "--course" in done.stderr
        assert "Traceback" not in done.stderr

    def test_an_assignment_that_is_not_there(self, classroom, grade):
        here = Course(classroom.folder)
        with pytest.raises(CourseError, match=r"no assignment 'nonsense'.*concepts"):
            here.lessons("nonsense")

    def test_an_assignment_that_was_not_released(self, classroom, grade):
        (classroom.folder / "gradebook.db").unlink()
        classroom.hand_in("ada", files={})
        with pytest.raises(CourseError, match="nbgrader generate_assignment concepts"):
            grade()

    def test_tests_that_changed_since_the_release(self, classroom, grade):
        path = classroom.folder / "solutions" / ASSIGNMENT / "neuron.ipynb"
        path.write_text(
            re.sub(r'"points": 2', '"points": 5', path.read_text(), count=1)
        )
        with pytest.raises(CourseError, match="other problems or points"):
            grade()

    def test_an_unknown_student(self, classroom, grade):
        classroom.hand_in("ada")
        with pytest.raises(CourseError, match="no student bob"):
            grade(students=["bob"])

    def test_two_graders_at_once(self, classroom):
        here = Course(classroom.folder)
        with (
            only_one(here),
            pytest.raises(CourseError, match="Another"),
            only_one(here),
        ):
            pass

    def test_a_locked_gradebook_is_waited_for(self, classroom, grade, caplog):
        expected = classroom.fill(2)
        path = classroom.folder / "gradebook.db"
        other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        threading.Timer(8.0, lambda: other.execute("COMMIT")).start()
        grade()
        assert classroom.scores() == expected
        assert "The gradebook is not to be had (database is locked)" in caplog.text

    def test_a_full_disk_writes_nothing_by_halves(self, classroom, grade, monkeypatch):
        expected = classroom.fill(3)

        def full(*_):
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("dlcourse.grading.run._write", full)
            with pytest.raises(OSError, match="No space left"):
                grade()
        assert classroom.scores() == {}
        assert not list(classroom.folder.glob("autograded/*/concepts"))
        grade(scheduler=Local(2))
        assert classroom.scores() == expected

    def test_a_warm_process_that_dies_is_replaced(self, classroom, grade, local):
        from dlcourse.grading.schedulers import living_warm

        expected = classroom.fill(6)
        living_warm(True, [])._process.kill()
        records = grade()
        assert {r.status for r in records.values()} == {"graded"}
        assert classroom.scores() == expected

    class Broken:
        def results(self, lessons, tasks):
            for key, read, _ in tasks:
                read()
                yield key, Result(fault="the machine is on fire")

    def test_a_regrade_that_fails_takes_no_finished_mark_away(self, classroom, grade):
        classroom.hand_in("ada")
        grade()
        record = grade(self.Broken(), force=True)["ada"]
        assert record.status == "infrastructure fault"
        assert classroom.scores()["ada"] == FULL
        assert len(list(classroom.folder.glob("autograded/ada/*/*.ipynb"))) == 2
        with course.gradebook(classroom.folder) as book:
            assert book.find_submission(ASSIGNMENT, "ada").needs_manual_grade

    def test_a_hand_in_that_is_moved_away_stays_graded(self, classroom, grade):
        with course.gradebook(classroom.folder) as book:
            book.add_student("ada")
        classroom.hand_in("ada")
        grade()
        shutil.rmtree(classroom.folder / "submitted" / "ada")
        assert grade()["ada"].status == "graded"

    def test_what_fails_again_and_again_is_named_and_no_zero(self, classroom, grade):
        classroom.hand_in("ada")
        record = grade(self.Broken())["ada"]
        assert record.status == "infrastructure fault" and "fire" in record.reason
        with course.gradebook(classroom.folder) as book:
            assert book.find_submission(ASSIGNMENT, "ada").needs_manual_grade
        assert grade()["ada"].status == "graded"  # tried again without being asked


def test_no_isolation_is_loud_and_marked(classroom):
    classroom.hand_in("ada")
    done = classroom.grade("--isolation", "none")
    assert "WARNING" in done.stderr and "your rights" in done.stderr
    assert "graded without isolation" in " ".join(done.stdout.split())
    assert classroom.scores()["ada"] == FULL
    here = Course(classroom.folder)
    with Book(here.db_url, here.course_id) as book:
        assert book.records(ASSIGNMENT)["ada"].isolation == "none"


def test_marks_do_not_depend_on_how_busy_the_machine_is(classroom, grade):
    slow = (  # takes about a second, the limit is eight
        "import time\n"
        "import numpy as np\n"
        "def step_neuron(X, w, b):\n"
        "    end = time.process_time() + 0.2\n"
        "    while time.process_time() < end:\n"
        "        pass\n"
        "    return (X @ w + b >= 0).astype(int)\n"
    )
    expected = classroom.fill(4)
    classroom.hand_in("slow", {"neuron--step-neuron": slow})
    expected["slow"] = FULL
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})  # one busy core tells as much as all of them
    hogs = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(4)
    ]
    try:
        classroom.grade("--timeout", "4", "--workers", "2")
    finally:
        os.sched_setaffinity(0, cores)
        for hog in hogs:
            hog.kill()
            hog.wait()
    assert classroom.scores() == expected


def test_statuses_are_named():
    def status(**notebooks):
        return judge(Result({n: NotebookResult(s) for n, s in notebooks.items()}))[0]

    assert status(a="run", b="run") == "graded"
    assert status(a="run", b="missing") == "partly graded"
    assert status(a="missing", b="missing") == "missing"
    assert status(a="unreadable", b="missing") == "unreadable"
    assert status(a="other release", b="other release") == "other release"
    assert status(a="run", b="fault") == "infrastructure fault"
