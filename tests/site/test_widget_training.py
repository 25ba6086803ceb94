"""The small network that is trained in the page."""

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

pytestmark = pytest.mark.xdist_group("widgets")

G = {"tanh": torch.tanh, "relu": torch.relu, "none": lambda z: z}

# A network with given first weights, on given data: its losses over some steps, all its
# parameters after them, and its first gradient with that of finite differences.
TRAIN = """
([sizes, activation, kind, rate, steps]) => {
  const { makeNet, makeData, trainStep, lossAndGradient } = course.widgets.training;
  const net = makeNet(sizes, activation, course.kit.random(1));
  const data = makeData(kind, course.kit.random(0));
  const start = [...net.theta];
  const gradient = [...lossAndGradient(net, data).gradient];
  const h = 1e-5;
  const measured = start.map((value, k) => {
    const [up, down] = [h, -h].map((change) => {
      net.theta[k] = value + change;
      return lossAndGradient(net, data).loss;
    });
    net.theta[k] = value;
    return (up - down) / (2 * h);
  });
  const losses = Array.from({ length: steps }, () => trainStep(net, data, rate));
  return { start, gradient, measured, losses, end: [...net.theta], data };
}
"""

# For each seed the number of steps until all points are right, or null.
STEPS_NEEDED = """
([sizes, activation, kind, rate, seeds]) => seeds.map((seed) => {
  const { makeNet, makeData, trainStep, lossAndGradient } = course.widgets.training;
  const net = makeNet(sizes, activation, course.kit.random(seed));
  const data = makeData(kind, course.kit.random(0));
  for (let t = 0; t < 500; t += 1) {
    if (lossAndGradient(net, data).right === 100) return t;
    trainStep(net, data, rate);
  }
  return null;
})
"""


@pytest.fixture
def tab(open_widget):
    return open_widget("training")


def unpack(theta, sizes):
    """Return the layers' W (d_out, d_in) and b (d_out,), as tensors with a gradient."""
    layers, place = [], 0
    for d_in, d_out in itertools.pairwise(sizes):
        both = np.reshape(theta[place : place + d_out * (d_in + 1)], (d_out, d_in + 1))
        layers += [torch.tensor(both[:, :-1]), torch.tensor(both[:, -1])]
        place += both.size
    return [p.requires_grad_() for p in layers]


def pack(tensors):
    """Bring tensors into the order of the widget's list."""
    pairs = zip(tensors[::2], tensors[1::2], strict=True)
    return np.concatenate([torch.cat([w, b[:, None]], 1).ravel() for w, b in pairs])


def report(tab):
    return tab.locator(".widget-status").inner_text()


def choose(tab, label, words):
    tab.get_by_label(label).select_option(words)


def slide(tab, label, value):
    tab.get_by_label(label).fill(str(value))


def step_number(tab):
    return int(report(tab).removeprefix("Step ").partition(":")[0])


@pytest.mark.parametrize("activation", G)
@pytest.mark.parametrize("sizes", [[2, 3, 1], [2, 8, 8, 8, 1]], ids=str)
def test_gradient_and_training_are_those_of_pytorch(tab, sizes, activation):
    ours = tab.evaluate(TRAIN, [sizes, activation, "spirals", 0.03, 30])
    X = torch.tensor(ours["data"]["X"], dtype=torch.float64)
    y = torch.tensor(ours["data"]["y"], dtype=torch.float64)
    parameters = unpack(ours["start"], sizes)
    optimizer = torch.optim.Adam(parameters, lr=0.03)
    losses = []
    for _ in range(30):
        optimizer.zero_grad()
        a = X
        for layer, (w, b) in enumerate(
            zip(parameters[::2], parameters[1::2], strict=True)
        ):
            a = a @ w.T + b
            if layer < len(sizes) - 2:
                a = G[activation](a)
        loss = F.binary_cross_entropy_with_logits(a[:, 0], y)
        loss.backward()
        if not losses:
            gradient = pack([p.grad for p in parameters])
        losses.append(loss.item())
        optimizer.step()
    np.testing.assert_allclose(ours["gradient"], gradient, rtol=0, atol=1e-10)
    np.testing.assert_allclose(ours["losses"], losses, rtol=0, atol=1e-10)
    end = pack([p.detach() for p in parameters])
    np.testing.assert_allclose(ours["end"], end, rtol=0, atol=1e-8)


@pytest.mark.parametrize("activation", G)
def test_gradient_is_that_of_finite_differences(tab, activation):
    ours = tab.evaluate(TRAIN, [[2, 5, 4, 1], activation, "moons", 0.1, 0])
    assert np.abs(ours["gradient"]).max() > 1e-3
    np.testing.assert_allclose(ours["gradient"], ours["measured"], rtol=0, atol=1e-8)


def test_first_weights_have_the_variance_of_the_lesson(tab):
    sizes = [2, 200, 100, 1]
    for activation, spread in (("tanh", 1), ("relu", 2), ("none", 1)):
        theta = tab.evaluate(
            """([sizes, activation]) => [...course.widgets.training.makeNet(
                 sizes, activation, course.kit.random(1)).theta]""",
            [sizes, activation],
        )
        first, b, second, *_ = (p.detach().numpy() for p in unpack(theta, sizes))
        assert not b.any()
        assert first.var() == pytest.approx(spread / 2, rel=0.2)
        assert second.var() == pytest.approx(spread / 200, rel=0.05)


