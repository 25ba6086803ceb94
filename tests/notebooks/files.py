"""Which notebooks there are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "book").rglob("*.ipynb"))
SOLUTIONS = sorted((ROOT / "solutions").rglob("*.ipynb"))
EXERCISES = sorted((ROOT / "exercises").rglob("*.ipynb"))


def name(path: Path) -> str:
    """Write a path as it is seen from the root."""
    return path.relative_to(ROOT).as_posix()
