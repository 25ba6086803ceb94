"""What holds for every test; at the root, because the notebooks are tests too."""

import os

import pytest

# Printed digits must not depend on the number of cores, and test workers that share
# cores must not start a thread for each of them.
os.environ["OMP_NUM_THREADS"] = "1"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the cells of one notebook on one worker: they share a kernel."""
    if item.path.suffix == ".ipynb":
        item.add_marker(pytest.mark.xdist_group(item.path.as_posix()))
