"""The instructor's commands: ``dlcourse grade``, ``feedback``, ``export``, …

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
    which = grade.add_mutually_exclusive_group(required=True)
    which.add_argument("assignment", nargs="?", metavar="ASSIGNMENT")
    which.add_argument("--all", action="store_true", help="every assignment")
    grade.add_argument(
        "--student", action="append", metavar="ID", help="only this one (repeatable)"
    )
    grade.add_argument(
        "--force", action="store_true", help="grade again what is graded"
    )
    grade.add_argument(
        "--workers", type=_positive, metavar="N", help="submissions at a time (cores)"
    )
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


def _command(commands: Any, name: str, run: Any, summary: str, text: str) -> Any:
    parser = commands.add_parser(name, help=f"(teaching) {summary}", description=text)
    parser.add_argument(
        "--course", type=Path, default=Path(), metavar="DIR", help="the class folder"
    )
    parser.add_argument("--db", metavar="URL", help="the gradebook's address")
    parser.set_defaults(run=lambda options: _guarded(run, options))
    return parser


def _positive(text: str) -> int:
    number = _natural(text)
    if number == 0:
        raise argparse.ArgumentTypeError("0 was given, at least 1 is needed")
    return number


def _natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number of at least 0")
    return int(text)


def _guarded(run: Any, options: argparse.Namespace) -> int:
    """Run a command; say in words what keeps it from its work."""
    try:
        from sqlalchemy.exc import DBAPIError

        from .course import CourseError
        from .sandbox import NoIsolation
    except ImportError as error:
        print(
            f"This command is for instructors and needs more than is installed "
            f"({error}). In the course's folder: pip install -e '.[grading]'",
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
            f"{error}\nNothing that was finished is lost; mend this and run the command "
            "again.",
            file=sys.stderr,
        )
    except KeyboardInterrupt:
        print("\nStopped. Run the command again to go on.", file=sys.stderr)
        return 130
    return 2


def _grade(options: argparse.Namespace) -> int:
    from .book import Book
    from .course import Course
    from .engine import Settings
    from .examiner import Times
    from .run import Options, grade_assignment, only_one
    from .sandbox import Limits
    from .schedulers import Cluster, Local
    from .tables import progress_bar, show_records

    isolation = options.isolation == "full"
    hidden = [str(options.course.resolve())]
    if not isolation:
        print(
            "WARNING: --isolation none. Students' code runs with your rights: it can "
            "read and change your files, the gradebook included. Every mark is flagged.",
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
