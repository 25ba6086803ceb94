"""Attacks on the grading, each beside an honest hand-in of the same assignment."""

import hashlib
import itertools
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

import nbformat
import pytest

from dlcourse.grading import sandbox
from dlcourse.grading.engine import Result, Settings, grade, read_lesson
from dlcourse.grading.examiner import Sitting, Times
from dlcourse.grading.sandbox import MIB, Limits
from dlcourse.grading.warm import Doorbells, Warm

from . import arena

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="walls are built on Linux only"),
    pytest.mark.xdist_group("attacks"),
]

ROOT = Path(__file__).resolve().parents[3]
TOGETHER = 8  # attacks at a time
SHORT = Settings(
    seeds=(20_263,),
    limits=Limits(memory=900 * MIB, cpu=20, processes=40, scratch=16 * MIB, files=128),
    times=Times(cell=2.0, test=1.5, total=18),
)
ROOMY = Settings(seeds=SHORT.seeds)


@dataclass
class Listener:
    """A server on loopback of which no attack should get hold."""

    folder: Path
    heard: list[bytes] = field(default_factory=list)

    def __enter__(self) -> "Listener":
        tcp = socket.create_server(("127.0.0.1", 0))
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        name = f"\0arena-{secrets.token_hex(8)}"
        abstract, file = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        abstract.bind(name)
        file.bind(str(self.folder / "socket"))
        self.sockets = [tcp, udp, abstract, file]
        for sock in (abstract, file):
            sock.listen()
        for sock in self.sockets:
            threading.Thread(target=self._listen, args=[sock], daemon=True).start()
        self.addresses = {
            "port": tcp.getsockname()[1],
            "udp": udp.getsockname()[1],
            "abstract": name,
        }
        return self

    def _listen(self, sock: socket.socket) -> None:
        while True:
            try:
                if sock.type == socket.SOCK_DGRAM:
                    self.heard.append(sock.recv(1000))
                else:
                    connection, _ = sock.accept()
                    self.heard.append(b"a connection")
                    connection.close()
            except OSError:
                return

    def __exit__(self, *exc_info: object) -> None:
        for sock in self.sockets:
            sock.close()


@dataclass
class Graded:
    """A submission, graded, and when."""

    result: Result
    began: float
    ended: float

    @property
    def notebook(self):
        return self.result.notebooks[arena.NAME]

    @property
    def passed(self) -> set[str]:
        return {
            problem.partition("--")[2]
            for problem, outcome in self.notebook.outcomes.items()
            if outcome.passed
        }

    @property
    def shown(self) -> str:
        """What a student may see and has not written."""
        cells = [
            cell["source"] * (cell["grade_id"] in self.notebook.outcomes)
            + json.dumps(cell["outputs"], ensure_ascii=False)
            for cell in self.notebook.cells
        ]
        messages = [outcome.message for outcome in self.notebook.outcomes.values()]
        return "\n".join(cells + messages)


@dataclass
class Battle:
    """All attacks and the honest hand-ins beside them, and what they left."""

    attacks: dict[str, Graded]
    honest: list[Graded]
    canaries: list[str]
    changes: list[str]
    heard: list[bytes]
    left: list[str]

    def told_by(self, graded: Graded) -> str:
        """Show what a submission's owner sees and should not, if there is anything."""
        shown = graded.shown
        for word in [*self.canaries, "leaked:"]:  # what attacks write about a success
            where = shown.lower().find(word.lower())
            if where >= 0:
                return shown[max(0, where - 300) : where + 100]
        return ""


def _fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else ""
        for path in sorted(folder.rglob("*"))
    }


def _marked(mark: str) -> list[str]:
    """Find files of the attacks' making in the places where one might make them."""
    import dlcourse

    places = {"/tmp", "/var/tmp", "/dev/shm", "/", "/usr", os.path.expanduser("~")}
    places |= {
        sys.prefix,
        sys.base_prefix,
        os.getcwd(),
        *filter(os.path.isdir, sys.path),
    }
    places.add(os.path.dirname(dlcourse.__file__))
    found = []
    for place in places:
        with os.scandir(place) as entries:
            found += [entry.path for entry in entries if mark in entry.name]
    if mark in Path(dlcourse.__file__).read_text():
        found.append(dlcourse.__file__)
    return found


def _parents() -> dict[int, int]:
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(path.parent.name)] = int(
                path.read_text().rpartition(")")[2].split()[1]
            )
        except (OSError, ValueError):
            continue
    return parents


