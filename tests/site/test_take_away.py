"""What a page gives away: its notebook, a chapter's exercises, and what it is."""

import json
import re
import zipfile
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from PIL import Image

from dlcourse.site.metadata import PICTURE, PICTURE_SIZE
from dlcourse.site.policy import add_policy, policy_of

from .conftest import ROOT, pages_of_toc
from .test_build import Tags

BASE = "https://deep-learning-principles.github.io/course/"
CHAPTERS = sorted({p.split("/")[1] for p in pages_of_toc() if p.count("/") == 2})

pytestmark = pytest.mark.xdist_group("site")


@pytest.fixture(scope="module")
def html(site) -> Path:
    assert site.status == 0, site.output[-3000:]
    return site.folder / "html"


def links(page: Path) -> dict[str, str]:
    """Return the addresses of a page's links for running and taking away, by word."""
    found = re.findall(
        r'<a class="run-link[^"]*" href="([^"]+)"[^>]*>(?:<span>)?([^<]+)',
        page.read_text("utf-8"),
    )
    return {text: address for address, text in found}


NOTEBOOKS = [p for p in pages_of_toc() if (ROOT / f"{p}.ipynb").is_file()]


@pytest.mark.parametrize("page", NOTEBOOKS)
def test_each_notebook_can_be_run_and_taken_away(html, page):
    path = html / f"{page}.html"
    found = links(path)
    repository = "deep-learning-principles/course"
    assert found["Binder"] == (
        f"https://mybinder.org/v2/gh/{repository}/main?urlpath=lab/tree/{page}.ipynb"
    )
    assert found["Colab"] == (
        f"https://colab.research.google.com/github/{repository}/blob/main/{page}.ipynb"
    )
    taken = json.loads((path.parent / found["Notebook"]).resolve().read_text("utf-8"))
    stored = json.loads((ROOT / f"{page}.ipynb").read_text("utf-8"))
    assert taken["cells"] == stored["cells"]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapters_exercises_are_in_one_archive(html, chapter):
    notebooks = sorted((ROOT / "exercises" / chapter).glob("*.ipynb"))
    pages = [
        f"book/{chapter}/index",
        *(f"exercises/{chapter}/{n.stem}" for n in notebooks),
    ]
    archives = set()
    for page in pages:
        path = html / f"{page}.html"
        archives.add((path.parent / links(path)["Exercises"]).resolve())
    (archive,) = archives
    with zipfile.ZipFile(archive) as file:
        note, *names = file.namelist()
        assert note == f"{chapter}/READ-ME.md"
        assert f"dlcourse check {Path(names[0]).name}" in file.read(note).decode()
        # The order of the course, as the chapter's page has it.
        assert names == [
            f"{chapter}/{Path(page).name}.ipynb"
            for page in pages_of_toc()
            if page.startswith(f"exercises/{chapter}/")
        ]
        for name in names:
            notebook = json.loads(file.read(name))
            stored = json.loads((ROOT / "exercises" / name).read_text("utf-8"))
            for mine, theirs in zip(notebook["cells"], stored["cells"], strict=True):
                if mine["cell_type"] == "code":
                    assert mine == theirs
            text = "".join("".join(cell["source"]) for cell in notebook["cells"])
            for target in re.findall(r"\]\(([^)]+)\)", text):
                assert not target.startswith("."), f"{name} leads to {target}"
                if target.startswith(BASE):
                    assert target.removeprefix(BASE).removesuffix(".html") in NOTEBOOKS


