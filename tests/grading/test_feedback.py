"""The pages that students get back, of ``dlcourse feedback`` and of nbgrader itself."""

import re
import shutil

import nbformat
import pytest
from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

from dlcourse.grading import feedback
from dlcourse.grading.course import Course

from . import course, small
from .browsing import in_browser
from .small import ASSIGNMENT, NOTEBOOK, SECRET, dlcourse

pytestmark = pytest.mark.xdist_group("grading feedback")

HOSTILE = """\
# A heading
<script>document.title = "hacked"</script>
<img src="x" onerror="document.title = 'hacked'">
<img src="https://example.org/spy.png">
<a href="javascript:document.title = 'hacked'" id="click">click</a>
<iframe src="data:text/html,<script>parent.document.title='hacked'</script>"></iframe>
<svg onload="document.title = 'hacked'"></svg>
<style>body { display: none }</style>
<form action="https://example.org"><button id="small--one">Send</button></form>

![spy](https://example.org/spy.png) and [click](javascript:document.title='hacked')

<details open ontoggle="document.title = 'hacked'"><summary>Hint</summary>

**kept** <em>in HTML</em>

</details>

| a | b |
|---|---|
| 1 | 2 |

<math><mtext><table><mglyph><style><img src onerror="document.title = 'hacked'">
"""


def page(folder, student="ada"):
    path = folder / "feedback" / student / ASSIGNMENT / f"{NOTEBOOK}.html"
    return path.read_text(encoding="utf-8")


# ------------------------------------------------- of notebooks that dlcourse graded


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """ada: all right, with hostile words. bob: fails in hidden tests. cem: damaged."""
    folder = small.make(tmp_path_factory.mktemp("class"))
    small.enrol(folder, "ada", "bob", "cem", "dan")
    small.grade(folder, "ada", words=HOSTILE, timestamp="2027-02-28 20:00:00 UTC")
    small.grade(folder, "bob", "one")
    reason = "small: unreadable (it is damaged: <b>line 1</b>)"
    small.grade(
        folder, "cem", notebook="unreadable", status="unreadable", reason=reason
    )
    return folder


@pytest.fixture
def folder(graded, tmp_path):
    return shutil.copytree(graded, tmp_path / "class")


@pytest.fixture(scope="module")
def made(graded, tmp_path_factory):
    """The class with its pages, made in one process."""
    folder = shutil.copytree(graded, tmp_path_factory.mktemp("made") / "class")
    assert dlcourse(folder, "feedback", ASSIGNMENT, "--workers", "1") == 0
    return folder


def test_a_page_has_the_marks_and_the_messages(made):
    text = page(made, "bob")
    assert "small (Score: 1.0 / 6.0)" in text
    assert "not what was expected" in text
    assert "def two(x):" in re.sub("<[^>]+>", "", text)


def test_no_page_shows_anything_hidden(made):
    for path in (made / "feedback").rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert str(SECRET) not in text, path
        assert "hidden_input" not in text and "HIDDEN" not in text, path


def test_who_has_no_result_gets_a_page_that_says_why(made, capsys):
    text = page(made, "cem")
    assert "unreadable (it is damaged: &lt;b&gt;line 1&lt;/b&gt;)" in text
    assert "small.ipynb" in text
    assert not (made / "feedback" / "dan").exists()


def test_a_page_holds_no_script_and_asks_no_host(made):
    text = page(made)
    assert "<script" not in text.lower()
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", text)
    assert "default-src 'none'" in text


def test_hostile_words_run_nothing_and_the_rest_stays(made):
    path = made / "feedback" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.html"

    def look(opened):
        asked = []
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(path.as_uri())
        opened.wait_for_timeout(300)
        assert opened.title() == NOTEBOOK
        assert all(url.startswith("file:") for url in asked)
        assert opened.locator("td", has_text="2").is_visible()
        assert opened.locator("details strong").inner_text() == "kept"
        active = "iframe, form, button, object, svg, math"
        assert opened.locator(active).count() == 0
        for link in opened.get_by_text("click").all():
            link.click()
        assert opened.title() == NOTEBOOK

    in_browser(look)


def test_what_is_up_to_date_is_not_made_again(folder, capsys):
    assert dlcourse(folder, "feedback", ASSIGNMENT, "--workers", "1") == 0
    before = {p: p.stat().st_mtime_ns for p in folder.glob("feedback/*/*/*.html")}
    capsys.readouterr()
    assert dlcourse(folder, "feedback", "--all", "--workers", "1") == 0
    assert re.search(r"up to date\W+3", capsys.readouterr().out)
    assert {p: p.stat().st_mtime_ns for p in before} == before


