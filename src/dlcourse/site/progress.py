"""A reader's progress: a button below each lesson, a tick in the list of pages.

What was read is kept in the reader's browser and sent nowhere. ``js/progress.js`` does
the work; the words are in ``templates/``, where translation finds them.
"""

from sphinx.application import Sphinx

from .metadata import kind_of

SCRIPT = "js/progress.js"


def add_mark(app, pagename, templatename, context, doctree) -> None:
    """Say whether the page is a lesson, and load the script."""
    if doctree is not None:
        context["read_mark"] = kind_of(pagename) == "lesson"
        app.add_js_file(SCRIPT)


def setup(app: Sphinx) -> dict:
    """Connect everything (called by Sphinx)."""
    app.connect("html-page-context", add_mark)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
