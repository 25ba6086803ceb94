"""The page about an assignment's results: its numbers, by hand, and how it looks."""

import math
import re
import shutil

import pytest

from dlcourse.engine.tests import Outcome
from dlcourse.grading import report
from dlcourse.grading.book import Book
from dlcourse.grading.course import Course

from . import course, small
from .browsing import in_browser
from .small import ASSIGNMENT, NOTEBOOK, SECRET, dlcourse

pytestmark = pytest.mark.xdist_group("grading report")

HOSTILE = "<script>document.title = 'hacked'</script><b>bold</b>"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """Points 1, 2 and 3, as in the table; what is not there waits or is missing.

    =====  ====  ====  ======  ================================================
    who    one   two   three
    =====  ====  ====  ======  ================================================
    ada    1     2     3
    bob    1     2     0
    cem    1     0     3       2 off for lateness
    dan    0     0     0       attempted nothing
    eve    1     1     0       two by hand
    fay                        cannot be read
    gil                        nothing handed in
    =====  ====  ====  ======  ================================================
    """
    folder = small.make(tmp_path_factory.mktemp("class"))
    small.enrol(folder, "ada", "bob", "cem", "dan", "eve", "fay", "gil")
    small.grade(folder, "ada")
    slow = {"small--three": failed("small--three", "returned [1.5, 2], not 8", 4.0)}
    small.grade(folder, "bob", "one two", outcomes=slow, seconds=9.0, memory=123)
    late = "2027-03-01 13:00:00 UTC"
    small.grade(
        folder, "cem", "one three", timestamp=late, penalty=2.0, isolation="none",
        flags=["graded without isolation"],
    )  # fmt: skip
    blank = {p: Outcome(p, "not attempted", "blank") for p in small.POINTS}
    small.grade(folder, "dan", "", outcomes=blank)
    again = {"small--three": failed("small--three", "returned [7], not 27", 0.25)}
    small.grade(
        folder, "eve", "one", outcomes=again, notes=[f"a name: {HOSTILE}"], seed="8"
    )
    with course.gradebook(folder) as book:
        grade = book.find_grade("small--two", NOTEBOOK, ASSIGNMENT, "eve")
        grade.manual_score, grade.needs_manual_grade = 1.0, False
        book.db.commit()
    reason = f"small: unreadable ({HOSTILE})"
    small.grade(
        folder, "fay", notebook="unreadable", status="unreadable", reason=reason,
        fingerprint="", seconds=0.0,
    )  # fmt: skip
    return folder


def failed(problem, message, seconds):
    return Outcome(problem, "failed", message, f"{message} for {SECRET}", seconds)


@pytest.fixture(scope="module")
def made(graded):
    class_ = Course(graded)
    with Book(class_.db_url, class_.course_id) as book:
        return report.make_report(class_, ASSIGNMENT, book)


@pytest.fixture(scope="module")
def html(graded):
    assert dlcourse(graded, "report", ASSIGNMENT) == 0
    return (graded / "report.html").read_text(encoding="utf-8")


def test_everybody_has_a_status(made):
    assert dict(made.statuses) == {"graded": 5, "unreadable": 1, "missing": 1}
    assert [line.student.id for line in made.to_act_on] == ["fay"]


def test_scores_count_manual_marks_and_penalties(made):
    assert sorted(made.scores) == [0, 2, 2, 3, 6]
    assert made.maximum == 6
    assert made.summary == {
        "mean": pytest.approx(13 / 5),
        "standard deviation": pytest.approx(math.sqrt(19.2 / 4)),
        "lowest": 0,
        "lower quarter": 2,
        "median": 2,
        "upper quarter": 3,
        "highest": 6,
    }


def test_the_distribution_has_everybody_once(made):
    counts = {round(bar.low, 1): bar.count for bar in made.bars if bar.count}
    assert counts == {0.0: 1, 1.8: 2, 3.0: 1, 5.4: 1}


def test_the_problems_come_in_the_order_of_the_notebook(made):
    assert [item.problem for item in made.items] == list(small.POINTS)


def test_solved_and_difficulty(made):
    one, two, three = made.items
    assert [i.solved for i in (one, two, three)] == pytest.approx([4 / 5, 2 / 5, 2 / 5])
    # shares of the points: one 4 of 5; two 1, 1, 0, 0, 1/2; three 1, 0, 1, 0, 0
    assert [i.difficulty for i in made.items] == pytest.approx([1 / 5, 1 / 2, 3 / 5])


def test_discrimination_is_the_correlation_with_the_rest(made):
    # one: solved 1, 1, 1, 0, 1 with the rest 5, 2, 3, 0, 1
    # two: solved 1, 1, 0, 0, 0 with the rest 4, 1, 4, 0, 1
    # three: solved 1, 0, 1, 0, 0 with the rest 3, 3, 1, 0, 2
    by_hand = [
        2.2 / math.sqrt(0.8 * 14.8),
        1.0 / math.sqrt(1.2 * 14.0),
        0.4 / math.sqrt(1.2 * 6.8),
    ]
    assert [item.discrimination for item in made.items] == pytest.approx(by_hand)


def test_what_cannot_be_said_is_not_said(html):
    assert report.correlation([1, 1, 1], [1, 2, 3]) is None
    assert report.correlation([1], [2]) is None
    assert report.correlation([0, 1], [1, 3]) == pytest.approx(1)


