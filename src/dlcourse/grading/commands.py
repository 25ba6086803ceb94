"""The instructor's commands: ``dlcourse grade``, ``feedback``, ``export`` and more.

This module is light, so that students' ``dlcourse`` starts fast and without nbgrader:
what a command needs is imported when it runs.
"""

import argparse
import sys
from pathlib import Path
from typing import Any


def add_commands(commands: Any) -> None:
    """Add the instructor's commands to the command line."""
    grade = _command(
        commands,
        "grade",
        _grade,
        "grade what was handed in",
        "Grade what lies in submitted/<student>/<assignment>/: each submission behind "
        "walls of its own, tests in another process. Leaves autograded/ and the "
        "gradebook as nbgrader does. Stopped at any moment, it goes on where it was "
        "when it is started again.",
    )
    _add_choice(grade, "grade again what is graded", "submissions at a time (cores)")
    grade.add_argument(
        "--scheduler", metavar="ADDRESS", help="of a Dask cluster: tcp://host:8786"
    )
    grade.add_argument(
        "--seed", type=_natural, metavar="N", help="of the tests' inputs (recorded)"
    )
    grade.add_argument(
        "--seeds",
        type=_positive,
        default=1,
        metavar="N",
        help="grade over N seeds and flag marks that depend on them",
    )
    grade.add_argument(
        "--isolation",
        choices=["full", "none"],
        default="full",
        help="none: run students' code with your rights, unprotected",
    )
    grade.add_argument(
        "--timeout",
        type=_positive,
        default=60,
        metavar="S",
        help="seconds for a cell, and for an answer in its test (60)",
    )
    grade.add_argument(
        "--memory", type=_positive, default=3072, metavar="MIB", help="(3072)"
    )

    feedback = _command(
        commands,
        "feedback",
        _feedback,
        "make the pages that students get back",
        "Make nbgrader's feedback pages in feedback/<student>/<assignment>/: without "
        "hidden tests, and without anything that runs or calls another host. Makes "
        "those that are not there or out of date.",
    )
    _add_choice(feedback, "make again what is up to date", "processes (cores)")

    export = _command(
        commands,
        "export",
        _export,
        "write the grades to a file",
        "Write the grades for a spreadsheet or a learning platform.",
    )
    export.add_argument(
        "--format",
        choices=["csv", "canvas", "moodle", "gradescope"],
        default="csv",
        help="(csv)",
    )
    export.add_argument(
        "--to", type=Path, metavar="FILE", help="(gradescope: a folder)"
    )
    export.add_argument(
        "--assignment", action="append", metavar="A", help="only this one (repeatable)"
    )
    export.add_argument(
        "--template",
        type=Path,
        metavar="FILE",
        help="the gradebook as Canvas exports it, to be filled in",
    )

    report = _command(
        commands,
        "report",
        _report,
        "write a page about an assignment's results",
        "Write one page with the scores, the problems and what needs a person. It "
        "shows what hidden tests found: it is for instructors.",
    )
    report.add_argument("assignment", metavar="ASSIGNMENT")
    report.add_argument("--to", type=Path, metavar="FILE", help="(report.html)")

    similar = _command(
        commands,
        "similar",
        _similar,
        "list hand-ins that are like each other",
        "Compare the students' code with each other's and with public solutions, and "
        "write a page with the pairs side by side. No code is run. What it finds is a "
        "reason to look, and no proof.",
    )
    similar.add_argument("assignment", metavar="ASSIGNMENT")
    similar.add_argument(
        "--threshold",
        type=_share,
        default=0.8,
        metavar="SHARE",
        help="of the code that is found in the other (0.8)",
    )
    similar.add_argument("--to", type=Path, metavar="FILE", help="(similar.html)")


def _command(commands: Any, name: str, run: Any, summary: str, text: str) -> Any:
    parser = commands.add_parser(name, help=f"(teaching) {summary}", description=text)
    parser.add_argument(
        "--course", type=Path, default=Path(), metavar="DIR", help="the class folder"
    )
    parser.add_argument("--db", metavar="URL", help="the gradebook's address")
    parser.set_defaults(run=lambda options: _guarded(run, options))
    return parser


def _add_choice(command: argparse.ArgumentParser, force: str, workers: str) -> None:
    """Add the arguments that say for what, for whom and with how many processes."""
    which = command.add_mutually_exclusive_group(required=True)
    which.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    which.add_argument("--all", action="store_true", help="every assignment")
    command.add_argument(
        "--student", action="append", metavar="ID", help="only this one (repeatable)"
    )
    command.add_argument("--force", action="store_true", help=force)
    command.add_argument("--workers", type=_positive, metavar="N", help=workers)


def _positive(text: str) -> int:
    number = _natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("0 was given, at least 1 is needed")
    return number


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0, at most 1")
    return share


