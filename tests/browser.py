"""Debian's Chromium and a server, for the tests that look at pages."""

import functools
import http.server
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LIMIT = 60_000  # milliseconds for a page, on a machine that is busy with other tests


def chromium() -> str:
    """Return the path of the browser, or fail and say how to get it."""
    path = shutil.which("chromium")
    if path is None:
        pytest.fail("These tests need a browser: apt-get install chromium")
    return path


def launch(playwright):
    """Start the browser; whoever does so closes it."""
    return playwright.chromium.launch(
        executable_path=chromium(),
        args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    )


@contextmanager
def tabs(browser) -> Iterator[Callable]:
    """Give a function that opens an empty page in a context of its own."""
    contexts = []

    def open_page(width: int = 1280, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, **options
        )
        context.set_default_timeout(LIMIT)
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serve files, say nothing, and if asked to, be late with all but text and style.

    Fonts, scripts and pictures that come at once, as they do from the same machine,
    would hide that the page jumps when they come.
    """

    def __init__(self, *args, late: float = 0, **options):
        self.late = late
        super().__init__(*args, **options)

    def do_GET(self):
        """Serve a file."""
        if self.late and not self.path.partition("?")[0].endswith((".html", ".css")):
            time.sleep(self.late)
        super().do_GET()

    def log_message(self, *_):
        """Keep the test's output readable."""


class Server(http.server.ThreadingHTTPServer):
    """Let two tabs ask for all their files at once: none waits for a second try."""

    request_queue_size = 128


@contextmanager
def served(folder: Path, late: float = 0) -> Iterator[str]:
    """Serve a folder on this machine alone; give its address."""
    handler = functools.partial(QuietHandler, directory=folder, late=late)
    with Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
