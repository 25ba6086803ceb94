"""Grades for spreadsheets and learning platforms."""

import csv
import json
import shutil

import pytest
from sqlalchemy import text

from dlcourse.grading import export, pages

from . import course, small
from .small import ASSIGNMENT, NOTEBOOK, SECRET, dlcourse

pytestmark = pytest.mark.xdist_group("grading export")


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A class in which everything happens once.

    ada: all right. bob: late, 1 off. cem: half a point of extra credit. dan: a file
    that cannot be read. eve: nothing handed in. fay: timed out in one problem.
    """
    folder = small.make(tmp_path_factory.mktemp("class"))
    small.enrol(folder, "ada", "bob", "cem", "dan", "eve", "fay")
    small.grade(folder, "ada", timestamp="2027-02-28 20:00:00 UTC")
    late = "2027-03-01 13:00:00 UTC"
    small.grade(folder, "bob", "one two", timestamp=late, penalty=1.0)
    small.grade(folder, "cem", "one")
    small.grade(
        folder,
        "dan",
        notebook="unreadable",
        status="unreadable",
        reason="small: unreadable (it is damaged)",
    )
    reason = "timed out: small--three"
    small.grade(folder, "fay", "one two", status="partly graded", reason=reason)
    with course.gradebook(folder) as book:
        grade = book.find_grade("small--one", NOTEBOOK, ASSIGNMENT, "cem")
        grade.extra_credit = 0.5
        book.db.commit()
    return folder


@pytest.fixture
def folder(graded, tmp_path):
    """The class, for one test alone."""
    return shutil.copytree(graded, tmp_path / "class")


def table(path, delimiter=","):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def rows(path, key):
    header, *lines = table(path)
    named = [dict(zip(header, line, strict=True)) for line in lines]
    return {row[key]: row for row in named}


def run(folder, *arguments):
    assert dlcourse(folder, "export", *arguments) == 0


# ---------------------------------------------------------------------------- CSV


def test_csv_has_the_numbers_that_nbgrader_has(folder):
    run(folder)
    found = rows(folder / "grades.csv", "student_id")
    with course.gradebook(folder) as book:
        for student in ("ada", "bob", "cem", "dan", "fay"):
            submission = book.find_submission(ASSIGNMENT, student)
            row = found[student]
            assert float(row["raw_score"]) == submission.score
            assert float(row["late_submission_penalty"]) == (
                submission.late_submission_penalty
            )
            assert float(row["max_score"]) == submission.max_score == 6
    scores = {student: float(row["score"]) for student, row in found.items()}
    assert scores == dict(ada=6, bob=2, cem=1.5, dan=0, eve=0, fay=3)


def test_csv_says_what_was_recorded_and_why(folder):
    run(folder)
    found = rows(folder / "grades.csv", "student_id")
    assert {s: (r["status"], r["reason"]) for s, r in found.items()} == {
        "ada": ("graded", ""),
        "bob": ("graded", ""),
        "cem": ("graded", ""),
        "dan": ("unreadable", "small: unreadable (it is damaged)"),
        "eve": ("missing", ""),
        "fay": ("partly graded", "timed out: small--three"),
    }


def test_a_mark_that_waits_for_a_person_is_not_called_graded(folder):
    with course.gradebook(folder) as book:
        grade = book.find_grade("small--one", NOTEBOOK, ASSIGNMENT, "ada")
        grade.needs_manual_grade = True
        book.db.commit()
    run(folder)
    assert rows(folder / "grades.csv", "student_id")["ada"]["status"] == (
        "needs manual grading"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("=1+1", "'=1+1"),
        ("+1+1", "'+1+1"),
        ("-1+1", "'-1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("  =1+1", "'  =1+1"),
        ("\t=1+1", "'\t=1+1"),
        ("\r=1+1", "'\r=1+1"),
        ("\n=1+1", "'\n=1+1"),
        ("\ttext", "'\ttext"),
        ("\u00a0=1+1", "'\u00a0=1+1"),
        ("\ufeff=1+1", "'\ufeff=1+1"),
        ("\u200b=1+1", "'\u200b=1+1"),
        ('"=1+1', "'\"=1+1"),
        ("＝1+1", "'＝1+1"),
        ("＋1", "'＋1"),
        ("－1+a", "'－1+a"),
        ("＠SUM(A1)", "'＠SUM(A1)"),
        ("a;=1+1", "a;'=1+1"),
        ("a, =1+1", "a,' =1+1"),
        ("a\t@x", "a\t'@x"),
        ("a\n-x", "a\n'-x"),
        ("Lovelace-King", "Lovelace-King"),
        ("a = b", "a = b"),
        ("-", "-"),
        ("-3.5", "-3.5"),
        (-3.5, -3.5),
        (None, ""),
    ],
)
def test_no_text_runs_as_a_formula_and_numbers_stay(text, expected):
    assert export._cell(text) == expected


def test_quoting_keeps_a_name_in_its_column(folder):
    small.enrol(folder, "ada", first_name='a,b\n"c"', last_name="=cmd")
    run(folder)
    row = rows(folder / "grades.csv", "student_id")["ada"]
    assert row["first_name"] == 'a,b\n"c"' and row["last_name"] == "'=cmd"
    assert row["score"] == "6.0"


def test_a_file_that_cannot_be_finished_leaves_the_older(tmp_path):
    target = tmp_path / "grades.csv"
    target.write_text("older")
    with pytest.raises(UnicodeEncodeError):
        pages.write_whole(target, 100_000 * "a" + "\ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["grades.csv"]
    assert target.read_text() == "older"


def test_a_template_that_is_not_canvas_is_refused(folder):
    template = folder / "other.csv"
    template.write_text("a,b\n1,2\n")
    with pytest.raises(SystemExit, match="no gradebook of Canvas"):
        dlcourse(folder, "export", "--format", "canvas", "--template", template)
    assert not (folder / "canvas.csv").exists()


def test_an_unknown_assignment_is_named_with_those_there_are(folder):
    with pytest.raises(SystemExit, match=r"no assignment 'weak'. It has: week\."):
        dlcourse(folder, "export", "--assignment", "weak")
    assert not (folder / "grades.csv").exists()


def test_export_of_an_empty_class_says_what_to_do(tmp_path):
    folder = small.make(tmp_path / "class")
    small.enrol(folder, "ada")
    with pytest.raises(SystemExit, match=r"no submissions to export.*dlcourse grade"):
        dlcourse(folder, "export")


# ------------------------------------------------------------------------- Canvas

CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Week (417),Other (418),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,6.00,10.00,(read only)
"Lada, Ada",101,u-ada,ADA,S1,,9,50
"Lbob, Bob",102,bob,login-2,S2,,8,40
"Lcem, Cem",103,u-cem,cem@example.org,S2,,7,30
"Ldan, Dan",104,u-dan,dan,S1,3.00,7,30
"Leve, Eve",105,u-eve,eve,S1,EX,7,30
"Stranger, A",106,u-zoe,zoe,S1,1,7,30
"Student, Test",107,,abcdef,S1,,,
"""


