"""The pages for looking things up: nothing is missing, empty, unused or unexplained."""

import re

import pytest

from dlcourse import notebooks

from .files import LESSONS, ROOT

BOOK = ROOT / "book"
ARTICLES = ("000", "001", "002", "003", "004")
LINK = re.compile(r"\[[^\]]+\]\([^)\s]+\)")


def text(page):
    return (BOOK / page).read_text(encoding="utf-8")


def prose():
    """Give the text of every page: the Markdown files, and the notebooks' Markdown."""
    for path in sorted(BOOK.rglob("*.md")):
        yield path.read_text(encoding="utf-8")
    for path in LESSONS:
        for cell in notebooks.read(path).cells:
            if cell.cell_type == "markdown":
                yield cell.source


def rows(article):
    """List the rows of an article's table in ``sources.md``, as lists of cells."""
    part = re.search(
        rf"^## Article {article}$(.*?)(?=^## |\Z)", text("sources.md"), re.M | re.S
    )
    lines = [line for line in part[1].splitlines() if line.startswith("|")]
    # A bar in a formula is written \vert, so that every bar is a border.
    return [[c.strip() for c in line.strip("|").split("|")] for line in lines[2:]]


@pytest.mark.parametrize("article", ARTICLES)
def test_every_part_of_an_article_has_a_lesson_and_practice(article):
    table = rows(article)
    assert len(table) >= 25
    for where, lessons, practice in table:
        assert where, table
        assert LINK.search(lessons), where
        assert LINK.search(practice), where
    assert len({where for where, _, _ in table}) == len(table), "a row stands twice"


def test_practice_names_problems_that_are_there():
    """A link to a page of exercises has the title of one of its problems."""
    for article in ARTICLES:
        for where, _, practice in rows(article):
            for title, path in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", practice):
                if "exercises/" in path:
                    cells = notebooks.read(BOOK / path).cells
                    found = "\n".join(c.source for c in cells)
                    assert title in found, f"{where}: {title} is not in {path}"


def entries():
    """List the glossary's entries: names, and the definition."""
    for block in re.findall(r"```\{glossary\}\n(.*?)```", text("glossary.md"), re.S):
        for entry in block.strip().split("\n\n"):
            lines = entry.splitlines()
            names = [line for line in lines if not line.startswith(" ")]
            yield names, " ".join(line.strip() for line in lines[len(names) :])


def test_the_glossary_is_bilingual_explained_and_linked():
    found = list(entries())
    assert len(found) >= 120
    for names, definition in found:
        chinese = [n for n in names if re.search(r"[\u4e00-\u9fff]", n)]
        assert len(chinese) == 1 and len(names) >= 2, names
        assert LINK.search(definition), names
        assert 8 <= len(definition.split()) <= 70, names
    names = [name for entry, _ in found for name in entry]
    assert len(set(names)) == len(names)


def test_terms_are_in_alphabetical_order():
    first = [names[0].lower().replace("²", "2") for names, _ in entries()]
    assert first == sorted(first)


def test_errata_say_where_the_fact_is_shown():
    for line in text("errata.md").splitlines():
        if line.startswith("- "):
            assert re.match(r"- \*\*[^*]+\*\* ", line), line
            assert LINK.search(line), line


def test_answers_are_short_and_linked():
    answers = re.split(r"^### ", text("faq/questions.md"), flags=re.M)[1:]
    assert len(answers) >= 32
    for answer in answers:
        question, _, body = answer.partition("\n")
        body = re.split(r"^## ", body, flags=re.M)[0]
        words = re.sub(r"\]\([^)]*\)", "]", body).split()
        assert len(words) <= 120, f"{question}: {len(words)} words"
        assert LINK.search(body), question


# What an answer quotes from an experiment, the lesson, and what its output says of it.
QUOTED = [
    (
        "8 to 32 hidden neurons raises the test accuracy from 78.5% to 95.4%; "
        "128 give 96.8% and 512 give 97.0%",
        "code/multilayer-perceptrons",
        [
            r"64-8-10, .* test 78\.5 ",
            r"64-32-10, .* test 95\.4 ",
            r"64-128-10, .* test 96\.8 ",
            r"64-512-10, .* test 97\.0 ",
        ],
    ),
    (
        "12% of 200 training digits right, against 96% from a random start",
        "algorithm/initialisation",
        [r"both zero .* right 12%", r"both random .* right 96%"],
    ),
    (
        "default 0.001 left a loss of 1.40 where the best rate left 0.34",
        "backpropagation/optimizers",
        [r"learning rate 0\.0010: loss 1\.40", r"learning rate \S+: loss 0\.34"],
    ),
    (
        "a floor: about 1.46 for ten classes",
        "backpropagation/losses",
        [r"floor .* about 1\.46"],
    ),
    (
        "the accuracy after two epochs was 19% instead of 93%",
        "code/training-in-pytorch",
        [r"last +accuracy +93%", r"nowhere +accuracy +19%"],
    ),
    (
        "On 400 test images an accuracy of 97.7% has a standard error of about 0.7 "
        "percentage points",
        "algorithm/training-loop",
        [r"test \(400, 64\)", r"mean 97\.70%", r"standard error .* 0\.7 percentage"],
    ),
]
# And what no experiment has shown: a grid of learning rates, a question.
STATED = ["0.001, 0.003, 0.01", "stuck at 10%"]


@pytest.mark.parametrize("words, lesson, shown", QUOTED, ids=[q[1] for q in QUOTED])
def test_an_answer_quotes_what_the_lesson_shows(words, lesson, shown):
    assert words in text("faq/questions.md")
    printed = "\n".join(
        output.get("text", "")
        for cell in notebooks.read(BOOK / f"{lesson}.ipynb").cells
        for output in cell.get("outputs", [])
    )
    for line in shown:
        assert re.search(line, printed), f"no output of {lesson} says {line}"


def test_no_answer_has_a_number_from_nowhere():
    answers = text("faq/questions.md")
    for words in [quote for quote, _, _ in QUOTED] + STATED:
        assert answers.count(words) == 1, words
        answers = answers.replace(words, "")
    assert not re.findall(r"\d+(?:\.\d+)?%|\d+\.\d+", answers)


def test_every_source_is_cited_and_every_citation_has_a_source():
    stored = re.findall(r"^@\w+\{([^,\s]+),", text("references.bib"), re.M)
    assert len(set(stored)) == len(stored)
    cited = {
        key.strip()
        for page in prose()
        for keys in re.findall(r"\{cite(?::\w+)?\}`([^`]+)`", page)
        for key in keys.split(",")
    }
    assert cited == set(stored)