def descendants(process: int) -> set[int]:
    """Find the processes that come from one."""
    parents = _parents()
    found, queue = set(), [process]
    while queue:
        above = queue.pop()
        below = [child for child, parent in parents.items() if parent == above]
        found.update(below)
        queue += below
    return found


def stray() -> list[str]:
    """Name processes with the user number of an inmate that no warden watches."""
    parents = _parents()
    found = []
    for process in parents:
        try:
            user = os.stat(f"/proc/{process}").st_uid
            name = Path(f"/proc/{process}/cmdline").read_bytes()
        except OSError:
            continue
        if 0x40000000 <= user < 0x50000000 and parents[process] == 1:
            found.append(f"{process}: {name!r}")
    return found


@pytest.fixture(scope="module")
def battle(tmp_path_factory) -> Battle:
    return fight(tmp_path_factory.mktemp("course"), list(arena.attacks()), SHORT)


def fight(folder: Path, names: list[str], settings: Settings) -> Battle:
    """Grade attacks, several at a time, and honest hand-ins beside them."""
    canary = f"CANARY-{secrets.token_hex(8)}"
    mark = f"mark-{secrets.token_hex(8)}"
    solutions = arena.write_source(folder)
    other = folder / "submitted" / "somebody" / arena.NAME
    other.mkdir(parents=True)
    (other / "arena.ipynb").write_bytes(arena.honest())
    for path in (solutions, other / "arena.ipynb"):
        path.write_text(path.read_text().replace("Exercises:", f"{canary} Exercises:"))
    (folder / "secret.txt").write_text(canary)
    os.environ["ARENA_CANARY"] = canary
    lesson = read_lesson(solutions, "1")
    attacks = arena.attacks()
    with Listener(folder) as listener, Warm(hidden=[str(folder)]) as warm:
        world = {
            **listener.addresses,
            "course": str(folder),
            "solutions": str(solutions),
            "submitted": str(folder / "submitted"),
            "pid": os.getpid(),
            "mark": mark,
        }

        def run(content: bytes, settings: Settings) -> Graded:
            began = time.monotonic()
            result = grade([lesson], {"arena.ipynb": content}, settings, warm)
            return Graded(result, began, time.monotonic())

        before = _fingerprints(folder)
        running = threading.Event()
        running.set()
        honest = [run(arena.honest(), ROOMY)]

        def stay_honest() -> None:
            while running.is_set():
                honest.append(run(arena.honest(), ROOMY))

        beside = threading.Thread(target=stay_honest)
        beside.start()
        with ThreadPoolExecutor(TOGETHER) as pool:
            contents = [attacks[name].submission(world) for name in names]
            fought = list(pool.map(run, contents, itertools.repeat(settings)))
        running.clear()
        beside.join()
        until = time.monotonic() + 10  # the warm processes reap every second
        while len(descendants(warm._process.pid)) > 1 and time.monotonic() < until:
            time.sleep(0.1)
        left = [str(n) for n in descendants(warm._process.pid)][1:] + stray()
    after = _fingerprints(folder)
    changes = [
        path
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    ]
    return Battle(
        dict(zip(names, fought, strict=True)),
        honest,
        [canary, arena.HIDDEN_COMMENT, arena.HIDDEN_NUMBER, arena.HIDDEN_WORD],
        changes + _marked(mark),
        listener.heard,
        left,
    )


def run_in_kernel(content: bytes, doorbells: Doorbells) -> set[str]:
    """Run the tests in the student's own kernel; say what is earned there."""
    times = Times(cell=60, test=60, total=300)
    sitting = Sitting(doorbells, "torch", [], Limits(), times, seed=1)
    tests = {problem.grade_id: problem for problem in arena.PROBLEMS}
    earned = set()
    try:
        for number, cell in enumerate(nbformat.reads(content, 4).cells):
            problem = tests.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if cell.cell_type == "code":
                source = problem.test if problem else cell.source
                outputs, _ = sitting.run(number, source)
                failed = any(output["output_type"] == "error" for output in outputs)
                earned |= {problem.name} if problem and not failed else set()
    finally:
        sitting.close()
    return earned


@pytest.fixture(scope="module")
def in_kernel() -> dict[str, set[str]]:
    """Say for forging attacks what they earn where nothing is in their way."""
    forging = {name: a for name, a in arena.attacks().items() if a.kernel}
    with Warm() as warm, ThreadPoolExecutor(3) as pool:
        contents = [attack.submission({}) for attack in forging.values()]
        earned = pool.map(run_in_kernel, contents, itertools.repeat(warm))
        return dict(zip(forging, earned, strict=True))


