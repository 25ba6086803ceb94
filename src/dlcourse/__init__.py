"""The package behind the course *Deep Learning: Principles and Practice*."""

import sys

__version__ = "0.1.0"

OLDEST_PYTHON = (3, 11)

# Old interpreters must still be able to read this file, so: no f-strings, no hints.
if sys.version_info[:2] < OLDEST_PYTHON:
    raise ImportError(
        "The course package dlcourse needs Python {}.{} or later, and this is Python "
        "{}.{} ({}). Install a newer Python, make a new environment with it (python3 "
        "-m venv .venv) and install the course there, as README.md shows.".format(
            *OLDEST_PYTHON, *sys.version_info[:2], sys.executable
        )
    )
