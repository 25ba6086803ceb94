"""Debian's Chromium and a server, for the tests that look at pages."""

import functools
import http.server
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import psutil
from playwright.sync_api import Error as PlaywrightError

from dlcourse.site import chromium

LIMIT = 60_000  # milliseconds for a page, on a machine that is busy with other tests
HUNG = 120  # seconds after which a browser that should have shown a page is killed
TRIES = 3

T = TypeVar("T")


class Browser:
    """Debian's Chromium, started again where it hangs.

    Once in some hundred pages a page's main thread waits for its compositor for ever
    (seen with Chromium 156, also without a head). Nothing on the page runs any more,
    and Playwright sets no time limit to a script that it waits for. So whoever looks
    at pages sets one, and the processes of a browser that exceeds it are killed.

    Attributes
    ----------
    chromium : playwright.sync_api.Browser
    """

    def __init__(self, playwright):
        self._playwright = playwright
        self._start()

    def _start(self) -> None:
        self.chromium = chromium.launch(self._playwright)

    def new_page(self, width: int = 1280, **options):
        """Open an empty page in a context of its own."""
        if not self.chromium.is_connected():
            self._start()
        context = self.chromium.new_context(
            viewport={"width": width, "height": 800}, **options
        )
        context.set_default_timeout(LIMIT)
        return context.new_page()

    @property
    def pages(self) -> list:
        """The pages that are open."""
        return [page for context in self.chromium.contexts for page in context.pages]

    def close_pages(self) -> None:
        """Close all pages."""
        for context in self.chromium.contexts:
            context.close()

    @contextmanager
    def bounded(self, seconds: float) -> Iterator[None]:
        """Kill the browser after a time: whatever waits for it gets an error."""
        timer = threading.Timer(seconds, kill_chromium)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def patiently(self, look: Callable[[], T], seconds: float = HUNG) -> T:
        """Call a function that looks at pages, again if the browser hangs in it.

        What is at fault on a page is at fault each time: its error comes through.
        """
        for _ in range(TRIES - 1):
            try:
                with self.bounded(seconds):
                    return look()
            except PlaywrightError:
                kill_chromium()
                self._start()
        with self.bounded(seconds):
            return look()


def kill_chromium() -> None:
    """Kill the browsers that this process has started."""
    for process in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if process.name().startswith("chrom"):
                process.kill()


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
