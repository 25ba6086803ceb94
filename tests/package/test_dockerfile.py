"""The container's recipe cannot be built everywhere; it is held to what it copies."""

import re
import shlex
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", TEXT)
    lines = [line for line in joined.splitlines() if line and line[0] != "#"]
    return [tuple(re.split(r"\s+", line, maxsplit=1)) for line in lines]


def test_it_has_a_python_that_the_course_supports():
    (base,) = [value for name, value in instructions() if name == "FROM"]
    version = tuple(map(int, re.match(r"python:(\d+)\.(\d+)-", base).groups()))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert version >= tuple(map(int, project["requires-python"][2:].split(".")))


def test_what_it_copies_is_there_and_reaches_the_build():
    ignored = (ROOT / ".dockerignore").read_text().split()
    for name, value in instructions():
        if name == "COPY":
            *sources, _ = shlex.split(value)
            for source in sources:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in ignored, f"{source} is left out by .dockerignore"


def test_it_installs_what_an_instructor_needs_at_the_pinned_versions():
    installs = " ".join(value for name, value in instructions() if name == "RUN")
    assert "-c constraints.txt -e '.[grading]'" in installs
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert "grading" in project["optional-dependencies"]
    installed = (ROOT / ".ci/run").read_text()
    packages = set(re.findall(r"(?:first|rest)\+=\((\S+)\)", installed))
    for package in re.search(r"--no-install-recommends ([\w\s-]+?) +&&", installs)[
        1
    ].split():
        assert package in packages, f"{package}: what CI tests with has another name"


@pytest.mark.parametrize(
    "option", re.findall(r"--(?:cap-add|security-opt)[= ]\S+", TEXT.split("FROM")[0])
)
def test_the_readme_gives_the_same_options(option):
    assert option in README


def test_it_starts_the_command_that_exists():
    (entry,) = [value for name, value in instructions() if name == "ENTRYPOINT"]
    (script,) = re.findall(r'"(\w+)"', entry)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert script in project["scripts"]
