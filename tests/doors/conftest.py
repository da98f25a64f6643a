"""Lets the tests of this folder import what stands beside them, and keep their transaction over many requests."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep Django from closing the test's connection after a request, as its own test client does."""
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    yield
    request_started.connect(close_old_connections)
    request_finished.connect(close_old_connections)
