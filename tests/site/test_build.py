"""The site builds without a warning, and its files are what they should be."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import sphinxcontrib.katex
from PIL import Image

from dlcourse.site import katex
from dlcourse.site.widgets import scripts_of

from .conftest import GOOD_PAGES, ROOT, build, pages_of_toc

pytestmark = pytest.mark.xdist_group("site")  # one build for all


class Tags(HTMLParser):
    """Collect a page's start tags as pairs of name and attributes."""

    def __init__(self, path: Path):
        super().__init__()
        self.found = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def named(self, name: str) -> list[dict]:
        return [attributes for tag, attributes in self.found if tag == name]


@pytest.fixture(scope="module")
def html(site) -> Path:
    assert site.status == 0, site.output[-3000:]
    return site.folder / "html"


def test_site_builds_without_a_warning(site):
    assert site.status == 0, site.output[-3000:]
    assert "WARNING" not in site.output


@pytest.mark.parametrize("page", pages_of_toc())
def test_page_of_the_toc_is_there(html, page):
    assert (html / f"{page}.html").is_file()


def test_no_page_outside_the_toc_is_published(html):
    pages = {str(p.relative_to(html)) for p in html.glob("*/**/*.html")}
    pages = {page for page in pages if not page.startswith("_static")}
    assert pages == {f"{page}.html" for page in pages_of_toc()}


@pytest.mark.parametrize("page", pages_of_toc())
def test_page_has_description_and_licence(html, page):
    path = html / f"{page}.html"
    metas = Tags(path).named("meta")
    (text,) = [meta["content"] for meta in metas if meta.get("name") == "description"]
    assert 30 <= len(text) <= 160
    assert "CC BY 4.0" in path.read_text("utf-8")


def test_each_page_names_its_address_and_the_site_map_lists_them(html):
    root = "https://deep-learning-principles.github.io/course/"
    pages = {f"{root}{page}.html" for page in pages_of_toc()}
    for address in pages:
        links = Tags(html / address.removeprefix(root)).named("link")
        assert [x["href"] for x in links if x.get("rel") == "canonical"] == [address]
    site_map = (html / "sitemap.xml").read_text("utf-8")
    assert set(re.findall("<loc>(.*?)</loc>", site_map)) >= pages


@pytest.mark.parametrize("page", pages_of_toc())
def test_figures_have_their_size(html, page):
    path = html / f"{page}.html"
    for image in Tags(path).named("img"):
        if not image["src"].endswith(".png"):
            continue
        width, height = Image.open(path.parent / image["src"]).size
        assert abs(int(image["width"]) - width / 2) <= 0.5
        assert abs(int(image["height"]) - height / 2) <= 0.5
        assert image["loading"] == "lazy"
        assert "style" not in image


@pytest.mark.parametrize("page", pages_of_toc())
def test_page_loads_only_what_it_needs(html, page):
    path = html / f"{page}.html"
    text = path.read_text("utf-8")
    tags = Tags(path)
    scripts = [script for script in tags.named("script") if "src" in script]
    held_up = [script["src"] for script in scripts if "defer" not in script]
    assert all("documentation_options" in source for source in held_up), held_up
    names = " ".join(script["src"] for script in scripts)
    assert not re.search("mathjax|katex|fontawesome|searchindex|thebe", names, re.I)
    styles = " ".join(link.get("href", "") for link in tags.named("link"))
    assert ("quiz.js" in names) == ('class="quiz"' in text)
    widgets = {tag["data-widget"] for _, tag in tags.found if "data-widget" in tag}
    loaded = set(re.findall(r"js/widgets/([\w-]+)\.js", names))
    needed = {script for name in widgets for script in scripts_of(name)}
    assert loaded == (needed | {"kit"} if widgets else set())
    assert ("katex.min.css" in styles) == ('class="katex"' in text)


def test_unused_files_are_left_out(html):
    static = html / "_static"
    assert not list(static.rglob("*.map"))
    assert not list(static.rglob("fontawesome*.js"))
    assert not list(static.rglob("*.ttf"))
    assert max(path.stat().st_size for path in static.rglob("*")) < 400_000


