"""Every answer of the bank, graded for real, earns what it should and no more."""

import functools
import itertools
import re

import pytest

from .graders import STUB, quick, with_engine, with_nbgrader
from .mutants import mechanical, mutants
from .problems import bank, forbidden, lessons

# Of the hidden tests' fresh inputs: the quick grader's, and another one of the engine.
SEEDS, ENGINE_SEED = (0, 1, 2), 3

# A lesson's tests share a process, and with it the results that several of them read.
every_lesson = pytest.mark.parametrize(
    "lesson",
    [
        pytest.param(name, marks=pytest.mark.xdist_group(f"bank {name}"))
        for name in lessons()
    ],
)


def pack(entries):
    """Put the wrong answers of several problems into one submission, until all are in.

    By turns one problem is left out. Its mark, for a right answer between wrong ones,
    shows that nothing spills over.

    Parameters
    ----------
    entries : list of Entry
        One for each problem.
    """
    waiting = [[*entry.wrong, *entry.cheat] for entry in entries]
    for left_out in itertools.cycle(range(max(len(entries), 2))):
        if not any(waiting):
            return
        packed = [
            answers.pop(0)
            for problem, answers in enumerate(waiting)
            if answers and problem != left_out
        ]
        if packed:
            yield packed


@functools.cache
def by_engine(lesson):
    """Grade with the engine: nothing done, all right, wrong answers and cheats packed.

    Returns the marks of the stub, a list of marks for right answers, and pairs of wrong
    answers and marks.
    """
    entries = list(bank(lesson).values())
    styles = max(len(e.right) for e in entries)
    rights = [
        {a.problem: a.code for e in entries for a in e.right[i : i + 1]}
        for i in range(styles)
    ]
    packed = list(pack(entries))
    stub, *marks = with_engine(
        lessons()[lesson],
        [
            dict.fromkeys(bank(lesson), STUB),
            {},
            *rights,
            *({a.problem: a.code for a in answers} for answers in packed),
        ],
        seed=ENGINE_SEED,
    )
    full = styles + 1  # our solution is one of them
    return stub, marks[:full], list(zip(packed, marks[full:], strict=True))


@functools.cache
def quickly(lesson):
    """Grade all answers of the bank with the quick grader and every seed."""
    answers = [
        a
        for e in bank(lesson).values()
        for a in (*e.right, *e.wrong, *e.cheat, *e.sloppy)
    ]
    jobs = [(a.problem, a.code) for a in answers]
    return dict(zip(answers, quick(lessons()[lesson], jobs, SEEDS), strict=True))


def one_of_each_kind(lesson):
    """Take a right answer, a wrong one and a cheat to each problem, for nbgrader.

    nbgrader takes half a second for each answer. That the two quicker graders agree is
    tested on all of them.
    """
    return [
        answers[0]
        for entry in bank(lesson).values()
        for answers in (entry.right, entry.wrong, entry.cheat)
        if answers
    ]


@every_lesson
def test_every_problem_has_its_answers(lesson):
    problems, entries = lessons()[lesson].problems, bank(lesson)
    assert entries.keys() == problems.keys()
    for problem, entry in entries.items():
        assert len(entry.wrong) >= 3, f"{problem}: fewer than three wrong answers"
        assert entry.right, f"{problem}: no right answer in another style"
        answers = [*entry.wrong, *entry.right, *entry.cheat]
        assert len({a.name for a in answers}) == len(answers), f"{problem}: same names"
        if forbidden(problems[problem]):
            assert entry.cheat, f"{problem}: no cheat that calls a forbidden library"


