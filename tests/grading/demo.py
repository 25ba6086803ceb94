"""A class of twenty, from collection to feedback and report, as README.md says.

``python -m tests.grading.demo FOLDER`` (``make grade-demo``) makes the hand-ins from
the bank of answers, zipped and named as a learning platform delivers them, and leaves
the grade table, the feedback pages and the report in the folder.
"""

import csv
import random
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tests.exercises.graders import STUB, submitted_notebook
from tests.exercises.problems import Lesson, bank, lessons

from . import course

CHAPTER = "concepts"
DUE = "2027-03-01 12:00:00 UTC"
NAMES = (
    "Ada Lovelace", "Alan Turing", "Grace Hopper", "Katherine Johnson",
    "Donald Knuth", "Barbara Liskov", "Edsger Dijkstra", "Frances Allen",
    "John Backus", "Margaret Hamilton", "Kristen Nygaard", "Radia Perlman",
    "Tony Hoare", "Karen Spärck Jones", "Niklaus Wirth", "Lynn Conway",
    "Robin Milner", "Shafi Goldwasser", "Leslie Lamport", "Anita Borg",
)  # fmt: skip
UNREADABLE = "{ this was a notebook until the laptop fell into the sea"


@dataclass
class Student:
    """One student of the demo: what is handed in, what it earns (None: ungraded)."""

    id: str
    first_name: str
    last_name: str
    kind: str
    files: dict[str, str]  # notebook name to file content
    expected: dict[str, dict[str, float | None]]  # by lesson and problem

    @property
    def score(self) -> float:
        """The points that the hand-in must earn."""
        return sum(p or 0.0 for marks in self.expected.values() for p in marks.values())


def make_class(folder: Path) -> list[Student]:
    """Fill twenty sets of notebooks from the bank, with the marks that they must get.

    Full, partial, blank and broken hand-ins: a damaged file, a syntax error, a notebook
    that was forgotten.
    """
    rng = random.Random(0)
    chapter = [lesson for lesson in lessons().values() if lesson.chapter == CHAPTER]
    kinds = ["full"] * 5 + ["partial"] * 9 + ["blank"] * 2
    kinds += ["damaged", "syntax error", "forgotten", "nothing"]
    students = []
    for number, (name, kind) in enumerate(zip(NAMES, kinds, strict=True)):
        first, _, last = name.partition(" ")
        files, expected = {}, {}
        for place, lesson in enumerate(chapter):
            spoilt = place == number % len(chapter)
            answers, marks = _answers(lesson, kind, spoilt, rng)
            notebook = submitted_notebook(folder, lesson, answers)
            text = nbformat.writes(notebook)
            if spoilt and kind == "damaged":
                text, marks = UNREADABLE, dict.fromkeys(marks, None)
            if kind == "nothing" or (spoilt and kind == "forgotten"):
                marks = dict.fromkeys(marks, 0.0)
            else:
                files[lesson.path.name] = text
            expected[lesson.name] = marks
        students.append(Student(f"s{number:02d}", first, last, kind, files, expected))
    return students


def _answers(lesson: Lesson, kind: str, spoilt: bool, rng: random.Random):
    answers: dict[str, str | None] = {}
    marks = {name: p.points for name, p in lesson.problems.items()}
    for problem, entry in bank(lesson.name).items():
        if kind == "blank" or (kind == "partial" and rng.random() < 0.25):
            answers[problem], marks[problem] = STUB, 0.0
        elif kind == "partial" and rng.random() < 0.4:
            answers[problem], marks[problem] = rng.choice(entry.wrong).code, 0.0
        elif rng.random() < 0.5:
            answers[problem] = rng.choice(entry.right).code
    if spoilt and kind == "syntax error":
        problem = next(iter(lesson.problems))
        answers[problem], marks[problem] = "def oops(:\n    pass", 0.0
    return answers, marks


def run(folder: Path) -> list[Student]:
    """Play the whole path in an empty folder; return the class."""
    course.make(folder, [lesson.path for lesson in lessons().values()])
    course.nbgrader(folder, "generate_assignment", CHAPTER)
    students = make_class(folder)
    _roster(folder, students)
    _deliver(folder, students)
    course.nbgrader(folder, "zip_collect", CHAPTER)
    course.dlcourse(folder, "grade", CHAPTER)
    course.dlcourse(folder, "feedback", CHAPTER)
    course.dlcourse(folder, "export")
    course.dlcourse(folder, "report", CHAPTER)
    return students


def _roster(folder: Path, students: list[Student]) -> None:
    """Enter the students and the due date into the gradebook."""
    roster = folder / "roster.csv"
    with roster.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["id", "first_name", "last_name", "email"])
        for s in students:
            table.writerow([s.id, s.first_name, s.last_name, f"{s.id}@example.org"])
    course.nbgrader(folder, "db", "student", "import", roster.name)
    course.nbgrader(folder, "db", "assignment", "add", CHAPTER, f"--duedate={DUE}")


def _deliver(folder: Path, students: list[Student]) -> None:
    """Put the hand-ins where zip_collect looks, as a learning platform names them."""
    downloaded = folder / "downloaded" / CHAPTER / "archive"
    downloaded.mkdir(parents=True)
    with zipfile.ZipFile(downloaded / "hand-ins.zip", "w") as archive:
        for s in students:
            for name, text in s.files.items():
                archive.writestr(
                    f"{CHAPTER}_{s.id}_2027-02-28-20-00-00_attempt_1_{name}", text
                )


def main() -> None:
    """Run the demo in the folder given, emptied first."""
    folder = Path(sys.argv[1]).resolve()
    shutil.rmtree(folder, ignore_errors=True)
    for student in run(folder):
        name = f"{student.first_name} {student.last_name}"
        print(f"{student.id}  {name:20} {student.kind:13} {student.score:5g} points")
    for what, where in (
        ("Grades", "grades.csv"),
        ("Feedback", "feedback"),
        ("Report", "report.html"),
    ):
        print(f"{what + ':':10}{folder / where}")


if __name__ == "__main__":
    main()
