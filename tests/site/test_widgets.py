"""What holds for every widget: small, by key too, drawn before it runs, translated."""

import re

import pytest
from playwright.sync_api import expect

from dlcourse.site.widget_pictures import ASSETS, draw
from dlcourse.site.widgets import WORDS

from .conftest import ROOT

LIMIT = 12_000  # bytes of a widget's script
SCRIPTS = ASSETS / "js" / "widgets"

pytestmark = pytest.mark.xdist_group("widgets")

every_widget = pytest.mark.parametrize("name", WORDS)


def test_each_script_is_a_widget_and_the_other_way_round():
    assert {path.stem for path in SCRIPTS.glob("*.js")} == {*WORDS, "kit"}
    assert {path.stem for path in (ASSETS / "widgets").iterdir()} == {*WORDS}


def test_each_widget_stands_in_one_place():
    pages = [*ROOT.glob("book/*/*.ipynb"), ROOT / "book" / "index.md"]
    text = "".join(page.read_text("utf-8") for page in pages)
    places = re.findall(r":class: widget ([\w-]+)", text)
    assert sorted(places) == sorted(WORDS)


@pytest.mark.parametrize("name", [*WORDS, "kit"])
def test_script_is_small(name):
    assert (SCRIPTS / f"{name}.js").stat().st_size < LIMIT


@every_widget
def test_every_word_is_used_and_none_is_missing(name):
    script = (SCRIPTS / f"{name}.js").read_text("utf-8")
    used = set(re.findall(r"\bwords\.(\w+)", script))
    assert used == set(WORDS[name])


@every_widget
def test_picture_shows_the_widget_at_its_start(name, browser):
    stored = (ASSETS / "widgets" / f"{name}.svg").read_text("utf-8")
    assert draw(name, browser.chromium) == stored, "make widget-pictures draws it anew"


@every_widget
def test_starts_without_complaint_and_fits_a_phone(name, open_widget):
    tab = open_widget(name, width=360)
    assert tab.locator("svg.widget-picture").count() >= 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert tab.errors == []


@every_widget
def test_everything_that_moves_is_reached_by_key_and_has_a_name(name, open_widget):
    tab = open_widget(name)
    unnamed = tab.evaluate(
        """[...document.querySelectorAll("input, select, button, [tabindex]")]
             .filter(e => !(e.getAttribute("aria-label") || e.textContent.trim()
                            || (e.labels && e.labels.length)))
             .map(e => e.outerHTML)"""
    )
    assert unnamed == []
    handles = tab.locator(".widget-handle").all()
    for handle in handles:
        before = tab.locator(".widget-stage").inner_html()
        handle.focus()
        tab.keyboard.press("ArrowRight")
        tab.keyboard.press("ArrowUp")
        assert tab.locator(".widget-stage").inner_html() != before
    sliders = tab.locator("input[type=range]").all()
    for control in sliders:
        value = control.input_value()
        control.focus()
        tab.keyboard.press("ArrowRight")
        if control.input_value() == value:  # it stood at its right end
            tab.keyboard.press("ArrowLeft")
        assert control.input_value() != value
    assert handles or sliders or tab.locator("button, select").count()
    assert tab.errors == []


@every_widget
def test_starts_the_same_each_time(name, open_widget):
    first, second = (
        open_widget(name).locator(".widget-stage").inner_text() for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize("name", [n for n, words in WORDS.items() if "pause" in words])
def test_what_it_says_keeps_up_while_it_runs_and_is_read_out_when_it_stops(
    name, open_widget
):
    tab = open_widget(name, width=360, reduced_motion="no-preference")
    status, words = tab.locator(".widget-status"), WORDS[name]
    tab.get_by_role("button", name=str(words["run"]), exact=True).click()
    pause = tab.get_by_role("button", name=str(words["pause"]), exact=True)
    heights = []
    for _ in range(3):
        heights.append(status.bounding_box()["height"])
        said = status.inner_text()
        expect(status).not_to_have_text(said, timeout=20_000)
        expect(status).to_have_attribute("aria-live", "off")
        assert pause.is_visible()
    assert heights == sorted(heights)  # what stands below does not jump up and down
    pause.click()
    expect(status).to_have_attribute("aria-live", "polite")
    assert tab.errors == []
