"""Every answer that these tests get is held against what is promised."""

from collections.abc import Iterator

import pytest

from contract import witness

_told: list[str] = []


@pytest.fixture(autouse=True, scope="session")
def _watch() -> None:
    witness.watch(_told.append)


@pytest.fixture(autouse=True)
def _as_described(_watch: None) -> Iterator[None]:
    """Fail the test that got an answer which is not as described."""
    _told.clear()
    yield
    assert not _told, "\n".join(sorted(set(_told)))
