"""Debian's Chromium, for what a page is looked at by: the PDF, pictures, tests."""

import shutil

# The first is the same browser without windows: a tab opens in a tenth of the time.
NAMES = ("chromium-headless-shell", "chromium")


def find() -> str:
    """Return the path of the browser.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise FileNotFoundError(
        f"There is no browser: neither {' nor '.join(NAMES)} is on the PATH. On "
        f"Debian: apt-get install {NAMES[0]}"
    )


def launch(playwright):
    """Start the browser with Playwright; whoever does so closes it."""
    return playwright.chromium.launch(
        executable_path=find(),
        args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    )
