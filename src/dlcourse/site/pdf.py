"""The whole book as one PDF, printed by Chromium from the pages of the site.

``python -m dlcourse.site.pdf [BOOK]`` reads the site in ``_build/html`` of the book and
writes ``_build/deep-learning-principles-and-practice.pdf``, after the book's title.
What stands there is what the site shows, with its numbers, figures and links; only what
paper cannot do is changed (``pdf.js``):

- links between pages lead to the place in the document,
- answers and hints, folded on the site, follow at the end of their page,
- code that is folded because it only draws a figure stays on the site,
- widgets are their still pictures,
- headings go a level deeper for each level of the table of contents: the bookmarks.

The look is in the print section of ``css/course.css``, which is for a single page too,
and in ``css/pdf.css``. The PDF is tagged: a screen reader finds headings, lists,
tables, figures and formulas with their alternative texts.
"""

import mimetypes
import re
import sys
import time
import warnings
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pikepdf
import yaml
from sphinx.locale import get_translation

from . import chromium

_ = get_translation("dlcourse")

SCRIPT = Path(__file__).with_suffix(".js")
SHELL = '<!doctype html><html data-theme="light"><meta charset="utf-8"><title></title>'
LIMIT = 300_000  # milliseconds for a chapter: so that a hang ends
COLUMN = 658  # pixels: the width of the text on paper, 174 mm

# Chromium knows pictures and no formulas; pdf.js writes a formula between dollars.
FORMULA = re.compile(r"\$.*\$", re.DOTALL)


class PdfError(RuntimeError):
    """The PDF cannot be made."""


def settings(book: Path) -> dict[str, str]:
    """Read what the PDF needs from the book's configuration.

    Returns
    -------
    dict
        The ``title``, the ``author``, the ``address`` of the site and its ``root``, the
        name of the first page.
    """
    config = yaml.safe_load((book / "_config.yml").read_text("utf-8"))
    toc = yaml.safe_load((book / "_toc.yml").read_text("utf-8"))
    address = config.get("html", {}).get("baseurl", "")
    if not address.endswith("/"):
        raise PdfError(
            f"html.baseurl in {book / '_config.yml'} is {address!r}: give the address "
            "of the site with a / at its end; links to the outside start there."
        )
    return {
        "title": config["title"],
        "author": config["author"],
        "address": address,
        "root": toc["root"],
    }


def serve(site: Path, address: str):
    """Return a function that answers requests for ``address`` from a folder."""

    def answer(route) -> None:
        path = unquote(urlsplit(route.request.url).path)
        path = path.removeprefix(urlsplit(address).path)
        if path == "":
            route.fulfill(body=SHELL, content_type="text/html")
        elif (site / path).is_file():
            kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
            route.fulfill(path=site / path, content_type=kind)
        else:
            route.fulfill(status=404)

    return answer


