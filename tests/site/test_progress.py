"""A reader marks lessons as read; the browser keeps it."""

import pytest

from dlcourse.site.metadata import kind_of

from .conftest import pages_of_toc

pytestmark = pytest.mark.xdist_group("site")

LESSON = "book/concepts/neuron"


@pytest.fixture(scope="module")
def address(site, serve) -> str:
    return serve(site)


def test_a_lesson_is_marked_and_unmarked_by_key(new_page, address):
    tab = new_page()
    tab.goto(f"{address}{LESSON}.html")
    mark = tab.locator(".read-mark")
    assert mark.get_attribute("aria-pressed") == "false"
    mark.focus()
    tab.keyboard.press("Enter")
    assert mark.get_attribute("aria-pressed") == "true"
    assert mark.inner_text().strip() == "Read"
    assert tab.locator("nav.bd-links a.read").all_inner_texts() == ["2.1. The neuron"]
    tab.reload()
    assert mark.get_attribute("aria-pressed") == "true"
    tab.keyboard.press("Tab")
    mark.focus()
    tab.keyboard.press("Space")
    assert mark.get_attribute("aria-pressed") == "false"
    assert tab.locator("nav.bd-links a.read").count() == 0


def test_the_front_page_says_how_far_the_reader_is(new_page, address):
    tab = new_page()
    tab.goto(f"{address}book/index.html")
    box = tab.locator(".read-progress")
    assert box.is_hidden()
    for page in ("book/background/why-deep-learning", LESSON):
        tab.goto(f"{address}{page}.html")
        tab.locator(".read-mark").click()
    tab.goto(f"{address}book/index.html")
    count = sum(kind_of(page) == "lesson" for page in pages_of_toc())
    assert f"2 of {count} lessons read." in box.inner_text()
    assert box.locator("progress").evaluate("bar => bar.value / bar.max") == 2 / count
    go = box.get_by_role("link")
    assert "Layers" in go.inner_text()
    go.click()
    assert tab.url == f"{address}book/concepts/layers.html"


def test_other_pages_have_no_mark(new_page, address):
    tab = new_page()
    for page in ("book/index", "book/concepts/index", "exercises/concepts/neuron"):
        tab.goto(f"{address}{page}.html")
        assert tab.locator(".read-mark").count() == 0


@pytest.mark.parametrize("stored", ["no JSON", '{"a": 1}', "null"])
def test_what_else_lies_in_the_storage_does_no_harm(new_page, address, stored):
    tab = new_page()
    errors = []
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.goto(f"{address}{LESSON}.html")
    tab.evaluate(
        "text => localStorage.setItem('deep-learning-course-read', text)", stored
    )
    tab.reload()
    assert tab.locator(".read-mark").get_attribute("aria-pressed") == "false"
    tab.locator(".read-mark").click()
    assert tab.locator(".read-mark").get_attribute("aria-pressed") == "true"
    assert not errors


def test_without_scripts_there_is_nothing_to_press(new_page, address):
    tab = new_page(java_script_enabled=False)
    tab.goto(f"{address}{LESSON}.html")
    assert tab.locator(".read-mark").is_hidden()
