"""The command ``dlcourse``."""

import argparse
import contextlib
import subprocess
import sys
from pathlib import Path

from dlcourse import __version__
from dlcourse.grading.commands import add_commands


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code is 0 if all went well."""
    # jsonschema, behind nbformat, would import this for a check of addresses that no
    # notebook asks for; it takes two seconds.
    sys.modules.setdefault("rfc3987_syntax", None)
    parser = argparse.ArgumentParser(
        prog="dlcourse", description="Deep Learning: Principles and Practice"
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    check = commands.add_parser(
        "check",
        help="run the visible tests of your exercises",
        description="Run your exercise notebooks from top to bottom and say, problem "
        "by problem, what their visible tests find. Your files are not changed. Their "
        "code runs as it would in Jupyter, with nothing between it and this computer: "
        "check your own notebooks only. Ctrl-C stops a cell that takes too long. The "
        "hand-in is graded with further, hidden tests.",
    )
    check.add_argument("notebooks", nargs="+", type=Path, metavar="NOTEBOOK")
    check.set_defaults(run=_check)
    add_commands(commands)
    options = parser.parse_args(arguments)
    return options.run(options)


def _check(options: argparse.Namespace) -> int:
    if len(options.notebooks) > 1:
        return _check_apart(options.notebooks)
    from dlcourse.report import CannotCheck, check_notebook

    sys.stdout.reconfigure(errors="replace")  # a console may lack a letter
    try:
        report = check_notebook(*options.notebooks)
    except CannotCheck as error:
        print(error, file=sys.stderr)
        return 2
    print(report)
    return 0 if report.passed else 1


def _check_apart(paths: list[Path]) -> int:
    """Check each notebook in a process of its own, as Jupyter gives each a kernel.

    What one sets in a library, such as a default type of numbers, would hold for the
    next.
    """
    worst = 0
    for path in paths:
        command = [sys.executable, "-m", "dlcourse", "check", str(path)]
        process = subprocess.Popen(command)
        code = None
        while code is None:
            # Ctrl-C reaches that process too, and stops a cell there.
            with contextlib.suppress(KeyboardInterrupt):
                code = process.wait()
        if code not in (0, 1):
            return code
        worst = max(worst, code)
    return worst


if __name__ == "__main__":
    sys.exit(main())
