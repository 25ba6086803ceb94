"""A reader's browser: maths, search, quizzes, boxes and print work in it."""

import json
import re
from collections import Counter
from fractions import Fraction

import pytest
from playwright.sync_api import Error as PlaywrightError

from dlcourse.site import chromium
from dlcourse.site.quiz import KINDS
from tests.notebooks.files import LESSONS

from .conftest import ROOT, pages_of_toc

PHONE = 360
LEAST_CONTRAST = 4.5  # WCAG 2.2, level AA

LOAD_IMAGES = """
Promise.allSettled([...document.images].map(image => {
  image.loading = "eager";
  return image.decode();
}))
"""

pytestmark = pytest.mark.xdist_group("site")  # one build for all


@pytest.fixture(scope="module")
def address(site, serve) -> str:
    return serve(site)


@pytest.fixture(scope="module")
def small_address(small_site, serve) -> str:
    return serve(small_site)


def test_figures_keep_their_proportions_on_a_phone(new_page, address):
    tab = new_page(PHONE)
    tab.goto(f"{address}book/concepts/neuron.html")
    tab.evaluate(LOAD_IMAGES)
    tab.wait_for_load_state("networkidle")
    ratios = tab.evaluate(
        """[...document.querySelectorAll('.cell_output img')].map(image => {
             const style = getComputedStyle(image);
             return parseFloat(style.width) / parseFloat(style.height)
               * image.naturalHeight / image.naturalWidth;
           })"""
    )
    assert ratios
    assert all(0.98 < ratio < 1.02 for ratio in ratios), ratios


def test_maths_is_drawn_with_the_fonts_of_the_site(new_page, address):
    tab = new_page()
    tab.goto(f"{address}book/concepts/neuron.html")
    tab.wait_for_load_state("networkidle")
    assert tab.evaluate("document.fonts.check('16px KaTeX_Main')")
    loaded = tab.evaluate(
        "[...document.fonts].filter(f => f.status === 'loaded').map(f => f.family)"
    )
    assert "KaTeX_Main" in loaded
    assert not [family for family in loaded if "Awesome" in family]


def test_search_finds_a_lesson_and_marks_what_was_sought(new_page, address):
    tab = new_page()
    failed = []
    tab.on("response", lambda r: r.status >= 400 and failed.append(r.url))
    tab.goto(f"{address}search.html?q=neuron")
    results = tab.locator("#search-results li a[href*='book/concepts/neuron.html']")
    results.first.click()
    tab.locator("article .highlighted").first.wait_for()
    tab.wait_for_load_state("networkidle")
    assert not failed, f"files that are not there: {failed}"


@pytest.mark.parametrize(
    ("sought", "page"),
    [
        ("overfitting", "book/faq/overfitting"),  # text
        ("einsum", "book/code/tensors"),  # code
        ("nabla", "book/algorithm/gradient-descent"),  # the name of a sign in formulas
        ("η", "book/algorithm/gradient-descent"),  # a letter in formulas
        ("step_neuron", "exercises/concepts/neuron"),  # an exercise
    ],
)
def test_search_finds_text_code_and_maths(new_page, address, sought, page):
    tab = new_page()
    tab.goto(f"{address}search.html?q={sought}")
    tab.locator(f"#search-results li a[href*='{page}.html']").first.wait_for()


def test_one_right_answer_is_chosen_by_keyboard(new_page, small_address):
    tab = new_page()
    tab.goto(f"{small_address}book/quiz.html")
    quiz = tab.locator("form.quiz").first
    options = quiz.locator("input[type=radio]")
    assert options.count() == 2
    options.first.focus()
    tab.keyboard.press("Enter")
    assert quiz.locator(".quiz-result").inner_text() == "Choose an answer first."
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    assert quiz.locator(".quiz-result").inner_text() == "Not quite."
    assert "The bias is forgotten." in quiz.locator(".quiz-note").first.inner_text()
    tab.keyboard.press("ArrowDown")
    assert quiz.locator(".quiz-result").inner_text() == ""
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "quiz-check"
    tab.keyboard.press("Enter")
    assert quiz.locator(".quiz-result").inner_text() == "Right."
    assert quiz.locator(".quiz-note").first.is_hidden()
    assert "Two weights" in quiz.locator(".quiz-note").nth(1).inner_text()


def test_several_right_answers_are_chosen_by_keyboard(new_page, small_address):
    tab = new_page()
    tab.goto(f"{small_address}book/quiz.html")
    quiz = tab.locator("form.quiz").nth(1)
    options = quiz.locator("input[type=checkbox]")
    assert options.count() == 3
    options.first.focus()
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    assert "an answer is missing" in quiz.locator(".quiz-result").inner_text()
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    assert quiz.locator(".quiz-result").inner_text() == "Right."
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    tab.keyboard.press("Enter")
    assert quiz.locator(".quiz-result").inner_text().startswith("Not quite")


