"""How fast submissions are graded: stock nbgrader and this course's engine.

One assignment of eight graded problems (a NumPy network, and a short training in
torch, about a second of work in all), the same hand-ins, the same cores, one run::

    .venv/bin/python benchmarks/grading.py [--students 24] [--growth 25 100 400]

Start-up is measured apart, on both sides, and printed apart.
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"

from dlcourse.grading.book import Book  # noqa: E402
from dlcourse.grading.course import Course  # noqa: E402
from dlcourse.grading.run import Options, grade_assignment  # noqa: E402
from dlcourse.grading.sandbox import Limits  # noqa: E402
from dlcourse.grading.schedulers import Cluster, Local, living_warm  # noqa: E402
from tests.grading import course  # noqa: E402

ASSIGNMENT = "bench"
CORES = len(os.sched_getaffinity(0))

# Eight problems: the answer, a wrong one, the test.
PROBLEMS = {
    "forward": (
        "def forward(X, W, b):\n    return np.maximum(X @ W.T + b, 0)",
        "def forward(X, W, b):\n    return X @ W.T + b",
        """
        rng = fresh_rng("forward")
        for n in (1, 5, 200):
            X, W, b = rng.normal(size=(n, 64)), rng.normal(size=(32, 64)), np.ones(32)
            expect_call(forward, X, W, b, returns=np.maximum(X @ W.T + b, 0))
        """,
    ),
    "softmax": (
        "def softmax(Z):\n    E = np.exp(Z - Z.max(1, keepdims=True))\n"
        "    return E / E.sum(1, keepdims=True)",
        "def softmax(Z):\n    return np.exp(Z) / np.exp(Z).sum()",
        """
        Z = fresh_rng("softmax").normal(size=(50, 10))
        E = np.exp(Z)
        expect_call(softmax, Z, returns=E / E.sum(1, keepdims=True))
        """,
    ),
    "loss": (
        "def loss(P, y):\n    return -np.mean(np.log(P[np.arange(len(y)), y]))",
        "def loss(P, y):\n    return 0.0",
        """
        rng = fresh_rng("loss")
        P, y = rng.dirichlet(np.ones(10), size=50), rng.integers(0, 10, 50)
        expected = -np.mean([np.log(p[k]) for p, k in zip(P, y, strict=True)])
        expect_call(loss, P, y, returns=expected)
        """,
    ),
    "gradient": (
        "def gradient(X, P, Y):\n    return (P - Y).T @ X / len(X)",
        "def gradient(X, P, Y):\n    return (P - Y).T @ X",
        """
        rng = fresh_rng("gradient")
        X, P, Y = rng.normal(size=(40, 7)), rng.random((40, 3)), rng.random((40, 3))
        expect_call(gradient, X, P, Y, returns=(P - Y).T @ X / 40)
        """,
    ),
    "train": (
        "def train(X, y, steps):\n"
        "    w = np.zeros(X.shape[1])\n"
        "    for _ in range(steps):\n"
        "        for x, target in zip(X, y, strict=True):\n"
        "            w += 0.1 * (target - (x @ w > 0)) * x\n"
        "    return w",
        "def train(X, y, steps):\n    return np.zeros(X.shape[1])",
        """
        rng = fresh_rng("train")
        X = rng.normal(size=(400, 5))
        y = (X @ np.arange(1.0, 6.0) > 0).astype(int)
        w = train(X, y, 200)
        assert np.mean((X @ w > 0) == y) > 0.95, "the training samples are not learned"
        """,
    ),
    "net": (
        "def net():\n"
        "    return torch.nn.Sequential(\n"
        "        torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10)\n"
        "    )",
        "def net():\n    return torch.nn.Linear(64, 10)",
        """
        import torch

        state = net().state_dict()
        assert sum(t.numel() for t in state.values()) == 2410, "number of parameters"
        """,
    ),
    "fit": (
        "def fit(X, y):\n"
        "    torch.manual_seed(0)\n"
        "    model = torch.nn.Sequential(\n"
        "        torch.nn.Linear(8, 32), torch.nn.ReLU(), torch.nn.Linear(32, 3)\n"
        "    )\n"
        "    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)\n"
        "    for _ in range(400):\n"
        "        optimiser.zero_grad()\n"
        "        torch.nn.functional.cross_entropy(model(X), y).backward()\n"
        "        optimiser.step()\n"
        "    return model",
        "def fit(X, y):\n    return torch.nn.Linear(8, 3)",
        """
        import torch

        rng = fresh_rng("fit")
        X = torch.tensor(rng.normal(size=(300, 8)), dtype=torch.float32)
        y = X[:, :3].argmax(1)
        model = fit(X, y)
        accuracy = (model(X).argmax(1) == y).float().mean().item()
        assert accuracy > 0.9, f"the accuracy is {accuracy:.2f}"
        """,
    ),
    "slope": (
        "def slope(f, x, h):\n    return (f(x + h) - f(x - h)) / (2 * h)",
        "def slope(f, x, h):\n    return (f(x + h) - f(x)) / (2 * h)",
        """
        rng = fresh_rng("slope")
        for x in rng.normal(size=20):
            expect_call(slope, np.sin, x, 1e-5, returns=np.cos(x), rtol=1e-4)
        """,
    ),
}
SETUP = "import numpy as np\nimport torch\n\n_ = torch.set_num_threads(1)"
IMPORTS = "import numpy as np\n\nfrom dlcourse.check import expect_call, fresh_rng\n"


def source_notebook() -> nbformat.NotebookNode:
    """Make the assignment's source, as an instructor writes it."""
    cells = [nbformat.v4.new_code_cell(SETUP)]
    for name, (answer, _, test) in PROBLEMS.items():
        head, _, body = answer.partition("\n")
        body = f"{head}\n    ### BEGIN SOLUTION\n{body}\n    ### END SOLUTION"
        test = (
            IMPORTS
            + "\n### BEGIN HIDDEN TESTS"
            + textwrap.dedent(test)
            + "### END HIDDEN TESTS\n"
            + f'print("bench--{name}: passed")'
        )
        for source, options in (
            (body, {"grade": False, "solution": True, "locked": False}),
            (test, {"grade": True, "solution": False, "locked": True, "points": 2}),
        ):
            cell = nbformat.v4.new_code_cell(source)
            suffix = "--answer" if options["solution"] else ""
            cell.metadata["nbgrader"] = {
                "schema_version": 3,
                "task": False,
                "grade_id": f"bench--{name}{suffix}",
                **options,
            }
            cells.append(cell)
    return nbformat.v4.new_notebook(cells=cells)


