"""Debian's Chromium, for the tests that look at pages."""

import shutil

import pytest

LIMIT = 60_000  # milliseconds for a page, on a machine that is busy with other tests


def launch(playwright):
    """Start the browser; whoever does so closes it."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.fail("These tests need a browser: apt-get install chromium")
    return playwright.chromium.launch(
        executable_path=chromium,
        args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    )
