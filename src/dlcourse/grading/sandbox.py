"""Processes behind walls: forked from a warm process, watched, and ended for sure.

:func:`launch` forks twice. The first child is the *warden*: it stays outside, measures
and kills. The second is the *inmate*: it moves into namespaces of its own, sees a file
system made for it, gives up every privilege, and only then runs what it is for.

    warm process ── warden ── inmate (process 1 of its own world) ── …

The kernel's calls are used here, and not bubblewrap, because bubblewrap starts a
program, while a warm process has to fork (a fresh Python with torch takes seconds).
"""

import contextlib
import ctypes
import errno
import functools
import json
import os
import resource
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MIB = 1 << 20

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER = 0x20000, 0x4000000, 0x8000000, 0x10000000
_NEWPID, _NEWNET = 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT = 1, 2, 4, 8, 32
_BIND, _REC, _PRIVATE = 4096, 16384, 1 << 18
_DETACH = 2
_PDEATHSIG, _SET_DUMPABLE, _SET_SECCOMP, _CAPBSET_DROP = 1, 4, 22, 24
_SUBREAPER, _NO_NEW_PRIVS = 36, 38
_PIVOT_ROOT, _CAPSET = (
    {
        "x86_64": (155, 126),
        "aarch64": (41, 91),
    }.get(os.uname().machine, (None, None))
    if hasattr(os, "uname")
    else (None, None)
)
_FIRST_UID = 0x40000000  # of inmates when the warm process is root; nobody's otherwise
_ANONYMOUS_SHARED = 0x21
_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = resource.getpagesize()


class NoIsolation(Exception):
    """A machine that cannot build the walls; the text says what it lacks."""


@dataclass(frozen=True)
class Limits:
    """What an inmate may use up.

    Attributes
    ----------
    memory : int
        Bytes, of all its processes together.
    cpu : float
        Seconds of processor time, of all its processes together.
    processes : int
        How many at a time.
    scratch : int
        Bytes in its own folders (in memory, and counted apart).
    files : int
        Open files of one process.
    """

    memory: int = 3 << 30
    cpu: float = 600.0
    processes: int = 64
    scratch: int = 64 * MIB
    files: int = 256


@functools.cache
def libc() -> Any:
    """Give the C library, for calls that Python does not have."""
    return ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")


def _mount(
    source: str | None, target: str, kind: str | None, flags: int, data: str = ""
) -> None:
    _check(
        libc().mount(
            source and os.fsencode(source),
            os.fsencode(target),
            kind and kind.encode(),
            ctypes.c_ulong(flags),
            data.encode() or None,
        ),
        f"mount {target}",
    )


def _prctl(option: int, *arguments: int) -> None:
    padded = [ctypes.c_ulong(a) for a in (*arguments, 0, 0, 0, 0)[:4]]
    _check(libc().prctl(option, *padded), f"prctl {option}")


# ------------------------------------------------------------------ what is forbidden

_FORBIDDEN_CALLS = (
    # other processes' memory and files
    "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_getfd", "kcmp",
    "process_madvise",
    # the kernel's key rings, programs and profilers
    "add_key", "keyctl", "request_key", "bpf", "perf_event_open", "userfaultfd",
    "io_uring_setup", "io_uring_enter", "io_uring_register",
    # mounts and namespaces
    "mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount",
    "open_tree", "fsopen", "fsconfig", "fsmount", "fspick", "mount_setattr",
    "name_to_handle_at", "open_by_handle_at", "fanotify_init", "quotactl",
    # the machine
    "reboot", "kexec_load", "kexec_file_load", "init_module", "finit_module",
    "delete_module", "swapon", "swapoff", "acct", "settimeofday", "clock_settime",
    "adjtimex", "clock_adjtime", "sethostname", "setdomainname", "syslog", "vhangup",
    "iopl", "ioperm", "personality", "nfsservctl", "lookup_dcookie",
    # memory that no limit on files or processes would count
    "memfd_create", "memfd_secret", "shmget", "msgget", "mq_open", "remap_file_pages",
    "move_pages", "mbind", "set_mempolicy", "migrate_pages",
)  # fmt: skip


