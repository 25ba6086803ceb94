"""Tries to become somebody: set-user-id programs, capabilities, other users.

Must hold: there is no way back to any privilege.
"""

# %% first
import ctypes
import os
import subprocess

gained = []
for call in (os.setuid, os.setgid, os.seteuid, os.setegid):
    try:
        call(0)
        gained.append(call.__name__)
    except OSError:
        pass
for command in (
    ["su", "-c", "id"], ["sudo", "-n", "id"], ["mount", "-t", "tmpfs", "x", "/box"],
    ["unshare", "-Ur", "id"], ["nsenter", "-t", "1", "-a", "id"], ["newgrp", "root"],
    ["pkexec", "id"], ["chsh"], ["passwd", "-S"],
):  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, timeout=1, text=True)
        if "uid=0" in done.stdout or command[0] == "mount" and done.returncode == 0:
            gained.append(command)
    except (OSError, subprocess.SubprocessError):
        pass
for line in open("/proc/self/status"):
    if line.startswith(("CapEff", "CapPrm", "CapBnd")) and int(line.split()[1], 16):
        gained.append(line)
    if line.startswith(("NoNewPrivs", "Seccomp:")) and line.split()[1] == "0":
        gained.append(line)
for path in ("/dev/mem", "/dev/kmem", "/dev/sda", "/dev/vda", "/dev/tty", "/dev/ptmx"):
    if os.path.exists(path):
        gained.append(path)
try:
    os.mknod("/box/disk", 0o60666, os.makedev(254, 0))
    gained.append("device")
except OSError:
    pass
print("leaked:" if gained else "nothing:", gained)


# %% answer standardise
def standardise(X):
    return X
