"""A reader's browser: maths, search, quizzes, boxes and print work in it."""

import pytest

from .conftest import pages_of_toc

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


ANSWER_RIGHT = """
[...document.querySelectorAll("form.quiz")].map(quiz => {
  quiz.querySelectorAll("[data-right=true] input").forEach(input => input.click());
  quiz.querySelector(".quiz-check").click();
  return quiz.querySelector(".quiz-result").textContent;
})
"""


def test_every_quiz_of_the_lessons_accepts_its_right_answers(new_page, address):
    results = []
    tab = new_page()
    for page in pages_of_toc():
        tab.goto(f"{address}{page}.html")
        results += tab.evaluate(ANSWER_RIGHT)
    assert results
    assert set(results) == {"Right."}


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
