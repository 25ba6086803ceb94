"""Passes its socket to the process of another problem, to have that one answer for it.

Must hold: whoever answers, it is the student, and the value has to be right.
"""
# earns: describe

# %% first
import os
import socket
import sys
import threading

ADDRESS = "\0between-us"


def serve_others():
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    sock.bind(ADDRESS)
    sock.listen()
    while True:
        other, _ = sock.accept()
        _, fds, _, _ = socket.recv_fds(other, 10, 1)
        with socket.socket(fileno=fds[0]) as channel:
            text = b'[{"value": 2.5}, []]'
            channel.send(len(text).to_bytes(4, "little") + bytes(4) + text)


threading.Thread(target=serve_others, daemon=True).start()


def hand_over():
    frame = sys._getframe()
    while frame and frame.f_code.co_name != "serve":
        frame = frame.f_back
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(ADDRESS)
        socket.send_fds(sock, [b"x"], [frame.f_locals["channel"].socket.fileno()])
        import time

        time.sleep(1)


# %% answer standardise
def standardise(X):
    hand_over()


# %% answer squared-error
def mean_squared_error(y, y_hat):
    hand_over()


# %% answer describe
def describe(name, sizes):
    pairs = list(zip(sizes, sizes[1:]))
    count = sum((a + 1) * b for a, b in pairs)
    layers = [f"{a} to {b}" for a, b in pairs]
    return {"name": name.title(), "layers": layers, "parameters": count}