def change_comment(folder):
    with course.gradebook(folder) as book:
        comment = book.find_comment("small--two--answer", NOTEBOOK, ASSIGNMENT, "bob")
        comment.manual_comment = "Nearly. <script>document.title = 1</script>"
        book.db.commit()


def change_mark(folder):
    with course.gradebook(folder) as book:
        grade = book.find_grade("small--two", NOTEBOOK, ASSIGNMENT, "bob")
        grade.manual_score = 1.5
        book.db.commit()


def change_hand_in(folder):
    small.grade(
        folder, "bob", "one", {"small--two": "def two(x): return 'sesquipedalian'"}
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_comment, "Nearly."),
        (change_mark, "Score: 2.5 / 6.0"),
        (change_hand_in, "sesquipedalian"),
    ],
)
def test_what_changed_is_made_again_and_nothing_else(folder, capsys, change, words):
    dlcourse(folder, "feedback", ASSIGNMENT, "--workers", "1")
    assert words not in page(folder, "bob")
    change(folder)
    capsys.readouterr()
    dlcourse(folder, "feedback", ASSIGNMENT, "--workers", "1")
    assert words in page(folder, "bob")
    assert "<script" not in page(folder, "bob")
    said = capsys.readouterr().out
    assert re.search(r"made\W+1\b", said) and re.search(r"up to date\W+2", said)


def test_only_the_student_asked_for_and_force(folder, capsys):
    dlcourse(folder, "feedback", ASSIGNMENT, "--student", "bob")
    assert [p.name for p in (folder / "feedback").iterdir()] == ["bob"]
    capsys.readouterr()
    dlcourse(folder, "feedback", ASSIGNMENT, "--student", "bob", "--force")
    assert re.search(r"made\W+1\b", capsys.readouterr().out)


def test_processes_make_the_same_pages(made, folder):
    assert dlcourse(folder, "feedback", ASSIGNMENT, "--workers", "2") == 0
    for student in ("ada", "bob", "cem"):
        assert page(folder, student) == page(made, student)
    assert not list((folder / "feedback").glob(".*"))


def test_a_notebook_that_cannot_be_shown_fails_alone(folder, capsys):
    path = folder / "autograded" / "bob" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    path.write_text("{ damaged")
    assert dlcourse(folder, "feedback", ASSIGNMENT, "--workers", "1") == 1
    said = capsys.readouterr().out
    assert re.search(r"failed\W+1\b", said) and re.search(r"made\W+2\b", said)
    assert not (folder / "feedback" / "bob" / ASSIGNMENT).exists()
    assert "All right" not in said and "bob" in said


def test_files_that_a_student_added_are_not_handed_out(folder):
    target = folder / "autograded" / "ada" / ASSIGNMENT
    (target / "evil.html").write_text("<script>alert(1)</script>")
    (target / "more").mkdir()
    (target / "more" / "evil.html").write_text("<script>alert(1)</script>")
    dlcourse(folder, "feedback", ASSIGNMENT, "--student", "ada")
    names = {p.name for p in (folder / "feedback" / "ada" / ASSIGNMENT).iterdir()}
    assert names <= {f"{NOTEBOOK}.html", "timestamp.txt", feedback.SOURCE}


def test_a_name_that_nbgrader_takes_for_a_pattern_is_refused(folder, capsys):
    for student in ("b*", "[b]ob"):
        small.enrol(folder, student)
        small.grade(folder, student, "one two")
    assert dlcourse(folder, "feedback", ASSIGNMENT, "--workers", "1") == 1
    said = capsys.readouterr().out.partition("Failed")[2]
    assert "b*" in said and "[b]ob" in said and "pattern" in said
    names = {path.name for path in (folder / "feedback").iterdir()}
    assert names == {"ada", "bob", "cem"}
    assert "Score: 1.0 / 6.0" in page(folder, "bob")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["weak"], "has no assignment 'weak'. It has: week"),
        ([ASSIGNMENT, "--student", "zoe"], "has no student zoe"),
    ],
)
def test_what_is_unknown_is_named(folder, capsys, arguments, words):
    assert dlcourse(folder, "feedback", *arguments) == 2
    assert words in capsys.readouterr().err


def test_nothing_graded_yet_says_what_to_do(tmp_path, capsys):
    folder = small.make(tmp_path / "class")
    small.enrol(folder, "ada")
    assert dlcourse(folder, "feedback", ASSIGNMENT) == 2
    assert "dlcourse grade week" in capsys.readouterr().err


# --------------------------------------------------- of notebooks that nbgrader graded

