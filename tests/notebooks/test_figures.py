"""Figures, which nbval does not compare, are what the code draws today."""

import pytest

from dlcourse import notebooks

from .files import LESSONS, name


@pytest.mark.parametrize("path", LESSONS, ids=name)
def test_figures_are_what_the_code_draws(path):
    stored = notebooks.read(path)
    fresh = notebooks.execute(notebooks.read(path), path.parent)
    before, after = notebooks.figures(stored), notebooks.figures(fresh)
    assert [cell for cell, _ in before] == [cell for cell, _ in after], (
        "other cells than before make figures: run `make notebooks`"
    )
    changed = [
        f"cell {stored.cells[cell].id}: {difference}"
        for (cell, old), (_, new) in zip(before, after, strict=True)
        if (difference := notebooks.figure_difference(old, new))
    ]
    assert not changed, f"{name(path)}: {'; '.join(changed)}"
