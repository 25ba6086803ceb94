"""Hand-ins that nbgrader cannot grade as they are."""

from traitlets.log import get_logger

from dlcourse import notebooks as notebook_files


def set_aside_unreadable(assignment: str, student: str, notebooks: list[str]) -> None:
    """Keep notebooks that cannot be read from spoiling the rest of a hand-in.

    nbgrader calls this before it grades one student's hand-in
    (``Autograde.pre_convert_hook``). A file that is no notebook is reported and taken
    off the list: the student's other notebooks are graded, and this one waits in the
    gradebook as needing a person, instead of becoming a zero without a word.

    Parameters
    ----------
    assignment, student : str
        As nbgrader was asked for them; may be ``"*"``.
    notebooks : list of str
        Paths of this hand-in's notebooks; changed in place.
    """
    for path in list(notebooks):
        try:
            notebook_files.read(path)
        except notebook_files.NotebookError as error:
            notebooks.remove(path)
            get_logger().error(
                "%s It was not graded and counts as needing manual grading. Ask the "
                "student for the file again, put it in this place, and run nbgrader "
                "autograde for this student with --force.",
                error,
            )