PRINTS = "def one(x):\n    print('called with', x)\n    return x + 1"
FAILS_HIDDEN = "def two(x):\n    return 10 if x == 5 else 0"
RAISES_HIDDEN = (
    "def three(x):\n    if x > 10:\n        raise ValueError(x)\n    return 125"
)
FAILS_VISIBLE = "def two(x):\n    return 0"
SPIES = "print(In)\nprint('an honest line')"


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    """A class graded and given feedback by nbgrader's own commands.

    The gradebook has hidden tests' lines in its autograded notebooks: that is checked,
    lest there is nothing to hide.
    """
    folder = tmp_path_factory.mktemp("stock")
    course.make(folder, [])
    target = folder / "solutions" / ASSIGNMENT
    target.mkdir(parents=True)
    nbformat.write(small.solution(), target / f"{NOTEBOOK}.ipynb")
    course.nbgrader(folder, "generate_assignment", ASSIGNMENT)
    released = folder / "exercises" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    for student, answers in {
        "ada": {"one": PRINTS, "two": FAILS_HIDDEN, "three": RAISES_HIDDEN},
        "bob": {"two": FAILS_VISIBLE},
    }.items():
        notebook = nbformat.read(released, 4)
        for cell in notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            if name.endswith("--answer"):
                problem = name.removesuffix("--answer")
                short = problem.removeprefix("small--")
                cell.source = answers.get(short, small.RIGHT[problem])
        notebook.cells.append(nbformat.v4.new_code_cell(SPIES, id="spy"))
        notebook.cells.append(nbformat.v4.new_markdown_cell(HOSTILE, id="bad"))
        place = course.submitted(folder, student, ASSIGNMENT)
        place.mkdir(parents=True)
        nbformat.write(notebook, place / f"{NOTEBOOK}.ipynb")
    course.nbgrader(folder, "autograde", ASSIGNMENT)
    course.nbgrader(folder, "generate_feedback", ASSIGNMENT)
    left = folder / "autograded" / "ada" / ASSIGNMENT / f"{NOTEBOOK}.ipynb"
    assert left.read_text().count(str(SECRET)) > 5
    return folder


def words_of(text):
    return re.sub("<[^>]+>", "", text)


@pytest.mark.parametrize("student", ["ada", "bob"])
def test_nbgraders_own_feedback_shows_nothing_hidden(stock, student):
    text = page(stock, student)
    for secret in (str(SECRET), "hidden_input", "HIDDEN TESTS"):
        assert secret not in text and secret not in words_of(text)


def test_nbgraders_own_feedback_says_what_failed(stock):
    ada, bob = words_of(page(stock, "ada")), words_of(page(stock, "bob"))
    assert ada.count("With other inputs than the visible ones") == 2
    assert "try it with 5" in bob
    assert bob.count("AssertionError: try it with 5") == 1
    assert "With other inputs" not in bob
    assert "def one(x):" in ada and "try it with 5" in ada
    assert "(This output is not shown.)" in ada


def test_nbgraders_own_feedback_runs_nothing(stock):
    assert "<script" not in page(stock).lower()
    assert "default-src 'none'" in page(stock)
    assert "onerror=" not in re.sub(r"&lt;.*?&gt;", "", page(stock))


def test_dlcourse_makes_the_same_page_of_it(stock, tmp_path):
    folder = shutil.copytree(stock, tmp_path / "class")
    shutil.rmtree(folder / "feedback")
    assert dlcourse(folder, "feedback", ASSIGNMENT, "--student", "ada") == 0
    assert page(folder) == page(stock)


# ------------------------------------------------------------------------ the parts


def code(source, *outputs, count=3):
    cell = nbformat.v4.new_code_cell(source, execution_count=count)
    cell.outputs = list(outputs)
    return cell


def error(*lines, count=3):
    text = [f"Cell In[{count}], line {n}\n----> {n} something" for n in lines]
    return nbformat.v4.new_output("error", ename="E", evalue="why", traceback=text)


def hide(*cells):
    notebook = nbformat.v4.new_notebook(cells=list(cells))
    return feedback.HideTests().preprocess(notebook, {})[0].cells


SOURCE = (
    "visible()\n### BEGIN HIDDEN TESTS\nhidden_call(1)\n### END HIDDEN TESTS\nmore()"
)


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        ([1], "E: why"),
        ([5], "E: why"),
        ([3], "With other inputs"),
        ([1, 3], "With other inputs"),
        ([], "With other inputs"),
    ],
)
def test_an_errors_words_are_shown_only_if_it_is_surely_a_visible_ones(lines, shown):
    (cell,) = hide(code(SOURCE, error(*lines)))
    assert cell.source == "visible()\nmore()"
    assert cell.outputs[0].evalue.startswith(shown)
    assert "something" not in str(cell.outputs)


