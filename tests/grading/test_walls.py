"""The walls stand wherever Python lies."""

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from dlcourse.grading import sandbox
from dlcourse.grading.sandbox import Limits, NoIsolation
from dlcourse.grading.warm import Warm
from tests.exercises.problems import ROOT, lessons

PROGRAM = """
import sys
from pathlib import Path
from dlcourse.grading.engine import Settings, grade, read_lesson
from dlcourse.grading.warm import Warm

lesson = read_lesson(Path(sys.argv[1]), "1")
with Warm(hidden=sys.argv[2:]) as warm:
    content = Path(sys.argv[1]).read_bytes()
    result = grade([lesson], {f"{lesson.name}.ipynb": content}, Settings(), warm)
outcomes = result.notebooks[lesson.name].outcomes
print(result.fault or {outcome.status for outcome in outcomes.values()})
"""


@pytest.mark.parametrize("place", ["inside the class folder", "elsewhere"])
def test_python_may_lie_under_tmp_and_in_the_class_folder(tmp_path, place):
    """As in a clone somewhere under /tmp, with its environment in it."""
    environment = tmp_path / ".venv"
    venv.create(environment, symlinks=True)
    (packages,) = environment.glob("lib/python*/site-packages")
    ours = sysconfig.get_paths()["purelib"]
    (packages / "ours.pth").write_text(f"{ROOT / 'src'}\n{ours}\n")
    hidden = [str(tmp_path)] if place == "inside the class folder" else []
    done = subprocess.run(
        [
            environment / "bin" / "python",
            "-c",
            PROGRAM,
            next(iter(lessons().values())).path,
            *hidden,
        ],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert done.stdout.strip() == "{'passed'}"


def test_a_python_that_is_not_to_be_seen_is_no_zero_but_a_fault(tmp_path, monkeypatch):
    """Marks given without half of Python would be wrong without a word."""
    main = f"import sys; sys.path.append({str(tmp_path)!r}); "
    main += "from dlcourse.grading import warm; warm.__name__ = 'warm'; warm._main()"
    popen = subprocess.Popen

    def start(command, **kwargs):
        return popen([*command[:2], "-c", main, *command[4:]], **kwargs)

    monkeypatch.setattr("dlcourse.grading.warm.subprocess.Popen", start)
    with Warm() as warm, pytest.raises(NoIsolation, match="cannot be seen"):
        warm.start("student", "plain", Limits(), fence=[])


def test_what_is_missing_is_named(monkeypatch):
    """Without libseccomp grading is refused, with what to install."""
    sandbox.call_filter.cache_clear()
    monkeypatch.setitem(sys.modules, "pyseccomp", None)
    with pytest.raises(NoIsolation, match="apt-get install libseccomp2"):
        sandbox.call_filter()
    sandbox.call_filter.cache_clear()


def test_the_folders_to_be_seen_hold_no_course(tmp_path):
    seen = [Path(folder) for folder in sandbox._read_only()]
    for folder in ("solutions", "tests", "exercises", "src"):
        assert not any((ROOT / folder).is_relative_to(place) for place in seen)
