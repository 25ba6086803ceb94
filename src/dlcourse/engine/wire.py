"""Messages over a socket, with limits on size and time."""

import itertools
import json
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from .values import BadMessage

MAX_TEXT = 16 << 20  # bytes of JSON in one message
MAX_CONTENT = 256 << 20  # bytes of array contents in one message
SLICE = 0.2  # seconds between two looks at the clock

_HEAD = struct.Struct("<II")


class Gone(BaseException):
    """The other side has ended. No test can catch it by accident."""


def _no_limit() -> None:
    pass


class Channel:
    """One end of a conversation.

    Parameters
    ----------
    sock : socket.socket
        A connected stream socket.
    patience : callable, optional
        Called about every 0.2 s, whether or not something arrives or leaves; raises to
        give up.
    """

    def __init__(
        self, sock: socket.socket, patience: Callable[[], None] = _no_limit
    ) -> None:
        self.socket = sock
        self.patience = patience
        self._looked = time.monotonic()
        sock.setblocking(True)
        # The kernel's own timeouts: Python's would cost a call more for each message.
        timeout = struct.pack("ll", 0, int(SLICE * 1e6))
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)

    def send(self, message: Any, buffers: list[bytes] | None = None) -> None:
        """Send one message.

        Parameters
        ----------
        message
            What JSON can hold.
        buffers : list of bytes
            The contents of its arrays.

        Raises
        ------
        Gone
            If the other side has ended.
        """
        buffers = buffers or []
        text = json.dumps([message, [len(b) for b in buffers]]).encode()
        content = sum(map(len, buffers))
        if len(text) > MAX_TEXT or content > MAX_CONTENT:
            raise BadMessage(f"{(len(text) + content) >> 20} MiB are too much to send")
        self._send(b"".join([_HEAD.pack(len(text), content), text, *buffers]))

    def receive(self) -> tuple[Any, list[bytes]]:
        """Wait for one message.

        Raises
        ------
        Gone
            If the other side has ended.
        BadMessage
            If what arrives is no message, or too large a one.
        """
        text_size, content_size = _HEAD.unpack(self._receive(_HEAD.size))
        if text_size > MAX_TEXT or content_size > MAX_CONTENT:
            raise BadMessage("a message is too large")
        whole = self._receive(text_size + content_size)
        try:
            message, sizes = json.loads(whole[:text_size])
            if any(type(n) is not int or n < 0 for n in sizes):
                raise ValueError("sizes of array contents")
            if sum(sizes) != content_size:
                raise ValueError("sizes of array contents")
        except (ValueError, TypeError, RecursionError) as error:
            raise BadMessage(f"a message is malformed: {error}") from error
        ends = list(itertools.accumulate(sizes, initial=text_size))
        return message, [bytes(whole[a:b]) for a, b in itertools.pairwise(ends)]

    def send_socket(self, sock: socket.socket) -> None:
        """Hand over one more socket."""
        self._attempt(lambda: socket.send_fds(self.socket, [b"s"], [sock.fileno()]))

    def receive_socket(self) -> socket.socket:
        """Take the socket that the other side hands over."""
        _, fds, _, _ = self._attempt(lambda: socket.recv_fds(self.socket, 1, 1))
        if not fds:
            raise Gone
        return socket.socket(fileno=fds[0])

    def close(self) -> None:
        """Hang up."""
        self.socket.close()

    def _attempt(self, act: Callable[[], Any]) -> Any:
        while True:
            now = time.monotonic()
            if now - self._looked >= SLICE:  # a trickle must not outlast all patience
                self._looked = now
                self.patience()
            try:
                return act()
            except BlockingIOError:
                pass
            except OSError as error:
                raise Gone from error

    def _send(self, content: bytes) -> None:
        rest = memoryview(content)
        while rest:
            rest = rest[self._attempt(lambda rest=rest: self.socket.send(rest)) :]

    def _receive(self, size: int) -> bytearray:
        content = bytearray(size)
        rest = memoryview(content)
        while rest:
            got = self._attempt(lambda rest=rest: self.socket.recv_into(rest))
            if not got:
                raise Gone
            rest = rest[got:]
        return content
