"""The workflows call what can be run anywhere: make targets and scripts."""

import re
import subprocess

import pytest
import yaml

from tests.site.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def commands(workflow) -> list[str]:
    """List the shell commands of a workflow."""
    jobs = yaml.safe_load(workflow.read_text("utf-8"))["jobs"].values()
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_what_a_workflow_calls_is_there(workflow):
    text = "\n".join(commands(workflow))
    for target in re.findall(r"\bmake ([\w./-]+)", text):
        done = subprocess.run(
            ["make", "-n", target], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
    for script in re.findall(r"\bbash (\S+)", text):
        assert (ROOT / script).is_file()


def test_the_site_is_published_by_the_commands_that_build_it_here():
    (publish,) = [path for path in WORKFLOWS if path.stem == "publish"]
    made = re.findall(r"\bmake (\S+)", "\n".join(commands(publish)))
    assert made == ["book", "site-report", "pdf", "offline"]
    (events,) = [yaml.safe_load(publish.read_text("utf-8"))[True]]
    assert events["push"] == {"tags": ["v*"]}
    assert "pull_request" in events
