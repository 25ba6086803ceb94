"""The activation functions and their slopes."""

import re

import numpy as np
import pytest
import torch
import torch.nn.functional as F

pytestmark = pytest.mark.xdist_group("widgets")

ALPHA = 0.03
IN_TORCH = {
    "identity": lambda z: z.clone(),
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky": lambda z: F.leaky_relu(z, ALPHA),
    "gelu": F.gelu,
}


@pytest.fixture
def tab(open_widget):
    return open_widget("activations")


def ask(tab, what, name, z):
    """Return course.widgets.activations.value or .slope for a list of z."""
    return np.array(
        tab.evaluate(
            "([what, name, z, alpha]) => "
            "z.map(v => course.widgets.activations[what](name, v, alpha))",
            [what, name, list(z), ALPHA],
        )
    )


def report(tab):
    return tab.locator(".widget-status").inner_text()


def test_values_and_slopes_are_pytorchs_at_the_kink_too(tab):
    where = np.arange(-160, 161) / 20
    assert 0 in where
    for name, g in IN_TORCH.items():
        z = torch.tensor(where, requires_grad=True)
        a = g(z)
        a.sum().backward()
        for what, expected in (("value", a.detach()), ("slope", z.grad)):
            found = ask(tab, what, name, where.tolist())
            assert np.abs(found - expected.numpy()).max() < 1e-12, (name, what)


def test_slopes_are_what_one_measures(tab):
    z, h = np.linspace(-7, 7, 400), 1e-5  # no point at the kink
    for name in IN_TORCH:
        rise = ask(tab, "value", name, z + h) - ask(tab, "value", name, z - h)
        slope = ask(tab, "slope", name, z)
        assert np.abs(rise / (2 * h) - slope).max() < 1e-9, name


def test_nothing_overflows_far_out(tab):
    for z, value, slope in ((-1000, 0, 0), (1000, 1, 0)):
        assert ask(tab, "value", "sigmoid", [z]) == value
        assert ask(tab, "slope", "sigmoid", [z]) == slope
    assert (ask(tab, "value", "gelu", [-1000, 1000]) == [0, 1000]).all()
    assert (ask(tab, "slope", "gelu", [-1000, 1000]) == [0, 1]).all()


def test_shaded_is_where_the_slope_is_below_a_hundredth_of_the_largest(tab):
    """The ends of the parts, from the formulas; the grid has steps of 0.01."""
    at_sigmoid = 2 * np.arccosh(10)  # 1 / (4 cosh²(z/2)) is a hundredth of 1/4
    expected = {
        "identity": [],
        "sigmoid": [[-7, -at_sigmoid], [at_sigmoid, 7]],
        "tanh": [[-7, -at_sigmoid / 2], [at_sigmoid / 2, 7]],
        "relu": [[-7, 0]],
        "leaky": [],
    }
    for name, parts in expected.items():
        found = tab.evaluate(f"course.widgets.activations.flatParts('{name}', 0.01)")
        assert np.shape(found) == np.shape(parts)
        assert np.abs(np.subtract(found, parts)).max(initial=0) <= 0.01
    tail, bottom = tab.evaluate("course.widgets.activations.flatParts('gelu')")
    assert tail[0] == -7 and -3.1 < tail[1] < -3
    assert bottom[0] < -0.7518 < bottom[1] < bottom[0] + 0.06  # where GELU is lowest
    assert tab.evaluate("course.widgets.activations.largestSlope('gelu')") == (
        pytest.approx(1.1289, abs=1e-4)
    )


def test_starts_with_the_numbers_of_the_lesson(tab):
    assert "g(2.00) = 0.8808, slope g′(2.00) = 0.1050" in report(tab)
    assert "the largest slope is 0.25" in report(tab)


def test_dragging_moves_z_and_the_tangent_has_the_slope_that_is_told(tab):
    before = report(tab)
    grip = tab.locator(".widget-handle")
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    wide = tab.locator(".widget-picture").bounding_box()["width"]
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x - 2 * 380 / 14 * wide / 440, y)  # two units of z to the left
    tab.mouse.up()
    assert "g(0.00) = 0.5000, slope g′(0.00) = 0.2500" in report(tab)
    path = tab.locator(".widget-dashed").get_attribute("d")
    x0, y0, x1, y1 = map(float, re.findall(r"[\d.]+", path))
    rise, run = (y0 - y1) / 166 * 2.6, (x1 - x0) / 380 * 14
    assert rise / run == pytest.approx(0.25, abs=0.002)
    tab.get_by_role("button", name="Start again").click()
    assert report(tab) == before


def test_keys_and_choices_lead_to_saturated_and_off(tab):
    grip = tab.locator(".widget-handle")
    grip.focus()
    for _ in range(5):
        tab.keyboard.press("Shift+ArrowRight")
    assert "Saturated" in report(tab)
    tab.locator("select").select_option("relu")
    assert "Saturated" not in report(tab) and "slope g′" in report(tab)
    tab.get_by_role("slider", name="z").fill("-1")
    assert report(tab).startswith("ReLU: g(−1.00) = 0.0000") and "Off" in report(tab)


def test_moving_alpha_chooses_leaky_relu_and_is_its_slope(tab):
    alpha = tab.get_by_label("Leaky α")
    alpha.focus()
    tab.keyboard.press("ArrowRight")
    tab.get_by_role("slider", name="z").fill("-2")
    assert tab.locator("select").input_value() == "leaky"
    assert "g(−2.00) = −0.2200, slope g′(−2.00) = 0.1100" in report(tab)
    tab.get_by_role("button", name="Start again").click()
    assert tab.locator("select").input_value() == "sigmoid"
    assert alpha.input_value() == "0.1"
