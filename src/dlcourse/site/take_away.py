"""What a reader may take away: a chapter's exercises in one file.

Each lesson and each exercise can be downloaded as it is. A chapter's exercises lie
together in ``_downloads/<chapter>-exercises.zip``, with a note on how to begin. Links
to lessons lead to the published site, since the lessons are not in the file.
"""

import re
import zipfile
from collections import defaultdict
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from .metadata import kind_of, title_of

FILE = "_downloads/{chapter}-exercises.zip"
LESSON = re.compile(r"\]\(\.\./\.\./(book/[\w/-]+)\.ipynb")
DATE = (2026, 1, 1, 0, 0, 0)  # the same files make the same archive

NOTE = """\
# {title}: exercises

These notebooks belong to the course "{project}", {address}

1. Install the course's package, in an environment of its own if you can:

       python -m pip install git+{repository}

2. Open this folder in JupyterLab and begin with the first notebook:

       python -m jupyter lab

   Write your answer where the notebook says so, then run the test below it.

3. Check a whole notebook as a grader would:

       python -m dlcourse check {first}

The package and PyTorch are about 1 GB to download. Without installing anything, the
buttons on the course's pages open the same notebooks on Binder or Colab.
"""


def exercises_of(env: BuildEnvironment) -> dict[str, list[str]]:
    """Return the pages of exercises of each chapter, in the order of the course."""
    chapters = defaultdict(list)
    for lesson in sorted(env.found_docs):
        for page in env.toctree_includes.get(lesson, []):
            if kind_of(page) == "exercise":
                chapters[page.split("/")[1]].append(page)
    order = {
        page: i
        for i, page in enumerate(
            name
            for chapter in env.found_docs
            if kind_of(chapter) == "chapter"
            for lesson in env.toctree_includes.get(chapter, [])
            for name in env.toctree_includes.get(lesson, [])
        )
    }
    return {c: sorted(p, key=lambda n: order.get(n, 0)) for c, p in chapters.items()}


def add_link(app, pagename, templatename, context, doctree) -> None:
    """Link the archive from the chapter's page and from its exercises."""
    if doctree is None or kind_of(pagename) not in ("chapter", "exercise"):
        return
    chapter = pagename.split("/")[1]
    if chapter in exercises_of(app.env):
        context["exercises_zip"] = FILE.format(chapter=chapter)


def write_archives(app: Sphinx, exception: Exception | None) -> None:
    """Write the archive of each chapter."""
    if exception is not None or app.builder.format != "html":
        return
    base = app.config.html_baseurl
    for chapter, pages in exercises_of(app.env).items():
        target = Path(app.outdir) / FILE.format(chapter=chapter)
        target.parent.mkdir(exist_ok=True)
        note = NOTE.format(
            title=title_of(app.env, f"book/{chapter}/index"),
            project=app.config.html_title,
            address=base,
            repository=app.config.html_theme_options["repository_url"],
            first=pages[0].rpartition("/")[2] + ".ipynb",
        )
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:

            def add(name: str, text: str, archive=archive, chapter=chapter) -> None:
                entry = zipfile.ZipInfo(f"{chapter}/{name}", DATE)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, text, zipfile.ZIP_DEFLATED)

            add("READ-ME.md", note)
            for page in pages:
                text = Path(app.env.doc2path(page)).read_text("utf-8")
                add(
                    page.rpartition("/")[2] + ".ipynb",
                    LESSON.sub(rf"]({base}\1.html", text),
                )


def setup(app: Sphinx) -> dict:
    """Connect everything (called by Sphinx)."""
    app.connect("html-page-context", add_link)
    app.connect("build-finished", write_archives)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
