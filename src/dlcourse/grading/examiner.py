"""Examine one submission: run its cells in one place, the tests in another.

An examiner is a process of its own behind walls of its own: it has the tests and no
gradebook, and everything that a student's file or process says is read here and
nowhere else.
"""

import glob
import hashlib
import importlib.util
import json
import math
import os
import re
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from dlcourse.check import SEED_VARIABLE
from dlcourse.engine import tests
from dlcourse.engine.tests import Outcome, Test, TestSide, TimedOut
from dlcourse.engine.values import BadMessage
from dlcourse.engine.wire import SLICE, Channel, Gone

from . import salvage
from .sandbox import Limits
from .warm import Doorbells, Inmate

MAX_STARTS = 4  # of a notebook whose cells crash Python
GRACE = 5.0  # seconds to react to an interrupt
MAX_SHOWN = 6 << 20  # bytes of JSON: of a notebook's outputs, and of its sources
MAX_SAID = 10_000  # characters of what is told about one problem
MAX_ROOM = 3 << 30  # bytes of memory for one test, whose values may be a student's
WAITING = "waiting"
STARVED = 20  # a limit on time is stretched at most so much on a busy machine


@dataclass(frozen=True)
class Times:
    """Limits on time, in seconds that a free processor would take.

    Attributes
    ----------
    cell : float
        For one cell of the student's.
    test : float
        For the student's code in one test.
    total : float
        For one notebook.
    """

    cell: float = 60.0
    test: float = 60.0
    total: float = 600.0


class Patience:
    """Decide when a student's process has had its time.

    A busy machine does not count: the time for which the process stood ready and no
    processor was free is taken off.

    Parameters
    ----------
    inmate : Inmate
        Whose time it is.
    total : float
        Seconds for all that is to come.
    """

    def __init__(self, inmate: Inmate, total: float) -> None:
        self.inmate = inmate
        self.whole = Span(total, "this notebook", inmate.usage())
        self.begin(total, "it")

    def begin(self, limit: float, what: str) -> None:
        """Start counting anew, for something that may take ``limit`` seconds.

        What was used before is asked only if it lasts: most things end at once.
        """
        self.part = Span(limit, what)

    def __call__(self) -> None:
        """Raise :class:`TimedOut` if the time is over."""
        if self.part.base is None and self.part.wall >= SLICE:
            self.part = Span(self.part.limit, self.part.what, self.inmate.usage())
        for span in (self.part, self.whole):
            if span.base is None or span.wall < span.limit:
                continue
            used = self.inmate.usage()
            if "ended" in used:
                raise Gone
            if span.is_over(used):
                raise TimedOut(f"{span.what} took longer than {span.limit:g} s")


class Span:
    """Something that may take so many seconds.

    Parameters
    ----------
    limit : float
        Seconds.
    what : str
        What it is, in words.
    base : dict, optional
        What had been used before, if that is known.
    """

    def __init__(
        self, limit: float, what: str, base: dict[str, Any] | None = None
    ) -> None:
        self.limit = limit
        self.what = what
        self.base = base
        self.started = time.monotonic()

    @property
    def wall(self) -> float:
        """Seconds since it began."""
        return time.monotonic() - self.started

    def is_over(self, used: dict[str, Any]) -> bool:
        """Say whether it has taken too long, given what has been used."""
        starved = used["waited"] - self.base.get("waited", 0.0)
        cpu = used["cpu"] - self.base.get("cpu", 0.0)
        latest = STARVED * self.limit
        return max(self.wall - starved, cpu) >= self.limit or self.wall >= latest


class Died(Exception):
    """The process of a notebook ended, or had to be ended, in one of its cells."""

    def __init__(self, number: int, status: str, text: str) -> None:
        super().__init__(text)
        self.number = number
        self.status = status


@dataclass
class Snapshot:
    """A student's process as it was at one place of the notebook.

    Attributes
    ----------
    talk : Channel
        To it.
    process : int
        Its number in its own world.
    """

    talk: Channel
    process: int


