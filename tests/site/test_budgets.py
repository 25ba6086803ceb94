"""What every page may cost, and what may not be on it (``budgets.py``)."""

import pytest

from tests.site import budgets

from .conftest import pages_of_toc

pytestmark = pytest.mark.xdist_group("site")  # one build for all


@pytest.fixture(scope="module")
def address(site, serve) -> str:
    return serve(site, late=budgets.LATE)


@pytest.mark.parametrize("page", [*pages_of_toc(), "search"])
def test_page_is_sound(browser, new_page, address, page):
    assert budgets.measure(browser, address, page).breaches() == []


@pytest.mark.parametrize("width", [budgets.PHONE, budgets.DESKTOP])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_frame_is_accessible_with_all_that_opens(new_page, address, width, scheme):
    """What is the same on every page: both widths, sidebar and search opened."""
    tab = new_page(width, color_scheme=scheme, reduced_motion="reduce")
    tab.goto(f"{address}{budgets.KINDS['lesson with a widget']}.html")
    assert budgets.axe_violations(tab) == []
    if width == budgets.PHONE:
        tab.locator(".primary-toggle").click()
        tab.locator("#pst-primary-sidebar-modal[open]").wait_for()
        assert budgets.axe_violations(tab) == []
        tab.keyboard.press("Escape")
    tab.keyboard.press("Control+k")
    tab.locator("#pst-search-dialog[open]").wait_for()
    assert budgets.axe_violations(tab) == []


def test_lighthouse_finds_nothing_to_better(site, serve):
    scores = budgets.lighthouse(serve(site), *budgets.GATED)
    faults = {kind: look.faults for kind, look in scores.items() if look.faults}
    assert not faults
    for kind, look in scores.items():
        assert look.scores == dict.fromkeys(budgets.GATED, 100), kind


def test_markup_is_valid_but_for_what_is_known_to_remain(site):
    assert site.status == 0, site.output[-3000:]
    found = budgets.invalid_markup(site.folder / "html")
    assert {key: found[key] for key in found.keys() - budgets.REMAINS.keys()} == {}
    assert budgets.REMAINS.keys() <= found.keys(), "an entry of REMAINS is out of date"
