"""Waits: in cells, in answers, where no interrupt reaches, and for what never comes.

Must hold: each cell and each answer has its time, the notebook as a whole too.
"""

# %% first
import time

while True:
    try:
        time.sleep(100)
    except KeyboardInterrupt:
        pass

# %% first
import threading

threading.Lock().acquire()
import signal

signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))
time.sleep(100)


# %% answer standardise
def standardise(X):
    time.sleep(100)


# %% answer value
class Value:
    def __init__(self, data):
        time.sleep(100)