def test_a_number_is_typed_by_keyboard(new_page, small_address):
    tab = new_page()
    tab.goto(f"{small_address}book/numbers.html")
    quiz = tab.locator("form.quiz").first
    result, note = quiz.locator(".quiz-result"), quiz.locator(".quiz-note")
    quiz.get_by_role("textbox", name="What is the slope").focus()
    tab.keyboard.press("Enter")
    assert result.inner_text() == "Type a number first."
    tab.keyboard.type("a quarter")
    assert result.inner_text() == ""
    tab.keyboard.press("Enter")
    assert result.inner_text().startswith("This cannot be read as a number.")
    for text, said, why in (
        ("-0.25", "Not quite: read the note.", "The slope rises."),
        ("1", "Not quite. Try again.", ""),
        ("1/32", "Not quite: read the note.", "That is the value."),
        ("0.25", "Right.", "The slope is"),
    ):
        tab.keyboard.press("Control+A")
        tab.keyboard.type(text)
        assert note.is_hidden()
        tab.keyboard.press("Enter")
        assert result.inner_text() == said
        assert note.is_visible() == bool(why)
        assert why in note.inner_text()
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "quiz-check"


READ = """
typed => [...document.querySelectorAll("form.quiz")].map((quiz, i) =>
  typed[i].map(text => {
    quiz.querySelector("input").value = text;
    quiz.querySelector(".quiz-check").click();
    return quiz.querySelector(".quiz-result").textContent;
  }))
"""

RIGHT, KNOWN, WRONG, UNREADABLE = (
    "Right.",
    "Not quite: read",
    "Not quite. Try",
    "This c",
)
TYPED = (
    {
        RIGHT: "0.25;.25; 0.25 ;0,25;+0.25;1/4;1 / 4;2/8;25%;25 %;２５％;0.245;0.255;"
        "2.5e-1;25E-2;0.250000;0.5/2",
        KNOWN: "-0.25;−0.25;–0,25;− 1/4;-25%;0.03;1/32",
        WRONG: "0.2449;0.2551;25;0;-0;-1/32;0.25%;1e9;250,000",
        UNREADABLE: "x;1/0;0/0;1/;/4;%;-;1/-4;1.2.3;2,5,0;0.2 5 m;0x1;Infinity;1e;"
        "10²;=0.25;1e999",
    },
    {
        RIGHT: "7850;7,850;7 850;7\u202f850;7850.0;7,850.0;785000%",
        KNOWN: "7840;7,840",
        WRONG: "7.85;78,50;7850.1;7849.9;-7850;07,850;07850,1",
        UNREADABLE: "7,85,0;7.850,0;7,8500,0;about 7850",
    },
    {
        RIGHT: "5;5%;5 %;5,0;10/2%",
        KNOWN: "50;50%",
        WRONG: "0.05;0.05%;500",
        UNREADABLE: "5 percent;%5",
    },
)


def test_numbers_are_read_as_readers_write_them(new_page, small_address):
    tab = new_page()
    tab.goto(f"{small_address}book/numbers.html")
    typed = [
        [t for texts in kinds.values() for t in texts.split(";")] for kinds in TYPED
    ]
    said = tab.evaluate(READ, typed)
    for kinds, texts, results in zip(TYPED, typed, said, strict=True):
        for text, result in zip(texts, results, strict=True):
            (kind,) = [k for k, t in kinds.items() if text in t.split(";")]
            assert result.startswith(kind), f"{text!r}: {result}"


def test_a_phone_shows_keys_with_what_the_answers_need(new_page, small_address):
    tab = new_page()
    tab.goto(f"{small_address}book/numbers.html")
    modes = tab.locator(".quiz-field input").evaluate_all(
        "es => es.map(e => e.inputMode)"
    )
    assert modes == ["text", "decimal", "decimal"]  # the first has a negative mistake
    sizes = tab.locator(".quiz-field input").evaluate_all(
        "es => es.map(e => parseFloat(getComputedStyle(e).fontSize))"
    )
    assert min(sizes) >= 16  # below, a phone zooms in


QUIZ = re.compile(
    r"^::::\{admonition\} [^\n]*\n:class: quiz$(.*?)^:::\{dropdown\}(.*?)^::::$",
    re.M | re.S,
)
ANSWER = re.compile(r"^\d+\. ([✓✗]) +(?:([^\s:%]+)%?(?: ± ([^\s:%]+)%?)?: )?", re.M)


