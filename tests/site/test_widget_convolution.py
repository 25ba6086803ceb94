"""The kernel that slides over a digit."""

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from dlcourse.data import digits

pytestmark = pytest.mark.xdist_group("widgets")

IMAGE_CORNER, PIXEL = (24, 60), 20  # in units of the picture, 440 across


@pytest.fixture
def tab(open_widget):
    return open_widget("convolution")


def report(tab) -> str:
    return tab.locator(".widget-status").inner_text()


def spot(tab, x, y) -> tuple[float, float]:
    """Return where on the page a point of the picture is."""
    box = tab.locator(".widget-picture").bounding_box()
    scale = box["width"] / 440
    return box["x"] + x * scale, box["y"] + y * scale


def shown_map(tab) -> np.ndarray:
    """Read the numbers of the map; it is the second group of the picture."""
    texts = tab.locator(".widget-picture > g:nth-of-type(3) text").all_text_contents()
    values = [int(text.replace("−", "-")) for text in texts]
    return np.reshape(values, (round(len(values) ** 0.5), -1))


def test_the_image_is_the_first_test_digit_in_quarters(tab):
    digit = digits(split="test")[0][0].reshape(8, 8)
    image = np.array(tab.evaluate("course.widgets.convolution.IMAGE"))
    assert np.abs(image / 4 - digit).max() <= 1 / 8


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("padding", [0, 1])
def test_the_map_is_that_of_conv2d(tab, stride, padding):
    rng = np.random.default_rng(0)
    image = np.array(tab.evaluate("course.widgets.convolution.IMAGE"))
    kernels = list(tab.evaluate("Object.values(course.widgets.convolution.KERNELS)"))
    kernels += rng.integers(-5, 6, (5, 9)).tolist()
    for kernel in kernels:
        for x in (image, rng.integers(0, 5, (5, 7))):
            ours = tab.evaluate(
                "([x, w, s, p]) => course.widgets.convolution.convolve(x, w, s, p)",
                [x.tolist(), kernel, stride, padding],
            )
            w = torch.tensor(kernel, dtype=torch.float64).reshape(1, 1, 3, 3)
            pixels = torch.tensor(x, dtype=torch.float64)[None, None]
            theirs = conv2d(pixels, w, stride=stride, padding=padding)[0, 0]
            assert ours == theirs.tolist()


def test_the_map_on_the_page_follows_kernel_stride_and_padding(tab):
    image = torch.tensor(tab.evaluate("course.widgets.convolution.IMAGE")).double()
    choices = {"down": (1, 1), "blur": (2, 0), "sharpen": (2, 1), "right": (1, 0)}
    for kind, (stride, padding) in choices.items():
        tab.get_by_label("kernel", exact=True).select_option(kind)
        tab.get_by_label("stride", exact=True).select_option(str(stride))
        tab.get_by_label("padding", exact=True).select_option(str(padding))
        kernel = tab.evaluate(f"course.widgets.convolution.KERNELS.{kind}")
        w = torch.tensor(kernel).double().reshape(1, 1, 3, 3)
        theirs = conv2d(image[None, None], w, stride=stride, padding=padding)[0, 0]
        assert np.array_equal(shown_map(tab), theirs)
        assert f"{len(theirs)} × {len(theirs)}" in report(tab)


def test_the_window_moves_by_key_click_and_drag_and_stays_in_the_image(tab):
    assert "Row 1, column 0" in report(tab) and "1 + 8 + 4 = 13" in report(tab)
    tab.get_by_role("button", name="Window").focus()
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("ArrowDown")
    assert "Row 2, column 1" in report(tab)
    for _ in range(9):
        tab.keyboard.press("ArrowUp")
    assert "Row 0, column 1" in report(tab)
    tab.keyboard.press("ArrowDown")
    assert "Row 1, column 1" in report(tab)
    x, y = IMAGE_CORNER
    tab.mouse.move(*spot(tab, x + 3.5 * PIXEL, y + 5.5 * PIXEL))  # the window's middle
    tab.mouse.down()
    assert "Row 4, column 2" in report(tab)
    tab.mouse.move(*spot(tab, 430, y + 4.5 * PIXEL))
    assert "Row 3, column 5" in report(tab)
    tab.mouse.up()
    tab.mouse.move(*spot(tab, x, y))
    assert "Row 3, column 5" in report(tab)
    tab.get_by_label("stride", exact=True).select_option("2")  # 3 × 3 outputs
    assert "Row 2, column 2" in report(tab)
    tab.get_by_label("stride", exact=True).select_option("1")
    # A number of the map: 6 × 6 cells of 32 units around (324, 140).
    tab.mouse.click(*spot(tab, 324 - 3 * 32 + 1.5 * 32, 140 + 1.5 * 32))
    assert "Row 4, column 1" in report(tab)
    assert tab.errors == []


def test_a_weight_changes_by_key_and_by_drag_and_start_again_takes_it_back(tab):
    first = report(tab), shown_map(tab)
    weight = tab.get_by_role("slider", name="row 2, column 2")
    assert weight.get_attribute("aria-valuenow") == "1"
    weight.focus()
    tab.keyboard.press("ArrowUp")
    tab.keyboard.press("ArrowUp")
    assert weight.get_attribute("aria-valuenow") == "3"
    assert tab.get_by_label("kernel", exact=True).input_value() == "own"
    assert "1 + 8 + 12 = 21" in report(tab)
    box = weight.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x, y + 400, steps=8)
    tab.mouse.up()
    assert weight.get_attribute("aria-valuenow") == "-5"  # no further
    tab.get_by_role("button", name="Start again").click()
    assert report(tab) == first[0] and np.array_equal(shown_map(tab), first[1])
    kernel = tab.evaluate("course.widgets.convolution.KERNELS.right")
    assert kernel == [-1, 0, 1, -2, 0, 2, -1, 0, 1]


def test_start_empties_the_map_and_fills_it_window_by_window(tab):
    texts = tab.locator(".widget-picture > g:nth-of-type(3) text")
    tab.get_by_role("button", name="Start", exact=True).click()
    assert texts.count() < 36
    pause = tab.get_by_role("button", name="Pause")
    before = texts.count()
    tab.wait_for_function(
        "n => document.querySelectorAll('.widget-picture > g:nth-of-type(3) text')"
        ".length > n",
        arg=before,
    )
    pause.click()
    stopped = texts.count()
    tab.get_by_role("button", name="Step").click()
    assert texts.count() == stopped + 1
    assert f"Row 0, column {stopped}" in report(tab)
    for _ in range(36 - stopped - 1):
        tab.get_by_role("button", name="Step").click()
    assert texts.count() == 36 and "Row 5, column 5" in report(tab)


def test_start_goes_by_one_step_where_motion_is_not_wanted(open_widget):
    tab = open_widget("convolution", reduced_motion="reduce")
    for count in (1, 2):
        tab.get_by_role("button", name="Start", exact=True).click()
        assert f"Row 0, column {count - 1}" in report(tab)
