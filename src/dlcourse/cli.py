"""The command ``dlcourse``."""

import argparse
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
    from dlcourse.report import CannotCheck, check_notebook

    sys.stdout.reconfigure(errors="replace")  # a console may lack a letter
    all_pass = True
    for path in options.notebooks:
        try:
            report = check_notebook(path)
        except CannotCheck as error:
            print(error, file=sys.stderr)
            return 2
        print(report)
        all_pass = all_pass and report.passed
    return 0 if all_pass else 1


if __name__ == "__main__":
    sys.exit(main())