def marked_answers(page: str) -> list[dict]:
    """List what the author marked: right or not, for numbers also their values."""
    lesson = ROOT / f"{page}.ipynb"
    if lesson.is_file():
        cells = json.loads(lesson.read_text("utf-8"))["cells"]
        text = "\n\n".join("".join(cell["source"]) for cell in cells)
    else:
        text = (ROOT / f"{page}.md").read_text("utf-8")

    def number(text: str) -> float:
        return float(Fraction(text.replace(",", "").replace("−", "-")))

    quizzes = []
    for question, answers in QUIZ.findall(text):
        found = ANSWER.findall(answers)
        typed = re.search(r"^1\. ", question, re.M) is None
        tolerance = "".join(tolerance for *_, tolerance in found) if typed else ""
        quizzes.append(
            {
                "right": [mark == "✓" for mark, *_ in found],
                "values": [number(value) for _, value, _ in found] if typed else None,
                "tolerance": number(tolerance or "0"),
            }
        )
    return quizzes


TRY_EVERYTHING = """
marked => [...document.querySelectorAll("form.quiz")].map((quiz, i) => {
  const {right, values, tolerance} = marked[i];
  const text = element => element.textContent.trim();
  const reasons = [...quiz.querySelectorAll(".quiz-why")].map(text);
  const inputs = [...quiz.querySelectorAll("input")];
  const complaints = reasons.every(Boolean) ? [] : ["an empty explanation"];
  const check = (what, isRight, explained) => {
    quiz.querySelector(".quiz-check").click();
    const said = text(quiz.querySelector(".quiz-result"));
    const notes = [...quiz.querySelectorAll(".quiz-note")];
    const shown = notes.filter(note => note.checkVisibility())
      .map(n => text(n).slice(text(n.querySelector(".quiz-verdict")).length).trim());
    const fits = !explained || `${shown}` === `${explained.map(n => reasons[n])}`;
    if ((said === "Right.") !== isRight || !fits)
      complaints.push(`${what}: "${said}", notes ${JSON.stringify(shown)}`);
  };
  if (values) {
    const type = (value, isRight, explained) => {
      inputs[0].value = String(value);
      check(`typed ${value}`, isRight, explained);
    };
    const good = right.indexOf(true);
    const edge = tolerance * 1.01 || Math.max(1e-6, 1e-6 * Math.abs(values[good]));
    values.forEach((value, n) => type(value, right[n], [n]));
    for (const side of [-1, 1]) {
      type(values[good] + side * tolerance, true, [good]);
      type(values[good] + side * edge, false);
    }
  } else {
    const all = right.map((_, n) => n);
    const single = inputs[0].type === "radio";
    const subsets = [...Array(2 ** all.length).keys()].slice(1);
    const sets = single ? all.map(n => [n])
      : subsets.map(subset => all.filter(n => subset >> n & 1));
    for (const chosen of sets) {
      inputs.forEach((input, n) => {
        if (single ? chosen.includes(n) : input.checked !== chosen.includes(n))
          input.click();
      });
      check(`chose ${chosen}`, all.every(n => chosen.includes(n) === right[n]), chosen);
    }
  }
  return [inputs[0].type, text(quiz.querySelector(".quiz-question")), complaints];
})
"""


def test_every_quiz_accepts_the_marked_answers_only_and_explains_each(
    new_page, site, address
):
    kinds, wrong = Counter(), []
    tab = new_page()
    for page in pages_of_toc():
        marked = marked_answers(page)
        html = (site.folder / "html" / f"{page}.html").read_text("utf-8")
        count = html.count('<form class="quiz"')
        if count != len(marked):
            wrong.append(f"{page}: {count} quizzes for {len(marked)} in the source")
            continue
        if not count:
            if ROOT / f"{page}.ipynb" in LESSONS:
                wrong.append(f"{page}: a lesson without a quiz")
            continue
        tab.goto(f"{address}{page}.html", wait_until="domcontentloaded")
        for kind, question, complaints in tab.evaluate(TRY_EVERYTHING, marked):
            kinds[kind] += 1
            wrong += [f"{page}, {question}: {text}" for text in complaints]
    assert not wrong, "\n".join(wrong)
    assert min(kinds[kind] for kind in KINDS) >= 25, kinds


def test_quiz_has_its_names_for_a_screen_reader(new_page, small_address):
    tab = new_page()
    tab.goto(f"{small_address}book/quiz.html")
    group = tab.get_by_role("group", name="How many parameters")
    assert group.get_by_role("radio", name="Two, one for each input.").count() == 1
    assert group.get_by_role("button", name="Check").is_visible()


