"""What the processes behind walls do."""

import os
import secrets
import signal
import socket
from typing import Any


def student(
    channel: int, shell: Any, fence: list[str], seed: int | None = None
) -> None:
    """Run a student's cells: see :func:`dlcourse.engine.student.serve`.

    The notebook runs in a child, so that it is not the first process of its world:
    when that one ends, the kernel ends all others, and snapshots have to outlive a
    crash.
    """
    import sys

    from dlcourse.engine.student import Fence, seed_generators, serve
    from dlcourse.engine.wire import Channel, Gone

    from .sandbox import _SET_DUMPABLE, _prctl_if_linux

    if os.fork():
        os.close(channel)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        while True:
            try:
                os.wait()
            except ChildProcessError:
                signal.pause()
    _prctl_if_linux(_SET_DUMPABLE, 1)  # or it could not read /proc/self
    fenced = Fence(fence)
    sys.meta_path.insert(0, fenced)
    sys.path.insert(0, os.getcwd())
    seed_generators(secrets.randbits(63) if seed is None else seed)
    talk = Channel(socket.socket(fileno=channel))
    talk.send({"process": os.getpid()})
    try:
        serve(talk, shell, fenced)
    except Gone:
        os._exit(0)


def examiner(
    channel: int,
    bells: dict[str, int],
    hidden: list[str],
) -> None:
    """Examine one submission: see :mod:`dlcourse.grading.examiner`."""
    from dlcourse.engine.wire import Channel

    from .examiner import examine
    from .warm import Doorbells

    doorbells = Doorbells(
        {name: socket.socket(fileno=fd) for name, fd in bells.items()},
        hidden,
    )
    talk = Channel(socket.socket(fileno=channel))
    job, contents = talk.receive()
    try:
        for part in examine(job, contents, doorbells):
            talk.send(*part)
    except Exception as error:
        fault = f"the examination failed: {type(error).__name__}: {error}"
        talk.send({"done": True, "fault": fault[:1000]})
