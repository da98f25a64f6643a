"""What pyproject.toml asks for is what gets installed, from hashes and from nowhere in particular."""

import re
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PINNED_LISTS = [
    *ROOT.glob("requirements*.lock"),
    *ROOT.glob("tests/clients/requirements/*.txt"),
    ROOT / "tests/clients/js/package-lock.json",
]


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w.-]+", line)[0].lower().replace("_", "-") for line in requirements}


def pinned(lock: str) -> set[str]:
    return names(re.findall(r"^\S+==\S+", (ROOT / lock).read_text(), re.MULTILINE))


def test_the_runtime_lock_has_every_dependency():
    assert names(PYPROJECT["dependencies"]) <= pinned("requirements.lock")


def test_the_development_lock_has_every_dependency():
    wanted = PYPROJECT["dependencies"] + PYPROJECT["optional-dependencies"]["dev"]
    assert names(wanted) <= pinned("requirements-dev.lock")


def test_the_reason_for_every_dependency_is_written_down():
    table = re.findall(r"^\| ([\w, .-]+) \|", (ROOT / "docs/adr/0002-dependencies.md").read_text(), re.MULTILINE)
    assert names(PYPROJECT["dependencies"]) <= set(", ".join(table).split(", "))


def test_both_locks_agree():
    runtime = re.findall(r"^\S+==\S+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert set(runtime) <= set((ROOT / "requirements-dev.lock").read_text().split())


@pytest.mark.parametrize("path", PINNED_LISTS, ids=lambda path: path.name)
def test_no_pinned_list_names_an_index(path):
    assert not re.search(r"https?:|^--", path.read_text(), re.MULTILINE)
