"""The polynomial that is fitted to noisy samples."""

import numpy as np
import pytest
from numpy.polynomial.legendre import legfit, legval

pytestmark = pytest.mark.xdist_group("widgets")

OURS = "course.widgets.overfitting"
SETTINGS = [(20, 0.5, 1), (5, 0.3, 2), (16, 0.5, 3), (17, 1, 4), (60, 1, 5), (30, 0, 6)]


@pytest.fixture
def tab(open_widget):
    return open_widget("overfitting")


def report(tab) -> str:
    return tab.locator(".widget-status").inner_text()


def data(tab, n, sigma, seed):
    """Return the samples, and the coefficients and errors of all fits to them."""
    return tab.evaluate(
        f"""s => {{
          const data = {OURS}.sample(s, course.kit.random);
          const fits = {OURS}.fits(data.x, data.y);
          const errors = fits.map(c => {OURS}.errors(c, data, s.sigma));
          return [data.x, data.y, fits, errors];
        }}""",
        {"n": n, "sigma": sigma, "seed": seed},
    )


@pytest.mark.parametrize(("n", "sigma", "seed"), SETTINGS)
def test_fits_and_errors_are_those_of_numpy(tab, n, sigma, seed):
    x, y, fits, errors = data(tab, n, sigma, seed)
    grid = np.linspace(-1, 1, 201)
    truth = np.sin(4 * grid + 0.5)
    assert np.allclose(x, np.linspace(-1, 1, n), atol=1e-12)
    assert [len(c) for c in fits] == list(range(1, min(16, n) + 1))
    for coefficients, error in zip(fits, errors, strict=True):
        known = legfit(x, y, len(coefficients) - 1)
        assert np.allclose(coefficients, known, rtol=1e-6, atol=1e-6)
        ours = tab.evaluate(
            f"c => {OURS}.GRID.map(x => {OURS}.predict(c, x))", coefficients
        )
        assert np.allclose(ours, legval(grid, known), rtol=0, atol=1e-6)
        training = np.mean((legval(np.array(x), known) - y) ** 2)
        fresh = np.mean((legval(grid, known) - truth) ** 2) + sigma**2
        assert error["training"] == pytest.approx(training, abs=1e-9)
        assert error["fresh"] == pytest.approx(fresh, rel=1e-6)


def test_noise_is_stretched_by_sigma_and_new_with_each_seed(tab):
    x, clean, *_ = data(tab, 60, 0, 1)
    assert np.allclose(clean, np.sin(4 * np.array(x) + 0.5), atol=1e-12)
    draws = [np.subtract(data(tab, 60, 1, seed)[1], clean) for seed in range(1, 31)]
    assert np.allclose(np.subtract(data(tab, 60, 0.5, 1)[1], clean), draws[0] / 2)
    assert not np.allclose(draws[0], draws[1])
    # 1,800 numbers: five standard errors around mean 0 and variance 1.
    assert abs(np.mean(draws)) < 5 / 1800**0.5
    assert abs(np.var(draws) - 1) < 5 * (2 / 1800) ** 0.5


def test_the_report_says_what_is_seen_and_start_again_takes_all_back(tab):
    errors = data(tab, 20, 0.5, 1)[3]
    best = 1 + int(np.argmin([e["fresh"] for e in errors]))
    first = report(tab)
    assert f"training error {errors[14]['training']:.3f}" in first
    assert f"new samples {errors[14]['fresh']:.3f}, of which noise 0.250" in first
    assert f"p = {best} is best" in first
    tab.get_by_role("button", name="New noise").click()
    errors = data(tab, 20, 0.5, 2)[3]
    assert f"training error {errors[14]['training']:.3f}" in report(tab)
    for label in ("p", "n", "σ"):
        tab.get_by_label(label, exact=True).focus()
        tab.keyboard.press("ArrowRight")
    errors = data(tab, 21, 0.55, 2)[3]
    assert "16 parameters, 21 samples" in report(tab)
    assert f"training error {errors[15]['training']:.3f}" in report(tab)
    tab.get_by_role("button", name="Start again").click()
    assert report(tab) == first


def test_no_more_parameters_than_samples(tab):
    tab.get_by_label("n", exact=True).fill("7")
    assert "7 parameters, 7 samples: training error 0.000" in report(tab)
    assert tab.get_by_label("p", exact=True).input_value() == "7"
    assert tab.errors == []


def test_a_click_into_the_lower_picture_chooses_p(tab):
    box = tab.locator(".widget-picture").bounding_box()
    scale = box["width"] / 440
    for p in (1, 6, 16):
        x = 46 + 384 * (p - 0.5) / 16
        tab.mouse.click(box["x"] + x * scale, box["y"] + 360 * scale)
        assert report(tab).startswith(f"{p} parameters")
        assert tab.get_by_label("p", exact=True).input_value() == str(p)
