"""Examine one submission: run its cells in one place, the tests in another.

An examiner is a process of its own behind walls of its own: it has the tests and no
gradebook, and everything that a student's file or process says is read here and
nowhere else.
"""

import contextlib
import importlib.util
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dlcourse.engine import tests
from dlcourse.engine.tests import Outcome, Test, TestSide, TimedOut
from dlcourse.engine.values import BadMessage
from dlcourse.engine.wire import Channel, Gone

from . import salvage
from .sandbox import Limits
from .warm import Doorbells, Inmate

MAX_STARTS = 4  # of a notebook whose cells crash Python
GRACE = 5.0  # seconds to react to an interrupt
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
        self.total = total
        self.begin(total, "it")

    def begin(self, limit: float, what: str) -> None:
        """Start counting anew, for something that may take ``limit`` seconds."""
        self.limit = min(limit, self.total)
        self.what = what
        self.started = time.monotonic()
        self.base: dict[str, Any] | None = None

    def __call__(self) -> None:
        """Raise :class:`TimedOut` if the time is over."""
        used = None
        if self.base is None:
            used = self.base = self.inmate.usage()
        wall = time.monotonic() - self.started
        if wall < self.limit:
            return
        used = self.inmate.usage()
        if "ended" in used:
            raise Gone
        starved = used["waited"] - self.base.get("waited", 0.0)
        cpu = used["cpu"] - self.base.get("cpu", 0.0)
        if wall - starved >= self.limit or cpu >= self.limit or (
            wall >= STARVED * self.limit
        ):  # fmt: skip
            raise TimedOut(f"{self.what} took longer than {self.limit:g} s")


class Died(Exception):
    """The process of a notebook ended, or had to be ended, in one of its cells."""

    def __init__(self, number: int, status: str, text: str) -> None:
        super().__init__(text)
        self.number = number
        self.status = status


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
        For its cells and tests.
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
        self.snapshots: dict[str, Channel] = {}
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
            raise Died(number, "timed out", f"{error} and could not be stopped") from None
        except Gone:
            raise Died(number, *self._death()) from None
        except BadMessage as error:
            raise Died(number, "incident", f"this cell sent nonsense: {error}") from None
        return clean_outputs(message), late

    def _death(self) -> tuple[str, str]:
        ended = self.inmate.ended() or {}
        if ended.get("ended") == "memory":
            return "out of memory", "this cell used more memory than there is"
        if ended.get("ended") == "cpu":
            return "timed out", "this notebook used more processor time than it has"
        return "crashed", "Python itself ended while this cell ran"

    def fork(self, problem: str) -> None:
        """Leave behind a snapshot for a problem's tests."""
        import socket

        ours, theirs = socket.socketpair()
        with contextlib.suppress(Gone, TimedOut):
            self.patience.begin(GRACE, "a snapshot")
            self.talk.send({"do": "fork"})
            self.talk.send_socket(theirs)
        theirs.close()
        self.snapshots[problem] = Channel(ours, self.patience)

    def test(self, test: Test) -> Outcome:
        """Run a problem's tests against its snapshot."""
        talk = self.snapshots.pop(test.problem)
        self.patience.begin(self.times.test, "this answer")
        process = None
        side = TestSide()
        side.connect(talk)
        touched: list[str] = []
        try:
            process = self._hello(talk)
            with _own_time(4 * self.times.test):
                outcome = tests.run(test, side)
            if outcome.status in ("passed", "failed", "not attempted"):
                talk.send({"do": "touched"})
                said, _ = talk.receive()
                touched = [str(name)[:40] for name in said["touched"]][:40]
        except TimedOut as error:
            outcome = Outcome(test.problem, "timed out", f"{error}.", str(error))
        except Gone:
            outcome = Outcome(test.problem, "crashed", "Python ended before the test.")
        except (BadMessage, KeyError, TypeError, AttributeError) as error:
            text = "The answer handed back something that cannot be read."
            outcome = Outcome(test.problem, "incident", text, str(error))
        talk.close()
        if outcome.status == "crashed":
            ended = self.inmate.ended() or {}
            if ended.get("ended") == "memory":
                outcome.status = "out of memory"
                outcome.message = "The answer used more memory than there is."
        if process is not None and outcome.status not in ("passed", "failed"):
            self.inmate.signal(process, signal.SIGKILL)
        outcome.asked_for = touched
        return outcome

    def close(self) -> dict[str, Any]:
        """End the process; say what it has used."""
        for talk in self.snapshots.values():
            talk.close()
        return self.inmate.kill()


@contextlib.contextmanager
def _own_time(seconds: float) -> Iterator[None]:
    """Bound the processor time of the test itself, which a student's values may slow."""

    def stop(signum, frame):
        raise TimedOut("the test of this answer took too long")

    previous = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)


