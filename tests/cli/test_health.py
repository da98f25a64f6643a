"""GET /healthz says whether the hub can work."""

from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import Client

pytestmark = pytest.mark.django_db


def test_it_is_well(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]


def test_it_says_that_the_disk_takes_no_files(client: Client, data: Path) -> None:
    data.rmdir()
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"not working: disk\n")


def test_it_says_that_the_database_does_not_answer(client: Client) -> None:
    def away(*_arguments: object) -> None:
        raise DatabaseError

    with connection.execute_wrapper(away):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (503, b"not working: database\n")


def test_it_takes_no_post(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
