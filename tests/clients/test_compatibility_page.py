"""The page on clients names the versions that the tests use."""

import re

import pytest

from clients.environments import HERE

PAGE = (HERE.parents[1] / "docs" / "compatibility.md").read_text()
WANTED = {path.stem: path.read_text() for path in sorted((HERE / "requirements").glob("hub-*.in"))}


@pytest.mark.parametrize("name", WANTED)
def test_every_version_that_is_asked_for_is_named(name: str) -> None:
    for version in re.findall(r"==([\d.]+)", WANTED[name]):
        assert version in PAGE