@pytest.mark.parametrize("kind", ["moons", "xor", "spirals"])
def test_data_are_two_classes_that_one_line_cannot_part(tab, kind):
    data = tab.evaluate(
        "kind => course.widgets.training.makeData(kind, course.kit.random(0))", kind
    )
    X, y = np.array(data["X"]), np.array(data["y"])
    assert X.shape == (100, 2) and y.sum() == 50 and np.abs(X).max() < 1.3
    if kind == "xor":
        np.testing.assert_array_equal(X.prod(axis=1) < 0, y)
    assert tab.evaluate(STEPS_NEEDED, [[2, 4, 1], "none", kind, 0.1, [1]]) == [None]


def test_it_learns_xor_in_60_steps_and_moons_and_spirals_in_400(tab):
    seeds = [1, 2, 3, 4, 5]
    for kind, sizes, limit in (
        ("xor", [2, 4, 1], 60),
        ("moons", [2, 4, 4, 1], 400),
        ("spirals", [2, 4, 4, 1], 400),
    ):
        needed = tab.evaluate(STEPS_NEEDED, [sizes, "tanh", kind, 0.02, seeds])
        assert None not in needed and min(needed) > 0 and max(needed) < limit


def test_two_units_are_enough_for_xor_but_training_seldom_finds_them(tab):
    needed = tab.evaluate(
        STEPS_NEEDED, [[2, 2, 1], "tanh", "xor", 0.02, [*range(1, 11)]]
    )
    assert 0 < needed.count(None) < 10


def test_step_run_pause_and_start_again(tab):
    assert step_number(tab) == 500  # of a finished run
    tab.get_by_role("button", name="Step").click()
    assert step_number(tab) == 1
    tab.clock.install()  # its timers tick when told to: the machine may be busy
    tab.get_by_role("button", name="Run").click()
    tab.clock.run_for(1000)
    tab.get_by_role("button", name="Pause").click()
    paused = report(tab)
    tab.clock.run_for(1000)
    assert report(tab) == paused and 30 < step_number(tab) < 500
    curve = tab.locator(".widget-line.widget-green").get_attribute("d")
    assert curve.count("L") >= step_number(tab) // 4
    tab.get_by_role("button", name="Run").click()
    tab.clock.run_for(20_000)
    assert step_number(tab) == 500
    assert tab.get_by_role("button", name="Run").count() == 1  # it has ended by itself
    tab.get_by_role("button", name="Start again").click()
    at_zero = report(tab)
    assert step_number(tab) == 0
    tab.get_by_role("button", name="New weights").click()
    assert step_number(tab) == 0 and report(tab) != at_zero


def test_without_motion_a_run_jumps_and_the_next_one_begins_anew(open_widget):
    tab = open_widget("training", reduced_motion="reduce")
    numbers = []
    for _ in range(6):
        tab.get_by_role("button", name="Run").click()
        numbers.append(step_number(tab))
    assert numbers == [100, 200, 300, 400, 500, 100]


def test_choices_shape_the_network_and_every_hidden_unit_has_a_map(tab):
    slide(tab, "Hidden layers", 3)
    slide(tab, "Units in each", 8)
    assert step_number(tab) == 0
    assert f"{3 * 8 + 2 * 72 + 9} weights" in report(tab)
    maps = tab.locator(".widget-axes rect").evaluate_all(
        "nodes => nodes.map(n => ['x', 'y', 'width'].map(a => +n.getAttribute(a)))"
    )[2:]
    assert len(maps) == 24
    for x, y, width in maps:
        assert x + width <= 440 and y + width <= 470 and width >= 36
    choose(tab, "Data", "XOR")
    choose(tab, "Activation", "none")
    tab.get_by_label("Learning rate").press("End")
    tab.get_by_role("button", name="Step").click()
    assert step_number(tab) == 1 and "100 of 100" not in report(tab)


def test_shades_and_line_lie_where_the_network_has_them(tab):
    """The border between blue and orange is where the network's logit is zero."""
    choose(tab, "Data", "XOR")
    slide(tab, "Hidden layers", 1)
    slide(tab, "Units in each", 2)
    logits = tab.evaluate(
        """() => {
          const { makeNet, forward } = course.widgets.training;
          const net = makeNet([2, 2, 1], "tanh", course.kit.random(1));
          const line = document.querySelector("svg svg .widget-line");
          const reach = 1.3;
          return Array.from({ length: 50 }, (_, i) => {
            const way = (line.getTotalLength() * i) / 50;
            const { x, y } = line.getPointAtLength(way);
            if (x < 0 || x > 240 || y < 0 || y > 240) return null;
            return forward(net, [reach * (x / 120 - 1), reach * (1 - y / 120)]);
          });
        }"""
    )
    inside = [abs(value) for value in logits if value is not None]
    assert len(inside) > 5 and max(inside) < 0.002
