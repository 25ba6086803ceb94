"""The grader is killed at random moments: no mark is lost or doubled."""

import contextlib
import multiprocessing
import os
import random
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from dlcourse.grading.book import Book
from dlcourse.grading.course import Course
from dlcourse.grading.run import Options, grade_assignment, only_one
from dlcourse.grading.schedulers import Local

from . import course
from .conftest import ASSIGNMENT

pytestmark = pytest.mark.xdist_group("kill")

STUDENTS = 30
ROUNDS = 12


def grade(folder: Path, seed: int) -> None:
    here = Course(folder)
    scheduler = Local(2)
    with only_one(here), Book(here.db_url, here.course_id) as book:
        grade_assignment(here, ASSIGNMENT, book, scheduler, Options(seed=seed))
    scheduler.close()


def descendants(process: int) -> list[int]:
    found, queue = [], [process]
    while queue:
        try:
            tasks = os.listdir(f"/proc/{queue[-1]}/task")
            parent = queue.pop()
            for task in tasks:
                text = Path(f"/proc/{parent}/task/{task}/children").read_text()
                found += map(int, text.split())
                queue += map(int, text.split())
        except OSError:
            if queue:
                queue.pop()
    return found


def alive(process: int) -> bool:
    try:
        return (
            Path(f"/proc/{process}/stat").read_text().split(")")[-1].split()[0] != "Z"
        )
    except OSError:
        return False


def recorded(folder: Path) -> int:
    """Count the submissions graded, from outside and without locking anything."""
    with contextlib.closing(sqlite3.connect(folder / "gradebook.db")) as book:
        try:
            return book.execute("SELECT count(*) FROM dlcourse_result").fetchone()[0]
        except sqlite3.OperationalError:  # not there yet, or being written
            return 0


def check(classroom, expected) -> int:
    """Every mark that is there is right, and there once; give how many there are."""
    with course.gradebook(classroom.folder) as book:
        submissions = book.assignment_submissions(ASSIGNMENT)
        students = [s.student.id for s in submissions]
        assert len(students) == len(set(students))
        for submission in submissions:
            assert len(submission.notebooks) == 2
            grades = [g for n in submission.notebooks for g in n.grades]
            assert {g.name: g.score for g in grades} == expected[submission.student.id]
            assert len(grades) == len(expected[submission.student.id])
            assert not any(g.needs_manual_grade for g in grades)
    here = Course(classroom.folder)
    with Book(here.db_url, here.course_id) as book:
        records = book.records(ASSIGNMENT)
    assert set(records) == set(students), "marks and records are written together"
    for student in students:
        folder = classroom.folder / "autograded" / student / ASSIGNMENT
        assert len(list(folder.glob("*.ipynb"))) == 2
    return len(students)


def test_killed_at_random_and_started_again_until_all_is_graded(classroom):
    expected = classroom.fill(STUDENTS)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    rng = random.Random(20)
    counts = []
    for _ in range(ROUNDS):
        process = context.Process(target=grade, args=(classroom.folder, 1))
        process.start()
        before = counts[-1] if counts else 0
        deadline = time.monotonic() + 60
        while recorded(classroom.folder) <= before and time.monotonic() < deadline:
            time.sleep(0.01)  # until it is at work
        time.sleep(rng.uniform(0, 0.3))
        family = descendants(process.pid)
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        counts.append(check(classroom, expected))
        assert counts == sorted(counts), "a finished mark was lost"
        patience = time.monotonic() + 20
        while any(map(alive, family)) and time.monotonic() < patience:
            time.sleep(0.05)
        assert not any(map(alive, family)), "the dead grader left processes behind"
    assert len(set(counts)) > 3, f"the kills came too early or too late: {counts}"
    grade(classroom.folder, 1)
    assert check(classroom, expected) == STUDENTS
