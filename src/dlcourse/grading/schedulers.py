"""Where submissions are graded: on this machine, or on a Dask cluster.

Both give results as they come, in any order, and hold only a few submissions in memory
at a time. A worker gets the bytes of a submission and the tests, and gives back a
result; it has no gradebook and needs no shared disk.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from typing import Any, Protocol

from .engine import Lesson, Result, Settings, grade
from .sandbox import NoIsolation
from .warm import Warm

Task = tuple[Any, Callable[[], dict[str, bytes]], Settings]


class Scheduler(Protocol):
    """Grade many submissions."""

    def results(
        self, lessons: list[Lesson], tasks: Iterable[Task]
    ) -> Iterator[tuple[Any, Result]]:
        """Grade tasks; give each one's key with its result.

        Parameters
        ----------
        lessons : list of Lesson
            The notebooks of the assignment.
        tasks : iterable of (key, callable, Settings)
            The callable reads the submission's files when its turn comes.
        """

    def close(self) -> None:
        """End what was started."""


_warm: dict[tuple[bool, tuple[str, ...]], Warm] = {}
_warm_lock = threading.Lock()


def living_warm(isolation: bool, hidden: list[str]) -> Warm:
    """Give this process's warm process; start one if there is none, or it has died."""
    key = isolation, tuple(hidden)
    with _warm_lock:
        if key not in _warm or _warm[key].ended:
            _warm[key] = Warm(isolation=isolation, hidden=hidden)
        return _warm[key]


def close_warm() -> None:
    """End this process's warm processes, and with them all that they have forked."""
    with _warm_lock:
        while _warm:
            _warm.popitem()[1].close()


def _guarded(
    lessons: list[Lesson],
    files: dict[str, bytes],
    settings: Settings,
    warm: Warm,
) -> Result:
    """Grade; what fails in the machinery becomes a fault and stops nothing."""
    try:
        return grade(lessons, files, settings, warm)
    except NoIsolation:
        raise
    except Exception as error:
        return Result(fault=f"{type(error).__name__}: {error}")


class Local:
    """Grade on this machine.

    Parameters
    ----------
    workers : int, optional
        How many submissions at a time; by default one for each core.
    isolation : bool
        Whether walls are built.
    hidden : list of str
        Folders that students' processes find empty.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        isolation: bool = True,
        hidden: list[str] | None = None,
    ) -> None:
        self.workers = workers or len(os.sched_getaffinity(0))
        self.isolation = isolation
        self.hidden = hidden or []
        living_warm(self.isolation, self.hidden)  # imports while hand-ins are read

    def results(
        self, lessons: list[Lesson], tasks: Iterable[Task]
    ) -> Iterator[tuple[Any, Result]]:
        """Grade tasks in threads that wait for processes."""
        tasks = iter(tasks)
        with ThreadPoolExecutor(self.workers) as pool:
            running: dict[Any, Any] = {}

            def start() -> bool:
                for key, read, settings in tasks:
                    files = read()
                    job = pool.submit(
                        grade_here, lessons, files, settings, self.isolation,
                        self.hidden,
                    )  # fmt: skip
                    running[job] = key
                    return True
                return False

            try:
                while len(running) < 2 * self.workers and start():
                    pass
                while running:
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for job in done:
                        yield running.pop(job), job.result()
                        start()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                close_warm()  # whatever still runs ends at once
                raise

    def close(self) -> None:
        """End the warm process."""
        close_warm()


def grade_here(
    lessons: list[Lesson],
    files: dict[str, bytes],
    settings: Settings,
    isolation: bool,
    hidden: list[str],
) -> Result:
    """Grade one submission with this process's warm process."""
    return _guarded(lessons, files, settings, living_warm(isolation, hidden))


class Cluster:
    """Grade on a Dask cluster.

    Parameters
    ----------
    address : str
        The scheduler's, such as ``tcp://10.0.0.1:8786``.
    isolation, hidden
        As for :class:`Local`.
    """

    RETRIES = 3  # on other workers, if one dies

    def __init__(
        self,
        address: str,
        *,
        isolation: bool = True,
        hidden: list[str] | None = None,
    ) -> None:
        from dask.distributed import Client

        self.address = address
        self.client = Client(address, timeout=15)
        self.isolation = isolation
        self.hidden = hidden or []

    @property
    def workers(self) -> int:
        """How many submissions are graded at a time."""
        return max(1, sum(self.client.nthreads().values()))

    def results(
        self, lessons: list[Lesson], tasks: Iterable[Task]
    ) -> Iterator[tuple[Any, Result]]:
        """Send tasks out; the tests travel once to each worker.

        Raises
        ------
        ConnectionError
            If the scheduler is lost.
        """
        from dask.distributed import CancelledError, as_completed

        with self._connection():
            tests = self.client.scatter(lessons, broadcast=True, hash=False)
        tasks = iter(tasks)
        keys: dict[str, Any] = {}

        def send() -> Any:
            for key, read, settings in tasks:
                submission = read()
                with self._connection():
                    job = self.client.submit(
                        grade_here, tests, submission, settings, self.isolation,
                        self.hidden, pure=False, retries=self.RETRIES,
                    )  # fmt: skip
                keys[job.key] = key
                return job
            return None

        first = [job for _ in range(2 * self.workers) if (job := send())]
        completed = as_completed(first)
        for job in completed:
            key = keys.pop(job.key)
            with self._connection():
                error = job.exception()
                if isinstance(error, CancelledError):
                    raise error
                result = job.result() if error is None else None
            if isinstance(error, NoIsolation):
                raise error
            yield key, result or Result(fault=f"{type(error).__name__}: {error}")
            job.release()
            if following := send():
                completed.add(following)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[None]:
        """Say in one way what Dask says in three when the scheduler is gone."""
        from dask.distributed import CancelledError
        from distributed.client import ClosedClientError

        try:
            yield
        except (CancelledError, ClosedClientError, OSError) as error:
            raise ConnectionError(
                f"The connection to the Dask scheduler at {self.address} was lost."
            ) from error

    def close(self) -> None:
        """Leave the cluster."""
        self.client.close()