@pytest.fixture
def template(folder):
    path = folder / "from-canvas.csv"
    path.write_text(CANVAS, encoding="utf-8-sig")
    return path


def canvas(folder, template):
    run(folder, "--format", "canvas", "--template", template)
    return table(folder / "canvas.csv")


def test_canvas_gets_its_own_rows_with_the_grades(folder, template):
    header, posting, points, *students = canvas(folder, template)
    assert header == [*export.CanvasExport.FIXED, "Week (417)"]
    assert posting == ["", "", "", "", "", "Manual Posting"]
    assert points == ["    Points Possible", "", "", "", "", "6.00"]
    assert students == [
        ["Lada, Ada", "101", "u-ada", "ADA", "S1", "6.0"],  # found by login
        ["Lbob, Bob", "102", "bob", "login-2", "S2", "2.0"],  # by SIS user; 1 off
        ["Lcem, Cem", "103", "u-cem", "cem@example.org", "S2", "1.5"],  # by e-mail
        ["Ldan, Dan", "104", "u-dan", "dan", "S1", "3.00"],  # waits: as it was
        ["Leve, Eve", "105", "u-eve", "eve", "S1", "EX"],  # missing: as it was
    ]


def test_who_is_on_one_side_only_is_named(folder, template, capfd):
    canvas(folder, template)
    said = capfd.readouterr().err
    assert "Only in Canvas, left out: Stranger, A, Student, Test" in said
    assert "Not found in" in said and said.split("Not found in")[1].count("fay") == 1
    assert "dan in week (unreadable)" in said


def test_two_students_with_one_address_get_nobodys_grade(folder, template, capfd):
    small.enrol(folder, "ada", email="cem@example.org")
    template.write_text("".join(x for x in CANVAS.splitlines(True) if ",ADA," not in x))
    assert "103" not in [row[1] for row in canvas(folder, template)]


def test_an_assignment_that_canvas_lacks_becomes_a_new_column(folder, template, capfd):
    template.write_text(CANVAS.replace("Week (417)", "Weak (417)"))
    header, _, points, first, *_ = canvas(folder, template)
    assert (header[-1], points[-1], first[-1]) == ("week", "6.0", "6.0")
    assert "no column for 'week'" in capfd.readouterr().err


def test_other_points_in_canvas_are_said(folder, template, capfd):
    template.write_text(CANVAS.replace("6.00,10.00", "100,10.00"))
    assert canvas(folder, template)[2][-1] == "100"
    assert "week has 6 points here and 100 in Canvas" in capfd.readouterr().err


