"""Starts threads without end.

Must hold: their number is limited like that of processes.
"""


# %% answer standardise
def standardise(X):
    import threading
    import time

    started = []
    while len(started) < 5000:
        try:
            thread = threading.Thread(target=time.sleep, args=(60,), daemon=True)
            thread.start()
            started.append(thread)
        except RuntimeError:
            raise ValueError(f"{min(len(started), 1000)} threads")
    return X
