"""Classes to grade, and the database that large ones use."""

import glob
import os
import shutil
import socket
import subprocess
import time

import nbformat
import pytest

from tests.exercises.graders import submitted_notebook
from tests.exercises.problems import bank, lessons

from . import course

LESSONS = ("neuron", "layers")
ASSIGNMENT = "concepts"


class Class:
    """A class folder with an assignment of two notebooks, released."""

    def __init__(self, folder):
        self.folder = folder

    def hand_in(self, student, answers=None, files=None):
        """Hand in both notebooks with our solutions, or with other answers or files."""
        target = course.submitted(self.folder, student, ASSIGNMENT)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in LESSONS:
            lesson = lessons()[name]
            mine = {p: a for p, a in (answers or {}).items() if p in lesson.problems}
            notebook = submitted_notebook(self.folder, lesson, mine)
            (target / f"{name}.ipynb").write_text(nbformat.writes(notebook))
        for name, content in (files or {}).items():
            if content is None:
                (target / name).unlink()
            else:
                (target / name).write_bytes(content)

    def fill(self, number):
        """Hand in for a number of students, each with some answers wrong."""
        wrong = [entry.wrong[0] for name in LESSONS for entry in bank(name).values()]
        expected = {}
        for student in range(number):
            mine = wrong[student % 3 :: 3 + student % 4]
            self.hand_in(f"s{student:03d}", {a.problem: a.code for a in mine})
            lost = {a.problem for a in mine}
            expected[f"s{student:03d}"] = {
                problem: 0.0 if problem in lost else p.points
                for name in LESSONS
                for problem, p in lessons()[name].problems.items()
            }
        return expected

    def scores(self, db=None):
        """Read the marks: by student and problem."""
        with course.gradebook(self.folder, db) as book:
            return {
                submission.student.id: {
                    grade.name: grade.score
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                }
                for submission in book.assignment_submissions(ASSIGNMENT)
            }

    def grade(self, *options, check=True, **kwargs):
        """Run ``dlcourse grade`` as an instructor types it."""
        return course.dlcourse(
            self.folder, "grade", ASSIGNMENT, *options, check=check, **kwargs
        )


@pytest.fixture(scope="session")
def released_class(tmp_path_factory):
    folder = tmp_path_factory.mktemp("released") / "class"
    course.make(folder, [lessons()[name].path for name in LESSONS])
    course.nbgrader(folder, "generate_assignment", ASSIGNMENT)
    return folder


@pytest.fixture
def classroom(released_class, tmp_path):
    """A class of one's own, with nothing handed in."""
    return Class(shutil.copytree(released_class, tmp_path / "class"))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory):
    """A PostgreSQL server on loopback; gives the address of a new database."""
    programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
    assert programs, "PostgreSQL is not installed: apt-get install postgresql"
    folder = tmp_path_factory.mktemp("postgres")
    as_user = []
    if os.getuid() == 0:  # the server refuses to run as root
        for place in (folder, *folder.parents[:3]):
            place.chmod(place.stat().st_mode | 0o055)
        folder.chmod(0o777)
        as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
    data = folder / "data"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(program, *arguments):
        subprocess.run(
            [*as_user, f"{programs[-1]}/{program}", *arguments],
            check=True,
            capture_output=True,
            cwd=folder,
        )

    run("initdb", "-D", str(data), "-U", "grader", "--auth=trust", "-E", "UTF8", "-N")
    where = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p {port}"
    settings = f"{where} -c fsync=off -c max_connections=20"
    log = str(folder / "log")
    run("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", settings, "start")
    count = 0

    def new_database():
        nonlocal count
        count += 1
        name = f"course{count}"
        run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "grader", name)
        return f"postgresql+psycopg://grader@127.0.0.1:{port}/{name}"

    def restart():
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        time.sleep(3)
        run("pg_ctl", "-D", str(data), "-w", "-l", log, "-o", settings, "start")

    new_database.restart = restart
    yield new_database
    run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