def test_a_template_with_semicolons_is_read(folder, template):
    quoted = CANVAS.replace('"', "").replace(", ", "+").replace(",", ";")
    template.write_text(quoted.replace("+", ", "))
    assert canvas(folder, template)[3][-1] == "6.0"


def test_without_a_template_canvas_gets_what_is_known(folder):
    run(folder, "--format", "canvas", "--to", folder / "x.csv")
    header, points, *students = table(folder / "x.csv")
    assert header == [*export.CanvasExport.FIXED, ASSIGNMENT]
    assert points == ["    Points Possible", "", "", "", "", "6.0"]
    found = {row[3]: (row[0], row[-1]) for row in students}
    assert found["ada"] == ("Lada, Ada", "6.0")
    assert found["eve"][1] == found["dan"][1] == ""


def test_nbgraders_own_export_writes_the_same_file(folder, template):
    expected = canvas(folder, template)
    course.nbgrader(
        folder, "export", "--exporter=dlcourse.grading.export.CanvasExport",
        f"--CanvasExport.template={template}", "--to=nbgrader.csv",
    )  # fmt: skip
    assert table(folder / "nbgrader.csv") == expected


# ------------------------------------------------------------------------- Moodle


def test_moodle_gets_a_grade_and_a_comment_for_each_student(folder):
    run(folder, "--format", "moodle")
    found = rows(folder / "moodle.csv", "Email address")
    grades = {s.partition("@")[0]: row[ASSIGNMENT] for s, row in found.items()}
    assert grades == dict(ada="6.0", bob="2.0", cem="1.5", dan="-", eve="-", fay="3.0")
    comments = {row["ID number"]: row["week feedback"] for row in found.values()}
    assert comments["bob"] == "graded; 1 taken off for lateness"
    assert comments["dan"] == "unreadable: small: unreadable (it is damaged)"
    assert comments["eve"] == "missing"


def test_moodle_must_not_map_by_an_address_that_some_lack(folder, capfd):
    small.enrol(folder, "bob", email="")
    run(folder, "--format", "moodle")
    header, *lines = table(folder / "moodle.csv")
    assert "Email address" not in header
    assert "bob" in [line[header.index("ID number")] for line in lines]
    assert "these have none: bob" in capfd.readouterr().err


# --------------------------------------------------------------------- Gradescope


def results(folder, student):
    path = folder / "gradescope" / ASSIGNMENT / student / "results.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_gradescope_gets_a_result_for_each_problem(folder):
    run(folder, "--format", "gradescope")
    bob = results(folder, "bob")
    assert bob["score"] == 2.0 and bob["execution_time"] == 1.5
    assert bob["visibility"] == "visible"
    assert bob["output"] == "graded; 1 taken off for lateness"
    assert bob["extra_data"] == {"max_score": 6.0, "status": "graded", "final": True}
    found = {t["name"]: (t["score"], t["max_score"], t["status"]) for t in bob["tests"]}
    assert found == {
        "small--one": (1.0, 1.0, "passed"),
        "small--two": (2.0, 2.0, "passed"),
        "small--three": (0.0, 3.0, "failed"),
    }
    outputs = {test["name"]: test["output"] for test in bob["tests"]}
    assert outputs["small--three"] == "not what was expected"


def test_gradescope_shows_nothing_hidden(folder):
    run(folder, "--format", "gradescope")
    for path in (folder / "gradescope").rglob("*.json"):
        assert str(SECRET) not in path.read_text(encoding="utf-8"), path


def test_what_has_no_mark_is_no_zero_on_gradescope(folder):
    run(folder, "--format", "gradescope")
    dan = results(folder, "dan")
    assert dan["extra_data"]["final"] is False
    assert all("score" not in test and "status" not in test for test in dan["tests"])
    assert not (folder / "gradescope" / ASSIGNMENT / "eve").exists()


def test_a_students_name_cannot_lead_out_of_the_folder(folder):
    with course.gradebook(folder) as book:
        book.add_student("../../evil")
        book.add_submission(ASSIGNMENT, "../../evil")
    with pytest.raises(SystemExit, match="no name for a folder"):
        dlcourse(folder, "export", "--format", "gradescope")
    assert not (folder / "gradescope").exists()


# -------------------------------------------------------------------------- marks


def test_a_class_that_stock_nbgrader_graded_is_exported_too(folder):
    plugin = export.CsvExport(to=str(folder / "x.csv"))
    with course.gradebook(folder) as book:
        book.db.execute(text("DROP TABLE dlcourse_result"))
        plugin.export(book)
    status = {s: r["status"] for s, r in rows(folder / "x.csv", "student_id").items()}
    assert status == dict(
        ada="graded", bob="graded", cem="graded", dan="needs manual grading",
        eve="missing", fay="graded",
    )  # fmt: skip
