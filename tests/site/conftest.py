"""The built site, a small book for what the site does not show, and a browser."""

import glob
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Error as PlaywrightError

from dlcourse.site.widget_pictures import ASSETS
from dlcourse.site.widgets import WORDS, scripts_of
from tests.browser import Browser, served

ROOT = Path(__file__).parents[2]
FAILURES = ROOT / "_build" / "failures"  # pictures of pages on which a test failed
BUILD_LIMIT = 900  # seconds: so that a hang ends; the course takes 80, shared 300
TEST_LIMIT = 600  # seconds: likewise, for a test that looks at many pages


@dataclass(frozen=True)
class Build:
    """What a run of ``jupyter-book build`` left."""

    status: int
    output: str
    folder: Path


def pages_of_toc() -> list[str]:
    """List the names of all pages in ``_toc.yml``, in order."""

    def names(entry) -> Iterator[str]:
        if isinstance(entry, list):
            for item in entry:
                yield from names(item)
        elif isinstance(entry, dict):
            yield from (entry[key] for key in ("root", "file") if key in entry)
            for key in ("parts", "chapters", "sections"):
                yield from names(entry.get(key, []))

    return list(names(yaml.safe_load((ROOT / "_toc.yml").read_text("utf-8"))))


def build(source: Path, output: Path, *options: str, path: str | None = None) -> Build:
    """Build a book as ``make book`` does, with its output elsewhere."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", source]
    command += ["--path-output", output, "-W", "-n", "--keep-going", *options]
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=BUILD_LIMIT,
        env=os.environ | {"NO_COLOR": "1"} | ({} if path is None else {"PATH": path}),
    )
    return Build(done.returncode, done.stdout, output / "_build")


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Build:
    """Build the course."""
    return build(ROOT, tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="session")
def make_book(tmp_path_factory) -> Callable[[dict[str, str]], Path]:
    """Return a function that writes a book of given pages with our configuration."""

    def make(pages: dict[str, str]) -> Path:
        folder = tmp_path_factory.mktemp("book")
        shutil.copy(ROOT / "_config.yml", folder)
        shutil.copytree(ROOT / "book" / "assets", folder / "book" / "assets")
        shutil.copy(ROOT / "book" / "references.bib", folder / "book")
        first, *others = pages
        toc = {
            "format": "jb-book",
            "root": f"book/{first}",
            "chapters": [{"file": f"book/{name}"} for name in others],
        }
        (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf-8")
        for name, text in pages.items():
            (folder / "book" / f"{name}.md").write_text(text, "utf-8")
        return folder

    return make


GOOD_PAGES = {
    "index": """\
# A small book

The first paragraph says that 1 < 2 & more. Then come a formula with a number and a
reference to the one on the other page: {eq}`eq-other`.

$$ z = \\mathbf{w} \\cdot \\mathbf{x} + b $$ (eq-first)

$$
a &= g(z) \\\\
E &\\in \\R
$$
""",
    "other": """\
# Another page

It refers to {eq}`eq-first` and has $x \\in \\R^d$.

$$ a = g(z) $$ (eq-other)
""",
    "quiz": """\
# Quizzes

One of each kind.

::::{admonition} Question
:class: quiz

How many parameters has a neuron with $d = 2$ inputs?

1. Two, one for each input.
2. Three, $w_1$, $w_2$ and $b$.

:::{dropdown} Answers and why
1. ✗ The bias is forgotten.
2. ✓ Two weights and the bias.
:::
::::

::::{admonition} Question
:class: quiz

Which of these does one neuron compute?

1. AND
2. OR
3. XOR

:::{dropdown} Answers and why
1. ✓ One line separates.
2. ✓ One line separates here too.
3. ✗ No line separates.
:::
::::
""",
    "numbers": """\
# Numbers

To type.

::::{admonition} Question
:class: quiz

What is the slope of $z^2/2$ at $z = \\frac14$, to two decimals?

:::{dropdown} Answers and why
1. ✓ 0.25 ± 0.005: The slope is $z$.
2. ✗ 1/32: That is the value.
3. ✗ -0.25: The slope rises.
:::
::::

::::{admonition} Question
:class: quiz

How many parameters has a layer from 784 inputs to 10 neurons?

