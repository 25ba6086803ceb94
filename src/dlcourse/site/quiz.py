"""Quizzes: an admonition of class ``quiz`` becomes a question to answer on the page.

The form is that of ``.github/CONTRIBUTING.md``: the question, a numbered list of
choices, and a dropdown with a numbered list of answers, each of which starts with ✓ or
✗. One right answer makes a single choice, several a multiple choice. Without a list of
choices the reader types a number: each answer then names one, the right one or that of
a known mistake. It is made of directives that JupyterLab knows too: there the choices
are read and the answers folded.

All text stays ordinary document text, so that maths, links and translation work as
everywhere else. The page is complete without JavaScript: below the question stands an
"Answers and why" block to open. ``js/quiz.js``, loaded where there is a quiz, adds a
button that checks the answer and shows the explanation beside it.
"""

import re
from fractions import Fraction
from itertools import combinations

from docutils import nodes
from docutils.parsers.rst.directives.admonitions import Admonition
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.writers.html5 import HTML5Translator

translate = get_translation("dlcourse")

SCRIPT = "js/quiz.js"
MARK = re.compile(r"([✓✗])\s+")
DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"  # 7,850 and 0.25
NUMBER = rf"[-−]?{DIGITS}(?:e[-−]?\d+|/{DIGITS})?"  # 2e-5 and 3/8 too
MARK_AND_NUMBER = re.compile(
    rf"([✓✗])\s+(?P<number>{NUMBER})(?P<percent>%?)"
    rf"(?:\s*±\s*(?P<tolerance>{NUMBER})%?)?:\s+"
)


class Quiz(nodes.General, nodes.Element):
    """A question: its text, then its :class:`QuizOption` nodes.

    Attributes: ``number``, its place in the course; ``kind``, a key of :data:`KINDS`;
    for a number to type also ``tolerance`` and ``percent``, whether it is meant in %.
    """


class QuizOption(nodes.General, nodes.Element):
    """One choice or number: a paragraph, then its answer.

    Attributes: ``right``, a bool; for a number also ``value``, a fraction.
    """


# What the reader is told to do. The keys are types of HTML's <input>.
KINDS = {
    "radio": translate("Choose one"),
    "checkbox": translate("Choose all that apply"),
    "text": translate("Type a number"),
}

# What the script says.
WORDS = {
    "right": translate("Right."),
    "chosen": translate("Right"),
    "mistaken": translate("Wrong"),
}
CHOICE_WORDS = {
    "wrong": translate("Not quite."),
    "partly": translate("Not quite: read the notes on your choices."),
    "missing": translate("Right so far, but an answer is missing."),
    "none": translate("Choose an answer first."),
}
NUMBER_WORDS = {
    "wrong": translate("Not quite. Try again."),
    "known": translate("Not quite: read the note."),
    "none": translate("Type a number first."),
    "unreadable": translate(
        "This cannot be read as a number. Type it like 12, −0.5, 1/4 or 2e-5."
    ),
}


