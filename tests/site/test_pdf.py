"""The book on paper: tagged, with bookmarks and links, each formula once."""

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest

from dlcourse.site.pdf import PdfError, make_pdf

pytestmark = pytest.mark.xdist_group("pdf")


@pytest.fixture(scope="module")
def book(make_book, tmp_path_factory) -> Path:
    """Write a book with what a lesson has, built."""
    from .conftest import GOOD_PAGES, ROOT, build

    pages = GOOD_PAGES | {
        "figure": "# A figure\n\nIt follows.\n\n```{image} assets/social-card.png\n"
        ":alt: Two crescents and a line\n```\n\n## A section\n\n"
        "See [quizzes](quiz.md).\n"
    }
    folder = make_book(pages)
    assert (ROOT / "book/assets/social-card.png").is_file()
    built = build(folder, folder)
    assert built.status == 0, built.output[-3000:]
    return folder


@pytest.fixture(scope="module")
def pdf(book) -> pikepdf.Pdf:
    """Print it, in a thread: Playwright wants one for each time that it is started."""
    target = book / "book.pdf"
    with ThreadPoolExecutor(1) as thread:
        job = thread.submit(make_pdf, book, book / "_build" / "html", target)
        count = job.result()
    with pikepdf.open(target) as pdf:
        assert len(pdf.pages) == count
        yield pdf


def elements(node, kind: str) -> list:
    """Return the structure elements of a kind, in their order."""
    found = []
    if isinstance(node, pikepdf.Array):
        for child in node:
            found += elements(child, kind)
    elif isinstance(node, pikepdf.Dictionary):
        if node.get("/S") == kind:
            found.append(node)
        if "/K" in node:
            found += elements(node["/K"], kind)
    return found


def test_it_says_what_it_is(pdf):
    assert pdf.Root.MarkInfo.Marked
    assert str(pdf.Root.Lang) == "en"
    assert str(pdf.docinfo["/Title"]) == "Deep Learning: Principles and Practice"


def test_bookmarks_are_the_headings_nested(pdf):
    with pdf.open_outline() as outline:
        titles = {item.title: [c.title for c in item.children] for item in outline.root}
    assert {"A small book", "Contents", "A figure", "Quizzes"} <= set(titles)
    assert titles["A figure"] == ["A section"]


def test_pictures_and_formulas_have_their_texts(pdf):
    root = pdf.Root.StructTreeRoot.K
    figures = [str(figure.get("/Alt", "")) for figure in elements(root, "/Figure")]
    assert "Two crescents and a line" in figures
    assert all(figures)
    formulas = [str(formula.Alt) for formula in elements(root, "/Formula")]
    assert any("mathbf{w}" in formula for formula in formulas)
    headings = elements(root, "/H1") + elements(root, "/H2")
    assert len(headings) >= 5


def test_links_stay_in_the_book_or_lead_to_the_site(pdf):
    inside = outside = 0
    places = pikepdf.NameTree(pdf.Root.Names.Dests)
    sheets = {page.objgen for page in pdf.pages}
    for page in pdf.pages:
        for note in page.get("/Annots", []):
            if note.get("/Subtype") != "/Link":
                continue
            address = str(note.get("/A", {}).get("/URI", ""))
            assert not re.match("file:|http://127", address), address
            outside += bool(address)
            if not address:
                place = places[str(note.Dest)]
                assert place[0].objgen in sheets
                inside += 1
    assert inside >= 10
    assert outside >= 1


def test_fonts_are_in_the_file(pdf):
    fonts = [
        font.get("/DescendantFonts", [font])[0]
        for page in pdf.pages
        for font in page.Resources.get("/Font", {}).values()
    ]
    assert any("KaTeX" in str(font.BaseFont) for font in fonts)
    for font in fonts:
        if font.get("/Subtype") != "/Type3":
            kept = font.FontDescriptor.keys() & {
                "/FontFile",
                "/FontFile2",
                "/FontFile3",
            }
            assert kept, font.BaseFont


def test_without_a_site_it_says_what_to_do(book, tmp_path):
    with pytest.raises(PdfError, match="make book"):
        make_pdf(book, tmp_path, tmp_path / "book.pdf")
    shutil.copy(book / "_toc.yml", tmp_path)
    (tmp_path / "_config.yml").write_text("title: A book\n", "utf-8")
    with pytest.raises(PdfError, match="baseurl"):
        make_pdf(tmp_path, book / "_build" / "html", tmp_path / "book.pdf")
    assert not (tmp_path / "book.pdf").exists()
