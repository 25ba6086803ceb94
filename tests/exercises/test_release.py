"""``exercises/`` is what ``make release`` makes from ``solutions/`` today."""

from tests.grading import course

from .problems import ROOT, lessons


def release(folder):
    course.make(folder, [lesson.path for lesson in lessons().values()])
    course.nbgrader(folder, "generate_assignment", "--assignment=*", "--no-db")
    made = folder / "exercises"
    return {
        path.relative_to(made).as_posix(): path.read_bytes()
        for path in made.rglob("*")
        if path.is_file()
    }


def test_the_committed_exercises_are_a_fresh_release(tmp_path):
    committed = {
        path.relative_to(ROOT / "exercises").as_posix(): path.read_bytes()
        for path in (ROOT / "exercises").rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }
    fresh = release(tmp_path / "a")
    assert sorted(committed) == sorted(fresh), "run `make release`"
    stale = [name for name in fresh if committed[name] != fresh[name]]
    assert not stale, f"{stale} differ from their source: run `make release`"


def test_two_releases_are_identical(tmp_path):
    assert release(tmp_path / "a") == release(tmp_path / "b")
