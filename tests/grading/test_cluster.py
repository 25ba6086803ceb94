"""Grading on a Dask cluster: a real scheduler, real workers, one of them killed."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from dask.distributed import Client

from dlcourse.grading.book import Book
from dlcourse.grading.course import Course
from dlcourse.grading.run import Options, grade_assignment
from dlcourse.grading.schedulers import Cluster

from .conftest import ASSIGNMENT

pytestmark = pytest.mark.xdist_group("cluster")


class SmallCluster:
    """A scheduler and two workers, each a process of its own, on loopback."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = []
        log = folder / "scheduler.log"
        self._start(
            log, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
        )
        self.address = self._wait_for(log, r"Scheduler at:\s+(tcp://\S+)")
        self.workers = [self.add_worker() for _ in range(2)]

    def _start(self, log, *arguments):
        with log.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=self.folder,
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        self.processes.append(process)
        return process

    def _wait_for(self, log, pattern):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if found := re.search(pattern, log.read_text()):
                return found.group(1)
            time.sleep(0.1)
        raise RuntimeError(log.read_text())

    def add_worker(self):
        log = self.folder / f"worker{len(self.processes)}.log"
        return self._start(
            log, "worker", self.address, "--host", "127.0.0.1", "--nthreads", "1",
            "--no-nanny", "--no-dashboard", "--name", log.stem,
        )  # fmt: skip

    def close(self):
        for process in self.processes[::-1]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    cluster = SmallCluster(tmp_path_factory.mktemp("cluster"))
    with Client(cluster.address) as client:
        client.wait_for_workers(2, timeout=60)
    yield cluster
    cluster.close()


def test_marks_are_those_of_this_machine(classroom, cluster):
    expected = classroom.fill(6)
    classroom.grade("--scheduler", cluster.address)
    assert classroom.scores() == expected


def test_a_worker_killed_in_the_middle_costs_no_mark(classroom, cluster):
    expected = classroom.fill(16)
    here = Course(classroom.folder)
    victim = cluster.workers[0]
    warm = children(victim.pid)
    killed = threading.Event()

    def progress(done, total):
        if done == 3:
            os.kill(victim.pid, signal.SIGKILL)
            killed.set()

    scheduler = Cluster(cluster.address)
    with Book(here.db_url, here.course_id) as book:
        summary = grade_assignment(
            here, ASSIGNMENT, book, scheduler, Options(seed=1), progress=progress
        )
    scheduler.close()
    assert killed.is_set()
    assert {r.status for r in summary.records} == {"graded"}
    assert classroom.scores() == expected
    deadline = time.monotonic() + 20
    while (
        any(Path(f"/proc/{p}").exists() for p in warm) and time.monotonic() < deadline
    ):
        time.sleep(0.1)
    assert not any(Path(f"/proc/{p}").exists() for p in warm), "its warm process stays"
    cluster.workers[0] = cluster.add_worker()


def children(process):
    found = []
    for task in os.listdir(f"/proc/{process}/task"):
        text = Path(f"/proc/{process}/task/{task}/children").read_text()
        found += map(int, text.split())
    return found


def test_workers_hold_no_gradebook_and_see_no_folder(classroom, cluster):
    classroom.hand_in("ada")
    classroom.grade("--scheduler", cluster.address)
    for worker in cluster.workers:
        opened = [
            os.readlink(link)
            for link in Path(f"/proc/{worker.pid}/fd").iterdir()
            if link.is_symlink()
        ]
        assert not [name for name in opened if str(classroom.folder) in name]


def test_a_scheduler_killed_in_the_middle_costs_no_finished_mark(classroom, tmp_path):
    expected = classroom.fill(8)
    here = Course(classroom.folder)
    cluster = SmallCluster(tmp_path)
    done = []

    def progress(number, total):
        done.append(number)
        if number == 2:
            cluster.processes[0].kill()

    scheduler = Cluster(cluster.address)
    with (
        Book(here.db_url, here.course_id) as book,
        pytest.raises(ConnectionError, match=re.escape(cluster.address)),
    ):
        grade_assignment(
            here, ASSIGNMENT, book, scheduler, Options(seed=1), progress=progress
        )
    scheduler.close()
    cluster.close()
    marks = classroom.scores()
    assert len(marks) == max(done) >= 2
    assert marks.items() <= expected.items()
    classroom.grade()
    assert classroom.scores() == expected


def test_a_scheduler_that_is_not_there(classroom):
    classroom.hand_in("ada")
    done = classroom.grade("--scheduler", "tcp://127.0.0.1:9", check=False, timeout=120)
    assert done.returncode == 2
    assert "tcp://127.0.0.1:9" in done.stderr and "Traceback" not in done.stderr
