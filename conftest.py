"""What holds for every test; at the root, because the notebooks are tests too."""

import os

import pytest

from dlcourse import notebooks

# Printed digits must not depend on the machine, and test workers that share cores must
# not start a thread for each of them.
os.environ.update(notebooks.SAME_DIGITS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """Use a worker more than there are cores, for some tests mostly wait."""
    if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ:
        return None
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) + 1
    return (os.cpu_count() or 1) + 1


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the cells of one notebook on one worker: they share a kernel."""
    if item.path.suffix == ".ipynb":
        item.add_marker(pytest.mark.xdist_group(item.path.as_posix()))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Compare a cell's figures too, which nbval does not, with what it just ran."""
    yield
    fresh = getattr(item, "test_outputs", None)  # nbval's, of a cell that it compared
    if fresh is None:
        return
    before, after = notebooks.figures(item.cell.outputs), notebooks.figures(fresh)
    trouble = [
        difference
        for old, new in zip(before, after, strict=True)  # nbval compares how many
        if (difference := notebooks.figure_difference(old, new))
    ]
    if trouble:
        item.raise_cell_error(
            f"{'; '.join(trouble)}. If that is right, run `make notebooks` and look "
            "at the figures."
        )
