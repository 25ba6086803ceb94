"""Spends processor time in children too short-lived to be seen, and unreaped.

Must hold: the limit on the notebook's time ends it.
"""


# %% answer standardise
def standardise(X):
    import os
    import signal
    import time

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        if os.fork() == 0:
            end = time.perf_counter() + 0.03
            while time.perf_counter() < end:
                pass
            os._exit(0)
        time.sleep(0.02)
