"""Paths of gradient descent, momentum and Adam over three surfaces."""

import numpy as np
import pytest
import torch

pytestmark = pytest.mark.xdist_group("widgets")

CENTRES = torch.tensor([[-1.3, 0.9], [1.2, 0.7], [0.1, -1.5]], dtype=torch.float64)
DEPTHS = torch.tensor([1, 1.6, 1.2], dtype=torch.float64)
WIDTHS = torch.tensor([0.9, 0.45, 0.6], dtype=torch.float64)


def wells(theta):
    squares = ((theta - CENTRES) ** 2).sum(dim=1)
    return -(DEPTHS * torch.exp(-squares / (2 * WIDTHS**2))).sum()


SURFACES = {
    "wells": wells,
    "valley": lambda theta: (theta[0] ** 2 + 20 * theta[1] ** 2) / 2,
    "ridge": lambda theta: theta[0] ** 4 / 4 - theta[0] ** 2 / 2 + theta[1] ** 2 / 2,
}
RULES = {
    "plain": torch.optim.SGD,
    "momentum": lambda parameters, lr: torch.optim.SGD(parameters, lr, momentum=0.9),
    "adam": torch.optim.Adam,
}
WALK = "([s, ...rest]) => D.walk(D.SURFACES[s], ...rest)"


@pytest.fixture
def tab(open_widget):
    tab = open_widget("descent")
    tab.evaluate("globalThis.D = course.widgets.descent")
    return tab


def walk(surface, start, rule, lr, num_steps):
    """Return all positions of a path taken by PyTorch."""
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = RULES[rule]([theta], lr=lr)
    path = [start]
    for _ in range(num_steps):
        optimizer.zero_grad()
        SURFACES[surface](theta).backward()
        optimizer.step()
        path.append(theta.tolist())
    return np.array(path)


def report(tab):
    return tab.locator(".widget-status").inner_text()


def choose(tab, label, words):
    tab.get_by_label(label).select_option(words)


def step_number(tab):
    return int(report(tab).removeprefix("Step ").partition(":")[0])


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("surface", SURFACES)
def test_steps_are_those_of_pytorch(tab, surface, rule):
    for start, lr in (([-1.7, 1.55], 0.03), ([0.4, -0.9], 0.07), ([1.2, 0.1], 0.004)):
        ours = tab.evaluate(WALK, [surface, start, rule, lr, 100])
        np.testing.assert_allclose(
            ours, walk(surface, start, rule, lr, 100), rtol=0, atol=1e-10
        )


@pytest.mark.parametrize("surface", SURFACES)
def test_losses_and_curvatures_are_those_of_autograd(tab, surface):
    for p in np.random.default_rng(0).uniform(-2, 2, (20, 2)).tolist():
        theta = torch.tensor(p, dtype=torch.float64)
        loss = tab.evaluate("([s, p]) => D.SURFACES[s].loss(p)", [surface, p])
        assert loss == pytest.approx(SURFACES[surface](theta).item(), abs=1e-12)
        ours = tab.evaluate("([s, p]) => D.curvatures(D.SURFACES[s], p)", [surface, p])
        hessian = torch.autograd.functional.hessian(SURFACES[surface], theta)
        np.testing.assert_allclose(ours, torch.linalg.eigvalsh(hessian), atol=1e-5)


def test_a_path_that_runs_away_ends_and_the_border_is_that_of_the_lesson(tab):
    for lr, grows in ((0.099, False), (0.101, True)):
        path = tab.evaluate(WALK, ["valley", [-10, 1.6], "plain", lr, 2000])
        assert (len(path) < 2001) is grows
        assert (abs(path[-1][1]) > 1000) is grows
        verdict = tab.evaluate("p => D.verdict(D.SURFACES.valley, p)", path)
        assert verdict == ("diverged" if grows else "minimum")


def test_verdicts_tell_minimum_saddle_point_and_plateau_apart(tab):
    ends = {}
    for surface, start in (
        ("wells", [0.4, 1.9]),
        ("wells", [3, 3]),
        ("ridge", [0, 1.5]),
        ("ridge", [0.01, 1.5]),
    ):
        path = tab.evaluate(WALK, [surface, start, "plain", 0.1, 200])
        ends[surface, *start] = tab.evaluate(
            "([s, p]) => D.verdict(D.SURFACES[s], p)", [surface, path]
        )
    assert list(ends.values()) == ["minimum", "plateau", "saddle", "minimum"]


