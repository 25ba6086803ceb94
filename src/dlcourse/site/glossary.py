"""Where a page first uses a term of the glossary, the term leads to its definition.

Nobody writes these links: a term is found by its name, in the language of the edition.
Headings, code, formulas, links and quizzes stay as they are.

Two settings in ``_config.yml`` say where: ``glossary_pages``, a pattern of page names,
and ``glossary_ambiguous``, terms that are everyday words as well and not looked for.
"""

import functools
import re
from collections.abc import Iterator
from fnmatch import fnmatch
from typing import NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

from .quiz import Quiz

# Text in these is no running text, or has a meaning of its own.
KEPT = (
    nodes.literal, nodes.literal_block, nodes.math, nodes.reference, nodes.title,
    nodes.rubric, nodes.table, nodes.raw, addnodes.pending_xref,
    addnodes.download_reference, Quiz,
)  # fmt: skip

CHINESE = re.compile(r"[\u4e00-\u9fff]")


class Term(NamedTuple):
    """A name of a term, and where it is defined; synonyms share an entry."""

    name: str
    page: str
    anchor: str
    entry: str


@functools.cache  # pages are written when all terms are known
def terms(env: BuildEnvironment) -> dict[str, Term]:
    """Find the terms of all glossaries, by name in lower case."""
    ambiguous = {name.lower() for name in env.config.glossary_ambiguous}
    objects = [o for o in env.domains["std"].get_objects() if o[2] == "term"]
    entry = {
        anchor: item[0]["ids"][0]
        for page in {page for _, _, _, page, _, _ in objects}
        for item in env.get_doctree(page).findall(nodes.definition_list_item)
        for name in item.findall(nodes.term)
        for anchor in name["ids"]
    }
    return {
        name.lower(): Term(name, page, anchor, entry[anchor])
        for name, _, _, page, anchor, _ in objects
        if name.lower() not in ambiguous
    }


def pattern(names: list[str]) -> re.Pattern[str] | None:
    """Match any of the names as a word of its own, longer ones first, with a plural s.

    A name with a capital, such as an acronym, is matched as it is written, others with
    a capital at the start of a sentence too. Between Chinese characters there is no
    border of a word.
    """
    words, signs = [], []
    for name in sorted(names, key=len, reverse=True):
        if CHINESE.search(name):
            signs.append(re.escape(name))
        elif name.islower():
            first = re.escape(name[0])
            words.append(f"[{first}{first.upper()}]{re.escape(name[1:])}")
        else:
            words.append(re.escape(name))
    parts = [rf"(?<![\w-])(?:{'|'.join(words)})(?:s|es)?(?![\w-])"] if words else []
    return re.compile("|".join(parts + signs)) if names else None


class LinkTerms(SphinxPostTransform):
    """Turn the first use of each term into a link."""

    default_priority = 900  # after all other links are in place

    def run(self, **kwargs: object) -> None:
        """Go through the running text of the page."""
        if not fnmatch(self.env.docname, self.config.glossary_pages):
            return
        known = {
            key: term
            for key, term in terms(self.env).items()
            if term.page != self.env.docname
            and bool(CHINESE.search(term.name)) == self.config.language.startswith("zh")
        }
        found = pattern([term.name for term in known.values()])
        if found is None:
            return
        for paragraph in list(self.document.findall(nodes.paragraph)):
            if not inside(paragraph, KEPT):
                for text in list(paragraph.findall(nodes.Text)):
                    if not inside(text, KEPT):
                        text.parent.replace(text, list(self.split(text, known, found)))

    def split(
        self, text: nodes.Text, known: dict[str, Term], found: re.Pattern[str]
    ) -> Iterator[nodes.Node]:
        """Cut a text at the terms that were not met before; these leave ``known``."""
        rest = 0
        for match in found.finditer(text):
            word = match[0].lower()
            key = next((k for k in (word, word[:-1], word[:-2]) if k in known), None)
            if key is None:
                continue
            term = known.pop(key)
            for synonym in [k for k, t in known.items() if t.entry == term.entry]:
                del known[synonym]
            if match.start() > rest:
                yield nodes.Text(text[rest : match.start()])
            link = make_refnode(
                self.app.builder, self.env.docname, term.page, term.anchor,
                nodes.Text(match[0]),
            )  # fmt: skip
            link["classes"].append("term")
            yield link
            rest = match.end()
        if rest < len(text):
            yield nodes.Text(text[rest:])


def inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    """Whether a node lies within one of these kinds."""
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension with Sphinx."""
    app.add_config_value("glossary_pages", "*", "env", str)
    app.add_config_value("glossary_ambiguous", [], "env", list)
    app.add_post_transform(LinkTerms)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