def test_katex_style_sheet_is_of_the_version_that_renders():
    css = (ROOT / "book" / "assets" / katex.STYLESHEET).read_text("utf-8")
    assert f"KaTeX {sphinxcontrib.katex.katex_version}," in css
    fonts = set(re.findall(r"url\((.*?)\)", css))
    assert fonts
    for font in fonts:
        assert (ROOT / "book/assets/katex" / font).is_file()
    for name in katex.PRELOADED_FONTS:
        assert f"fonts/{name}.woff2" in fonts


def test_small_book_builds_with_the_node_of_the_wheel(small_site):
    assert small_site.status == 0, small_site.output[-3000:]


def test_node_is_looked_for_on_the_path_first(monkeypatch, tmp_path):
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\n")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert katex.find_node() == str(node)


def test_without_any_node_the_error_says_what_to_do(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(katex, "find_spec", lambda name: None)
    with pytest.raises(katex.ExtensionError, match="pip install"):
        katex.find_node()


def test_equations_are_numbered_and_referred_to_across_pages(small_site):
    html = small_site.folder / "html" / "book"
    index = (html / "index.html").read_text("utf-8")
    other = (html / "other.html").read_text("utf-8")
    assert re.search(r'href="other.html#equation-eq-other"[^>]*>\(2\)<', index)
    assert re.search(r'href="index.html#equation-eq-first"[^>]*>\(1\)<', other)
    assert re.search(r'id="equation-eq-first".*?<span class="eqno">\(1\)', index, re.S)
    assert '<mi mathvariant="double-struck">R</mi>' in other  # \R of _config.yml


def test_only_the_fonts_that_a_page_needs_are_fetched_with_it(small_site):
    html = small_site.folder / "html" / "book"
    preloaded = {
        name: [
            Path(link["href"]).stem
            for link in Tags(html / f"{name}.html").named("link")
            if link.get("rel") == "preload" and link.get("as") == "font"
        ]
        for name in ("index", "other", "boxes")
    }
    plain = ["KaTeX_Main-Regular", "KaTeX_Math-Italic"]
    assert preloaded == {
        "index": [*plain, "KaTeX_Main-Bold"],
        "other": plain,
        "boxes": [],
    }


def test_description_is_escaped(small_site):
    page = (small_site.folder / "html" / "book" / "index.html").read_text("utf-8")
    assert 'content="The first paragraph says that 1 &lt; 2 &amp; more.' in page


def test_quiz_is_extracted_for_translation_without_its_marks(small_book, tmp_path):
    done = build(
        small_book, tmp_path, "--builder", "custom", "--custom-builder", "gettext"
    )
    assert done.status == 0, done.output[-3000:]
    catalogues = (done.folder / "gettext").rglob("*.pot")
    text = "\n".join(path.read_text("utf-8") for path in catalogues)
    assert 'msgid "Three, $w_1$, $w_2$ and $b$."' in text
    assert 'msgid "Two weights and the bias."' in text
    assert 'msgid "How many parameters has a neuron with $d = 2$ inputs?"' in text
    assert "✓" not in text
    assert 'msgid "That is the value."' in text
    assert 'msgid "Ten neurons with 785 each."' in text
    assert "7,850" not in text  # nothing to translate


def quiz(question: str, answers: str = "") -> str:
    """Write a quiz as an author does."""
    if answers:
        answers = f"\n\n:::{{dropdown}} Answers and why\n{answers}\n:::"
    return f"::::{{admonition}} Question\n:class: quiz\n\n{question}{answers}\n::::"


BROKEN_PAGES = {
    "unbalanced": (r"$\frac{1}{2$", "KaTeX cannot render the formula"),
    "unknown-macro": (r"$$ \nosuchmacro $$", "KaTeX cannot render the formula"),
    "no-answers": (quiz("What?\n\n1. Yes\n2. No"), "has no answers"),
    "no-question": (
        quiz("1. Yes\n2. No", "1. ✓ Why.\n2. ✗ Why."),
        "starts with a paragraph",
    ),
    "no-paragraph": (
        quiz("- What?\n\n1. Yes\n2. No", "1. ✓ Why.\n2. ✗ Why."),
        "starts with a paragraph",
    ),
    "no-right": (
        quiz("What?\n\n1. Yes\n2. No", "1. ✗ Why.\n2. ✗ Why."),
        "no right answer",
    ),
    "no-wrong": (
        quiz("What?\n\n1. Yes\n2. No", "1. ✓ Why.\n2. ✓ Why."),
        "no wrong answer",
    ),
    "too-few-answers": (
        quiz("What?\n\n1. Yes\n2. No", "1. ✓ Why."),
        "2 choices but 1 answers",
    ),
    "no-list-of-answers": (
        quiz("What?\n\n1. Yes\n2. No", "✓ Why."),
        "no numbered list of answers",
    ),
    "no-such-widget": (
        ":::{admonition} Try it\n:class: widget nothing\n\nMove it.\n:::",
        "A box of class widget names one of neuron, ",
    ),
    "no-mark": (
        quiz("What?\n\n1. Yes\n2. No", "1. Why.\n2. ✗ Why."),
        "starts with ✓ or ✗",
    ),
    "bullets": (
        quiz("What?\n\n- Yes\n- No", "1. ✓ Why.\n2. ✗ Why."),
        "without a numbered list of choices asks for a number",
    ),
    "no-number": (
        quiz("How many?", "1. ✓ three: Why.\n2. ✗ 4: Why."),
        "'✓ three: Why.'",
    ),
    "no-colon": (
        quiz("How many?", "1. ✓ 3: Why.\n2. ✗ 4, too many."),
        "'✗ 4, too many.'",
    ),
    "number-by-zero": (
        quiz("How many?", "1. ✓ 3/0: Why.\n2. ✗ 4: Why."),
        "divides by zero: '3/0'",
    ),
    "no-right-number": (
        quiz("How many?", "1. ✗ 3: Why.\n2. ✗ 4: Why."),
        "no right answer",
    ),
    "no-wrong-number": (quiz("How many?", "1. ✓ 3: Why."), "no wrong answer"),
    "two-right-numbers": (
        quiz("How many?", "1. ✓ 3: Why.\n2. ✓ 4: Why.\n3. ✗ 5: Why."),
        "one right answer, marked with ✓; this one has 2",
    ),
    "no-tolerance": (
        quiz("How much?", "1. ✓ 3 ± 0: Why.\n2. ✗ 4: Why."),
        "tolerance of a quiz is a positive number",
    ),
    "negative-tolerance": (
        quiz("How much?", "1. ✓ 3 ± -0.5: Why.\n2. ✗ 4: Why."),
        "tolerance of a quiz is a positive number",
    ),
    "tolerance-of-a-mistake": (
        quiz("How much?", "1. ✓ 3 ± 0.1: Why.\n2. ✗ 4 ± 0.1: Why."),
        "written once, after the right number",
    ),
    "exact-third": (
        quiz("How much?", "1. ✓ 1/3: Why.\n2. ✗ 4: Why."),
        "1/3 never ends as a decimal number",
    ),
    "close-numbers": (
        quiz("How much?", "1. ✓ 0.3 ± 0.05: Why.\n2. ✗ 0.4: Why."),
        "0.3 and 0.4, are too close",
    ),
    "close-mistakes": (
        quiz(
            "How much?",
            "1. ✓ 3 ± 0.5: Why.\n2. ✗ 5: Why.\n3. ✗ −5: Why.\n4. ✗ 5.5: Why.",
        ),
        "5 and 5.5, are too close",
    ),
    "same-number": (
        quiz("How much?", "1. ✓ 1/2: Why.\n2. ✗ 0.5: Why."),
        "1/2 and 0.5, are too close",
    ),
    "percent-of-one": (
        quiz("How much?", "1. ✓ 50%: Why.\n2. ✗ 0.4: Why."),
        "have a % sign, or none has",
    ),
}


@pytest.fixture(scope="module")
def broken_site(make_book, tmp_path_factory):
    pages = {
        name: f"# A page\n\nSome text.\n\n{text}\n"
        for name, (text, _) in BROKEN_PAGES.items()
    }
    book = make_book(
        {"index": GOOD_PAGES["index"], "other": GOOD_PAGES["other"]} | pages
    )
    return build(book, tmp_path_factory.mktemp("broken"))


@pytest.mark.parametrize("page", BROKEN_PAGES)
def test_mistake_of_an_author_fails_the_build(broken_site, page):
    assert broken_site.status != 0
    message = re.escape(BROKEN_PAGES[page][1])
    assert re.search(
        rf"book/{page}\.md:\d+: (WARNING|ERROR).*?{message}", broken_site.output, re.S
    )
