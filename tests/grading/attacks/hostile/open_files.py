"""Uses whatever files are open in its process: reads, writes, seeks, lists.

Must hold: there is the channel, and else nothing but /dev/null.
"""

# %% first
import os
import socket
import stat

for fd in range(4096):
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        continue
    if stat.S_ISREG(mode):
        print("leaked:", os.readlink(f"/proc/self/fd/{fd}"))
        try:
            os.lseek(fd, 0, 0)
            print(os.read(fd, 10_000))
        except OSError:
            pass
    if stat.S_ISDIR(mode):
        print("leaked:", os.listdir(fd))


# %% answer standardise
def standardise(X):
    for fd in range(3, 64):
        try:
            sock = socket.socket(fileno=os.dup(fd))
            sock.settimeout(0.05)
            data, fds, _, _ = socket.recv_fds(sock, 100_000, 10)
            for given in fds:
                os.write(given, b"passed")
        except OSError:
            pass
    return X
