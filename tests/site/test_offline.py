"""The packed site works from a folder, without a server."""

import zipfile

import pytest

from dlcourse.site.offline import FOLDER, START, pack

pytestmark = pytest.mark.xdist_group("site")


@pytest.fixture(scope="module")
def folder(site, tmp_path_factory) -> str:
    """The address of the unpacked site."""
    assert site.status == 0, site.output[-3000:]
    place = tmp_path_factory.mktemp("a folder with spaces")
    pack(site.folder / "html", place / "site.zip")
    with zipfile.ZipFile(place / "site.zip") as file:
        file.extractall(place)
    return (place / FOLDER).as_uri()


@pytest.fixture
def tab(new_page):
    page = new_page(offline=True)
    page.complaints = []
    page.on(
        "console",
        lambda m: m.type in ("error", "warning") and page.complaints.append(m.text),
    )
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def test_a_lesson_is_whole_and_its_widget_and_quiz_work(tab, folder):
    tab.goto(f"{folder}/{START}")
    tab.wait_for_url("**/book/index.html")
    tab.goto(f"{folder}/book/concepts/neuron.html")
    tab.locator(".widget-stage svg").wait_for()
    quiz = tab.locator("form.quiz").first
    quiz.locator(".quiz-check").click()
    assert quiz.locator(".quiz-result").inner_text()
    tab.evaluate("document.fonts.ready")
    loaded = tab.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    )
    assert "KaTeX_Main" in loaded
    widths = tab.evaluate(
        """Promise.all([...document.images].map(async image => {
             image.loading = "eager";
             await image.decode();
             return image.naturalWidth;
           }))"""
    )
    assert widths and min(widths) > 0
    tab.locator(".prev-next-footer a").last.click()
    tab.wait_for_url("**/exercises/concepts/neuron.html")
    assert tab.complaints == []


def test_the_search_finds_pages(tab, folder):
    tab.goto(f"{folder}/book/index.html")
    field = tab.locator(".search-button-field").first
    field.click()
    tab.keyboard.type("perceptron")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/search.html?q=perceptron")
    results = tab.locator("#search-results li a[href*='book/concepts/neuron.html']")
    results.first.click()
    tab.wait_for_url("**/book/concepts/neuron.html**")


def test_a_site_that_is_not_there_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="make book"):
        pack(tmp_path, tmp_path / "site.zip")
    assert list(tmp_path.iterdir()) == []
