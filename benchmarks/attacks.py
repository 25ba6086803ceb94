"""What each attack buys: under stock nbgrader, and under ``dlcourse grade``.

Every attack of ``tests/grading/attacks/hostile/`` is handed in to a class of its own,
between two honest students, and graded::

    .venv/bin/python benchmarks/attacks.py [NAME …]

Stock nbgrader runs inside a throw-away sandbox (bubblewrap: no network, a read-only
machine, the class folder and nothing else to write to), because these attacks do work
there. Those that only take a machine's memory, processes or disk are not run under it.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"

from tests.grading import course  # noqa: E402
from tests.grading.attacks import arena  # noqa: E402

SECONDS = 240  # for one class under stock nbgrader
HONEST = ("ada", "zoe")  # graded before and after the attacker
TAKES_THE_MACHINE = {
    "daemon", "disk_full", "fork_bomb", "kill_everything", "memory_heap",
    "memory_shared", "memory_sockets", "memory_tables", "open_files", "output_flood",
    "sparse_files", "thread_bomb", "examiner_memory", "giant_messages",
}  # fmt: skip


def sandboxed(folder: Path, *command: str) -> list[str]:
    """Name a command that can write to one folder, and reach nothing else."""
    return [
        "bwrap", "--unshare-all", "--die-with-parent", "--new-session",
        "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc",
        "--tmpfs", "/tmp", "--tmpfs", "/var/tmp", "--ro-bind", sys.prefix, sys.prefix,
        "--ro-bind", str(ROOT), str(ROOT), "--bind", str(folder), str(folder),
        "--chdir", str(folder), "--setenv", "HOME", str(folder),
        "--setenv", "OMP_NUM_THREADS", "1", *command,
    ]  # fmt: skip


def make_class(folder: Path) -> None:
    """Make a class folder with the arena released."""
    source = folder / "solutions" / arena.NAME
    source.mkdir(parents=True)
    shutil.move(arena.write_source(source), source / f"{arena.NAME}.ipynb")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    with (folder / "nbgrader_config.py").open("a") as config:
        config.write("\nc.Execute.timeout = 10\n")
    course.nbgrader(folder, "generate_assignment", arena.NAME)


def hand_in(folder: Path, student: str, content: bytes) -> None:
    """Hand in a notebook."""
    target = course.submitted(folder, student, arena.NAME)
    target.mkdir(parents=True)
    (target / f"{arena.NAME}.ipynb").write_bytes(content)


def marks(folder: Path) -> dict[str, float]:
    """Read the sum of each student's marks; empty if the gradebook is gone."""
    with contextlib.suppress(Exception):
        return {
            student: sum(m or 0.0 for n in notebooks.values() for m in n.values())
            for student, notebooks in course.scores(folder, arena.NAME).items()
        }
    return {}


def fight(template: Path, folder: Path, name: str, grader: str) -> dict:
    """Have one attack graded between honest hand-ins; say what it came to."""
    shutil.copytree(template, folder)
    attack = arena.attacks()[name]
    world = {
        "port": 9, "udp": 9, "abstract": "\0nobody", "course": str(folder),
        "solutions": str(folder / "solutions" / arena.NAME / f"{arena.NAME}.ipynb"),
        "submitted": str(folder / "submitted"), "pid": os.getpid(), "mark": "mark-",
    }  # fmt: skip
    hand_in(folder, HONEST[0], arena.honest())
    hand_in(folder, "eve", attack.submission(world))
    hand_in(folder, HONEST[1], arena.honest())
    if grader == "nbgrader":
        program = (sys.executable, "-m", "nbgrader", "autograde", arena.NAME)
        command = sandboxed(folder, *program)
    else:
        program = (sys.executable, "-m", "dlcourse", "grade", arena.NAME)
        command = [*program, "--timeout", "3", "--workers", "2"]
    ended = True
    try:
        subprocess.run(command, cwd=folder, capture_output=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        ended = False
    got = marks(folder)
    honest = [got.get(student, 0.0) == arena.POINTS for student in HONEST]
    shutil.rmtree(folder, ignore_errors=True)
    return {
        "bought": got.get("eve", 0.0) - sum(
            p.points for p in arena.PROBLEMS if p.name in attack.earns
        ),
        "honest marks lost": honest.count(False),
        "ended": ended,
    }  # fmt: skip


def main() -> None:
    """Run the attacks and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", default=sorted(arena.attacks()))
    parser.add_argument("--grader", choices=["nbgrader", "dlcourse"], help="only this")
    options = parser.parse_args()
    names = options.names
    print(
        f"{platform.machine()}, {os.cpu_count()} cores; {arena.POINTS} points to earn\n"
    )
    with tempfile.TemporaryDirectory(prefix="attacks-", dir="/var/tmp") as place:
        template = Path(place) / "template"
        make_class(template)

        def both(name: str) -> tuple[str, dict | None, dict | None]:
            stock = ours = None
            if name not in TAKES_THE_MACHINE and options.grader != "dlcourse":
                stock = fight(template, Path(place) / f"{name}-n", name, "nbgrader")
            if options.grader != "nbgrader":
                ours = fight(template, Path(place) / f"{name}-d", name, "dlcourse")
            return name, stock, ours

        with ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2)) as pool:
            results = list(pool.map(both, names))
    print(f"{'attack':28} {'nbgrader':>30} {'dlcourse grade':>30}")
    for name, stock, ours in results:
        print(f"{name:28} {_words(stock):>30} {_words(ours):>30}")
    print()
    for title, column in (("nbgrader", 1), ("dlcourse grade", 2)):
        done = [row[column] for row in results if row[column]]
        print(
            f"{title}: {len(done)} attacks; "
            f"{sum(r['bought'] > 0 for r in done)} bought points "
            f"({sum(r['bought'] >= arena.POINTS for r in done)} all of them), "
            f"{sum(r['honest marks lost'] > 0 for r in done)} cost honest students "
            f"theirs, {sum(not r['ended'] for r in done)} never ended"
        )
    print(
        json.dumps({name: [stock, ours] for name, stock, ours in results}),
        file=sys.stderr,
    )


def _words(result: dict | None) -> str:
    if result is None:
        return "not run"
    words = [f"{result['bought']:+g} points"] if result["bought"] else []
    if result["honest marks lost"]:
        words.append(f"{result['honest marks lost']} honest lost")
    if not result["ended"]:
        words.append("never ends")
    return ", ".join(words) or "nothing"


if __name__ == "__main__":
    main()
