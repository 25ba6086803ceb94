"""What every page is served with, and what it is not.

The theme's pages are complete but heavy: a script of 1.5 MB that draws icons, search
scripts on pages that do not search, pictures without a size. This extension overrides
a few templates (``templates/``), gives pictures their size and scripts a ``defer``, and
leaves out files that no page asks for.
"""

import re
from pathlib import Path
from urllib.parse import urlencode

from docutils import nodes
from pybtex.plugin import find_plugin, register_plugin
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.images import get_image_size
from sphinx.writers.html5 import HTML5Translator

TEMPLATES = Path(__file__).parent / "templates"

# Figures are drawn twice as large as they are shown, to be sharp on any screen.
PIXELS_PER_CSS_PIXEL = 2

# Files that themes and extensions bring and no page of ours asks for. The icons are
# drawn by course.css, so that the icon fonts are not needed either.
UNUSED = ("**/*.map", "scripts/fontawesome.js*", "vendor/fontawesome/webfonts/*")

# 1,900 rules that say where a glyph is in those fonts: 30 % of what a page loads.
THEME_STYLESHEET = "styles/pydata-sphinx-theme.css"
ICON_RULES = re.compile(r'(?:\.fa-[\w-]+:before,?)+\{content:"[^"]*"\}')


def use_templates(app: Sphinx, config: Config) -> None:
    """Put the course's templates before the theme's."""
    config.templates_path.insert(0, str(TEMPLATES))


def keep_bibliography_writer() -> None:
    """Keep the writer of references, which is looked for at each of 600 of them.

    The search reads what every installed package provides: 3 of 40 seconds of a build.
    """
    group, name = "pybtex.backends", "plaintext"
    register_plugin(group, name, find_plugin(group, name), force=True)


def visit_image(self: HTML5Translator, node: nodes.image) -> None:
    """Write a picture; a PNG with its size, so that the text below does not jump.

    The size goes into the attributes ``width`` and ``height``: unlike the ``style``
    that Sphinx writes, they leave the picture free to shrink with the screen.
    """
    source = Path(self.builder.srcdir) / node["uri"]
    size = get_image_size(source) if source.suffix == ".png" else None
    if size is None or ("width" in node) != ("height" in node):
        type(self).visit_image(self, node)
        return
    width, height = (round(side / PIXELS_PER_CSS_PIXEL) for side in size)
    for attribute in ("width", "height"):
        node.attributes.pop(attribute, None)
    node["loading"] = "lazy"
    type(self).visit_image(self, node)
    self.body[-1] = self.body[-1].replace(
        "<img ", f'<img width="{width}" height="{height}" decoding="async" ', 1
    )


def depart_image(self: HTML5Translator, node: nodes.image) -> None:
    """Do nothing: a picture has no content."""


def defer_scripts(app, pagename, templatename, context, doctree) -> None:
    """Let no script hold up the page.

    Exempt are the page's own options, which inline scripts of the theme read at once.
    """
    for script in context.get("script_files", []):
        name = str(getattr(script, "filename", None) or "")
        if name and not name.endswith("documentation_options.js"):
            script.attributes.setdefault("defer", "defer")


def add_report_link(app, pagename, templatename, context, doctree) -> None:
    """Say where the page's readers report a problem with it."""
    if doctree is not None:
        query = urlencode(
            {
                "title": f"{app.env.titles[pagename].astext()}: ",
                "body": f"{context.get('pageurl', pagename)}\n\n",
            }
        )
        repository = app.config.html_theme_options["repository_url"]
        context["report_problem"] = f"{repository}/issues/new?{query}"


def remove_unused(app: Sphinx, exception: Exception | None) -> None:
    """Leave out the files and the style rules that no page asks for."""
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    for pattern in UNUSED:
        for path in static.glob(pattern):
            path.unlink()
    stylesheet = static / THEME_STYLESHEET
    stylesheet.write_text(ICON_RULES.sub("", stylesheet.read_text("utf-8")), "utf-8")


def setup(app: Sphinx) -> dict:
    """Connect everything (called by Sphinx)."""
    # Jupyter Book sets this value for an extension that the course does not load.
    app.add_config_value("comments_config", {}, "html")
    app.add_node(nodes.image, override=True, html=(visit_image, depart_image))
    keep_bibliography_writer()
    app.connect("config-inited", use_templates, priority=900)
    app.connect("html-page-context", add_report_link)
    app.connect("html-page-context", defer_scripts, priority=900)
    app.connect("build-finished", remove_unused)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