@pytest.mark.parametrize("page", pages_of_toc())
def test_page_says_what_it_is(html, page):
    path = html / f"{page}.html"
    text = path.read_text("utf-8")
    address = f"{BASE}{page}.html"
    metas = Tags(path).named("meta")
    tags = {meta["property"]: meta["content"] for meta in metas if "property" in meta}
    assert tags["og:url"] == address
    assert tags["og:image"] == BASE + PICTURE
    assert tags["og:title"] in text.split("<body")[1]
    (data,) = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', text, re.S
    )
    data = json.loads(data)
    assert data["@context"] == "https://schema.org"
    if page == "book/index":
        assert data["@type"] == "Course"
        parts = [part["url"] for part in data["hasPart"]]
        assert parts == [
            f"{BASE}{p}.html"
            for p in pages_of_toc()
            if p.count("/") == 2 and p.endswith("/index")
        ]
        return
    resource, trail = data["@graph"]
    depth = page.count("/")
    kind = {"exercises": "exercise", "book": "lesson"}[page.split("/")[0]]
    if page.endswith("/index"):
        kind = "chapter"
    assert resource.get("learningResourceType") == (kind if depth == 2 else None)
    assert resource["url"] == address
    steps = [step["item"] for step in trail["itemListElement"]]
    assert steps[0] == f"{BASE}book/index.html"
    assert steps[-1] == address
    for step in steps:
        assert (html / step.removeprefix(BASE)).is_file()


def test_the_card_of_the_course_has_its_size(html):
    with Image.open(html / PICTURE) as image:
        assert image.size == PICTURE_SIZE
    assert (html / PICTURE).stat().st_size < 150_000


def test_the_sites_address_leads_to_the_front_page(html):
    metas = Tags(html / "index.html").named("meta")
    (refresh,) = [m for m in metas if m.get("http-equiv") == "refresh"]
    assert refresh["content"] == "0; url=book/index.html"
    assert any(m.get("property") == "og:image" for m in metas)


@pytest.mark.parametrize(
    "page", ["book/index", "book/concepts/neuron", "book/glossary"]
)
def test_problems_are_reported_with_the_pages_address(html, page):
    text = (html / f"{page}.html").read_text("utf-8")
    (link,) = re.findall(r'href="([^"]+/issues/new\?[^"]+)"', text)
    query = parse_qs(urlsplit(link.replace("&amp;", "&")).query)
    assert f"{BASE}{page}.html" in query["body"][0]
    assert query["title"][0].strip(": ")


def test_citation_and_version_agree():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    from dlcourse import __version__

    assert citation["version"] == __version__
    assert citation["url"] == BASE
    assert f"## {__version__}," in (ROOT / "book/changelog.md").read_text("utf-8")


HEAD = '<html><head><meta charset="utf-8" /></head><body>{}</body></html>'


def test_a_policy_names_the_scripts_of_its_page_and_no_others():
    page = HEAD.format("<script>one();</script><script src='two.js'></script>")
    policy = policy_of(page)
    assert policy.count("'sha256-") == 1
    assert "'unsafe-inline'" not in policy.split("style-src")[0]
    other = HEAD.format("<script>another();</script>")
    assert policy_of(other) != policy
    data = HEAD.format('<script type="application/ld+json">{}</script>')
    assert "sha256" not in policy_of(data)


def test_a_script_in_an_attribute_is_refused():
    with pytest.raises(ValueError, match="onclick"):
        add_policy(HEAD.format('<button onclick="print()">'))
    with pytest.raises(ValueError, match="charset"):
        add_policy("<html></html>")


def test_scripts_that_are_not_the_pages_do_not_run(new_page, small_site, serve):
    tab = new_page()
    refused = []
    tab.on("console", lambda m: m.type == "error" and refused.append(m.text))
    tab.goto(f"{serve(small_site)}book/index.html")
    tab.evaluate(
        """() => {
          for (const [key, value] of [["textContent", "window.slipped = 1"],
                                      ["src", "http://127.0.0.1:9/foreign.js"]]) {
            const script = document.createElement("script");
            script[key] = value;
            document.head.append(script);
          }
          document.body.insertAdjacentHTML("beforeend",
            "<img src='data:,' onerror='window.slipped = 2'>");
        }"""
    )
    tab.wait_for_timeout(500)
    assert tab.evaluate("window.slipped") is None
    assert sum("Content Security Policy" in text for text in refused) >= 3, refused
