"""A browser for pages that are written, not served."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.browser import HUNG, Browser


def in_browser(look: Callable[[Any], None], width: int = 1280, **options: Any) -> None:
    """Look at an empty page of a browser of its own.

    In a thread of its own, too: Playwright wants that of whoever starts it twice.
    """
    with ThreadPoolExecutor(1) as thread:
        thread.submit(_look, look, width, options).result()


def _look(look: Callable[[Any], None], width: int, options: dict[str, Any]) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = Browser(playwright)
        try:
            with browser.bounded(HUNG):
                look(browser.new_page(width, **options))
        finally:
            browser.chromium.close()
