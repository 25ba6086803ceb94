"""The computational graph, stepped forward and backward."""

from itertools import product

import pytest
import torch

pytestmark = pytest.mark.xdist_group("widgets")

GRAPH = "course.widgets.graph"
# Above and below each edge; the two without a name are the branches of p.
ALL = ["q = −4", "6", "p = 2", "−9", "2", "−12", "2", "3", "r = −1", "0"]
ALL += ["m = −8", "3", "k = 2", "3", "s = −6", "3", "f = −18", "1"]


@pytest.fixture
def tab(open_widget):
    return open_widget("graph")


def numbers(tab) -> list[str]:
    """List what stands at the edges of the picture."""
    marks = ".widget-picture text.middle[class*=widget-fill]"
    return [text for text in tab.locator(marks).all_text_contents() if text]


def report(tab) -> str:
    return tab.locator(".widget-status").inner_text()


def press(tab, name, times=1):
    for _ in range(times):
        tab.get_by_role("button", name=name, exact=True).click()


def test_values_and_gradients_are_those_of_pytorch_at_ties_too(tab):
    for numbers_in in product((-5, -1, 0, 2, 4), repeat=3):
        p, q, r = (torch.tensor(float(v), requires_grad=True) for v in numbers_in)
        # The fork: adding 0 gives each branch of p a gradient of its own.
        upper, lower = p + 0, p + 0
        m, k = upper * q, torch.maximum(lower, r)
        s = m + k
        f = 3 * s
        inner = {"dp1": upper, "dp2": lower, "dm": m, "dk": k, "ds": s, "df": f}
        for value in inner.values():
            value.retain_grad()
        f.backward()
        inputs = dict(zip("pqr", numbers_in, strict=True))
        values, gradients = tab.evaluate(
            f"x => [{GRAPH}.forward(x), {GRAPH}.backward(x)]", inputs
        )
        assert list(values) == list("mksf")
        assert list(values.values()) == [v.item() for v in (m, k, s, f)]
        leaves = {"dp": p, "dq": q, "dr": r}
        expected = {name: v.grad.item() for name, v in (inner | leaves).items()}
        assert gradients == expected


def test_every_number_appears_in_one_step_and_only_once(tab):
    steps = tab.evaluate(f"{GRAPH}.STEPS")
    known = tab.evaluate(
        f"[{GRAPH}.forward, {GRAPH}.backward].flatMap("
        "pass => Object.keys(pass({ p: 1, q: 1, r: 1 })))"
    )
    assert sorted(name for step in steps for name in step) == sorted(known)


def test_next_empties_the_picture_and_fills_it_number_by_number(tab):
    assert numbers(tab) == ALL
    press(tab, "Next")
    assert "Step 0 of 10" in report(tab)
    assert numbers(tab) == ["q = −4", "p = 2", "2", "2", "r = −1", "m = ?"]
    press(tab, "Next", 5)
    assert numbers(tab)[-3:] == ["?", "f = −18", "1"]  # ds comes next
    press(tab, "Next", 3)
    assert "dq = 3 · 2 = 6" in report(tab) and "3 · (−4) = −12" in report(tab)
    assert numbers(tab).count("?") == 2  # the two inputs of the max gate come next
    press(tab, "Next", 2)
    assert "dp = −12 + 3 = −9" in report(tab)
    assert numbers(tab) == ALL


def test_back_and_the_arrow_keys_step_too(tab):
    press(tab, "Back")
    assert "Step 9 of 10" in report(tab)
    tab.keyboard.press("ArrowLeft")
    assert "Step 8 of 10" in report(tab)
    tab.keyboard.press("ArrowRight")
    assert "Step 9 of 10" in report(tab)


def test_an_input_changes_every_number_and_start_again_takes_it_back(tab):
    first = report(tab)
    slider = tab.get_by_label("r", exact=True)
    slider.focus()
    for _ in range(4):  # from −1 to 3, more than p
        tab.keyboard.press("ArrowRight")
    assert "dp = −12 + 0 = −12" in report(tab)
    assert numbers(tab)[-2:] == ["f = −15", "1"]  # 3 (−8 + 3)
    press(tab, "Start again")
    assert report(tab) == first and numbers(tab) == ALL
    assert slider.input_value() == "-1"
