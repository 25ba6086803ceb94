"""Hand-ins that are like each other are found, and nothing else is."""

import re

import nbformat
import pytest
import yaml

from dlcourse.grading import similar
from dlcourse.grading.book import Book
from dlcourse.grading.course import Course

from . import small
from .browsing import in_browser
from .small import ASSIGNMENT, NOTEBOOK, dlcourse

pytestmark = pytest.mark.xdist_group("grading similar")

OWN = """\
def one(x):
    total = 0
    for step in range(x + 1):
        if step % 2 == 0:
            total += 1
        else:
            total = total + 2 - 1
    while total > x + 1:
        total -= 1
    return total if total else x + 1


def one_more(values):
    best = None
    for total in values:
        if best is None or total[0] > best[0] * 2:
            best = total
    return best
"""
RENAMED = OWN.replace("total", "summe").replace("step", "schritt").replace(
    "summe = 0", "summe = 0  # from nought on"
)  # fmt: skip
OTHER = """\
def one(x):
    # A <script>document.title = 'hacked'</script> & a comment.
    from functools import reduce
    ones = [1 for _ in "abc"][:1]
    pairs = {"left": x, "right": ones[0]}
    try:
        return reduce(lambda a, b: a + b, pairs.values())
    except (TypeError, ValueError) as error:
        raise RuntimeError(f"not a number: {x!r}") from error
"""
PUBLISHED = """\
def one(x):
    lookup = dict(zip(range(-50, 50), range(-49, 51), strict=True))
    if x in lookup and isinstance(lookup[x], int):
        return lookup[x]
    return sum((x, True), start=False) * 1 ** 0 or int(not x)
"""