class Sitting:
    """One run of a notebook's cells, with a snapshot for each test.

    Parameters
    ----------
    doorbells : Doorbells
        Where processes are asked for.
    kind : {"plain", "torch"}
        From which warm process.
    fence : list of str
        Packages that are not to be had.
    limits : Limits
        For the process.
    times : Times
        For its cells and tests, and for all of them.
    seed : int
        For the global generators of the student's process.
    """

    def __init__(
        self,
        doorbells: Doorbells,
        kind: str,
        fence: list[str],
        limits: Limits,
        times: Times,
        seed: int,
    ) -> None:
        self.times = times
        hidden = [folder for package in fence for folder in _folders(package)]
        self.inmate = doorbells.start(
            "student", kind, limits, hidden, fence=fence, seed=seed
        )
        self.patience = Patience(self.inmate, times.total)
        self.talk = Channel(self.inmate.channel, self.patience)
        self.snapshots: dict[str, Snapshot | BaseException] = {}
        self._opened: list[Channel] = []
        self.process = self._hello(self.talk)

    def _hello(self, talk: Channel) -> int:
        message, _ = talk.receive()
        process = message.get("process") if isinstance(message, dict) else None
        if type(process) is not int:
            raise BadMessage("a process did not say its number")
        return process

    def run(self, number: int, source: str) -> tuple[list[dict], bool]:
        """Run one cell; give its outputs, and whether it had to be interrupted.

        Raises
        ------
        Died
            If the process did not survive it.
        """
        self.patience.begin(self.times.cell, "this cell")
        late = False
        try:
            self.talk.send({"do": "cell", "source": source})
            try:
                message, _ = self.talk.receive()
            except TimedOut as error:
                late = True
                self.inmate.signal(self.process, signal.SIGINT)
                self.patience.begin(GRACE, str(error))
                message, _ = self.talk.receive()
        except TimedOut as error:
            text = f"{error} and could not be stopped"
            raise Died(number, "timed out", text) from None
        except Gone:
            raise Died(number, *self._death()) from None
        except BadMessage as error:
            text = f"this cell sent nonsense: {error}"
            raise Died(number, "incident", text) from None
        return clean_outputs(message), late

    def _death(self) -> tuple[str, str]:
        ended = self.inmate.usage()
        if ended.get("ended") == "memory":
            return "out of memory", "this cell used more memory than there is"
        if ended.get("ended") == "cpu":
            return "timed out", "this notebook used more processor time than it has"
        return "crashed", "Python itself ended while this cell ran"

    def fork(self, problem: str) -> None:
        """Leave behind a snapshot for a problem's tests."""
        self.snapshots[problem] = self._copy(self.talk)

    def _copy(self, talk: Channel) -> Snapshot | BaseException:
        """Have one of the notebook's processes fork; say what kept it from that."""
        self.patience.begin(GRACE, "a snapshot")
        ours, theirs = socket.socketpair()
        copy = Channel(ours, self.patience)
        self._opened.append(copy)
        try:
            with theirs:
                talk.send({"do": "fork"})
                talk.send_socket(theirs)
            return Snapshot(copy, self._hello(copy))
        except (Gone, TimedOut, BadMessage) as error:
            return error

    def tests(self, wanted: dict[str, Test], seeds: list[int]) -> dict[str, Outcome]:
        """Run the problems' tests, each against its snapshot.

        All tests stop where their hidden part begins, until the last one is there:
        none of the student's processes has seen a hidden input before, so what their
        exceptions say until then may be told.

        The first seed gives the outcomes. With the others the tests run again, against
        copies of the snapshots, only to see whether they come to the same.
        """
        copies = {
            problem: self._copy(snapshot.talk)
            for problem, snapshot in self.snapshots.items()
            if isinstance(snapshot, Snapshot) and seeds[1:]
        }
        begun = {p: self._begin(test, seeds[0]) for p, test in wanted.items()}
        outcomes = {p: self._end(p, aside) for p, aside in begun.items()}
        self.patience.whole.limit += self.times.total * len(seeds[1:])
        for problem, copy in copies.items():
            for seed in seeds[1:] if isinstance(copy, Snapshot) else ():
                self.snapshots[problem] = self._copy(copy.talk)
                again = self._end(problem, self._begin(wanted[problem], seed))
                outcomes[problem].steady &= again.passed == outcomes[problem].passed
            self._drop(copy)
        return outcomes

    def _begin(self, test: Test, seed: int) -> "Aside | Outcome":
        snapshot = self.snapshots.get(test.problem, Gone())
        if isinstance(snapshot, BaseException):
            return _not_tested(test.problem, snapshot)

        def act(wait: Callable[[], None]) -> Any:
            os.environ[SEED_VARIABLE] = str(seed)
            return self._run(test, snapshot.talk, wait)

        return Aside(act, 4 * self.times.test)

    def _run(self, test: Test, talk: Channel, wait: Callable[[], None]) -> Any:
        def before_hidden() -> None:
            wait()
            self.patience.begin(self.times.test, "this answer")

        self.patience.begin(self.times.test, "this answer")
        side = TestSide()
        side.connect(talk)
        try:
            outcome = tests.run(test, side, before_hidden)
            if outcome.status in ("passed", "failed", "not attempted"):
                talk.send({"do": "touched"})
                said, _ = talk.receive()
                names = said["touched"][:40]
                outcome.asked_for = [name[:40] for name in names if name.isidentifier()]
        except (
            TimedOut, Gone, BadMessage, KeyError, TypeError, AttributeError
        ) as error:  # fmt: skip
            outcome = _not_tested(test.problem, error)
        return asdict(outcome), self.inmate.last

    def _end(self, problem: str, aside: "Aside | Outcome") -> Outcome:
        if isinstance(aside, Outcome):
            return aside
        if aside.said is WAITING:
            aside.go_on()
        found = aside.said
        self._drop(self.snapshots.pop(problem))
        if found is None:
            return _not_tested(problem, TimedOut("the test of this answer was lost"))
        outcome, last = Outcome(**found[0]), found[1]
        if "ended" in last:
            self.inmate.last = last
        if outcome.status == "crashed":
            ended = self.inmate.usage()
            if ended.get("ended") == "memory":
                outcome.status = "out of memory"
                outcome.message = "The answer used more memory than there is."
        outcome.message = clean_text(outcome.message, MAX_SAID)
        outcome.detail = clean_text(outcome.detail, MAX_SAID)
        return outcome

    def _drop(self, snapshot: Snapshot | BaseException) -> None:
        if isinstance(snapshot, Snapshot):
            snapshot.talk.close()
            self.inmate.signal(snapshot.process, signal.SIGKILL)

    def close(self) -> dict[str, Any]:
        """End the process; say what it has used."""
        for talk in self._opened:
            talk.close()
        return self.inmate.kill()