def test_quiz_is_complete_without_javascript(new_page, small_address):
    tab = new_page(java_script_enabled=False)
    tab.goto(f"{small_address}book/quiz.html")
    quiz = tab.locator("form.quiz").first
    assert quiz.locator(".quiz-check").is_hidden()
    quiz.locator("summary").click()
    answers = quiz.locator(".quiz-answers ol").inner_text()
    for text in (
        "Wrong",
        "The bias is forgotten.",
        "Right",
        "Two weights and the bias.",
    ):
        assert text in answers


def test_question_for_a_number_is_complete_without_javascript(new_page, small_address):
    tab = new_page(java_script_enabled=False)
    tab.goto(f"{small_address}book/numbers.html")
    quiz = tab.locator("form.quiz").first
    assert quiz.locator("input").is_hidden()
    quiz.locator("summary").click()
    answers = [" ".join(li.inner_text().split()) for li in quiz.locator("li").all()]
    assert answers[0].startswith("Right: 0.25 The slope is")
    assert answers[1:] == [
        "Wrong: 1/32 That is the value.",
        "Wrong: −0.25 The slope rises.",
    ]


def test_answers_are_not_printed_unasked(new_page, small_address):
    tab = new_page()
    tab.goto(f"{small_address}book/numbers.html")
    tab.emulate_media(media="print")
    assert tab.get_by_text("That is the value.").is_hidden()
    tab.locator("form.quiz summary").first.click()
    assert tab.get_by_text("That is the value.").is_visible()


CONTRAST = """
element => {
  const parse = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = parse(colour).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  let ground = element;
  while (parse(getComputedStyle(ground).backgroundColor)[3] === 0)
    ground = ground.parentElement;
  const a = light(getComputedStyle(element).color);
  const b = light(getComputedStyle(ground).backgroundColor);
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_boxes_are_readable(new_page, small_address, theme):
    tab = new_page()
    tab.goto(f"{small_address}book/boxes.html")
    for _ in range(3):
        if tab.evaluate("document.documentElement.dataset.mode") == theme:
            break
        tab.locator(".theme-switch-button").first.click()
    assert tab.evaluate("document.documentElement.dataset.theme") == theme
    boxes = tab.locator("div.admonition").all()
    assert len(boxes) == 6
    looks = set()
    for box in boxes:
        title = box.locator(".admonition-title")
        for part in (title, box.locator("p").nth(1), box.locator("a")):
            assert part.evaluate(CONTRAST) >= LEAST_CONTRAST, title.inner_text()
        looks.add(title.evaluate("e => getComputedStyle(e, '::after').maskImage"))
    assert len(looks) == 6, "two kinds of boxes have the same icon"


def test_page_in_the_dark_is_printed_in_ink(new_page, small_address):
    tab = new_page(color_scheme="dark")
    tab.goto(f"{small_address}book/boxes.html")
    tab.emulate_media(media="print", color_scheme="dark")
    parts = tab.locator("article p, article a.internal, article pre, article pre span")
    assert parts.count() > 12
    for part in parts.all():
        assert part.evaluate(CONTRAST) >= LEAST_CONTRAST, part.inner_text()
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background in ("rgb(255, 255, 255)", "rgba(0, 0, 0, 0)")


def test_dark_follows_the_readers_system(new_page, small_address):
    tab = new_page(color_scheme="dark")
    tab.goto(f"{small_address}book/index.html")
    assert tab.evaluate("document.documentElement.dataset.theme") == "dark"
    background = tab.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(c) for c in background[4:-1].split(",")) < 64


HANGS = "data:text/html,<title>Waits for ever</title><script>while (true);</script>"


def test_a_browser_that_hangs_is_started_again(browser, new_page):
    pages = [HANGS, "data:text/html,<title>Answers</title>"]
    seen = []

    def look() -> str:
        tab = browser.new_page()
        seen.append(pages[len(seen)])
        tab.goto(seen[-1], wait_until="commit")
        return tab.evaluate("document.title")

    assert browser.patiently(look, seconds=10) == "Answers"
    assert seen == pages


def test_a_fault_of_a_page_is_no_hang(browser, new_page):
    def look() -> None:
        browser.new_page().evaluate("thisIsNotDefined")

    with pytest.raises(PlaywrightError, match="thisIsNotDefined"):
        browser.patiently(look)


def test_the_browser_without_windows_is_taken_first(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="apt-get install chromium-headless"):
        chromium.find()
    for name in ("chromium", "chromium-headless-shell"):  # the better one comes later
        (tmp_path / name).touch(mode=0o755)
        assert chromium.find() == str(tmp_path / name)