GIVEN = """\
def two(x):
    values = {"zero": 0, "one": 1, "two": 2}
    for name, value in sorted(values.items()):
        if len(name) > 3 and value == 0:
            assert name == "zero", "names and values belong together"
    raise NotImplementedError()
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """ada and bob have the same but for names; dan has the bank's; cem is alone.

    eve's is short and right, beside what was given; fay wrote nothing; gil has a third
    of cem's, and code that would leave a file if it were run.
    """
    folder = small.make(tmp_path_factory.mktemp("class"))
    small.enrol(folder, "ada", "bob", "cem", "dan", "eve", "fay", "gil")
    released = small.solution()
    for cell in released.cells:
        if cell.metadata.get("nbgrader", {}).get("solution"):
            two = cell.metadata.nbgrader.grade_id == "small--two--answer"
            cell.source = GIVEN if two else "raise NotImplementedError()"
    target = folder / "exercises" / ASSIGNMENT
    target.mkdir(parents=True)
    nbformat.write(released, target / f"{NOTEBOOK}.ipynb")
    bank = folder / "tests" / "bank" / ASSIGNMENT
    bank.mkdir(parents=True)
    entry = {"small--one": {"right": [{"name": "table", "code": PUBLISHED}]}}
    (bank / f"{NOTEBOOK}.yaml").write_text(yaml.safe_dump(entry))
    stub = "raise NotImplementedError()"
    blank = dict.fromkeys(small.POINTS, stub)
    run = f"open({str(folder / 'was-run')!r}, 'w')\n" * 12
    codes = {
        "ada": OWN, "bob": RENAMED, "cem": OTHER, "dan": PUBLISHED,
        "eve": small.RIGHT["small--one"], "fay": stub, "gil": run + OTHER[:240],
    }  # fmt: skip
    for name, code in codes.items():
        small.grade(folder, name, answers=blank | {"small--one": code})
    both = {
        "small--one": codes["eve"],
        "small--two": GIVEN.replace("raise NotImplementedError()", "return 2 * x"),
    }
    small.grade(folder, "eve", answers=blank | both)
    return folder


def compare(folder, threshold=0.8, **options):
    class_ = Course(folder)
    with Book(class_.db_url, class_.course_id) as book:
        return similar.compare_class(class_, ASSIGNMENT, book, threshold, **options)


@pytest.fixture(scope="module")
def found(folder):
    return compare(folder)


def test_renaming_hides_nothing_and_others_are_left_in_peace(found):
    pairs = {(pair.first, pair.second) for pair in found.pairs}
    assert pairs == {("ada", "bob"), ("dan", "right answers of the tests")}
    pair = next(pair for pair in found.pairs if not pair.public)
    assert min(pair.shares) > 0.95
    assert 0.3 < pair.verbatim < 0.9


def test_public_sources_are_marked_as_such(found):
    pair = next(pair for pair in found.pairs if pair.first == "dan")
    assert pair.public and pair.verbatim == 1 and pair.share > 0.95


def test_short_hand_ins_are_not_compared(found):
    assert found.compared == {NOTEBOOK: 5}  # eve's and fay's are too short


def test_what_was_released_counts_for_nothing(folder):
    text = "raise NotImplementedError()"
    cells, _ = similar._texts(Course(folder), ASSIGNMENT, NOTEBOOK, ["ada", "fay"])
    assert [cell.who for cell in cells] == ["ada"]
    assert text not in cells[0].print.raw_code


def test_a_lower_threshold_lists_more(folder):
    pairs = {(pair.first, pair.second) for pair in compare(folder, 0.2).pairs}
    assert ("cem", "gil") in pairs and len(pairs) == 3


def test_no_code_is_run(folder, found):
    assert not (folder / "was-run").exists()


def test_every_pair_is_told_to_the_progress_bar(folder):
    told = []
    compare(folder, progress=lambda done, total: told.append((done, total)))
    # five students are 10 pairs, and 5 with each of two public sources
    assert told[-1] == (20, 20) and told == sorted(told)


def test_the_marked_parts_put_together_are_the_code(found):
    for pair in found.pairs:
        for side in pair.sides:
            text = "".join(part for part, _ in side)
            assert text.startswith("def one(x):")
            marked = sum(len(part) for part, shared in side if shared)
            assert marked > 0.8 * len(text)


def test_parts_that_overlap_or_reach_too_far_are_cut_once():
    parts = similar._parts("abcdefgh", [[4, 0, 1], [99, 2, 3]])
    assert parts == [("ab", True), ("c", True), ("d", False), ("efgh", True)]


def test_the_command_lists_pairs_and_says_what_they_mean(folder, capsys):
    assert dlcourse(folder, "similar", ASSIGNMENT) == 0
    said = capsys.readouterr().out
    assert re.search(r"ada.*bob", said) and "(public)" in said
    assert "no proof" in said
    html = (folder / "similar.html").read_text(encoding="utf-8")
    assert "no proof" in html and "<mark>" in html


def test_the_page_escapes_code_and_runs_nothing(folder):
    assert dlcourse(folder, "similar", ASSIGNMENT, "--threshold", "0.2") == 0
    path = folder / "similar.html"
    html = path.read_text(encoding="utf-8")
    assert "<script" not in html and "default-src 'none'" in html

    def look(page):
        page.goto(path.as_uri())
        assert page.title() == f"{ASSIGNMENT}: hand-ins that are alike"
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        code = page.locator("pre", has_text="a comment").first.inner_text()
        assert "<script>document.title = 'hacked'</script> & a comment" in code

    in_browser(look, 360)


@pytest.mark.parametrize("share", ["0", "1.5", "much"])
def test_a_threshold_that_is_no_share_is_refused(folder, capsys, share):
    with pytest.raises(SystemExit):
        dlcourse(folder, "similar", ASSIGNMENT, "--threshold", share)
    assert "is no number above 0, at most 1" in capsys.readouterr().err


def test_without_a_release_it_says_what_to_do(tmp_path, capsys):
    folder = small.make(tmp_path / "class")
    small.enrol(folder, "ada")
    small.grade(folder, "ada")
    assert dlcourse(folder, "similar", ASSIGNMENT) == 2
    assert "nbgrader generate_assignment week" in capsys.readouterr().err