class AdmonitionOrQuiz(Admonition):
    """An admonition, or a quiz if its class is ``quiz``."""

    def run(self) -> list[nodes.Node]:
        """Build the admonition or the question.

        Raises
        ------
        DirectiveError
            If there is no question, no dropdown with a list of answers, no or another
            number of answers, an answer without its mark or its text, or no right or no
            wrong answer. Where a number is asked for, also if one cannot be read, two
            are too close to tell apart, or there is more than one right answer.
        """
        if "quiz" not in self.options.get("class", []):
            return super().run()
        env = self.state.document.settings.env
        quiz = Quiz(number=env.new_serialno("quiz") + 1)
        quiz.source, quiz.line = self.state_machine.get_source_and_line(self.lineno)
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        *question, answers = [None, *body.children]
        question = question[1:]
        if not _is_dropdown(answers):
            raise self.error(
                "A quiz has no answers: end it with a {dropdown} with a numbered list "
                "of answers."
            )
        if not isinstance(answers.children[-1], nodes.enumerated_list):
            raise self.error("A quiz has no numbered list of answers in its dropdown.")
        choices = None
        if question and isinstance(question[-1], nodes.enumerated_list):
            choices = question.pop()
        if not question or not isinstance(question[0], nodes.paragraph):
            raise self.error("A quiz starts with a paragraph: the question.")
        reasons = answers.children[-1].children
        quiz += question
        quiz += (
            self.numbers(reasons) if choices is None else self.pairs(choices, reasons)
        )
        options = [child for child in quiz.children if isinstance(child, QuizOption)]
        right = sum(option["right"] for option in options)
        if not right:
            raise self.error("A quiz has no right answer: mark one with ✓.")
        if right == len(options):
            raise self.error("A quiz has no wrong answer: mark one with ✗.")
        if choices is None:
            self.compare(quiz, options)
        else:
            quiz["kind"] = "checkbox" if right > 1 else "radio"
        return [quiz]

    def pairs(
        self, choices: nodes.enumerated_list, reasons: list[nodes.list_item]
    ) -> list[QuizOption]:
        """Join each choice and its answer."""
        if len(choices.children) != len(reasons):
            raise self.error(
                f"A quiz has {len(choices.children)} choices but {len(reasons)} "
                "answers: give each choice its answer."
            )
        options = []
        for choice, reason in zip(choices.children, reasons, strict=True):
            mark = self.cut(
                MARK,
                reason,
                "An answer of a quiz starts with ✓ or ✗, a space and its explanation",
            )
            options.append(QuizOption(right=mark[1] == "✓"))
            options[-1] += [choice.children[0], *reason.children]
        return options

    def numbers(self, reasons: list[nodes.list_item]) -> list[QuizOption]:
        """Take each answer apart into its number and its explanation."""
        options = []
        for reason in reasons:
            mark = self.cut(
                MARK_AND_NUMBER,
                reason,
                "A quiz without a numbered list of choices asks for a number. Each of "
                "its answers starts like '✓ 0.25 ± 0.005: because' or '✗ 1/2: because'",
            )
            text = mark["number"].replace("-", "−") + mark["percent"]
            option = QuizOption(
                right=mark[1] == "✓",
                value=self.value(mark["number"]),
                tolerance=mark["tolerance"] and self.value(mark["tolerance"]),
                percent=bool(mark["percent"]),
            )
            option += [nodes.paragraph("", text), *reason.children]
            options.append(option)
        return options

    def value(self, text: str) -> Fraction:
        """Read a number of the author's."""
        plain = text.replace(",", "").replace("−", "-")
        try:
            above, _, below = plain.partition("/")
            return Fraction(above) / Fraction(below or 1)
        except ZeroDivisionError:
            raise self.error(f"A quiz divides by zero: {text!r}.") from None

    def compare(self, quiz: Quiz, options: list[QuizOption]) -> None:
        """Check that any number a reader types has one verdict."""
        right, *others = [option for option in options if option["right"]]
        if others:
            raise self.error(
                "A quiz that asks for a number has one right answer, marked with ✓; "
                f"this one has {len(others) + 1}."
            )
        tolerance = right["tolerance"]
        if tolerance is not None and tolerance <= 0:
            raise self.error(
                "The tolerance of a quiz is a positive number; leave it out if only "
                f"the exact number is right. Given: {right.astext()[:60]!r}"
            )
        if any(o["tolerance"] is not None for o in options if o is not right):
            raise self.error(
                "The tolerance of a quiz is written once, after the right number; it "
                "holds for the mistakes too."
            )
        if len({option["percent"] for option in options}) > 1:
            raise self.error("All numbers of a quiz have a % sign, or none has.")
        if tolerance is None and not _ends(right["value"]):
            raise self.error(
                f"{right.children[0].astext()} never ends as a decimal number: give "
                "the quiz a tolerance, as in '✓ 1/3 ± 0.005: because'."
            )
        quiz["tolerance"] = tolerance or Fraction(0)
        for one, two in combinations(options, 2):
            if abs(one["value"] - two["value"]) <= 2 * quiz["tolerance"]:
                raise self.error(
                    f"Two answers of a quiz, {one.children[0].astext()} and "
                    f"{two.children[0].astext()}, are too close for the tolerance: a "
                    "number between them would be both."
                )
        quiz["kind"] = "text"
        quiz["percent"] = right["percent"]

    def cut(
        self, pattern: re.Pattern[str], reason: nodes.list_item, form: str
    ) -> re.Match[str]:
        """Cut an answer's mark off its text and return it."""
        first = reason.children[0] if reason.children else None
        if not (
            isinstance(first, nodes.paragraph)
            and isinstance(first.children[0], nodes.Text)
            and (mark := pattern.match(first.children[0].astext()))
        ):
            raise self.error(f"{form}: {reason.astext()[:60]!r}")
        text = first.children[0]
        first.replace(text, nodes.Text(text.astext()[mark.end() :]))
        # What is translated is the source of the paragraph: the mark is no part of it.
        first.rawsource = pattern.sub("", first.rawsource, count=1)
        return mark


