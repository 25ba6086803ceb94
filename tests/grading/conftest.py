"""Classes to grade, and the database that large ones use."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

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


class Postgres:
    """A PostgreSQL server on loopback, with a data folder of its own."""

    def __init__(self, folder):
        programs = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        assert programs, "PostgreSQL is not installed: apt-get install postgresql"
        self.programs = programs[-1]
        self.folder = folder
        self.as_user = []
        if os.getuid() == 0:  # the server refuses to run as root
            folder.chmod(0o777)
            switch = ["--reuid=postgres", "--regid=postgres", "--init-groups"]
            self.as_user = ["setpriv", *switch]
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.databases = 0
        self._run("initdb", "-D", "data", "-U", "grader", "--auth=trust", "-N")

    def _run(self, program, *arguments):
        command = [*self.as_user, f"{self.programs}/{program}", *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder)

    def start(self):
        where = (
            f"-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p {self.port}"
        )
        options = f"{where} -c fsync=off"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self):
        self._run("pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")

    def new_database(self):
        """Create a database; give its address."""
        self.databases += 1
        name = f"course{self.databases}"
        where = ("-h", "127.0.0.1", "-p", str(self.port), "-U", "grader")
        self._run("createdb", *where, name)
        return f"postgresql+psycopg://grader@127.0.0.1:{self.port}/{name}"


@pytest.fixture(scope="module")
def postgres():
    with tempfile.TemporaryDirectory(prefix="postgres-") as folder:
        server = Postgres(Path(folder))
        server.start()
        yield server
        server.stop()