@functools.cache
def call_filter() -> bytes:
    """Compile the filter of system calls, once for all inmates.

    Raises
    ------
    NoIsolation
        If libseccomp is not installed.
    """
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise NoIsolation(
            f"The library libseccomp cannot be loaded ({error}). Install it: "
            "apt-get install libseccomp2, and pip install pyseccomp."
        ) from error
    rules = seccomp.SyscallFilter(seccomp.ALLOW)
    refuse = seccomp.ERRNO(errno.EPERM)
    for name in _FORBIDDEN_CALLS:
        with contextlib.suppress(RuntimeError, ValueError, OSError):  # unknown here
            rules.add_rule(refuse, name)
    # glibc falls back to clone, whose flags a filter can read.
    rules.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
    for flag in (_NEWNS, 0x2000000, _NEWUTS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET):
        rules.add_rule(refuse, "clone", seccomp.Arg(0, seccomp.MASKED_EQ, flag, flag))
    # Unix and Internet sockets only; the latter lead nowhere in a network of one's own.
    rules.add_rule(
        seccomp.ERRNO(errno.EAFNOSUPPORT), "socket", seccomp.Arg(0, seccomp.GT, 10)
    )
    for unlisted in (3, 4, 5, 6, 7, 8, 9):
        rules.add_rule(
            seccomp.ERRNO(errno.EAFNOSUPPORT),
            "socket",
            seccomp.Arg(0, seccomp.EQ, unlisted),
        )
    rules.add_rule(refuse, "ioctl", seccomp.Arg(1, seccomp.EQ, 0x5412))  # TIOCSTI
    # Shared memory without a file: dropped from the tables of a process it would still
    # be there, and be nobody's.
    shared = seccomp.Arg(3, seccomp.MASKED_EQ, 0x2F, _ANONYMOUS_SHARED)
    rules.add_rule(refuse, "mmap", shared)
    with tempfile.TemporaryFile() as file:
        rules.export_bpf(file)
        file.seek(0)
        return file.read()


