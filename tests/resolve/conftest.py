"""Alice's gated repo, and who comes to it. Imports wait until Django's settings are there."""

import pytest

CONFIG = b'{"model_type": "tiny"}\n'


@pytest.fixture
def alice(db):
    from factories import make_user

    return make_user("alice")


@pytest.fixture
def carol(db):
    from factories import make_user

    return make_user("carol")


@pytest.fixture
def repo(alice):
    """Give alice/weights, gated by hand."""
    from factories import make_repo

    files = {"config.json": CONFIG, "README.md": "# Weights\n", "notes/page.html": "<script>alert(1)</script>"}
    return make_repo(alice, "weights", gated="manual", files=files)


@pytest.fixture
def token(repo, alice, carol):
    """Give Carol's token; she has been let in."""
    from factories import make_token
    from gatehouse.access import access_requests

    access_requests.grant(repo, carol, by=alice)
    return make_token(carol)


@pytest.fixture(autouse=True)
def _no_downloads_yet():
    from gatehouse.repos import downloads

    downloads._counted.clear()
