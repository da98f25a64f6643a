"""The live server of the tests is the real one."""

import urllib.error
import urllib.request

import pytest

pytestmark = pytest.mark.client


def test_it_answers_and_keeps_its_data_over_a_restart(own_server):
    server = own_server()
    server.cli("user", "create", "alice", "--email", "alice@example.org")
    server.stop()
    server.start()
    assert server.cli("token", "create", "alice", "--role", "read").startswith("hf_")


def test_a_start_that_fails_shows_why(own_server):
    with pytest.raises(AssertionError, match="GATEHOUSE_SIGNUP is 'sometimes'"):
        own_server(GATEHOUSE_SIGNUP="sometimes")


def test_a_stopped_server_is_gone(own_server):
    server = own_server()
    server.stop()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{server.url}/healthz")