class Binder:
    """Binds printed chapters to one tagged PDF.

    Chromium takes ever longer over each sheet of a longer document (every formula makes
    layers, and each sheet looks at all of them), so it prints a chapter at a time. What
    a PDF has once is joined here: the places that links lead to, the bookmarks, the
    tree of tags.

    Parameters
    ----------
    address : str
        Address that the chapters were printed at.
    """

    def __init__(self, address: str):
        self.address = address
        self.pdf = pikepdf.new()
        self.places: dict[str, pikepdf.Array] = {}
        self.bookmarks: list[pikepdf.OutlineItem] = []
        self.path: list[tuple[int, pikepdf.OutlineItem]] = []  # those above the next
        self.tags: list[pikepdf.Object] = []
        self.marked: list = []  # what the parent tree holds: keys and tags in turn
        self.ids: dict[str, pikepdf.Object] = {}

    def add(self, printed: bytes, headings: list[dict]) -> None:
        """Add what Chromium printed.

        Parameters
        ----------
        printed : bytes
            A tagged PDF.
        headings : list of dict
            The ``level``, the ``title`` and the ``place`` of its headings.
        """
        with pikepdf.open(BytesIO(printed)) as part:
            number = {sheet.objgen: n for n, sheet in enumerate(part.pages)}
            start = len(self.pdf.pages)
            with warnings.catch_warnings():
                # It says that named places stay behind: they are added below.
                warnings.simplefilter("ignore", pikepdf.PageCopyWarning)
                self.pdf.pages.extend(part.pages)
            sheets = list(self.pdf.pages)[start:]
            for name, (sheet, *spot) in part.Root.get("/Dests", {}).items():
                here = pikepdf.Array([sheets[number[sheet.objgen]].obj, *spot])
                self.places[unquote(name.removeprefix("/"))] = here
            self.add_tags(self.pdf.copy_foreign(part.Root.StructTreeRoot), sheets)
            for sheet in sheets:
                self.bind_links(sheet)
        self.add_bookmarks(headings)

    def add_bookmarks(self, headings: list[dict]) -> None:
        """Put a bookmark for each heading below the last one of a higher level."""
        for heading in headings:
            place = self.places[heading["place"]]
            bookmark = pikepdf.OutlineItem(heading["title"], place)
            # The parts are open and show their chapters, the rest is closed.
            bookmark.is_closed = heading["level"] > 1
            while self.path and self.path[-1][0] >= heading["level"]:
                self.path.pop()
            siblings = self.path[-1][1].children if self.path else self.bookmarks
            siblings.append(bookmark)
            self.path.append((heading["level"], bookmark))

    def add_tags(self, root: pikepdf.Object, sheets: list[pikepdf.Page]) -> None:
        """Take over a tree of tags; its keys come after those that are there."""
        document = root.K
        document.S = pikepdf.Name.Sect
        self.tags.append(document)
        first = self.marked[-2] + 1 if self.marked else 0
        keys = leaves(root.ParentTree, "/Nums")
        for key, tags in zip(keys[::2], keys[1::2], strict=True):
            self.marked += [first + int(key), tags]
        for sheet in sheets:
            annotations = sheet.get("/Annots", [])
            for thing, name in [
                (sheet.obj, "/StructParents"),
                *((annotation, "/StructParent") for annotation in annotations),
            ]:
                if name in thing:
                    thing[name] = first + int(thing[name])
        if "/IDTree" in root:
            names = leaves(root.IDTree, "/Names")
            self.ids |= zip(map(str, names[::2]), names[1::2], strict=True)

    def bind_links(self, sheet: pikepdf.Page) -> None:
        """Let links to other chapters lead there, and drop those that only name places.

        These are not tagged (``pdf.js``).
        """
        if "/Annots" not in sheet:
            return
        links = [link for link in sheet.Annots if "/StructParent" in link]
        sheet.Annots = pikepdf.Array(links)
        for link in links:
            address = str(link.A.URI) if "/A" in link else ""
            if address.startswith(f"{self.address}#"):
                del link.A
                place = unquote(address.partition("#")[2])
                link.Dest = pikepdf.String(place)
            elif "/Dest" in link:
                link.Dest = pikepdf.String(unquote(str(link.Dest).removeprefix("/")))

    def save(self, path: Path, title: str, author: str, language: str) -> None:
        """Join what was added and write the PDF.

        Raises
        ------
        PdfError
            If a link leads to a place that no chapter has.
        """
        pdf = self.pdf
        links = {
            str(link.Dest)
            for sheet in pdf.pages
            for link in sheet.get("/Annots", [])
            if "/Dest" in link
        }
        if lost := links - self.places.keys():
            raise PdfError(f"Links lead to places that are not there: {sorted(lost)}")
        names = [
            thing
            for name in sorted(links, key=lambda name: bytes(pikepdf.String(name)))
            for thing in (pikepdf.String(name), self.places[name])
        ]
        pdf.Root.Names = pikepdf.Dictionary(Dests=pikepdf.Dictionary(Names=names))

        document = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.Document)
        )
        document.K = pikepdf.Array(self.tags)
        for tag in self.tags:
            tag.P = document
        tree = pikepdf.Dictionary(
            Type=pikepdf.Name.StructTreeRoot,
            K=document,
            ParentTree=pdf.make_indirect(pikepdf.Dictionary(Nums=self.marked)),
            ParentTreeNextKey=self.marked[-2] + 1,
        )
        if self.ids:
            ids = [x for key in sorted(self.ids) for x in (key, self.ids[key])]
            tree.IDTree = pdf.make_indirect(pikepdf.Dictionary(Names=ids))
        pdf.Root.StructTreeRoot = pdf.make_indirect(tree)
        document.P = pdf.Root.StructTreeRoot
        for thing in pdf.objects:
            if (
                isinstance(thing, pikepdf.Dictionary)
                and thing.get("/S") == "/Figure"
                and FORMULA.fullmatch(str(thing.get("/Alt", "")))
            ):
                thing.S = pikepdf.Name.Formula

        pdf.Root.MarkInfo = pikepdf.Dictionary(Marked=True)
        pdf.Root.Lang = language
        pdf.Root.PageMode = pikepdf.Name.UseOutlines
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        with pdf.open_outline() as outline:
            outline.root.extend(self.bookmarks)
        with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
            metadata["dc:title"] = title
            metadata["dc:creator"] = [author]
            metadata["dc:language"] = [language]
        path.parent.mkdir(parents=True, exist_ok=True)
        pdf.save(
            path,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )


