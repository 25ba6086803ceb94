"""The neuron whose line the reader drags."""

import numpy as np
import pytest

pytestmark = pytest.mark.xdist_group("widgets")


@pytest.fixture
def tab(open_widget):
    return open_widget("neuron")


def test_the_line_stands_at_a_right_angle_to_w_and_has_z_zero(tab):
    for w, b in (([1, 0.75], 0.5), ([-2, 0.5], -1), ([0.2, -3], 2)):
        neuron = {"w": w, "b": b}
        ends = tab.evaluate("n => course.widgets.neuron.boundary(n)", neuron)
        assert np.dot(np.subtract(*ends), w) == pytest.approx(0, abs=1e-12)
        for x in ends:
            z = tab.evaluate(
                "([n, x]) => course.widgets.neuron.preActivation(n, x)", [neuron, x]
            )
            assert z == pytest.approx(0, abs=1e-12)


def test_mistakes_are_counted_as_numpy_counts_them_and_none_is_possible(tab):
    points, labels = (
        np.array(tab.evaluate(f"course.widgets.neuron.{name}"))
        for name in ("POINTS", "LABELS")
    )
    counts = set()
    for w1, w2, b in np.random.default_rng(0).uniform(-3, 3, (300, 3)).round(2):
        neuron = {"w": [w1, w2], "b": b}
        wrong = int((((points @ [w1, w2] + b) >= 0) != labels).sum())
        assert tab.evaluate("n => course.widgets.neuron.mistakes(n)", neuron) == wrong
        counts.add(wrong)
    assert 0 in counts, "no line was found that parts the two classes"


def test_dragging_the_tip_turns_the_line_and_the_report_says_so(tab):
    before = tab.locator(".widget-status").inner_text()
    assert "z = 1.00 x₁ + 0.75 x₂ + 0.50" in before
    tip = tab.locator(".widget-handle").nth(1)
    box = tip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x - 40, y - 10)
    tab.mouse.up()
    assert tab.locator(".widget-status").inner_text() != before
    tab.get_by_role("button", name="Start again").click()
    assert tab.locator(".widget-status").inner_text() == before