def _not_tested(problem: str, error: BaseException) -> Outcome:
    """Put into words why a test did not come to an end."""
    if isinstance(error, TimedOut):
        return Outcome(problem, "timed out", f"{error}.", str(error))
    if isinstance(error, Gone):
        return Outcome(problem, "crashed", "Python ended before the test.")
    text = "The answer handed back something that cannot be read."
    return Outcome(problem, "incident", text, str(error))


class Aside:
    """Something done in a fork of this process, with so much processor time at most.

    A student's values may slow a test, also where Python cannot be interrupted, take
    its memory or crash it: then the examiner goes on.

    Parameters
    ----------
    act : callable
        What to do. It gets a function that waits for :meth:`go_on`.
    seconds : float
        Of processor time.

    Attributes
    ----------
    said : object
        What came out, as JSON has it; :data:`WAITING` while it waits; None if it ended
        without a word.
    """

    def __init__(
        self, act: Callable[[Callable[[], None]], Any], seconds: float
    ) -> None:
        ours, theirs = socket.socketpair()
        self.process = os.fork()
        if self.process == 0:
            ours.close()
            self._child(act, theirs, seconds)
        theirs.close()
        self.socket = ours
        self._lines = ours.makefile("r")
        self._listen()

    def _child(self, act: Any, parent: socket.socket, seconds: float) -> None:
        def stop(signum, frame):
            raise TimedOut("the test of this answer took too long")

        def wait() -> None:
            parent.sendall(json.dumps(WAITING).encode() + b"\n")
            parent.recv(1)

        try:
            last = math.ceil(seconds) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (last, last))
            _, hard = resource.getrlimit(resource.RLIMIT_DATA)
            resource.setrlimit(resource.RLIMIT_DATA, (MAX_ROOM, hard))
            signal.signal(signal.SIGPROF, stop)
            signal.setitimer(signal.ITIMER_PROF, seconds)
            parent.sendall(json.dumps(act(wait)).encode() + b"\n")
        finally:
            os._exit(0)

    def _listen(self) -> None:
        line = self._lines.readline()
        said = json.loads(line) if line.endswith("\n") else None
        self.said = WAITING if said == WAITING else said
        if self.said is not WAITING:
            self.socket.close()
            os.waitpid(self.process, 0)

    def go_on(self) -> None:
        """Let it go on to its end."""
        self.socket.sendall(b".")
        self._listen()


