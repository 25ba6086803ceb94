"""README counts what the tests have."""

from pathlib import Path

from tests.grading.attacks import arena
from tests.grading.attacks.broken import CASES

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_attacks_are_counted():
    text = f"{len(arena.attacks())} hostile hand-ins and {len(CASES)} damaged"
    assert text in README
    assert f"of all {len(arena.attacks())}, none bought a point" in README
