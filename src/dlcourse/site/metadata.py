"""What a page says about itself: to search engines, and to those who share its address.

Each page gets a description, the tags of the Open Graph protocol (https://ogp.me) with
the course's picture, and structured data in the terms of https://schema.org: the front
page is a ``Course``, chapters, lessons and exercises are each a ``LearningResource``
that is part of it, with the path that leads there.
"""

import html
import json
import textwrap
from pathlib import Path
from urllib.parse import urljoin

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import get_translation

_ = get_translation("dlcourse")

PICTURE = "_static/social-card.png"
PICTURE_SIZE = (1200, 630)  # what those who show such pictures ask for
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


def describe(doctree: nodes.document) -> str:
    """Return a page's first paragraph, shortened to at most 160 letters."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section):
            text = " ".join(paragraph.astext().split())
            return textwrap.shorten(text, 160, placeholder=" …")
    return ""


def title_of(env: BuildEnvironment, page: str) -> str:
    """Return a page's title, without its number."""
    return env.titles[page].astext()


def kind_of(page: str) -> str | None:
    """Return what a page of a chapter is for a learner; None for any other page."""
    root, *chapter, name = page.split("/")
    if not chapter:
        return None
    if root == "exercises":
        return "exercise"
    return "chapter" if name == "index" else "lesson"


def structured_data(app: Sphinx, page: str, description: str) -> dict:
    """Return what schema.org knows about a page.

    Parameters
    ----------
    app : Sphinx
        The running build, whose table of contents is complete.
    page : str
        The name of the page, such as ``"book/concepts/neuron"``.
    description : str
        Its first sentences.

    Returns
    -------
    dict
        A JSON-LD graph of the page and the path to it.
    """
    env, config = app.env, app.config

    def address(name: str) -> str:
        return urljoin(config.html_baseurl, app.builder.get_target_uri(name))

    course = {
        "@type": "Course",
        "@id": address(config.root_doc),
        "name": config.html_title,
        "url": address(config.root_doc),
    }
    about = {
        "url": address(page),
        "description": description,
        "inLanguage": config.language,
        "license": LICENCE,
        "isAccessibleForFree": True,
    }
    author = {"@type": "Organization", "name": config.author}
    if page == config.root_doc:
        chapters = [name for name in env.found_docs if kind_of(name) == "chapter"]
        order = list(env.toctree_includes.get(page, []))
        chapters.sort(key=lambda name: order.index(name) if name in order else 0)
        return {
            "@context": "https://schema.org",
            **course,
            **about,
            "provider": author,
            "image": urljoin(config.html_baseurl, PICTURE),
            "coursePrerequisites": str(_("Some Python, and school calculus")),
            "hasPart": [
                {
                    "@type": "LearningResource",
                    "name": title_of(env, name),
                    "url": address(name),
                }
                for name in chapters
            ],
        }
    kind = kind_of(page)
    resource = {
        "@type": "LearningResource" if kind else "WebPage",
        "@id": address(page),
        "name": title_of(env, page),
        **about,
        "isPartOf": course,
        "author": author,
    }
    if kind:
        resource["learningResourceType"] = kind
    path = [config.root_doc, *ancestors(env, page), page]
    names = [config.html_title, *(title_of(env, name) for name in path[1:])]
    trail = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": i, "name": name, "item": address(step)}
            for i, (step, name) in enumerate(zip(path, names, strict=True), start=1)
        ],
    }
    return {"@context": "https://schema.org", "@graph": [resource, trail]}


def ancestors(env: BuildEnvironment, page: str) -> list[str]:
    """Return the pages above a page, outermost first, without the front page."""
    above = {
        child: parent
        for parent, children in env.toctree_includes.items()
        for child in children
    }
    path: list[str] = []
    while (page := above.get(page, env.config.root_doc)) != env.config.root_doc:
        path.insert(0, page)
    return path


def tags_for(app: Sphinx, page: str, description: str) -> list[str]:
    """Return the tags by which a page is shown elsewhere."""
    base = app.config.html_baseurl
    tags = {
        ("name", "description"): description,
        ("property", "og:title"): title_of(app.env, page),
        ("property", "og:description"): description,
        ("property", "og:type"): (
            "website" if page == app.config.root_doc else "article"
        ),
        ("property", "og:url"): urljoin(base, app.builder.get_target_uri(page)),
        ("property", "og:site_name"): app.config.html_title,
        ("property", "og:image"): urljoin(base, PICTURE),
        ("property", "og:image:width"): str(PICTURE_SIZE[0]),
        ("property", "og:image:height"): str(PICTURE_SIZE[1]),
        ("property", "og:image:alt"): _(
            "Two crescents of points, a small network, and the same points as the "
            "network sees them: one straight line separates them"
        ),
        ("name", "twitter:card"): "summary_large_image",
    }
    return [
        f'<meta {kind}="{name}" content="{html.escape(str(text))}" />'
        for (kind, name), text in tags.items()
        if text
    ]


def add_metadata(app, pagename, templatename, context, doctree) -> None:
    """Give the page its tags and its structured data."""
    if doctree is None:
        return
    description = describe(doctree)
    data = structured_data(app, pagename, description)
    # "<" would end the script where a title holds a tag.
    text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    context["metatags"] = "\n    ".join(
        [
            context.get("metatags", ""),
            *tags_for(app, pagename, description),
            f'<script type="application/ld+json">{text}</script>',
        ]
    )


ENTRY = """\
<!DOCTYPE html>
<html lang="{language}">
  <head>
    <meta charset="utf-8" />
    <meta http-equiv="refresh" content="0; url={page}" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>{title}</title>
    <link rel="canonical" href="{address}" />
    {tags}
  </head>
  <body><p><a href="{page}">{title}</a></p></body>
</html>
"""


def write_entry(app: Sphinx, exception: Exception | None) -> None:
    """Write the page at the site's address, which leads to the front page.

    Those who share the address show its tags, as those of any other page.
    """
    front = app.config.root_doc
    if exception is not None or app.builder.name != "html" or front == "index":
        return
    page = app.builder.get_target_uri(front)
    entry = ENTRY.format(
        language=app.config.language,
        page=page,
        address=urljoin(app.config.html_baseurl, page),
        title=html.escape(app.config.html_title),
        tags="\n    ".join(tags_for(app, front, describe(app.env.get_doctree(front)))),
    )
    (Path(app.outdir) / "index.html").write_text(entry, "utf-8")


def setup(app: Sphinx) -> dict:
    """Connect everything (called by Sphinx)."""
    app.connect("html-page-context", add_metadata)
    app.connect("build-finished", write_entry)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