def _ends(value: Fraction) -> bool:
    """Whether a number can be written out as a decimal."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _is_dropdown(node: nodes.Node | None) -> bool:
    return isinstance(node, nodes.Element) and (
        node.get("design_component") == "dropdown"
    )


def _write(translator: HTML5Translator, children: list[nodes.Node]) -> None:
    for child in children:
        child.walkabout(translator)


def _write_again(translator: HTML5Translator, children: list[nodes.Node]) -> None:
    """Write what is on the page already, without its ids, which must be unique."""
    for child in children:
        copy = child.deepcopy()
        for element in copy.findall(nodes.Element):
            element["ids"] = []
        copy.walkabout(translator)


def visit_quiz(self: HTML5Translator, node: Quiz) -> None:
    """Write the question as a form, then the block of answers."""
    kind = node["kind"]
    name = f"quiz-{node['number']}"
    options = [child for child in node.children if isinstance(child, QuizOption)]
    question = [child for child in node.children if not isinstance(child, QuizOption)]
    words = WORDS | (NUMBER_WORDS if kind == "text" else CHOICE_WORDS)
    data = {key: str(text) for key, text in words.items()}
    if kind == "text":
        data["tolerance"] = float(node["tolerance"])
        data["percent"] = "yes" if node["percent"] else ""
    data = "".join(f' data-{k}="{self.attval(str(v))}"' for k, v in data.items())
    # A field has its question as its label, a group of choices as its legend.
    start, end, close = "<fieldset>\n<legend", "</legend>", "</fieldset>\n"
    if kind == "text":
        start, end, close = f'<label for="{name}-1"', "</label>", ""
    self.body.append(
        f'<form class="quiz" id="{name}" autocomplete="off"{data}>\n'
        f'{start} class="quiz-head">'
        f'<span class="quiz-kind">{translate("Question")} {node["number"]} · '
        f"{KINDS[kind]}</span>"
        '<span class="quiz-question">'
    )
    _write(self, question[0].children)
    self.body.append(f"</span>{end}\n")
    _write(self, question[1:])
    if kind == "text":
        _write_field(self, node, options, f"{name}-1")
    else:
        _write_choices(self, kind, options, name)
    # Disabled until the script runs: without it, Enter would reload the page.
    self.body.append(
        f'<button class="quiz-check" type="submit" disabled hidden>'
        f"{translate('Check')}</button>"
        f'<p class="quiz-result" role="status"></p>\n{close}'
        f'<details class="quiz-answers"><summary>{translate("Answers and why")}'
        "</summary>\n<ol>\n"
    )
    for option in options:
        verdict = words["chosen"] if option["right"] else words["mistaken"]
        value = f' data-value="{float(option["value"])!r}"' if kind == "text" else ""
        self.body.append(
            f'<li class="{"right" if option["right"] else "wrong"}"{value}>'
            f'<p><strong class="quiz-verdict">{verdict}:</strong> '
        )
        _write_again(self, option.children[0].children)
        self.body.append('</p>\n<div class="quiz-why">')
        _write(self, option.children[1:])
        self.body.append("</div></li>\n")
    self.body.append("</ol>\n</details>\n</form>\n")
    raise nodes.SkipNode


def _write_choices(
    translator: HTML5Translator, kind: str, options: list[QuizOption], name: str
) -> None:
    for number, option in enumerate(options, start=1):
        control = f"{name}-{number}"
        translator.body.append(
            f'<div class="quiz-option" data-right="{str(option["right"]).lower()}">'
            f'<input type="{kind}" name="{name}" '
            f'id="{control}" value="{number}">'
            f'<label for="{control}">'
        )
        _write(translator, option.children[0].children)
        translator.body.append(
            f'</label><div class="quiz-note" id="{control}-note" hidden></div></div>\n'
        )


def _write_field(
    translator: HTML5Translator, quiz: Quiz, options: list[QuizOption], control: str
) -> None:
    """Write the field, which appears when the script runs."""
    # The keys for decimal numbers have no minus sign on some phones.
    negative = any(option["value"] < 0 for option in options)
    unit = '<span aria-hidden="true">%</span>' if quiz["percent"] else ""
    translator.body.append(
        f'<div class="quiz-field" hidden><input type="text" id="{control}" '
        f'inputmode="{"text" if negative else "decimal"}" '
        f'autocapitalize="off" spellcheck="false" enterkeyhint="done">{unit}'
        f'<div class="quiz-note" id="{control}-note" hidden></div></div>\n'
    )


def visit_nothing(self: nodes.NodeVisitor, node: nodes.Element) -> None:
    """Let other builders write the content as it stands."""


def add_script(app, pagename, templatename, context, doctree) -> None:
    """Load the script on pages with a quiz only."""
    if doctree is not None and next(doctree.findall(Quiz), None) is not None:
        app.add_js_file(SCRIPT)


def setup(app: Sphinx) -> dict:
    """Teach the admonition to be a quiz (called by Sphinx)."""
    nothing = (visit_nothing, visit_nothing)
    others = dict.fromkeys(("latex", "text", "man", "texinfo"), nothing)
    app.add_node(Quiz, html=(visit_quiz, None), **others)
    app.add_node(QuizOption, html=nothing, **others)
    app.add_directive("admonition", AdmonitionOrQuiz, override=True)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
