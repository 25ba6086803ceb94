"""The network on the front page, and what it shows of itself."""

import itertools

import numpy as np
import pytest

pytestmark = pytest.mark.xdist_group("widgets")

SIZES = [2, 4, 4, 2, 1]
STEPS = 160

RUN = """
([sizes, seed, steps]) => {
  const { makeData, makeNet, trainStep } = course.widgets.training;
  const net = makeNet(sizes, "tanh", course.kit.random(seed));
  const data = makeData("moons", course.kit.random(0));
  for (let t = 0; t < steps; t += 1) trainStep(net, data, 0.02);
  return { ...course.widgets.unfold.look(net, data), theta: [...net.theta], data };
}
"""


@pytest.fixture
def tab(open_widget):
    """The widget as a reader has it who asked for less motion."""
    return open_widget("unfold", reduced_motion="reduce")


def layers(theta, X):
    """Return the values of the last hidden layer (n, 2) and the logits (n,)."""
    place, A = 0, np.asarray(X)
    for d_in, d_out in itertools.pairwise(SIZES):
        block = np.reshape(theta[place : place + d_out * (d_in + 1)], (d_out, d_in + 1))
        place += block.size
        below, Z = A, A @ block[:, :-1].T + block[:, -1]
        A = np.tanh(Z)
    return below, Z[:, 0]


@pytest.mark.parametrize("steps", [0, 20, STEPS])
def test_what_is_shown_is_what_the_network_computes(tab, steps):
    seen = tab.evaluate(RUN, [SIZES, 2, steps])
    hidden, logits = layers(seen["theta"], seen["data"]["X"])
    np.testing.assert_allclose(seen["points"], hidden, atol=1e-12)
    y = np.array(seen["data"]["y"])
    assert seen["right"] == np.sum((logits > 0) == (y > 0))

    grid = 1.4 * np.linspace(-1, 1, 57)
    x1, x2 = np.meshgrid(grid, -grid)
    _, plane = layers(seen["theta"], np.column_stack([x1.ravel(), x2.ravel()]))
    np.testing.assert_allclose(seen["plane"], plane, atol=1e-12)


def test_the_line_is_where_the_logit_is_zero(tab):
    seen = tab.evaluate(RUN, [SIZES, 2, 40])
    *w, b = seen["theta"][-3:]
    (start, end) = np.array(seen["line"])
    assert np.linalg.norm(end - start) > 4  # longer than the panel
    np.testing.assert_allclose(np.array([start, end]) @ w + b, 0, atol=1e-9)


@pytest.mark.parametrize("seed", range(1, 9))
def test_all_points_are_on_their_side_in_the_end(tab, seed):
    assert tab.evaluate(RUN, [SIZES, seed, STEPS])["right"] == 100


def test_the_reader_starts_and_stops_it(open_widget):
    tab = open_widget("unfold", reduced_motion="no-preference")
    status = tab.get_by_role("status")
    assert status.inner_text().startswith("After 160 steps 100 of 100 points")
    tab.get_by_role("button", name="Watch it learn").click()
    tab.get_by_role("button", name="Pause").click()
    tab.get_by_role("button", name="Watch it learn").wait_for()
    assert 0 <= int(status.inner_text().split()[1]) < STEPS
    line = tab.locator(".widget-dashed")
    before = line.get_attribute("d")
    tab.get_by_role("button", name="Watch it learn").click()
    tab.wait_for_function(
        "d => document.querySelector('.widget-dashed').getAttribute('d') !== d",
        arg=before,
    )


def test_nothing_moves_by_itself_where_motion_is_not_wanted(tab):
    line = tab.locator(".widget-dashed")
    before = line.get_attribute("d")
    tab.wait_for_timeout(2500)  # it would begin after 1.5 seconds
    assert line.get_attribute("d") == before
    tab.get_by_role("button", name="Watch it learn").click()
    assert line.get_attribute("d") != before
    assert "After 160 steps 100 of 100" in tab.get_by_role("status").inner_text()
