"""Release: what :command:`nbgrader generate_assignment` does besides its own work."""

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from dlcourse import __version__


class StampVersion(NbGraderPreprocessor):
    """Write the course's version into a released notebook's metadata.

    A hand-in then tells which release it was made from, in
    ``metadata.dlcourse.version``.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict
    ) -> tuple[NotebookNode, dict]:
        """Stamp one notebook (called by nbgrader)."""
        nb.metadata["dlcourse"] = {"version": __version__}
        return nb, resources