def test_lines_of_another_cell_prove_nothing():
    (cell,) = hide(code(SOURCE, error(1, count=9)))
    assert cell.outputs[0].evalue.startswith("With other inputs")


def test_a_hidden_region_without_an_end_is_hidden_to_the_end():
    (cell,) = hide(code("a()\n### BEGIN HIDDEN TESTS\nsecret(1)"))
    assert cell.source == "a()"


def test_hidden_lines_quoted_elsewhere_are_taken_out_in_colour_too():
    stream = nbformat.v4.new_output("stream", text="\x1b[31mhidden\x1b[0m_call(1)\n")
    result = nbformat.v4.new_output("execute_result", data={"text/plain": "fine"})
    _, cell = hide(code(SOURCE), code("x", stream, result))
    assert [o.output_type for o in cell.outputs] == ["stream", "execute_result"]
    assert cell.outputs[0].text == "(This output is not shown.)\n"


@pytest.mark.parametrize(
    "html",
    [
        "<script>x()</script>",
        "<img src=x onerror=x()>",
        "<img src='https://example.org/x.png'>",
        "<img src='data:image/svg+xml;base64,AA=='>",
        "<a href='javascript:x()'>a</a>",
        "<a href='data:text/html,x'>a</a>",
        "<a href=' DATA:text/html,x'>a</a>",
        "<p style='background: url(https://example.org)' id='x' name='x'>a</p>",
        "<p class='panel nbgrader_cell'>a</p>",
        "<iframe src=x></iframe><object data=x></object><embed src=x>",
        "<form action=x><input><button>a</button></form>",
        "<base href=x><link rel=stylesheet href=x><meta http-equiv=refresh>",
        "<svg onload=x()></svg><math href=x></math>",
    ],
)
def test_clean_html_has_nothing_that_does_something(html):
    shown = feedback.clean(html)
    tags = re.findall(r"<[^>]*>", shown)
    assert not re.search(r"\w+\s*=", " ".join(tags)), shown
    assert set(re.findall(r"<(\w+)", shown)) <= {"a", "img", "p"}


@pytest.mark.parametrize(
    "html",
    [
        "<details open><summary>Hint</summary>x</details>",
        '<table class="dataframe"><thead><tr><th>a</th></tr></thead></table>',
        '<div class="highlight hl-python"><span class="kn">x</span></div>',
        '<a href="https://example.org">a</a>',
        '<img src="data:image/png;base64,AA==" alt="a">',
    ],
)
def test_clean_html_keeps_what_only_shows(html):
    shown = feedback.clean(html)
    assert set(re.findall(r'\w+="[^"]*"', shown)) >= set(
        re.findall(r'\w+="[^"]+"', html)
    )
    assert re.findall(r"<\w+", shown) == re.findall(r"<\w+", html)


def test_formgrader_shows_a_hostile_notebook_harmless(folder):
    from nbgrader.server_extensions.formgrader import handlers

    path = folder / "hostile.ipynb"
    bad = "<script>document.title = 'hacked'</script>"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(HOSTILE)])
    cell = code("1", nbformat.v4.new_output("display_data", data={
        "text/html": HOSTILE, "application/javascript": "document.title = 'hacked'"
    }))  # fmt: skip
    isolated = nbformat.v4.new_output("display_data", data={"text/html": bad})
    isolated.metadata = {"text/html": {"isolated": True}}
    picture = nbformat.v4.new_output("display_data", data={"image/png": "AA=="})
    picture.metadata = {"image/png": {"width": "1 onerror=document.title='hacked'"}}
    cell.outputs += [isolated, picture]
    raw = nbformat.v4.new_raw_cell(bad)
    notebook.cells += [cell, raw]
    notebook.metadata = {"title": bad, "language_info": {"name": f"x{bad}"}}
    nbformat.write(notebook, path)
    config = Config(Course(folder).config)
    config.HTMLExporter.template_name = "formgrade"
    config.HTMLExporter.extra_template_basedirs = [handlers.template_path]
    exporter = HTMLExporter(config=config)
    names = "base_url notebook_id student last_name first_name notebook_path "
    resources = dict.fromkeys((names + "submission_id assignment_id").split(), "x")
    html, _ = exporter.from_filename(
        str(path), resources={**resources, "index": 0, "total": 1}
    )
    assert not re.search(r"<\w[^>]*\bon(error|load|toggle)\s*=", html)

    def look(opened):
        opened.route("**/*", lambda route: route.abort())
        opened.set_content(html, wait_until="domcontentloaded")
        opened.wait_for_timeout(300)
        assert opened.title() != "hacked"
        assert opened.locator("#small--one, iframe, form").count() == 0
        assert opened.locator("details em").count() == 2

    in_browser(look)