def test_contour_lines_are_closed_and_lie_on_their_level(tab):
    side = np.linspace(-2, 2, 41)
    u, v = np.meshgrid(side, side)
    values = u**2 + 2 * v**2
    found = tab.evaluate("v => course.kit.loops(v, 41, 1)", values.ravel().tolist())
    assert len(found) == 1
    loop = np.array(found[0])
    x, y = (loop * 0.1 - 2).T
    np.testing.assert_allclose(x**2 + 2 * y**2, 1, atol=0.01)
    ways = np.linalg.norm(loop - np.roll(loop, 1, axis=0), axis=1)
    assert ways.max() < 2**0.5 + 1e-9
    area = abs(np.sum(x * np.roll(y, 1) - y * np.roll(x, 1))) / 2
    assert area == pytest.approx(np.pi / 2**0.5, rel=0.01)


def test_step_run_pause_and_start_again(tab):
    assert "come to a minimum" in report(tab)
    tab.get_by_role("button", name="Step").click()  # a new path begins
    assert step_number(tab) == 1
    tab.get_by_role("button", name="Step").click()
    assert step_number(tab) == 2
    tab.clock.install()  # its timers tick when told to: the machine may be busy
    tab.get_by_role("button", name="Run").click()
    tab.clock.run_for(500)
    tab.get_by_role("button", name="Pause").click()
    paused = step_number(tab)
    tab.clock.run_for(500)
    assert step_number(tab) == paused > 2
    tab.get_by_role("button", name="Run").click()
    tab.clock.run_for(20_000)
    assert tab.get_by_role("button", name="Run").count() == 1  # it has ended by itself
    assert step_number(tab) > paused and "come to a minimum" in report(tab)
    tab.get_by_role("button", name="Start again").click()
    assert step_number(tab) == 0


def test_where_motion_is_unwelcome_a_run_is_one_jump(open_widget):
    tab = open_widget("descent", reduced_motion="reduce")
    tab.get_by_role("button", name="Run").click()
    assert "come to a minimum" in report(tab)
    assert tab.get_by_role("button", name="Pause").count() == 0


def test_the_start_moves_by_pointer_and_key_and_the_whole_path_follows(tab):
    before = report(tab)
    handle = tab.locator(".widget-handle")
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    tab.mouse.move(x, y)
    tab.mouse.down()
    tab.mouse.move(x + 60, y + 10)
    tab.mouse.up()
    assert "J = −1.00" in before and "J = −1.62" in report(tab)  # another well
    choose(tab, "Surface", "saddle")
    assert "saddle point" in report(tab)
    handle.focus()
    tab.keyboard.press("ArrowRight")
    assert "saddle point" not in report(tab)
    tab.keyboard.press("ArrowLeft")
    assert "saddle point" in report(tab)


def test_another_rate_and_another_rule_change_the_path(tab):
    choose(tab, "Surface", "valley")
    assert "Step 20: θ = (−1.36, 0.19)" in report(tab)  # as in the lesson
    assert "2/λ = 0.10" in report(tab)
    rate = tab.get_by_label("η")
    rate.focus()
    for _ in range(30):
        tab.keyboard.press("ArrowRight")
    assert "runs away" in report(tab)
    choose(tab, "Rule", "with momentum 0.9")
    assert "Dashed: gradient descent" in report(tab)
    choose(tab, "Surface", "three wells")
    assert "Dashed" not in report(tab)
    choose(tab, "Surface", "valley")
    choose(tab, "Rule", "gradient descent")
    choose(tab, "Rule", "Adam")
    assert "Dashed: gradient descent" in report(tab)
    assert "2/λ" not in report(tab)  # that border is not Adam's
    path = walk("valley", [-10, 1.6], "adam", 0.095, 20)[-1]
    shown = ", ".join(f"{value:.2f}".replace("-", "−") for value in path)
    assert f"θ = ({shown})" in report(tab)