@pytest.mark.parametrize("name", [n for n, a in arena.attacks().items() if a.kernel])
def test_a_forgery_succeeds_where_tests_run_in_the_students_kernel(name, in_kernel):
    assert in_kernel[name] >= arena.attacks()[name].kernel


AS_ANYBODY = (  # where a student's processes and the grader's have one user number
    "stopped", "kill_everything", "signal_handlers", "daemon", "fork_bomb",
    "memory_heap", "read_proc", "ptrace", "mounts", "privileges", "open_files",
    "network_other", "start_up_files", "links", "disk_full", "patched_numpy",
)  # fmt: skip
NOBODY = 65534


def _as_anybody() -> None:
    """Grade attacks as an ordinary user and print what is wrong. Runs on its own.

    Python may lie in a folder that is closed to others. In a view of the file system
    that this process has to itself, that folder holds Python alone and is open.
    """
    if os.getuid() == 0:
        sandbox._check(sandbox.libc().unshare(sandbox._NEWNS), "unshare")
        sandbox._mount(None, "/", None, sandbox._REC | sandbox._PRIVATE)
        above = [Path(sys.base_prefix), *Path(sys.base_prefix).parents]
        closed = [folder for folder in above if not folder.stat().st_mode & 0o001]
        if closed:
            sandbox._mount(sys.base_prefix, "/mnt", None, sandbox._BIND | sandbox._REC)
            sandbox._mount("none", str(closed[-1]), "tmpfs", 0, "mode=755")
            os.makedirs(sys.base_prefix)
            flags = sandbox._BIND | sandbox._REC
            sandbox._mount("/mnt", sys.base_prefix, None, flags)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.execv(sys.executable, sys.orig_argv)  # readable for itself again
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_CACHE_HOME"] = f"{folder}/cache"
        (course := Path(folder, "course")).mkdir()
        fought = fight(course, list(AS_ANYBODY), SHORT)
    wrong = [
        f"{name}: {graded.passed} {graded.result.fault}"
        for name, graded in fought.attacks.items()
        if graded.passed or graded.result.fault or fought.told_by(graded)
    ]
    wrong += [str(g.notebook) for g in fought.honest if g.passed != arena.ALL]
    print(json.dumps([os.getuid(), *wrong, *fought.changes, *fought.left]))
    print(len(fought.heard))


def test_an_ordinary_user_is_as_safe():
    program = (
        "from tests.grading.attacks.test_hostile import _as_anybody; _as_anybody()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if "unshare" in done.stderr:
        pytest.skip("this machine gives nobody a view of the file system of their own")
    assert done.returncode == 0, done.stderr
    wrong, heard = done.stdout.splitlines()
    assert json.loads(wrong) == [os.getuid() or NOBODY]
    assert heard == "0"


def test_there_are_attacks_of_many_kinds():
    assert len(arena.attacks()) >= 65


@pytest.mark.parametrize("name", arena.attacks())
def test_an_attack_earns_what_it_honestly_answers_and_no_more(name, battle):
    fought = battle.attacks[name]
    told = {
        o.problem: (o.status, o.detail[:300]) for o in fought.notebook.outcomes.values()
    }
    assert fought.passed == arena.attacks()[name].earns, (told, fought.notebook.notes)


@pytest.mark.parametrize("name", arena.attacks())
def test_an_attack_is_graded_to_the_end(name, battle):
    fought = battle.attacks[name]
    assert not fought.result.fault
    assert fought.notebook.status == "run"
    assert len(fought.notebook.outcomes) == len(arena.PROBLEMS)
    json.dumps(asdict(fought.result), ensure_ascii=False).encode()


@pytest.mark.parametrize("name", arena.attacks())
def test_an_attack_shows_nothing_that_it_should_not_know(name, battle):
    assert battle.told_by(battle.attacks[name]) == ""


@pytest.mark.parametrize("name", arena.attacks())
def test_the_honest_hand_in_beside_an_attack_keeps_its_points(name, battle):
    fought = battle.attacks[name]
    beside = [
        honest
        for honest in battle.honest
        if honest.began < fought.ended and honest.ended > fought.began
    ]
    assert beside
    for honest in beside:
        assert not honest.result.fault
        assert honest.passed == arena.ALL, honest.notebook


def test_waiting_a_little_in_every_cell_uses_up_the_time_of_the_notebook(battle):
    notes = battle.attacks["waiting_in_turns"].notebook.notes
    assert any("timed out" in note for note in notes)


def test_no_attack_changes_a_file(battle):
    assert battle.changes == []


def test_no_attack_reaches_the_network(battle):
    assert battle.heard == []


def test_no_process_of_an_attack_is_left(battle):
    assert battle.left == []