def make_class(folder: Path) -> None:
    """Make a class folder with the assignment released, and nothing handed in."""
    source = folder / "solutions" / ASSIGNMENT / "bench.ipynb"
    source.parent.mkdir(parents=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    nbformat.write(source_notebook(), source)
    course.nbgrader(folder, "generate_assignment", ASSIGNMENT)


def hand_in(folder: Path, students: int) -> dict[str, dict[str, float]]:
    """Fill in notebooks, every third with one answer wrong; give the right marks."""
    released = folder / "exercises" / ASSIGNMENT / "bench.ipynb"
    names, expected = list(PROBLEMS), {}
    for number in range(students):
        student = f"s{number:04d}"
        wrong = names[number % len(names)] if number % 3 == 0 else None
        notebook = nbformat.read(released, as_version=4)
        for cell in notebook.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if grade_id.endswith("--answer"):
                name = grade_id.split("--")[1]
                cell.source = PROBLEMS[name][1 if name == wrong else 0]
        target = course.submitted(folder, student, ASSIGNMENT)
        target.mkdir(parents=True)
        nbformat.write(notebook, target / "bench.ipynb")
        expected[student] = {f"bench--{n}": 2.0 * (n != wrong) for n in names}
    return expected


def marks(folder: Path) -> dict[str, dict[str, float]]:
    """Read the marks by student and problem."""
    scores = course.scores(folder, ASSIGNMENT)
    return {student: notebooks["bench"] for student, notebooks in scores.items()}


@contextlib.contextmanager
def memory_of(root: int) -> Iterator[list[int]]:
    """Sample the memory of a process and its descendants; the peak comes out."""
    peak = [0]
    stop = threading.Event()

    def sample():
        while not stop.wait(1.0):  # looking slows what is looked at
            peak[0] = max(peak[0], sum(map(_pss, _family(root))))

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield peak
    finally:
        stop.set()
        thread.join()


def _family(root: int) -> list[int]:
    found, queue = [], [root]
    while queue:
        process = queue.pop()
        found.append(process)
        with contextlib.suppress(OSError):
            for task in os.listdir(f"/proc/{process}/task"):
                text = Path(f"/proc/{process}/task/{task}/children").read_text()
                queue += map(int, text.split())
    return found


def _pss(process: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return 0


def timed(act: Callable[[], object]) -> float:
    """Measure how long something takes, in seconds."""
    started = time.perf_counter()
    act()
    return time.perf_counter() - started


def bare_seconds(at_once: int, rounds: int = 9) -> float:
    """Measure the cells and tests alone: nothing around them, everything imported.

    Several processes ``at_once`` are slower than one, even with a core for each.
    """
    program = f"""
import json, os, sys, time
import numpy, torch, dlcourse.check
torch.set_num_threads(1)
w = torch.zeros(1, requires_grad=True); o = torch.optim.Adam([w]); w.sum().backward()
o.step()
cells = json.loads({json.dumps(json.dumps(_cells()))})
seconds = []
for _ in range({rounds}):
    started = time.perf_counter()
    namespace = {{"__name__": "__main__"}}
    for cell in cells:
        exec(cell, namespace)
    seconds.append(time.perf_counter() - started)
print(sorted(seconds)[len(seconds) // 2])
"""
    jobs = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
        )
        for _ in range(at_once)
    ]
    said = [job.communicate()[0] for job in jobs]
    return statistics.mean(float(text.splitlines()[-1]) for text in said)


