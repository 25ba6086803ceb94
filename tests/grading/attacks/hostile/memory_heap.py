"""Fills the memory, in an answer and in a cell, in one process and in many.

Must hold: all of the student's processes together stay within the limit.
"""


# %% answer standardise
def standardise(X):
    hoard = []
    while True:
        hoard.append(bytearray(b"x" * (1 << 24)))


# %% last
import os
import time

block = 64 << 20
for _ in range(25):
    if os.fork() == 0:
        hoard = bytearray(b"y" * block)
        while True:
            time.sleep(1)
time.sleep(1)
