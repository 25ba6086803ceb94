"""Markup that the theme and MyST-NB write, put right where it is at fault.

A name for each button that opens a chapter in the sidebar; a line that shows hidden
code with the name that is read on it, without paragraphs in a ``summary``; no empty
heading in a table's corner; references that are items of their list; headings outside
the table of contents (``rubric``) as headings, of which MyST makes paragraphs. The
tests that ask axe and a validator hold it up.
"""

import html
import re
from functools import partial

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.writers.html5 import HTML5Translator

_ = get_translation("dlcourse")

CHAPTER = re.compile(r"(<a [^>]*>\s*)([^<]*)(</a>\s*<details[^>]*>\s*<summary)>")


def _name_chapter(match: re.Match) -> str:
    link, title, summary = match.groups()
    name = html.escape(_("Pages of {}").format(html.unescape(title.strip())))
    return f'{link}{title}{summary} aria-label="{name}">'


def name_chapters(app, pagename, templatename, context, doctree) -> None:
    """Name the buttons of the sidebar that open a chapter: they are an arrow only."""
    write = context.get("generate_toctree_html")
    if write is not None:
        context["generate_toctree_html"] = partial(_named, write)


def _named(write, *arguments, **options) -> str:
    return CHAPTER.sub(_name_chapter, str(write(*arguments, **options)))


def visit_hidden_code(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """Write the line to click on; course.css shows one of its two texts."""
    show, hide = (html.escape(node[f"prompt_{what}"]) for what in ("show", "hide"))
    self.body.append(
        f'<details class="admonition hide {" ".join(node["classes"])}">\n<summary>'
        f'<span class="collapsed">{show}</span><span class="expanded">{hide}</span>'
        "</summary>\n"
    )


def depart_hidden_code(self: HTML5Translator, node: HideCodeCellNode) -> None:
    """End it."""
    self.body.append("</details>\n")


def visit_entry(self: HTML5Translator, node: nodes.entry) -> None:
    """Write a cell of a table; an empty one, in a corner, heads nothing."""
    start = len(self.body)
    type(self).visit_entry(self, node)
    empty = not node.astext().strip() and not any(node.findall(nodes.image))
    if empty and self.body[start].startswith("<th"):
        self.body[start] = "<td" + self.body[start][3:]
        self.context[-1] = self.context[-1].replace("</th>", "</td>")


def depart_entry(self: HTML5Translator, node: nodes.entry) -> None:
    """End it."""
    type(self).depart_entry(self, node)


def visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """Write a reference as an item of its list: its own role is out of use."""
    type(self).visit_citation(self, node)
    self.body[-1] = self.body[-1].replace('role="doc-biblioentry"', 'role="listitem"')


def depart_citation(self: HTML5Translator, node: nodes.citation) -> None:
    """End it."""
    type(self).depart_citation(self, node)


def level_rubrics(app: Sphinx, doctree: nodes.document) -> None:
    """Say in MyST's terms which level a rubric has; its writer ignores Sphinx's."""
    for rubric in doctree.findall(nodes.rubric):
        if "heading-level" in rubric:
            rubric["level"] = rubric["heading-level"]


def setup(app: Sphinx) -> dict:
    """Connect everything (called by Sphinx)."""
    app.add_node(
        HideCodeCellNode, override=True, html=(visit_hidden_code, depart_hidden_code)
    )
    app.add_node(nodes.entry, override=True, html=(visit_entry, depart_entry))
    app.add_node(nodes.citation, override=True, html=(visit_citation, depart_citation))
    app.connect("doctree-read", level_rubrics)
    app.connect("html-page-context", name_chapters, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
