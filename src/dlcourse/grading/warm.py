"""A process that has everything imported and forks in milliseconds.

``python -m dlcourse.grading.warm`` is started by :class:`Warm`. It never reads a
notebook, a test or a result: it gets open files and a role, forks, and the fork does
the rest. So nothing of one submission can reach another through it, and what a
student's process inherits from it holds nothing worth finding.

There are two: a plain one, without torch, scikit-learn and SciPy in memory, and, once
it is asked for, one with torch. A problem that forbids torch runs in a fork of the
plain one.
"""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from typing import Any

from .sandbox import Limits, NoIsolation, launch, libc

KINDS = ("plain", "torch")
MAX_REQUEST = 1 << 16
HUGE = 2 << 20  # bytes of a huge page
MADV_COLLAPSE = 25


@dataclass
class Inmate:
    """A process behind walls, seen from outside.

    Attributes
    ----------
    channel : socket.socket
        To the inmate itself.
    control : socket.socket
        To its warden. Closing it kills the inmate.
    """

    channel: socket.socket
    control: socket.socket
    last: dict[str, Any] = field(default_factory=dict)

    def usage(self) -> dict[str, Any]:
        """Ask what has been used: seconds of processor and of waiting for one, bytes.

        Returns
        -------
        dict
            ``cpu``, ``waited``, ``memory``; with ``ended`` where it has ended.
        """
        with contextlib.suppress(OSError):
            self.control.send(b'{"do": "usage"}')
        return self._hear()

    def signal(self, process: int, number: int) -> None:
        """Send a signal to one of its processes, by the number it knows itself by."""
        order = {"do": "signal", "process": process, "signal": number}
        with contextlib.suppress(OSError):
            self.control.send(json.dumps(order).encode())

    def kill(self) -> dict[str, Any]:
        """End it, and everything that it has started; say what it has used."""
        with contextlib.suppress(OSError):
            self.control.shutdown(socket.SHUT_WR)
        while "ended" not in self.last and self._hear():
            pass
        self.channel.close()
        self.control.close()
        return self.last

    def ended(self) -> dict[str, Any] | None:
        """Say how it ended, if it has."""
        while "ended" not in self.last and select.select([self.control], [], [], 0)[0]:
            if not self._hear():
                break
        return self.last if "ended" in self.last else None

    def _hear(self) -> dict[str, Any]:
        if "ended" in self.last:
            return self.last
        said = b""
        for _ in range(2):
            # A warden that has ended with a question unanswered leaves an error behind,
            # which is told once, and then its last words.
            with contextlib.suppress(OSError):
                said = self.control.recv(MAX_REQUEST)
                break
        if said:
            self.last = json.loads(said)
            return self.last
        self.last = {"ended": "gone"}
        return self.last


class Doorbells:
    """Where a fork of the warm processes is asked for.

    Parameters
    ----------
    bells : dict of str to socket.socket
        For each kind of warm process the socket that it listens to.
    hidden : list of str
        Folders that inmates find empty.
    """

    def __init__(self, bells: dict[str, socket.socket], hidden: list[str]) -> None:
        self.bells = bells
        self.hidden = hidden

    def start(
        self,
        role: str,
        kind: str,
        limits: Limits,
        hidden: list[str] | None = None,
        **options: Any,
    ) -> Inmate:
        """Have an inmate started.

        Parameters
        ----------
        role : {"student", "examiner"}
            What it is to do.
        kind : {"plain", "torch"}
            From which warm process it is forked.
        limits : Limits
            What it may use up.
        hidden : list of str
            Further folders that it finds empty.
        **options
            For the role.

        Raises
        ------
        NoIsolation
            If the walls cannot be built.
        """
        ours, theirs = socket.socketpair()
        control, warden = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        request = {
            "role": role,
            "limits": asdict(limits),
            "hidden": [*self.hidden, *(hidden or [])],
            "options": options,
        }
        fds = [theirs.fileno(), warden.fileno()]
        if role == "examiner":
            fds += [self.bells[name].fileno() for name in KINDS]
        socket.send_fds(self.bells[kind], [json.dumps(request).encode()], fds)
        theirs.close()
        warden.close()
        inmate = Inmate(ours, control)
        first = inmate._hear()
        if not first.get("ready"):
            inmate.channel.close()
            control.close()
            raise NoIsolation(first.get("text", "the process ended while it started"))
        return inmate


class Warm(Doorbells):
    """The warm processes of this machine; started once, used by many threads.

    Parameters
    ----------
    isolation : bool
        Whether walls are built around what they fork.
    hidden : list of str
        Folders that inmates find empty even where they lie inside Python's own.
    """

    def __init__(
        self, *, isolation: bool = True, hidden: list[str] | None = None
    ) -> None:
        pairs = {
            name: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            for name in KINDS
        }
        lifeline, own_end = os.pipe()
        self._lifeline: int | None = own_end
        theirs = [pairs[name][1].fileno() for name in KINDS]
        cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
        keep = {"LANG", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT"}
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-m",
                __name__,
                *map(str, [int(isolation), lifeline, *theirs]),
            ],
            pass_fds=[lifeline, *theirs],
            stdin=subprocess.DEVNULL,
            cwd="/",
            env={
                **{k: v for k, v in os.environ.items() if k in keep},
                "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
                "MPLBACKEND": "Agg",
                "MPLCONFIGDIR": os.path.join(cache, "dlcourse", "matplotlib"),
                "IPYTHONDIR": os.path.join(cache, "dlcourse", "ipython"),
            },
        )
        os.close(lifeline)
        for name in KINDS:
            pairs[name][1].close()
        bells = {name: pairs[name][0] for name in KINDS}
        super().__init__(bells, hidden or [])

    def start(self, *args: Any, **kwargs: Any) -> Inmate:
        """Have an inmate started; see :meth:`Doorbells.start`."""
        if self.ended:
            raise RuntimeError(
                "The warm process has ended (see the messages above); nothing can be "
                "graded with it any more."
            )
        return super().start(*args, **kwargs)

    @property
    def ended(self) -> bool:
        """Whether the warm process has died."""
        return self._process.poll() is not None

    def close(self) -> None:
        """End the warm processes, and with them everything that they forked."""
        if self._lifeline is None:
            return
        os.close(self._lifeline)
        self._lifeline = None
        for bell in self.bells.values():
            bell.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> "Warm":
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()


