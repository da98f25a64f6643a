"""Alice's gated repo, and who wants to send to it or have it. Imports wait until Django's settings are there."""

import pytest


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

    return make_repo(alice, "weights", gated="manual")


@pytest.fixture
def sender(repo, alice):
    """Give Alice's client for her repo."""
    from factories import make_token
    from xet.sender import Sender

    return Sender(make_token(alice, "write"))


@pytest.fixture
def reader(repo, alice, carol):
    """Give the client of Carol, who has been let in."""
    from factories import make_token
    from gatehouse.access import access_requests
    from xet.sender import Sender

    access_requests.grant(repo, carol, by=alice)
    return Sender(make_token(carol))


@pytest.fixture
def stranger(repo, carol):
    """Give the client of Carol, who has a repo of her own and no right to Alice's."""
    from factories import make_repo, make_token
    from xet.sender import Sender

    make_repo(carol, "own")
    return Sender(make_token(carol, "write"), "carol/own")