def test_not_attempted_and_time(made):
    assert [item.blank for item in made.items] == [1, 1, 1]
    assert [item.seconds for item in made.items] == [0.25, 0.25, 0.25]


def test_the_median_of_the_times(graded, tmp_path):
    folder = shutil.copytree(graded, tmp_path / "class")
    for student in ("ada", "cem", "eve"):
        slow = {"small--one": Outcome("small--one", "passed", seconds=3.0)}
        small.grade(folder, student, outcomes=slow)
    class_ = Course(folder)
    with Book(class_.db_url, class_.course_id) as book:
        one = report.make_report(class_, ASSIGNMENT, book).items[0]
    assert one.seconds == 3.0  # of 3, 3, 3, 0.25 and 0


def test_a_notebook_that_was_not_handed_in_is_not_attempted(graded, tmp_path):
    folder = shutil.copytree(graded, tmp_path / "class")
    small.enrol(folder, "hal")
    small.grade(folder, "hal", notebook="missing", status="partly graded")
    class_ = Course(folder)
    with Book(class_.db_url, class_.course_id) as book:
        made = report.make_report(class_, ASSIGNMENT, book)
    assert made.complete == 6
    assert [item.blank for item in made.items] == [2, 2, 2]


def test_messages_that_differ_in_numbers_are_one(made):
    (group,) = made.items[2].failures
    assert group.students == ["bob", "eve"]
    assert group.told == "returned [1.5, 2], not 8"
    assert group.detail == f"returned [1.5, 2], not 8 for {SECRET}"
    assert made.items[0].failures == []  # dan's is not attempted


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("returned 1.5e-3", "returned -2", True),
        ("[[1, 2], [3, 4.]] is not [1 2]", "[7] is not [[1], [2]]", True),
        ("an array of shape (7, 2)", "an array of shape (3,)", True),
        ("returned nan", "returned inf", True),
        ("f1 is wrong", "g1 is wrong", False),
        ("layer_1 is wrong", "layer_2 is wrong", False),
        ("got a list", "got a tuple", False),
    ],
)
def test_what_counts_as_a_number(one, other, same):
    assert (report.without_numbers(one) == report.without_numbers(other)) == same


def test_how_it_was_graded(made):
    assert made.circumstances == {
        "seed of the tests": [("7", 4), ("8", 1)],
        "isolation": [("full", 4), ("none", 1)],
        "release": [("0.1.0", 5)],
    }
    assert made.slowest[0].student == "bob"
    assert made.flags == [("cem", "graded without isolation")]


def words_of(html):
    return " ".join(re.sub("<[^>]+>", " ", html).split())


def test_the_page_says_it(html):
    words = words_of(html)
    for said in (
        "students 7", "graded 5", "unreadable 1", "missing 1", "mean 2.6",
        "small--one 1 80% 0.20 0.64 1 0.25",
        "small--two 2 40% 0.50 0.24 1 0.25",
        "small--three 3 40% 0.60 0.14 1 0.25",
        "small--three : 2 failed, in 1 way",
        "cem graded without isolation", "bob 9.00",
    ):  # fmt: skip
        assert said in words, said


def test_the_page_keeps_apart_what_students_were_told(html):
    row = re.search(r"<tr><td class=\"number\">2</td>.*?</tr>", html, re.S).group()
    cells = re.findall(r"<td class=\"text\">(.*?)</td>", row, re.S)
    told, hidden = (words_of(cell) for cell in cells)
    assert str(SECRET) not in told and str(SECRET) in hidden
    assert "For instructors only" in html


def test_the_page_escapes_and_runs_nothing(html):
    assert "<script" not in html and "<b>bold" not in html
    assert "&lt;b&gt;bold" in html
    assert "default-src 'none'" in html
    assert not re.search(r"(src|href)=.(https?:)?//", html)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1100])
def test_the_page_fits_and_can_be_read(graded, html, scheme, width):
    def look(page):
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto((graded / "report.html").as_uri())
        assert len(asked) == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        contrast = page.evaluate(CONTRAST)
        assert contrast["worst"] >= 4.5, contrast
        for region in page.get_by_role("region").all():
            assert region.get_attribute("aria-label")
        assert page.get_by_role("img").first.get_attribute("aria-labelledby")

    in_browser(look, width, color_scheme=scheme)


CONTRAST = """() => {
  const light = c => {
    const [r, g, b] = c.match(/[\\d.]+/g).map(Number).slice(0, 3).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let worst = 21, where = "";
  for (const e of document.querySelectorAll("body :not(title)")) {
    if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
    let under = e, back = "rgba(0, 0, 0, 0)";
    while (under && (back = getComputedStyle(under).backgroundColor).endsWith(", 0)"))
      under = under.parentElement;
    const style = getComputedStyle(e);
    const ink = light(e instanceof SVGElement ? style.fill : style.color);
    const paper = light(back);
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (ratio < worst) { worst = ratio; where = e.outerHTML.slice(0, 80); }
  }
  return {worst, where};
}"""


@pytest.mark.parametrize(
    ("assignment", "words"),
    [("weak", "It has: week."), (ASSIGNMENT, "dlcourse grade week")],
)
def test_what_keeps_it_from_a_report_is_said(tmp_path, capsys, assignment, words):
    folder = small.make(tmp_path / "class")
    small.enrol(folder, "ada")
    assert dlcourse(folder, "report", assignment) == 2
    assert words in capsys.readouterr().err
    assert not (folder / "report.html").exists()
