"""Quizzes: an admonition of class ``quiz`` becomes a question to answer on the page.

The form is that of ``.github/CONTRIBUTING.md``: the question, a numbered list of
choices, and a dropdown with a numbered list of answers, each of which starts with ✓ or
✗. One right answer makes a single choice, several a multiple choice. It is made of
directives that JupyterLab knows too: there the choices are read and the answers folded.

All text stays ordinary document text, so that maths, links and translation work as
everywhere else. The page is complete without JavaScript: below the choices stands an
"Answers and why" block to open. ``js/quiz.js``, loaded where there is a quiz, adds a
button that checks the choice and shows the explanation beside it.
"""

import re

from docutils import nodes
from docutils.parsers.rst.directives.admonitions import Admonition
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.writers.html5 import HTML5Translator

translate = get_translation("dlcourse")

SCRIPT = "js/quiz.js"
MARK = re.compile(r"([✓✗])\s+")


class Quiz(nodes.General, nodes.Element):
    """A question: its text, then its :class:`QuizOption` nodes."""


class QuizOption(nodes.General, nodes.Element):
    """One choice: a paragraph, then its answer. Attribute ``right``: bool."""


class AdmonitionOrQuiz(Admonition):
    """An admonition, or a quiz if its class is ``quiz``."""

    def run(self) -> list[nodes.Node]:
        """Build the admonition or the question.

        Raises
        ------
        DirectiveError
            If there is no question, no list of choices, no or another number of
            answers, an answer without its mark or its text, or no right or no wrong
            answer.
        """
        if "quiz" not in self.options.get("class", []):
            return super().run()
        env = self.state.document.settings.env
        quiz = Quiz(number=env.new_serialno("quiz") + 1)
        quiz.source, quiz.line = self.state_machine.get_source_and_line(self.lineno)
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        *question, choices, answers = [None, None, *body.children]
        question = question[2:]
        if not (isinstance(choices, nodes.enumerated_list) and _is_dropdown(answers)):
            raise self.error(
                "A quiz has no answers: end it with a numbered list of choices and a "
                "{dropdown} with a numbered list of answers."
            )
        if not question or not isinstance(question[0], nodes.paragraph):
            raise self.error("A quiz starts with a paragraph: the question.")
        if not isinstance(answers.children[-1], nodes.enumerated_list):
            raise self.error("A quiz has no numbered list of answers in its dropdown.")
        reasons = answers.children[-1].children
        if len(choices.children) != len(reasons):
            raise self.error(
                f"A quiz has {len(choices.children)} choices but {len(reasons)} "
                "answers: give each choice its answer."
            )
        quiz += question
        for choice, reason in zip(choices.children, reasons, strict=True):
            quiz += self.option(choice, reason)
        marks = [option["right"] for option in quiz.findall(QuizOption)]
        if not any(marks):
            raise self.error("A quiz has no right answer: mark one with ✓.")
        if all(marks):
            raise self.error("A quiz has no wrong answer: mark one with ✗.")
        quiz["multiple"] = sum(marks) > 1
        return [quiz]

    def option(self, choice: nodes.list_item, reason: nodes.list_item) -> QuizOption:
        """Join a choice and its answer, without the answer's mark."""
        first = reason.children[0] if reason.children else None
        if not (
            isinstance(first, nodes.paragraph)
            and isinstance(first.children[0], nodes.Text)
            and (mark := MARK.match(first.children[0].astext()))
        ):
            raise self.error(
                "An answer of a quiz starts with ✓ or ✗, a space and its explanation: "
                f"{reason.astext()[:60]!r}"
            )
        text = first.children[0]
        first.replace(text, nodes.Text(text.astext()[mark.end() :]))
        # What is translated is the source of the paragraph: the mark is no part of it.
        first.rawsource = MARK.sub("", first.rawsource, count=1)
        option = QuizOption(right=mark[1] == "✓")
        option += [choice.children[0], *reason.children]
        return option


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
    multiple = node["multiple"]
    name = f"quiz-{node['number']}"
    options = [child for child in node.children if isinstance(child, QuizOption)]
    question = [child for child in node.children if not isinstance(child, QuizOption)]
    words = {
        "right": translate("Right."),
        "wrong": translate("Not quite."),
        "partly": translate("Not quite: read the notes on your choices."),
        "missing": translate("Right so far, but an answer is missing."),
        "none": translate("Choose an answer first."),
        "chosen": translate("Right"),
        "mistaken": translate("Wrong"),
        "overlooked": translate("Belongs to the answer"),
    }
    data = "".join(f' data-{k}="{self.attval(str(v))}"' for k, v in words.items())
    kind = translate("Choose all that apply") if multiple else translate("Choose one")
    self.body.append(
        f'<form class="quiz" id="{name}" autocomplete="off"{data}>\n'
        "<fieldset>\n<legend>"
        f'<span class="quiz-kind">{translate("Question")} {node["number"]} · '
        f"{kind}</span>"
        '<span class="quiz-question">'
    )
    _write(self, question[0].children)
    self.body.append("</span></legend>\n")
    _write(self, question[1:])
    for number, option in enumerate(options, start=1):
        control = f"{name}-{number}"
        self.body.append(
            f'<div class="quiz-option" data-right="{str(option["right"]).lower()}">'
            f'<input type="{"checkbox" if multiple else "radio"}" name="{name}" '
            f'id="{control}" value="{number}">'
            f'<label for="{control}">'
        )
        _write(self, option.children[0].children)
        self.body.append(
            f'</label><div class="quiz-note" id="{control}-note" hidden></div></div>\n'
        )
    # Disabled until the script runs: without it, Enter would reload the page.
    self.body.append(
        f'<button class="quiz-check" type="submit" disabled hidden>'
        f"{translate('Check')}</button>"
        '<p class="quiz-result" role="status"></p>\n</fieldset>\n'
        f'<details class="quiz-answers"><summary>{translate("Answers and why")}'
        "</summary>\n<ol>\n"
    )
    for option in options:
        verdict = words["chosen"] if option["right"] else words["mistaken"]
        self.body.append(
            f'<li class="{"right" if option["right"] else "wrong"}">'
            f'<p><strong class="quiz-verdict">{verdict}:</strong> '
        )
        _write_again(self, option.children[0].children)
        self.body.append('</p>\n<div class="quiz-why">')
        _write(self, option.children[1:])
        self.body.append("</div></li>\n")
    self.body.append("</ol>\n</details>\n</form>\n")
    raise nodes.SkipNode


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
