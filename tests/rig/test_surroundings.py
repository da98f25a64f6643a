"""The tests' own surroundings hold what they promise."""

import os
import socket

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection


def test_a_connection_beyond_loopback_is_refused():
    with socket.socket() as probe, pytest.raises(AssertionError, match="wants to connect"):
        probe.connect(("192.0.2.1", 80))


def test_a_connection_to_loopback_is_allowed():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


@pytest.mark.django_db
def test_the_database_is_the_one_that_was_asked_for():
    wanted = "postgresql" if os.environ.get("GATEHOUSE_TEST_DATABASE") == "postgres" else "sqlite"
    assert connection.vendor == wanted


def test_the_data_folder_is_this_tests_own(tmp_path):
    assert tmp_path / "data" == settings.DATA


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration():
    call_command("makemigrations", check=True, dry_run=True, verbosity=3)
