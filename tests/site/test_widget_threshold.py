"""The threshold: four counts, three rates, the ROC curve and its area."""

import numpy as np
import pytest
from sklearn import metrics

pytestmark = pytest.mark.xdist_group("widgets")

HAND = {"ill": [0.9, 0.6, 0.4], "healthy": [0.5, 0.4, 0.1]}  # the lesson's example


@pytest.fixture
def tab(open_widget):
    return open_widget("threshold")


def ask(tab, function, *arguments):
    """Call a function of the widget."""
    return tab.evaluate(
        f"given => course.widgets.threshold.{function}(...given)", list(arguments)
    )


def sample(tab, separation):
    return tab.evaluate(f"course.widgets.threshold.scores({separation}, course.kit)")


def both(scores):
    """Return all scores and their labels, as scikit-learn takes them."""
    z = np.concatenate([scores["ill"], scores["healthy"]])
    return z, np.arange(len(z)) < len(scores["ill"])


def report(tab):
    return tab.locator(".widget-status").inner_text()


def set_slider(tab, name, value):
    tab.get_by_role("slider", name=name).fill(str(value))


def test_counts_and_rates_are_scikit_learns(tab):
    for separation in (0, 1.5, 3):
        scores = sample(tab, separation)
        z, ill = both(scores)
        for threshold in (-1, 0, 0.8, scores["ill"][3]):  # the last one: a score
            for prevalence in (0.005, 0.37, 0.5):
                weight = np.where(ill, prevalence, 1 - prevalence) * 1000
                found = ask(tab, "counts", scores, threshold, prevalence)
                expected = metrics.confusion_matrix(
                    ill, z >= threshold, sample_weight=weight, labels=[True, False]
                )
                cells = [[found["tp"], found["fn"]], [found["fp"], found["tn"]]]
                assert np.abs(cells - expected).max() < 1e-6
                assert np.sum(cells) == 100_000
                rates = ask(tab, "rates", found)
                for name, measure in (
                    ("recall", metrics.recall_score),
                    ("precision", metrics.precision_score),
                ):
                    value = measure(ill, z >= threshold, sample_weight=weight)
                    assert rates[name] == pytest.approx(value, abs=1e-12)
                assert rates["falseRate"] == np.mean(z[~ill] >= threshold)


def test_curve_and_area_are_scikit_learns_with_ties_too(tab):
    tied = {k: np.round(v).tolist() for k, v in sample(tab, 1).items()}
    for scores in (sample(tab, 0), sample(tab, 2), sample(tab, 4), tied, HAND):
        z, ill = both(scores)
        curve = ask(tab, "rocCurve", scores)
        x, y, _ = metrics.roc_curve(ill, z, drop_intermediate=False)
        assert np.abs(np.array(curve) - np.column_stack([x, y])).max() < 1e-12
        auc = metrics.roc_auc_score(ill, z)
        assert ask(tab, "area", curve) == pytest.approx(auc, abs=1e-12)
        pairs = len(scores["ill"]) * len(scores["healthy"])
        assert ask(tab, "pairsWon", scores) / pairs == pytest.approx(auc, abs=1e-12)
    assert ask(tab, "pairsWon", HAND) == 7.5


def test_scores_are_two_bells_that_separation_moves_apart(tab):
    near, far = sample(tab, 0), sample(tab, 3)
    for kind, sign in (("ill", 1), ("healthy", -1)):
        assert len(near[kind]) == 100
        assert abs(np.mean(near[kind])) < 0.2 and abs(np.std(near[kind]) - 1) < 0.1
        shift = np.subtract(far[kind], near[kind])
        assert shift == pytest.approx(sign * 1.5 * np.ones(100), abs=1e-12)


def test_prevalence_changes_precision_and_nothing_else(tab):
    def rates():
        return tab.locator(".widget-picture text.bold").all_text_contents()[-3:]

    def curve():
        return tab.locator("path.widget-line.widget-blue").last.get_attribute("d")

    before, path = rates(), curve()
    set_slider(tab, "Prevalence", 0)
    after = rates()
    assert after[:2] == before[:2] and after[2] != before[2]
    assert curve() == path
    assert "Of 500 ill people" in report(tab) and "Of 99,500 healthy" in report(tab)


def test_dragging_the_threshold_moves_the_point_along_the_curve(tab):
    before = report(tab)

    def point():
        place = tab.locator("rect.widget-grip").get_attribute("transform")
        x, y = map(float, place.removeprefix("translate(").rstrip(")").split())
        return (x - 46) / 164, 1 - (y - 306) / 164

    scores = sample(tab, 2)
    threshold = 0
    for way in (-60, 35):
        box = tab.locator(".widget-handle").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        wide = tab.locator(".widget-picture").bounding_box()["width"]
        tab.mouse.move(x, y)
        tab.mouse.down()
        tab.mouse.move(x + way, y)
        tab.mouse.up()
        threshold += way * 440 / wide / 208 * 4.6
        expected = [
            np.mean(np.array(scores[k]) >= threshold) for k in ("healthy", "ill")
        ]
        assert point() == pytest.approx(expected, abs=0.001)
        recall = tab.locator(".widget-picture text.bold").all_text_contents()[-3]
        assert recall == f"{expected[1]:.2f}"
        assert f"recall {recall}" in report(tab)
    tab.get_by_role("button", name="Start again").click()
    assert report(tab) == before


def test_filled_are_those_who_are_called_ill(tab):
    set_slider(tab, "Threshold", 0.5)
    for kind, colour, mark in (("ill", "orange", "h"), ("healthy", "blue", "z")):
        filled = tab.locator(f"path.widget-fill-{colour}").get_attribute("d")
        hollow = tab.locator(f"path.widget-thin.widget-{colour}").get_attribute("d")
        called = int(np.sum(np.array(sample(tab, 2)[kind]) >= 0.5))
        assert (filled.count(mark), hollow.count(mark)) == (called, 100 - called)


def test_keys_move_the_threshold_until_nobody_is_called_ill(tab):
    tab.locator(".widget-handle").focus()
    for _ in range(12):
        tab.keyboard.press("Shift+ArrowRight")
    assert report(tab).startswith("Nobody is called ill: all 37,000 ill people")
    assert tab.locator(".widget-picture text.bold").all_text_contents()[-1] == "–"
    assert tab.errors == []