def _apply_call_filter(program: bytes) -> None:
    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    content = ctypes.create_string_buffer(program, len(program))
    head = Program(len(program) // 8, ctypes.cast(content, ctypes.c_void_p))
    _prctl(_SET_SECCOMP, 2, ctypes.addressof(head))


# ---------------------------------------------------------------------- what is to see


@functools.cache
def _read_only() -> tuple[str, ...]:
    """Name the folders an inmate sees: Python, its packages, the system's."""
    import dlcourse

    packages = [path for path in sys.path if path.endswith("site-packages")]
    own = str(Path(dlcourse.__file__).parent)
    wanted = ["/usr", sys.base_prefix, sys.prefix, *packages, own]
    folders: list[str] = []
    for folder in wanted:
        folder = os.path.realpath(folder)
        inside = (os.path.commonpath([folder, f]) == f for f in folders)
        if os.path.isdir(folder) and not any(inside):
            folders.append(folder)
    return tuple(folders)


def _place_for_root() -> str:
    """Choose the folder that the new root covers: none of which something is needed."""
    for place in ("/tmp", "/mnt", "/media", "/srv", "/var/tmp"):
        inside = (f"{folder}/".startswith(f"{place}/") for folder in _read_only())
        if os.path.isdir(place) and not any(inside):
            return place
    raise OSError("/tmp, /mnt, /media, /srv and /var/tmp are missing or hold Python")


def _build_root(limits: Limits, hidden: list[str]) -> None:
    """Make the file system of an inmate and move into it."""
    _mount(None, "/", None, _REC | _PRIVATE)
    root = _place_for_root()
    _mount("none", root, "tmpfs", _NOSUID | _NODEV, "size=1m,nr_inodes=4k,mode=755")
    for name in ("etc", "dev", "proc", "box", "tmp", "dev/shm"):
        os.mkdir(f"{root}/{name}")
    # Before what is only to be read: Python may lie in a folder of these names.
    for name in ("box", "tmp", "dev/shm"):
        size = f"size={limits.scratch // (1 if name == 'box' else 4)}"
        flags = _NOSUID | _NODEV
        options = f"{size},nr_inodes=4k,mode=1777"
        _mount("none", f"{root}/{name}", "tmpfs", flags, options)
    links = {}
    folders = list(_read_only())
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        path = f"/{name}"
        if os.path.islink(path):
            links[path] = os.readlink(path)
        elif os.path.isdir(path):
            folders.append(path)
    for folder in folders:
        os.makedirs(root + folder, exist_ok=True)
        _mount(folder, root + folder, None, _BIND | _REC)
        flags = _BIND | _REMOUNT | _RDONLY | _NOSUID | _NODEV
        _mount(None, root + folder, None, flags)
    for path, target in links.items():
        os.symlink(target, root + path)
    for name in ("ld.so.cache", "alternatives", "localtime"):
        path = f"/etc/{name}"
        if os.path.isdir(path):
            os.mkdir(root + path)
        elif os.path.exists(path):
            open(root + path, "w").close()
        else:
            continue
        _mount(path, root + path, None, _BIND)
    for name, text in (
        ("passwd", "student:x:65534:65534::/box:/bin/sh\n"),
        ("group", "student:x:65534:\n"),
    ):
        Path(f"{root}/etc/{name}").write_text(text)
    for name in ("null", "full", "random", "urandom"):  # zero can be mapped: see mmap
        open(f"{root}/dev/{name}", "w").close()
        _mount(f"/dev/{name}", f"{root}/dev/{name}", None, _BIND)
    with contextlib.suppress(OSError):  # refused inside some containers
        _mount("proc", f"{root}/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
    for folder in hidden:
        seen = any(os.path.commonpath([f, folder]) == f for f in folders)
        if seen and os.path.isdir(root + folder):
            flags = _RDONLY | _NOSUID | _NODEV
            _mount("none", root + folder, "tmpfs", flags, "size=4k,nr_inodes=4")
    os.mkdir(f"{root}/old")
    os.chdir(root)
    _check(libc().syscall(_PIVOT_ROOT, b".", b"old"), "pivot_root")
    os.chdir("/")
    _check(libc().umount2(b"/old", _DETACH), "umount2")
    os.rmdir("/old")
    _mount(None, "/", None, _REMOUNT | _RDONLY | _NOSUID | _NODEV)
    os.chdir("/box")


# ---------------------------------------------------------------------------- the walls


def _bound_capabilities() -> None:
    """See to it that no program can give any back; needs capabilities itself."""
    for capability in range(64):
        with contextlib.suppress(OSError):  # the kernel knows fewer
            _prctl(_CAPBSET_DROP, capability)


def _drop_capabilities() -> None:
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)
    _check(libc().syscall(_CAPSET, header, (ctypes.c_uint32 * 6)()), "capset")


def _set_limits(limits: Limits) -> None:
    for what, value in (
        (resource.RLIMIT_DATA, limits.memory),
        (resource.RLIMIT_CPU, int(limits.cpu) + 1),
        (resource.RLIMIT_FSIZE, limits.scratch),
        (resource.RLIMIT_NOFILE, limits.files),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # already lower
            resource.setrlimit(what, (value, value))


def _enter(limits: Limits, hidden: list[str], uid: int | None) -> None:
    """Build the walls around this process; what it could do before, it cannot undo."""
    _check(libc().unshare(_NEWNS | _NEWNET | _NEWIPC | _NEWUTS), "unshare")
    python = [folder for folder in sys.path if os.path.isdir(folder)]
    _build_root(limits, hidden)
    if lost := [folder for folder in python if not os.path.isdir(folder)]:
        raise OSError(f"Python's folder {lost[0]} cannot be seen behind the walls")
    _set_limits(limits)
    _bound_capabilities()
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    _drop_capabilities()
    with contextlib.suppress(ValueError, OSError):
        processes = (limits.processes, limits.processes)
        resource.setrlimit(resource.RLIMIT_NPROC, processes)
    _prctl(_PDEATHSIG, signal.SIGKILL)  # again: changing the user has cleared it
    _prctl(_NO_NEW_PRIVS, 1)
    _apply_call_filter(call_filter())


def _new_user() -> None:
    uid, gid = os.getuid(), os.getgid()
    _check(libc().unshare(_NEWUSER), "unshare a user namespace")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"65534 {uid} 1")
    Path("/proc/self/gid_map").write_text(f"65534 {gid} 1")


def launch(
    main: Callable[[list[int]], None],
    fds: list[int],
    control: int,
    limits: Limits,
    *,
    isolation: bool = True,
    hidden: list[str] | None = None,
) -> int:
    """Start an inmate and its warden.

    Parameters
    ----------
    main : callable
        What the inmate runs, with its own numbers of ``fds``.
    fds : list of int
        The open files that it gets; it has no other.
    control : int
        A ``SOCK_SEQPACKET`` socket over which the warden reports and takes orders: see
        :class:`Warden`. When its other end is closed, the inmate is killed.
    limits : Limits
        What the inmate may use up.
    isolation : bool
        Whether to build walls. Without, the limits still hold.
    hidden : list of str
        Folders that the inmate finds empty.

    Returns
    -------
    int
        The warden's process number; a child to be waited for.
    """
    warden = os.fork()
    if warden:
        return warden
    try:
        _prctl_if_linux(_PDEATHSIG, signal.SIGKILL)
        os.setsid()
        keep = _keep_only([*fds, control])
        control, fds = keep[-1], keep[:-1]
        _warden(main, fds, control, limits, isolation, hidden or [])
    except BaseException as error:
        with contextlib.suppress(BaseException):
            report = {"ended": "fault", "text": f"{type(error).__name__}: {error}"}
            socket.socket(fileno=control).send(json.dumps(report).encode())
    finally:
        os._exit(0)


def _prctl_if_linux(*arguments: int) -> None:
    if sys.platform == "linux":
        _prctl(*arguments)


def _keep_only(fds: list[int]) -> list[int]:
    """Close every open file but these, which become 3, 4, …; 0 to 2 lead nowhere."""
    high = [os.dup2(fd, 200 + n) for n, fd in enumerate(fds)]
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.closerange(3, 200)
    low = [os.dup2(fd, 3 + n) for n, fd in enumerate(high)]
    os.closerange(3 + len(low), 4096)
    return low


def _warden(main, fds, control, limits, isolation, hidden) -> None:
    uid = None
    if isolation:
        if os.getuid() == 0:
            uid = _FIRST_UID + os.getpid()  # of this inmate alone, for its limits' sake
        else:
            _new_user()
        _check(libc().unshare(_NEWPID), "unshare")
    else:
        _prctl_if_linux(_SUBREAPER, 1)
    trouble_read, trouble_write = os.pipe()
    inmate = os.fork()
    if inmate == 0:
        try:
            os.close(trouble_read)
            os.close(control)
            os.setsid()  # a signal to its group must not reach the warden
            _prctl_if_linux(_PDEATHSIG, signal.SIGKILL)
            if isolation:
                _enter(limits, hidden, uid)
            else:
                os.chdir(tempfile.mkdtemp(prefix="dlcourse-"))
                _set_limits(limits)
            _fresh_environment()
            os.close(trouble_write)
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
            os.write(trouble_write, text.encode()[:500])
            os._exit(1)
        try:
            main(fds)
        finally:
            os._exit(0)
    os.close(trouble_write)
    for fd in fds:
        os.close(fd)
    with open(trouble_read, "rb") as file:
        trouble = file.read().decode(errors="replace")
    if trouble:
        raise NoIsolation(trouble)
    Warden(inmate, socket.socket(fileno=control), limits, isolation).watch()


def _fresh_environment() -> None:
    keep = {k: v for k, v in os.environ.items() if k in ("LANG", "LC_ALL", "TZ")}
    os.environ.clear()
    os.environ.update(
        keep,
        HOME=os.getcwd(),
        PATH="/usr/bin:/bin",
        OMP_NUM_THREADS="1",
        MPLBACKEND="Agg",
        MPLCONFIGDIR=os.getcwd(),
    )


class Warden:
    """Watch an inmate from outside: measure, obey, kill.

    Orders come over the control socket as JSON: ``{"do": "usage"}`` is answered with
    what has been used; ``{"do": "signal", "process": n, "signal": s}`` sends a signal
    to the process that the inmate knows as ``n``. When the socket is closed on the
    other side, or a limit is passed, everything is killed. The last message is
    ``{"ended": reason, …}``.

    Parameters
    ----------
    inmate : int
        The inmate's process number.
    control : socket.socket
        Connected.
    limits : Limits
        What ends it.
    isolation : bool
        Whether the inmate is the first process of a world of its own.
    """

    TICK = 0.1  # seconds between two measurements

    def __init__(
        self, inmate: int, control: socket.socket, limits: Limits, isolation: bool
    ) -> None:
        self.inmate = inmate
        self.control = control
        self.limits = limits
        self.isolation = isolation
        self.peak = 0
        self.cpu = 0.0
        self.waited = 0.0
        self._shared = 0
        self._next_look = 0.0
        self._by_process: dict[int, tuple[float, float]] = {}

    def watch(self) -> None:
        """Watch until it ends or is ended."""
        self._say({"ready": True})
        end = os.pidfd_open(self.inmate) if hasattr(os, "pidfd_open") else None
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        if end is not None:
            poll.register(end, select.POLLIN)
        reason = None
        measured = time.monotonic()
        while reason is None:
            ready = {fd for fd, _ in poll.poll(self.TICK * 1000)}
            if end in ready or self._has_ended():
                reason = "exit"
            elif self.control.fileno() in ready and not self._obey():
                reason = "done"
            elif time.monotonic() - measured >= self.TICK:
                reason = self._measure()
                measured = time.monotonic()
        self._kill()
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.cpu = max(self.cpu, used.ru_utime + used.ru_stime)
        self.peak = max(self.peak, used.ru_maxrss * 1024)
        with contextlib.suppress(OSError):
            self._say({"ended": reason, **self._usage()})

    def _say(self, message: dict[str, Any]) -> None:
        self.control.send(json.dumps(message).encode())

    def _has_ended(self) -> bool:
        if hasattr(os, "pidfd_open"):
            return False
        return os.waitpid(self.inmate, os.WNOHANG)[0] != 0

    def _obey(self) -> bool:
        order = self.control.recv(4096)
        if not order:
            return False
        order = json.loads(order)
        if order["do"] == "usage":
            self._measure()
            self._say(self._usage())
        elif order["do"] == "signal":
            for process in self._processes():
                if _inner_number(process) == order["process"]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(process, order["signal"])
        return True

    def _usage(self) -> dict[str, Any]:
        return {"cpu": self.cpu, "memory": self.peak, "waited": self.waited}

    def _processes(self) -> list[int]:
        """All processes of the inmate, itself included."""
        found, queue = [], [self.inmate if self.isolation else os.getpid()]
        while queue:
            process = queue.pop()
            if process != os.getpid():
                found.append(process)
            with contextlib.suppress(OSError):
                for task in os.listdir(f"/proc/{process}/task"):
                    text = Path(f"/proc/{process}/task/{task}/children").read_text()
                    queue += map(int, text.split())
        return found

    def _measure(self) -> str | None:
        """Add up what its processes have used; say which limit is passed, if any."""
        processes = self._processes()
        memory = 0
        for process in processes:
            with contextlib.suppress(OSError, ValueError, IndexError):
                pages = Path(f"/proc/{process}/statm").read_text().split()
                memory += int(pages[1]) * _PAGE + _page_tables(process)
                stat = Path(f"/proc/{process}/stat").read_text()
                ticks = stat.rpartition(")")[2].split()[11:15]
                schedule = Path(f"/proc/{process}/schedstat").read_text().split()
                waited = int(schedule[1]) / 1e9
                self._by_process[process] = sum(map(int, ticks)) / _TICKS, waited
        if memory > self.limits.memory:
            memory -= self._counted_twice(memory, processes)
        self.peak = max(self.peak, memory)
        self.cpu = sum(cpu for cpu, _ in self._by_process.values())
        self.waited = sum(waited for _, waited in self._by_process.values())
        if memory > self.limits.memory:
            return "memory"
        return "cpu" if self.cpu > self.limits.cpu else None

    def _counted_twice(self, memory: int, processes: list[int]) -> int:
        """Say how many of these bytes are pages that forks share.

        To find out takes long, so it is done a tenth of the time at most, unless what
        was found the last time does not explain it.
        """
        now = time.monotonic()
        if now >= self._next_look or memory - self._shared > self.limits.memory:
            self._shared = memory - sum(map(_own_memory, processes))
            self._next_look = time.monotonic() + 10 * (time.monotonic() - now)
        return self._shared

    def _kill(self) -> None:
        """Kill every process of the inmate; nothing is left behind."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.inmate, signal.SIGKILL)  # takes its whole world with it
        while not self.isolation and (rest := self._processes()):
            for process in rest:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
        with contextlib.suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)


def _own_memory(process: int) -> int:
    """Bytes of a process's memory, shared pages divided among those who share them."""
    pss = _line(f"/proc/{process}/smaps_rollup", "Pss:")
    return (int(pss[0]) * 1024 if pss else 0) + _page_tables(process)


def _page_tables(process: int) -> int:
    """Bytes that the kernel holds for a process's tables of pages."""
    size = _line(f"/proc/{process}/status", "VmPTE:")
    return int(size[0]) * 1024 if size else 0


def _inner_number(process: int) -> int | None:
    """Find the number under which a process knows itself."""
    numbers = _line(f"/proc/{process}/status", "NSpid:")
    return int(numbers[-1]) if numbers else None


def _line(path: str, label: str) -> list[str]:
    with contextlib.suppress(OSError):
        for line in Path(path).read_text().splitlines():
            if line.startswith(label):
                return line.split()[1:]
    return []