def _cells() -> list[str]:
    return [cell.source for cell in source_notebook().cells]


def stock(folders: list[Path]) -> float:
    """Run nbgrader's own autograder, one process for each folder; give the seconds."""

    def run():
        jobs = [
            subprocess.Popen(
                [sys.executable, "-m", "nbgrader", "autograde", ASSIGNMENT],
                cwd=folder,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for folder in folders
        ]
        for job in jobs:
            job.wait()

    return timed(run)


class Bench:
    """The class, and copies of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template"
        make_class(self.template)
        self.count = 0

    def copy(self, students: int) -> tuple[Path, dict]:
        """Make a class with hand-ins; give its folder and the right marks."""
        self.count += 1
        folder = shutil.copytree(self.template, self.folder / f"class{self.count}")
        return folder, hand_in(folder, students)

    def engine(self, scheduler, students: int) -> tuple[float, float, int, str]:
        """Grade with the engine: seconds, own seconds, bytes, whether all is right."""
        folder, expected = self.copy(students)
        here = Course(folder)
        with Book(here.db_url, here.course_id) as book, memory_of(os.getpid()) as peak:
            seconds = timed(
                lambda: grade_assignment(
                    here, ASSIGNMENT, book, scheduler, Options(seed=0)
                )
            )
            own = statistics.mean(
                r.own_seconds for r in book.records(ASSIGNMENT).values()
            )
        right = "all right" if marks(folder) == expected else "WRONG MARKS"
        shutil.rmtree(folder)
        return seconds, own, peak[0], right

    def stock(self, students: int, processes: int) -> tuple[float, int, str]:
        """Grade with nbgrader: seconds, bytes, whether all is right."""
        folders, expected = [], []
        for part in range(processes):
            share = students // processes + (part < students % processes)
            folder, marks_expected = self.copy(share)
            folders.append(folder)
            expected.append(marks_expected)
        with memory_of(os.getpid()) as peak:
            seconds = stock(folders)
        right = [marks(f) == e for f, e in zip(folders, expected, strict=True)]
        for folder in folders:
            shutil.rmtree(folder)
        return seconds, peak[0], "all right" if all(right) else "WRONG MARKS"


def warm_up(scheduler) -> float:
    """Measure the start-up of the warm processes."""

    def act():
        warm = living_warm(scheduler.isolation, scheduler.hidden)
        for kind in ("plain", "torch"):
            warm.start("student", kind, Limits(), fence=[]).kill()

    return timed(act)


def line(name: str, students: int, seconds: float, *rest: str) -> None:
    """Print one line of the table."""
    rate = 60 * students / seconds
    print(f"{name:34} {students:5d} {seconds:8.1f} {rate:10.1f}  " + "  ".join(rest))


def main() -> None:
    """Run everything and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--students", type=int, default=24)
    parser.add_argument("--growth", type=int, nargs="*", default=[25, 100, 400])
    options = parser.parse_args()
    students = options.students
    sys.stdout.reconfigure(line_buffering=True)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bench = Bench(Path(folder))
        print(f"{platform.processor() or platform.machine()}, {CORES} cores, "
              f"{platform.system()} {platform.release()}, "
              f"Python {platform.python_version()}")  # fmt: skip
        nbgrader_boot = timed(
            lambda: subprocess.run(
                [sys.executable, "-c", "import nbgrader.apps"], check=True
            )
        )
        bare = {workers: bare_seconds(workers) for workers in sorted({1, 2, CORES})}
        print(f"start-up apart: nbgrader {nbgrader_boot:.1f} s in each process")
        for workers, seconds in bare.items():
            print(f"cells and tests alone, {workers} at once: {seconds:.2f} s each")
        print()
        print(f"{'':34} {'subm.':>5} {'seconds':>8} {'per minute':>10}")
        serial, peak, right = bench.stock(students, 1)
        serial -= nbgrader_boot
        line("nbgrader, serial", students, serial, f"{peak >> 20} MiB", right)
        parallel, peak, right = bench.stock(students, CORES)
        parallel -= nbgrader_boot
        line(
            f"nbgrader, {CORES} processes", students, parallel, f"{peak >> 20} MiB",
            right,
        )  # fmt: skip
        results = {}
        for workers in bare:
            scheduler = Local(workers)
            boot = warm_up(scheduler)
            seconds, own, peak, right = bench.engine(scheduler, students)
            results[workers] = seconds
            overhead = seconds * workers / students - bare[workers]
            line(
                f"dlcourse grade, {workers} workers", students, seconds,
                f"{peak >> 20} MiB", right,
                f"start-up {boot:.1f} s, over the cells' own time {overhead:.2f} s, "
                f"share of students' code {own * students / workers / seconds:.0%}",
            )  # fmt: skip
            scheduler.close()
        cluster_line(bench, students)
        print()
        per_core = serial / results[1]
        print(f"one worker against nbgrader serial: {per_core:.1f} times")
        print(
            f"{CORES} workers against nbgrader on {CORES} cores: "
            f"{parallel / results[CORES]:.1f} times; against serial: "
            f"{serial / results[CORES]:.1f} times"
        )
        print("\ngrowth:")
        scheduler = Local(CORES)
        warm_up(scheduler)
        for number in options.growth:
            seconds, _, peak, right = bench.engine(scheduler, number)
            each = seconds / number
            line(
                f"dlcourse grade, {CORES} workers", number, seconds,
                f"{peak >> 20} MiB", right, f"{1000 * each:.0f} ms a submission",
            )  # fmt: skip
        scheduler.close()


def cluster_line(bench: Bench, students: int) -> None:
    """Grade through Dask: a scheduler and a worker for each core, on this machine."""
    from dask.distributed import LocalCluster

    with LocalCluster(
        n_workers=CORES, threads_per_worker=1, dashboard_address=None
    ) as dask:
        scheduler = Cluster(dask.scheduler_address)
        bench.engine(scheduler, CORES)  # the workers' warm processes start
        seconds, _, peak, right = bench.engine(scheduler, students)
        line(
            f"dlcourse grade, Dask, {CORES} workers", students, seconds,
            f"{peak >> 20} MiB", right,
        )  # fmt: skip
        scheduler.close()


if __name__ == "__main__":
    main()