def _folders(package: str) -> list[str]:
    """Find the folders that hold a package, in this Python and in others on the way."""
    try:
        spec = importlib.util.find_spec(package.partition(".")[0])
    except (ImportError, ValueError):
        spec = None
    found = {*((spec and spec.submodule_search_locations) or [])}
    for prefix in (sys.prefix, sys.base_prefix, "/usr", "/usr/local"):
        for packages in ("site-packages", "dist-packages"):
            found.update(glob.glob(f"{prefix}/lib*/python*/{packages}/{package}"))
    return sorted({os.path.realpath(folder) for folder in found})


def clean_text(text: Any, size: int) -> str:
    """Keep the beginning of a text, without what cannot be written to a file."""
    text = text if isinstance(text, str) else ""
    return text[:size].encode(errors="replace").decode()


def clean_outputs(message: Any) -> list[dict[str, Any]]:
    """Keep of a cell's outputs what the notebook format knows as text or picture."""
    cleaned: list[dict[str, Any]] = []
    outputs = message.get("outputs") if isinstance(message, dict) else None
    for output in outputs[:100] if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        kind = output.get("output_type")
        if kind == "stream":
            name = "stderr" if output.get("name") == "stderr" else "stdout"
            text = clean_text(output.get("text"), 200_000)
            cleaned.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "error":
            lines = output.get("traceback")
            lines = lines if isinstance(lines, list) else []
            cleaned.append(
                {
                    "output_type": "error",
                    "ename": clean_text(output.get("ename"), 100),
                    "evalue": clean_text(output.get("evalue"), 2000),
                    "traceback": [clean_text(line, 20_000) for line in lines[:200]],
                }
            )
        elif kind == "display_data" and isinstance(output.get("data"), dict):
            data = {
                mime: clean_text(value, MAX_SHOWN)
                for mime, value in output["data"].items()
                if mime in ("text/plain", "image/png") and isinstance(value, str)
            }
            if not _is_base64(data.get("image/png", "")):
                del data["image/png"]
            cleaned.append(
                {"output_type": "display_data", "data": data, "metadata": {}}
            )
    return cleaned


def _is_base64(text: str) -> bool:
    return bool(re.fullmatch(r"[A-Za-z0-9+/=\s]*", text))


def examine(
    job: dict[str, Any], contents: list[bytes], doorbells: Doorbells
) -> Iterator[tuple[dict[str, Any]]]:
    """Examine one submission.

    Parameters
    ----------
    job : dict
        As :func:`dlcourse.grading.engine.grade` makes it.
    contents : list of bytes
        The files that it names.
    doorbells : Doorbells
        Where processes are asked for.

    Yields
    ------
    tuple of one dict
        News as it comes: of a notebook, of a problem, of the end.
    """
    files = dict(zip(job["files"], contents, strict=True))
    current: dict[str, dict[str, Any]] = {}
    for lesson in job["lessons"]:
        current.setdefault(lesson["name"], lesson)
    exercises = {name: _exercise(lesson) for name, lesson in current.items()}
    found, unreadable, notes = salvage.assign(files, exercises)
    yield ({"notes": notes},)
    for name, lesson in current.items():
        if name in unreadable:
            text = unreadable[name]
            yield ({"notebook": name, "status": "unreadable", "text": text},)
            continue
        if name not in found:
            yield ({"notebook": name, "status": "missing"},)
            continue
        notebook, said = found[name]
        version = salvage.version_of(notebook) or lesson["version"]
        for candidate in job["lessons"]:
            if (candidate["name"], candidate["version"]) == (name, version):
                salvaged = salvage.plan(notebook, _exercise(candidate), said)
                yield from _notebook(job, candidate, salvaged, doorbells)
                break
        else:
            yield ({"notebook": name, "status": "other release", "text": version},)
    yield ({"done": True},)