def leaves(node: pikepdf.Object, key: str) -> list:
    """Return all entries of a number or name tree."""
    return [
        *node.get(key, []),
        *(entry for kid in node.get("/Kids", []) for entry in leaves(kid, key)),
    ]


def chapters(entries: list[dict]) -> list[list[int]]:
    """Group the table of contents: each chapter with what is in it.

    The title of a part goes with its first chapter.
    """
    top = min((entry["level"] for entry in entries if not entry["part"]), default=1)
    groups, opened = [], False
    for index, entry in enumerate(entries):
        if (entry["part"] or entry["level"] <= top) and not opened:
            groups.append([])
        groups[-1].append(index)
        opened = entry["part"]
    return groups


def sheets_of(printed: bytes) -> tuple[int, dict[str, int]]:
    """Return how many sheets there are, and on which, from 0, each place is."""
    with pikepdf.open(BytesIO(printed)) as pdf:
        sheets = {sheet.objgen: number for number, sheet in enumerate(pdf.pages)}
        places = pdf.Root.get("/Dests", {}).items()
        return len(sheets), {
            unquote(name.removeprefix("/")): sheets[place[0].objgen]
            for name, place in places
        }


def print_book(site: Path, words: dict[str, str]) -> tuple[str, list[tuple]]:
    """Let Chromium print title page, table of contents and chapters.

    Returns
    -------
    language : str
        The language of the site.
    prints : list of pairs
        What was printed, in its order, and its headings.
    """
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        tab = browser.new_page(viewport={"width": COLUMN, "height": 900})
        tab.set_default_timeout(LIMIT)
        tab.emulate_media(media="print", color_scheme="light")
        tab.route(f"{words['address']}**", serve(site, words["address"]))
        tab.goto(words["address"])
        tab.add_script_tag(content=SCRIPT.read_text("utf-8"))
        entries = tab.evaluate("words => course.open(words)", words)
        language = tab.evaluate("document.documentElement.lang")

        def printed(start: int, **what: object) -> tuple[bytes, list[dict]]:
            what["start"] = start
            headings = tab.evaluate("what => course.show(what)", what)
            return tab.pdf(
                tagged=True, prefer_css_page_size=True, print_background=True
            ), headings

        # First without numbers: how many sheets the table of contents takes.
        sheets, _places = sheets_of(printed(1, numbers={})[0])
        prints, numbers = [], {}
        for group in chapters(entries):
            start = sheets + 1
            prints.append(printed(start, indices=group))
            more, places = sheets_of(prints[-1][0])
            numbers |= {name: start + sheet for name, sheet in places.items()}
            sheets += more
        numbers = {entry["name"]: numbers[entry["name"]] for entry in entries}
        front = printed(1, numbers=numbers)
        browser.close()
    return language, [front, *prints]


def make_pdf(book: Path, site: Path, target: Path) -> int:
    """Make the PDF of a book.

    Parameters
    ----------
    book : Path
        The folder of ``_config.yml`` and ``_toc.yml``.
    site : Path
        The book's site, as ``jupyter-book build`` left it.
    target : Path
        The PDF.

    Returns
    -------
    int
        The number of pages.

    Raises
    ------
    PdfError
        If there is no site, the configuration does not say where it will be, or the
        contents cannot be numbered.
    """
    words = settings(book)
    if not (site / f"{words['root']}.html").is_file():
        raise PdfError(
            f"There is no {words['root']}.html in {site}: build the site first, with "
            "`make book`."
        )
    words |= {
        "contents": _("Contents"),
        "hints": _("Hints"),
        "code": _("Code on the site"),
        "edition": _(
            "This is the site on paper. Answers and hints stand at the end of each "
            "page of the site, widgets stand still, and code that only draws a figure "
            "is left out. All of it moves and runs at"
        ),
    }
    words = {key: str(text) for key, text in words.items()}
    binder = Binder(words["address"])
    language, prints = print_book(site, words)
    for printed, headings in prints:
        binder.add(printed, headings)
    binder.save(target, words["title"], words["author"], language)
    return len(binder.pdf.pages)


def main(book: Path) -> None:
    """Make the PDF and say how large it is."""
    start = time.perf_counter()
    title = settings(book)["title"]
    name = re.sub(r"\W+", "-", title.lower()).strip("-")
    target = book / "_build" / f"{name}.pdf"
    pages = make_pdf(book, book / "_build" / "html", target)
    size, seconds = target.stat().st_size / 1e6, time.perf_counter() - start
    print(f"{target}: {pages} pages, {size:.1f} MB, printed in {seconds:.0f} s.")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]) if sys.argv[1:] else Path())
    except PdfError as error:
        sys.exit(str(error))