:::{dropdown} Answers and why
1. ✓ 7,850: Ten neurons with 785 each.
2. ✗ 7,840: The biases are missing.
:::
::::

::::{admonition} Question
:class: quiz

A tenth of one half: how much is it, in percent?

:::{dropdown} Answers and why
1. ✗ 50%: That is the half.
2. ✓ 5%: One half is 50%.
:::
::::
""",
    "boxes": "# Boxes\n\nAll of them, and code.\n\n```python\nx = [1, 'a']\n```\n"
    + "".join(
        f"\n:::{{admonition}} The title of {name}\n:class: {name}\n\n"
        "Some text with [a link](index.md).\n:::\n"
        for name in (
            "lesson-card",
            "predict",
            "misconception",
            "broken",
            "ahead",
            "summary",
        )
    ),
}


@pytest.fixture(scope="session")
def small_book(make_book) -> Path:
    """Write a small book in which all is well."""
    return make_book(GOOD_PAGES)


@pytest.fixture(scope="session")
def small_site(small_book, tmp_path_factory) -> Build:
    """Build the small book where the system has no Node: the wheel's has to do."""
    nowhere = tmp_path_factory.mktemp("nothing-on-the-path")
    return build(small_book, tmp_path_factory.mktemp("small"), path=str(nowhere))


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[..., str]]:
    """Return a function that serves a built site and returns its address."""
    with ExitStack() as servers:

        def start(site: Build, **options) -> str:
            assert site.status == 0, site.output[-3000:]
            return servers.enter_context(served(site.folder / "html", **options))

        yield start


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Start Debian's Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = Browser(playwright)
        yield browser
        browser.chromium.close()


@pytest.fixture
def new_page(browser) -> Iterator[Callable]:
    """Return a function that opens an empty page in a context of its own."""
    with browser.bounded(TEST_LIMIT):
        yield browser.new_page
        browser.close_pages()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Keep what the open pages of a test look like where it fails."""
    report = yield
    if call.when != "call" or "new_page" not in getattr(item, "fixturenames", ()):
        return report
    name = re.sub(r"[^\w\[\].-]+", "-", item.name)
    for stale in FAILURES.glob(f"{glob.escape(name)}.*"):
        stale.unlink()
    browser = item.funcargs.get("browser")
    if not report.failed or browser is None:
        return report
    for number, page in enumerate(browser.pages, start=1):
        target = FAILURES / f"{name}.{number}.png"
        try:
            FAILURES.mkdir(parents=True, exist_ok=True)
            target.with_suffix(".html").write_text(page.content(), "utf-8")
            page.screenshot(path=target, full_page=True)
        except PlaywrightError as error:
            report.sections.append((f"no picture of {page.url}", str(error)))
        else:
            report.sections.append((f"what {page.url} looked like", str(target)))
    return report


WIDGET_PAGE = """<!doctype html><html lang="en" data-theme="light"><head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A widget</title><style>body {{ margin: 1rem; font-family: sans-serif; }}</style>
</head><body class="bd-article"><div class="admonition widget">
<div class="widget-place" data-widget="{name}"><img class="widget-still" alt=""></div>
</div></body></html>"""


@pytest.fixture
def open_widget(new_page) -> Callable:
    """Return a function that starts one widget on a page of its own.

    The page, of Playwright, lists its complaints in ``errors``. A widget's functions
    are called with ``page.evaluate("course.widgets…")``.
    """

    def start(name: str, width: int = 800, **options):
        page = new_page(width, **options)
        page.errors = []
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and page.errors.append(m.text),
        )
        page.on("pageerror", lambda error: page.errors.append(str(error)))
        page.set_content(WIDGET_PAGE.format(name=name))
        for sheet in ("course", "widgets"):
            page.add_style_tag(path=ASSETS / "css" / f"{sheet}.css")
        words = {key: str(text) for key, text in WORDS[name].items()}
        page.evaluate(
            "words => document.querySelector('.widget-place').dataset.words = words",
            json.dumps(words),
        )
        for script in ("kit", *scripts_of(name)):
            page.add_script_tag(path=ASSETS / "js" / "widgets" / f"{script}.js")
        page.evaluate("document.dispatchEvent(new Event('DOMContentLoaded'))")
        page.locator(".widget-stage").wait_for()
        return page

    return start
