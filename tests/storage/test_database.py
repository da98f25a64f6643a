"""Plain SQL on this thread's connection, which the server may have closed meanwhile."""

import os

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import Error

from gatehouse.storage.database import drop_stale_connection, fetch_row

NAMES = "SELECT name FROM accounts_namespace WHERE name = %s"
only_postgres = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that hangs up")


def hang_up() -> None:
    """End this thread's connection as a server does that restarts."""
    pid = connection.connection.info.backend_pid
    with psycopg.connect(os.environ["GATEHOUSE_TEST_POSTGRES"], autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


@pytest.mark.django_db
def test_a_row_or_none_is_found():
    assert fetch_row("SELECT 1 + %s", (1,)) == (2,)
    assert fetch_row(NAMES, ("nobody",)) is None


@only_postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_closed_is_opened_anew():
    fetch_row(NAMES, ("a",))
    hang_up()
    assert fetch_row(NAMES, ("a",)) is None


@only_postgres
@pytest.mark.django_db(transaction=True)
def test_a_lost_transaction_is_not_gone_on_with():
    def go_on() -> None:
        with transaction.atomic():
            fetch_row(NAMES, ("a",))
            hang_up()
            fetch_row(NAMES, ("a",))

    with pytest.raises((psycopg.Error, Error)):
        go_on()


@only_postgres
@pytest.mark.django_db(transaction=True)
def test_the_orm_gets_a_new_connection_too():
    fetch_row(NAMES, ("a",))
    hang_up()
    drop_stale_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@pytest.mark.django_db(transaction=True)
def test_an_open_transaction_keeps_its_connection():
    with transaction.atomic():
        fetch_row(NAMES, ("a",))
        before = connection.connection
        drop_stale_connection()
        assert connection.connection is before