@every_lesson
class TestBank:
    def test_each_answer_earns_its_points(self, lesson):
        points = {name: p.points for name, p in lessons()[lesson].problems.items()}
        stub, right, wrong = by_engine(lesson)
        assert {n: m.score for n, m in stub.items()} == dict.fromkeys(points, 0.0)
        for marks in right:
            assert {n: (m.score, m.message) for n, m in marks.items()} == {
                n: (p, "") for n, p in points.items()
            }
        for answers, marks in wrong:
            expected = points | {a.problem: 0.0 for a in answers}
            said = "; ".join(map(str, answers))
            assert {n: m.score for n, m in marks.items()} == expected, said
        assert {a for answers, _ in wrong for a in answers} == {
            a for e in bank(lesson).values() for a in (*e.wrong, *e.cheat)
        }

    def test_the_message_names_the_trouble(self, lesson):
        message = {
            answer: marks[answer.problem].message
            for answers, marks in by_engine(lesson)[2]
            for answer in answers
        }
        for entry in bank(lesson).values():
            answers = [*entry.wrong, *entry.cheat]
            said = {a.name: message[a] for a in answers}
            for answer in answers:
                assert answer.message, f"{answer}: no message pattern"
                found = {n for n, s in said.items() if re.search(answer.message, s)}
                same_trouble = {a.name for a in entry.cheat}
                if answer.kind == "wrong":
                    same_trouble = {answer.name}
                assert answer.name in found and found <= same_trouble, (
                    f"{answer}: {answer.message!r} matches {sorted(found)}; it says "
                    f"{said[answer.name]!r}"
                )

    def test_the_quick_grader_agrees_with_the_engine(self, lesson):
        for answers, marks in by_engine(lesson)[2]:
            for answer in answers:
                ours, theirs = quickly(lesson)[answer][0], marks[answer.problem]
                assert ours.score == theirs.score, answer
                assert re.search(answer.message, ours.message), answer

    def test_right_and_wrong_do_not_depend_on_the_seed(self, lesson):
        for answer, marks in quickly(lesson).items():
            full = lessons()[lesson].problems[answer.problem].points
            expected = full if answer.kind == "right" else 0.0
            for seed, mark in zip(SEEDS, marks, strict=True):
                assert mark.score == expected, f"{answer}, seed {seed}: {mark.message}"

    def test_mechanical_wrong_answers_fail(self, lesson):
        lesson = lessons()[lesson]
        named = [
            (problem, name, code)
            for problem, p in lesson.problems.items()
            for name, code in mechanical(p.answer)
        ]
        marks = quick(lesson, [(problem, code) for problem, _, code in named])
        passed = [
            f"{problem}: {name}"
            for (problem, name, _), (mark,) in zip(named, marks, strict=True)
            if mark.score
        ]
        assert not passed

    def test_every_mutant_of_our_answer_fails_or_is_known_to_be_equivalent(
        self, lesson
    ):
        lesson = lessons()[lesson]
        tried = [
            (problem, description, code)
            for problem, p in lesson.problems.items()
            for description, code in mutants(p.answer)
        ]
        marks = quick(lesson, [(problem, code) for problem, _, code in tried])
        survivors = {
            (problem, description)
            for (problem, description, _), (mark,) in zip(tried, marks, strict=True)
            if mark.score
        }
        listed = {
            (problem, description)
            for problem, entry in bank(lesson.name).items()
            for description in entry.equivalent
        }
        assert survivors == listed, (
            f"not killed: {sorted(survivors - listed)}; "
            f"listed as equivalent but killed or gone: {sorted(listed - survivors)}"
        )
        for entry in bank(lesson.name).values():
            assert all(entry.equivalent.values()), "an equivalent mutant has no reason"


@pytest.mark.parametrize("chapter", sorted({x.chapter for x in lessons().values()}))
def test_nbgrader_gives_the_marks_and_messages_of_the_quick_grader(chapter, tmp_path):
    names = [name for name, lesson in lessons().items() if lesson.chapter == chapter]
    answers = {name: one_of_each_kind(name) for name in names}
    stock = with_nbgrader(chapter, answers, tmp_path)
    for name in names:
        lesson = lessons()[name]
        ours = quick(lesson, [(a.problem, a.code) for a in answers[name]])
        for answer, (mark,), theirs in zip(
            answers[name], ours, stock[name], strict=True
        ):
            full = lesson.problems[answer.problem].points
            assert theirs.score == (full if answer.kind == "right" else 0.0), answer
            assert mark == theirs, answer
