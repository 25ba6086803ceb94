"""Tries every call that changes what a process sees: mounts, roots, namespaces.

Must hold: each is refused, also when made by number.
"""

# %% first
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
numbers = {
    "mount": 165, "umount2": 166, "pivot_root": 155, "chroot": 161, "unshare": 272,
    "setns": 308, "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsmount": 432,
    "mount_setattr": 442, "name_to_handle_at": 303, "open_by_handle_at": 304,
    "bpf": 321, "userfaultfd": 323, "keyctl": 250, "add_key": 248, "memfd_create": 319,
    "io_uring_setup": 425, "perf_event_open": 298, "pidfd_getfd": 438, "kcmp": 312,
    "shmget": 29, "personality": 135, "reboot": 169, "sethostname": 170,
}  # fmt: skip
here = os.uname().machine == "x86_64"
allowed = []
for name, number in numbers.items() if here else ():
    arguments = (b"/box", b"/tmp", b"tmpfs", 0, b"")
    if name == "unshare":
        arguments = (0x10000000,)
    if name in ("userfaultfd", "memfd_create", "shmget", "personality"):
        arguments = (0, 4096, 0o1600)
    result = libc.syscall(number, *arguments)
    if result >= 0 or ctypes.get_errno() not in (1, 38):
        allowed.append((name, result, ctypes.get_errno()))
for flag in (0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
    result = libc.syscall(56, flag | 17, 0, 0, 0, 0) if here else -1
    if result == 0:
        os._exit(0)
    if result > 0:
        allowed.append(("clone", hex(flag)))
print("leaked:" if allowed else "nothing:", allowed)
for path in ("/old", "/proc/1/root", "/proc/1/cwd", "/sys", "/boot", "/home", "/root"):
    try:
        print(path, os.listdir(path))
    except OSError as error:
        print(path, type(error).__name__)


# %% answer standardise
def standardise(X):
    return X