def _exercise(lesson: dict[str, Any]) -> salvage.Exercise:
    visible = {t["problem"]: Test(**t).visible.source for t in lesson["tests"]}
    return salvage.Exercise(lesson["name"], visible, lesson["answers"])


def _notebook(
    job: dict[str, Any],
    lesson: dict[str, Any],
    salvaged: salvage.Salvaged,
    doorbells: Doorbells,
) -> Iterator[tuple[dict[str, Any]]]:
    started = time.monotonic()
    name = lesson["name"]
    problems = {t["problem"]: Test(**t) for t in lesson["tests"]}
    everything = "\n".join(
        [step.cell.source for step in salvaged.steps if step.cell.kind == "code"]
        + [test.source for test in problems.values()]
    )
    limits, times = Limits(**job["limits"]), Times(**job["times"])
    limits = replace(
        limits,
        cpu=limits.cpu * len(job["seeds"]),
        processes=limits.processes + 2 * len(problems),  # snapshots and their copies
    )
    strictest = frozenset().union(*(t.forbidden for t in problems.values()))

    def sit(fence: frozenset[str], wanted: set[str]) -> "Run":
        kind = "plain" if "torch" in fence or "torch" not in everything else "torch"
        return Run(doorbells, kind, fence, limits, times, job["seeds"]).do(
            salvaged.steps, {p: test for p, test in problems.items() if p in wanted}
        )

    run = sit(strictest, set(problems))
    yield from (({"outcome": asdict(o), "of": name},) for o in run.outcomes.values())
    again: dict[frozenset[str], set[str]] = {}
    for problem, outcome in run.outcomes.items():
        unjust = set(outcome.asked_for) & (strictest - problems[problem].forbidden)
        if not outcome.passed and unjust:
            again.setdefault(problems[problem].forbidden, set()).add(problem)
    for fence, wanted in again.items():
        second = sit(fence, wanted)
        run.outcomes |= second.outcomes
        run.own_seconds += second.own_seconds
        outcomes = second.outcomes.values()
        yield from (({"outcome": asdict(o), "of": name},) for o in outcomes)
    yield (
        {
            "notebook": name,
            "status": "run",
            "notes": [*salvaged.notes, *run.notes],
            "version": salvaged.version,
            "cells": _shown(salvaged.steps, run, problems),
            "seconds": time.monotonic() - started,
            "own_seconds": run.own_seconds,
            "memory": run.memory,
        },
    )