# --------------------------------------------------------------- in the warm process


def _import_plain() -> Any:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    import numpy  # noqa: F401 - so that it is in memory

    plt.subplots()
    plt.close("all")
    from IPython.core.history import HistoryManager
    from IPython.core.interactiveshell import InteractiveShell

    class Shell(InteractiveShell):
        """IPython without a window system."""

        def enable_gui(self, gui=None):
            """Do nothing: there is no window system to enable."""

    HistoryManager.enabled = False
    shell = Shell.instance(colors="NoColor")
    shell.enable_matplotlib("inline")

    import dlcourse.check
    import dlcourse.engine.student
    import dlcourse.figures  # noqa: F401 - so that it is in memory

    from . import examiner  # noqa: F401 - so that it is in memory
    from .sandbox import call_filter

    with contextlib.suppress(NoIsolation):  # reported when an inmate is started
        call_filter()
    for package in ("torch", "sklearn", "scipy", "pandas"):
        if package in sys.modules:
            raise RuntimeError(f"{package} is in the plain process's memory")
    return shell


def import_torch() -> None:
    """Import torch whole, also what it leaves for its first use, for forks to share."""
    import torch

    torch.set_num_threads(1)
    weights = torch.zeros(1, 2, requires_grad=True)
    optimiser = torch.optim.Adam([weights])  # its first step imports for a second
    labels = torch.zeros(1, dtype=torch.long)
    torch.nn.functional.cross_entropy(weights, labels).backward()
    optimiser.step()
    torch.set_num_threads = lambda number: None  # a forked pool of threads would hang


def settle() -> None:
    """Get this process's memory ready to be forked from again and again.

    Objects are kept out of garbage collection, which would write to them. And the
    kernel is asked for huge pages (Linux 6.1 and later): a fork has to copy a table
    entry for each page, so that it takes a third of the time.
    """
    gc.collect()
    gc.freeze()
    with open("/proc/self/maps", encoding="utf-8") as maps:
        areas = [line.split() for line in maps]
    for addresses, rights, _, _, _, *name in areas:
        if rights != "rw-p" or name not in ([], ["[heap]"]):
            continue
        start, end = (int(number, 16) for number in addresses.split("-"))
        for page in range(-(-start // HUGE) * HUGE, end - HUGE + 1, HUGE):
            libc().madvise(ctypes.c_void_p(page), ctypes.c_size_t(HUGE), MADV_COLLAPSE)


def _listen(
    bell: socket.socket,
    lifeline: int,
    shell: Any,
    isolation: bool,
    partner: int | None = None,
) -> None:
    """Fork on request until the lifeline breaks, or the other warm process ends.

    Whether walls are built was settled at the start: no request can have it otherwise.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the command
    while True:
        ready, _, _ = select.select([bell, lifeline], [], [], 1.0)
        with contextlib.suppress(ChildProcessError):
            while process := os.waitpid(-1, os.WNOHANG)[0]:
                if process == partner:
                    return
        if lifeline in ready:
            return
        if not ready:
            continue
        message, fds, _, _ = socket.recv_fds(bell, MAX_REQUEST, 8)
        if not message:
            return
        request = json.loads(message)
        channel, control, *rest = fds
        main, files = _role(request, shell, channel, rest)
        launch(
            main,
            files,
            control,
            Limits(**request["limits"]),
            isolation=isolation,
            hidden=request["hidden"],
        )
        for fd in fds:
            os.close(fd)


def _role(request: dict, shell: Any, channel: int, bells: list[int]):
    options = request["options"]
    if request["role"] == "student":
        from .inmates import student

        return (lambda fds: student(fds[0], shell, **options)), [channel]
    from .inmates import examiner

    def main(fds):
        names = dict(zip(KINDS, fds[1:], strict=True))
        examiner(fds[0], names, request["hidden"], **options)

    return main, [channel, *bells]


def _main() -> None:
    isolation, lifeline, *bells = map(int, sys.argv[1:])
    plain, torch = (socket.socket(fileno=fd) for fd in bells)
    shell = _import_plain()
    settle()
    partner = os.fork()
    if partner == 0:
        plain.close()
        # Imported only once somebody asks for it.
        while not select.select([torch, lifeline], [], [])[0]:
            pass
        if not select.select([lifeline], [], [], 0)[0]:
            import_torch()
            settle()
            _listen(torch, lifeline, shell, bool(isolation))
        os._exit(0)
    torch.close()
    _listen(plain, lifeline, shell, bool(isolation), partner)


if __name__ == "__main__":
    _main()
