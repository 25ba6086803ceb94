"""Both sides of a conversation, for the tests of this folder."""

import contextlib
import socket
import textwrap
import threading
from collections.abc import Iterator

from dlcourse.engine.student import StudentSide
from dlcourse.engine.tests import Outcome, Test, TestSide, run
from dlcourse.engine.wire import Channel, Gone


def connected(namespace: dict) -> TestSide:
    """Give the test's side of a conversation with some names, in this process."""
    side = TestSide()
    side.connect_here(StudentSide(namespace))
    return side


@contextlib.contextmanager
def over_a_socket(namespace: dict) -> Iterator[TestSide]:
    """Give the test's side of a conversation with a thread that holds some names."""
    side, student = TestSide(), StudentSide(namespace)
    ours, theirs = map(Channel, socket.socketpair())
    side.connect(ours)
    student.connect(theirs)

    def serve() -> None:
        with contextlib.suppress(Gone):
            while True:
                theirs.send(*student.answer(*theirs.receive()))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield side
    finally:
        ours.close()
        thread.join()


def answer(source: str) -> dict:
    """Run a student's code; give its names."""
    namespace: dict = {"__name__": "answer"}
    exec(textwrap.dedent(source), namespace)
    return namespace


def outcome(student: str, test: str) -> Outcome:
    """Run a test cell against a student's code."""
    cell = Test("lesson--problem", 1.0, textwrap.dedent(test))
    return run(cell, connected(answer(student)))