def _folders(package: str) -> list[str]:
    """The folders that hold a package."""
    try:
        spec = importlib.util.find_spec(package.partition(".")[0])
    except (ImportError, ValueError):
        return []
    places = spec.submodule_search_locations if spec else None
    return [str(Path(place).resolve()) for place in places or []]


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
            text = str(output.get("text", ""))[:200_000]
            cleaned.append({"output_type": "stream", "name": name, "text": text})
        elif kind == "error":
            lines = output.get("traceback")
            lines = lines if isinstance(lines, list) else []
            cleaned.append(
                {
                    "output_type": "error",
                    "ename": str(output.get("ename", ""))[:100],
                    "evalue": str(output.get("evalue", ""))[:2000],
                    "traceback": [str(line)[:20_000] for line in lines[:200]],
                }
            )
        elif kind == "display_data" and isinstance(output.get("data"), dict):
            data = {
                mime: value
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
    import re

    return bool(re.fullmatch(r"[A-Za-z0-9+/=\s]*", text))


def examine(
    job: dict[str, Any], contents: list[bytes], doorbells: Doorbells
) -> Iterator[tuple[dict[str, Any]]]:
    """Examine one submission.

    Parameters
    ----------
    job : dict
        As :func:`dlcourse.grading.engine.job` makes it.
    contents : list of bytes
        The files that it names.
    doorbells : Doorbells
        Where processes are asked for.

    Yields
    ------
    tuple of one dict
        News as it comes: of a notebook, of a problem, of the end.
    """
    import os

    os.environ["DLCOURSE_SEED"] = str(job["seed"])
    files = dict(zip(job["files"], contents, strict=True))
    current: dict[str, dict[str, Any]] = {}
    for lesson in job["lessons"]:
        current.setdefault(lesson["name"], lesson)
    exercises = {name: _exercise(lesson) for name, lesson in current.items()}
    found, unreadable, notes = salvage.assign(files, exercises)
    yield ({"notes": notes},)
    for name, lesson in current.items():
        if name in unreadable:
            yield ({"notebook": name, "status": "unreadable", "text": unreadable[name]},)
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
    strictest = frozenset().union(*(t.forbidden for t in problems.values()))

    def sit(fence: frozenset[str], wanted: set[str]) -> "Run":
        kind = "plain" if "torch" in fence or "torch" not in everything else "torch"
        return Run(doorbells, kind, fence, limits, times, job["seed"]).do(
            salvaged.steps, {p: problems[p] for p in wanted}
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
        yield from (({"outcome": asdict(o), "of": name},) for o in second.outcomes.values())
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
    seed : int
        The seed of the tests, from which the student's process gets another.

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
        seed: int,
    ) -> None:
        self._arguments = (
            doorbells, kind, sorted(fence), limits, times, _student_seed(seed)
        )  # fmt: skip
        self.outcomes: dict[str, Outcome] = {}
        self.outputs: dict[int, list[dict[str, Any]]] = {}
        self.notes: list[str] = []
        self.own_seconds = 0.0
        self.memory = 0

    def do(self, steps: list[salvage.Step], wanted: dict[str, Test]) -> "Run":
        """Run the steps and test the problems that are wanted."""
        skipped: dict[int, Died] = {}
        for _ in range(MAX_STARTS):
            try:
                sitting = Sitting(*self._arguments)
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
        else:
            sitting = None
        for problem, test in wanted.items():
            if sitting and problem in sitting.snapshots:
                started = time.monotonic()
                outcome = sitting.test(test)
                self.own_seconds += time.monotonic() - started
            else:
                text = "The notebook's cells ended Python again and again."
                outcome = Outcome(problem, "crashed", text)
            self.outcomes[problem] = outcome
        if sitting:
            self._count(sitting.close())
        return self

    def _count(self, used: dict[str, Any]) -> None:
        self.memory = max(self.memory, used.get("memory", 0))

    def _cells(
        self,
        sitting: Sitting,
        steps: list[salvage.Step],
        wanted: dict[str, Test],
        skipped: dict[int, Died],
    ) -> None:
        for number, step in enumerate(steps):
            if step.test is not None:
                if step.test in wanted:
                    sitting.fork(step.test)
            elif number in skipped:
                self.outputs[number] = [_error("Died", str(skipped[number]))]
            elif step.cell.kind == "code" and step.cell.source.strip():
                started = time.monotonic()
                try:
                    self.outputs[number], late = sitting.run(number, step.cell.source)
                finally:
                    self.own_seconds += time.monotonic() - started
                if late:
                    self.notes.append(f"cell {number + 1} timed out")
                    self.outputs[number].append(
                        _error("TimedOut", "This cell took too long and was stopped.")
                    )


def _student_seed(seed: int) -> int:
    """Draw the seed of the student's process so that it does not tell the tests'."""
    import hashlib

    return int.from_bytes(hashlib.sha256(f"student {seed}".encode()).digest()[:8]) >> 1


def _error(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [text]}


def _shown(
    steps: list[salvage.Step], run: Run, problems: dict[str, Test]
) -> list[dict[str, Any]]:
    """Write down the cells with their outputs, for the autograded notebook."""
    cells = []
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
        cells.append(
            {
                "kind": step.cell.kind,
                "source": source,
                "grade_id": step.cell.grade_id,
                "outputs": outputs,
            }
        )
    return cells
