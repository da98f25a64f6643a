"""Alice's repo, and requests to its large files. Imports wait until Django's settings are there."""

import hashlib
import json

import pytest

DATA = b"weights " * 50_000
OID = hashlib.sha256(DATA).hexdigest()
OBJECT = {"oid": OID, "size": len(DATA)}


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
def writer(alice):
    from factories import make_token

    return make_token(alice, "write")


@pytest.fixture
def reader(repo, alice, carol):
    """Give the token of Carol, who has been let in."""
    from factories import make_token
    from gatehouse.access import access_requests

    access_requests.grant(repo, carol, by=alice)
    return make_token(carol)


@pytest.fixture
def ask(repo):
    """Give a function that sends a batch: ask("upload", token=…, transfers=[…]) → Reply."""
    from lean import call

    def send(operation, *objects, token=None, repo_id="alice/weights", **more):
        headers = {name: more.pop(name) for name in list(more) if name.isupper()}
        body = {"operation": operation, "objects": list(objects) or [OBJECT], **more}
        url = f"/{repo_id}.git/info/lfs/objects/batch"
        return call(url, "POST", token=token, body=json.dumps(body).encode(), **headers)

    return send


@pytest.fixture
def action(ask):
    """Give a function that asks for one address: action("upload", token=…) → URL."""

    def find(operation, what=None, **more):
        reply = ask(operation, **more)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)["objects"][0]["actions"][what or operation]["href"]

    return find