def _guarded(run: Any, options: argparse.Namespace) -> int:
    """Run a command; say in words what keeps it from its work."""
    try:
        from sqlalchemy.exc import DBAPIError

        from .course import CourseError
        from .sandbox import NoIsolation
    except ImportError as error:
        cure = "In the course's folder: pip install -e '.[grading]'"
        if sys.platform == "win32":
            cure = "On Windows run it in the container that README.md describes."
        print(
            f"This command is for instructors and needs what is not here ({error}). "
            f"{cure}",
            file=sys.stderr,
        )
        return 2
    try:
        return run(options)
    except CourseError as error:
        print(error, file=sys.stderr)
    except NoIsolation as error:
        print(
            f"This machine cannot isolate students' code: {error}\n"
            "On Linux, install libseccomp2 and allow user namespaces (or run as root); "
            "on macOS or Windows use the container that README.md describes. "
            "`--isolation none` grades without walls: students' code then runs with "
            "your rights.",
            file=sys.stderr,
        )
    except DBAPIError as error:
        print(
            f"The gradebook cannot be used: {error.orig}\nNothing that was finished is "
            "lost; run the command again once it is back.",
            file=sys.stderr,
        )
    except OSError as error:
        print(
            f"{error}\nNothing that was finished is lost; mend this and run the "
            "command again.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\nStopped. Run the command again to go on.", file=sys.stderr)
        return 130
    return 2


def _grade(options: argparse.Namespace) -> int:
    from .book import Book
    from .course import Course, CourseError
    from .engine import Settings
    from .examiner import Times
    from .run import Options, grade_assignment, only_one
    from .sandbox import Limits
    from .schedulers import Cluster, Local
    from .tables import progress_bar, show_records

    if not sys.platform.startswith("linux"):
        raise CourseError(
            f"Grading needs Linux, and this is {sys.platform}. Use the container that "
            "README.md describes."
        )
    isolation = options.isolation == "full"
    hidden = [str(options.course.resolve())]
    if not isolation:
        print(
            "WARNING: --isolation none. Students' code runs with your rights: it can "
            "read and change your files, the gradebook too. Every mark is flagged.",
            file=sys.stderr,
        )
    if options.scheduler:
        scheduler: Any = Cluster(options.scheduler, isolation=isolation, hidden=hidden)
    else:
        scheduler = Local(options.workers, isolation=isolation, hidden=hidden)
    try:
        course = Course(options.course, options.db)
        names = course.assignments() if options.all else [options.assignment]
        chosen = Options(
            seed=options.seed,
            seeds=options.seeds,
            force=options.force,
            students=options.student,
            isolation=isolation,
        )
        limit = float(options.timeout)
        settings = Settings(
            limits=Limits(memory=options.memory << 20),
            times=Times(cell=limit, test=limit, total=10 * limit),
        )
        worst = 0
        with only_one(course), Book(course.db_url, course.course_id) as book:
            for name in names:
                with progress_bar(name) as progress:
                    summary = grade_assignment(
                        course, name, book, scheduler, chosen, settings, progress
                    )
                worst = max(worst, show_records(name, summary))
        return worst
    finally:
        scheduler.close()


def _feedback(options: argparse.Namespace) -> int:
    from .book import Book
    from .course import Course
    from .feedback import make_feedback, show_made
    from .run import only_one
    from .tables import progress_bar

    course = Course(options.course, options.db)
    names = course.assignments() if options.all else [options.assignment]
    worst = 0
    with only_one(course), Book(course.db_url, course.course_id) as book:
        for name in names:
            with progress_bar(name) as progress:
                made = make_feedback(
                    course,
                    name,
                    book,
                    students=options.student,
                    force=options.force,
                    workers=options.workers,
                    progress=progress,
                )
            worst = max(worst, show_made(name, made))
    return worst


def _export(options: argparse.Namespace) -> int:
    from .book import Book
    from .course import Course, CourseError
    from .export import FORMATS

    if options.template and options.format != "canvas":
        raise CourseError("--template goes with --format canvas.")
    course = Course(options.course, options.db)
    plugin = FORMATS[options.format]
    to = options.to or course.root / plugin.default_target
    chosen = {"to": str(to), "assignment": options.assignment or []}
    if options.template:
        chosen["template"] = str(options.template)
    with Book(course.db_url, course.course_id) as book:
        plugin(parent=course.app, **chosen).export(book.gradebook)
    print(f"Written: {to}")
    return 0


def _report(options: argparse.Namespace) -> int:
    from .book import Book
    from .course import Course
    from .report import write_report

    course = Course(options.course, options.db)
    to = options.to or course.root / "report.html"
    with Book(course.db_url, course.course_id) as book:
        write_report(course, options.assignment, book, to)
    print(f"Written: {to}")
    return 0


def _similar(options: argparse.Namespace) -> int:
    from .book import Book
    from .course import Course
    from .similar import compare_class, show_pairs, write_pairs
    from .tables import progress_bar

    course = Course(options.course, options.db)
    to = options.to or course.root / "similar.html"
    with Book(course.db_url, course.course_id) as book:
        with progress_bar(options.assignment) as progress:
            found = compare_class(
                course, options.assignment, book, options.threshold, progress
            )
        write_pairs(found, to)
    show_pairs(found)
    print(f"Written: {to}")
    return 0