class Run:
    """A notebook's cells run, and its problems tested, whatever the cells do.

    Parameters
    ----------
    doorbells, kind, limits, times
        As for :class:`Sitting`.
    fence : frozenset of str
        Packages that are not to be had.
    seeds : list of int
        The seeds of the tests; the student's process gets another.

    Attributes
    ----------
    outcomes : dict of str to Outcome
        By problem.
    outputs : dict of int to list of dict
        What the cells showed, by the number of the step.
    notes : list of str
        What happened to cells that did not run to their end.
    own_seconds : float
        How long the student's own code took.
    memory : int
        The most bytes that it used at a time.
    """

    def __init__(
        self,
        doorbells: Doorbells,
        kind: str,
        fence: frozenset[str],
        limits: Limits,
        times: Times,
        seeds: list[int],
    ) -> None:
        self._arguments = doorbells, kind, sorted(fence), limits
        self.times = times
        self.seeds = seeds
        self.outcomes: dict[str, Outcome] = {}
        self.outputs: dict[int, list[dict[str, Any]]] = {}
        self.notes: list[str] = []
        self.own_seconds = 0.0
        self.memory = 0

    def do(self, steps: list[salvage.Step], wanted: dict[str, Test]) -> "Run":
        """Run the steps and test the problems that are wanted."""
        skipped: dict[int, Died] = {}
        sitting = None
        for _ in range(MAX_STARTS):
            left = self.times.total - self.own_seconds
            if left <= 0:
                break
            times = replace(self.times, total=left)
            try:
                sitting = Sitting(*self._arguments, times, _student_seed(self.seeds[0]))
            except (Gone, TimedOut, BadMessage) as error:
                self.notes.append(f"a process did not start: {error!r}")
                continue
            try:
                self._cells(sitting, steps, wanted, skipped)
                break
            except Died as death:
                skipped[death.number] = death
                self.notes.append(f"cell {death.number + 1} {death.status}: {death}")
                self._count(sitting.close())
                sitting = None
        if sitting:
            self._tests(sitting, wanted)
            self._count(sitting.close())
        else:
            late = self.own_seconds >= self.times.total
            text = "The notebook's cells ended Python again and again."
            if late:
                text = f"The notebook's cells took longer than {self.times.total:g} s."
            for problem in wanted:
                status = "timed out" if late else "crashed"
                self.outcomes[problem] = Outcome(problem, status, text)
        return self

    def _tests(self, sitting: Sitting, wanted: dict[str, Test]) -> None:
        started = time.monotonic()
        self.outcomes |= sitting.tests(wanted, self.seeds)
        self.own_seconds += time.monotonic() - started

    def _count(self, used: dict[str, Any]) -> None:
        self.memory = max(self.memory, used.get("memory", 0))

    def _cells(
        self,
        sitting: Sitting,
        steps: list[salvage.Step],
        wanted: dict[str, Test],
        skipped: dict[int, Died],
    ) -> None:
        room = MAX_SHOWN
        for number, step in enumerate(steps):
            if step.test is not None:
                if step.test in wanted:
                    sitting.fork(step.test)
            elif number in skipped:
                self.outputs[number] = [_error("Died", str(skipped[number]))]
            elif step.cell.kind == "code" and step.cell.source.strip():
                started = time.monotonic()
                try:
                    outputs, late = sitting.run(number, step.cell.source)
                finally:
                    self.own_seconds += time.monotonic() - started
                size = len(json.dumps(outputs))
                if size > room:
                    text = "The notebook shows too much: left out from here on."
                    outputs, size = [_error("TooMuch", text)], room
                room -= size
                self.outputs[number] = outputs
                if late:
                    self.notes.append(f"cell {number + 1} timed out")
                    self.outputs[number].append(
                        _error("TimedOut", "This cell took too long and was stopped.")
                    )


def _student_seed(seed: int) -> int:
    """Draw the seed of the student's process so that it does not tell the tests'."""
    return int.from_bytes(hashlib.sha256(f"student {seed}".encode()).digest()[:8]) >> 1


def _error(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [text]}


def _shown(
    steps: list[salvage.Step], run: Run, problems: dict[str, Test]
) -> list[dict[str, Any]]:
    """Write down the cells with their outputs, for the autograded notebook."""
    cells: list[dict[str, Any]] = []
    room = MAX_SHOWN
    for number, step in enumerate(steps):
        source, outputs = step.cell.source, run.outputs.get(number, [])
        if step.test is not None:
            source = problems[step.test].visible.source
            outcome = run.outcomes[step.test]
            text = outcome.message or f"{step.test}: passed"
            if outcome.passed:
                outputs = [
                    {"output_type": "stream", "name": "stdout", "text": text + "\n"}
                ]
            else:
                outputs = [_error(outcome.status.replace(" ", "_"), text)]
        size = len(json.dumps(source))
        if size > room:
            source, size = "(too much text to be shown)", 0
        room -= size
        cells.append(
            {
                "kind": step.cell.kind,
                "source": source,
                "grade_id": step.cell.grade_id,
                "outputs": outputs,
            }
        )
    return cells
