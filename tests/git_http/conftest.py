"""Two people who use git."""

import pytest

from git_people import Person
from live import LiveServer


@pytest.fixture(scope="session")
def alice(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Give Alice, who owns repos. Making a person takes seconds, so all tests share her; she keeps no state."""
    return Person(live_server, tmp_path_factory.mktemp("homes"))


@pytest.fixture(scope="session")
def carol(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Give Carol, a stranger."""
    return Person(live_server, tmp_path_factory.mktemp("homes"))
