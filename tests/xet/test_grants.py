"""Newer clients ask before they send a xorb: they are spared what the repo has, and put the rest where they are told."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from factories import make_org, make_repo, make_token, make_user
from gatehouse.accounts.models import AccessToken, User
from gatehouse.repos import xet_files
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import delete_repo
from gatehouse.repos.xet_models import RepoXorb, Xorb
from gatehouse.storage.crc64 import crc64_nvme
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.storage.xet.xorb_table import write_footer
from gatehouse.xet import grants
from lean import Meanwhile, Reply, call, environ_of
from lean import send as send_environ
from xet.samples import chunks_of, name_of, term
from xet.sender import Sender
from xet.test_xorb_uploads import stored_files

CHUNKS = chunks_of("grant", 5)


def ask(sender: Sender, xorb: bytes, body: bytes, **lies: Any) -> Reply:
    """Ask for a grant; `lies` replace what is true of the body."""
    said = {"length": len(body), "checksum": {"algo": "crc64nvme", "value": str(crc64_nvme(body))}} | lies
    return sender.cas("write", f"v1/xorb-grants/default/{to_hex(xorb)}", "POST", json.dumps(said).encode())


def grant(sender: Sender, xorb: bytes, body: bytes, **lies: Any) -> dict[str, Any]:
    reply = ask(sender, xorb, body, **lies)
    assert reply.status == 201, reply.body
    return json.loads(reply.body)


def put(given: dict[str, Any], body: bytes, **headers: str) -> Reply:
    return call(given["url"], given["method"], body=body, **headers)


def confirm(sender: Sender, xorb: bytes, given: dict[str, Any]) -> Reply:
    return sender.cas("write", f"v1/xorb-commits/default/{to_hex(xorb)}/grant/{given['id']}", "POST")


def send(sender: Sender) -> tuple[bytes, bytes]:
    table, body = sender.make_xorb(CHUNKS)
    assert put(grant(sender, table.xorb, body), body).status == 200
    return table.xorb, body


def test_a_xorb_comes_in_by_a_grant_as_it_does_without(sender):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body)
    assert confirm(sender, table.xorb, given).status == 404
    assert put(given, body).status == 200
    assert confirm(sender, table.xorb, given).status == 200
    assert xet_files.xorbs().path(table.xorb).read_bytes() == body + write_footer(table)
    assert sender.post_shard(sender.record(term(table, 0, 5))).status == 200


def test_the_address_lies_on_the_hub_and_bears_all_that_is_needed(sender, settings):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body)
    assert given["url"].startswith(f"{settings.PUBLIC_URL}/xet/grants/")
    assert (given["method"], given["headers"]) == ("PUT", {})


def test_what_the_repo_has_is_not_asked_for_again(sender):
    xorb, body = send(sender)
    assert ask(sender, xorb, body).status == 200


def test_what_another_repo_has_is_asked_for_as_if_there_was_none(sender, stranger):
    xorb, body = send(sender)
    given = grant(stranger, xorb, body)
    assert confirm(stranger, xorb, given).status == 404
    assert put(given, body).body == b'{"was_inserted": true}'
    assert RepoXorb.objects.count() == 2


def test_a_second_try_is_told_that_it_came(sender):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body)
    assert [put(given, body).status for _ in range(2)] == [200, 412]


@pytest.mark.parametrize("lose", [lambda path: path.unlink(), lambda path: path.write_bytes(b"damaged")])
def test_what_is_lost_is_asked_for_and_mended(sender, lose):
    xorb, body = send(sender)
    path = xet_files.xorbs().path(xorb)
    lose(path)
    assert put(grant(sender, xorb, body), body).status == 200
    assert path.read_bytes().startswith(body)


def test_what_is_condemned_is_asked_for_and_saved(sender):
    xorb, body = send(sender)
    Xorb.objects.update(condemned_at=timezone.now())
    assert put(grant(sender, xorb, body), body).status == 200
    assert Xorb.objects.get().condemned_at is None


def flip(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


SPOILT = {
    "a byte less": (lambda body: body[:-1], 422),
    "a byte more": (lambda body: body + b"x", 413),
    "other bytes": (flip, 422),
    "nothing": (lambda _: b"", 422),
}


@pytest.mark.parametrize(("spoil", "status"), SPOILT.values(), ids=SPOILT)
def test_other_bytes_than_the_announced_are_refused_and_nothing_is_kept(sender, data, spoil, status):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body)
    assert (put(given, spoil(body)).status, stored_files(data)) == (status, [])
    assert not Xorb.objects.exists()
    assert put(given, body).status == 200


LIES = {
    "the length": {"length": 1 << 20},
    "the checksum": {"checksum": {"algo": "crc64nvme", "value": "1"}},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_a_sound_xorb_that_was_announced_otherwise_is_refused(sender, data, lie):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body, **lie)
    assert put(given, body).status == 422
    assert stored_files(data) == []


def test_the_checksum_does_not_stand_for_the_hash(sender, data):
    _, body = sender.make_xorb(CHUNKS)
    assert put(grant(sender, name_of(CHUNKS[:1]), body), body).status == 400
    assert stored_files(data) == []


CHECKSUM = {"algo": "crc64nvme", "value": "1"}
BAD = {
    "no length": {"length": None},
    "a length of nothing": {"length": 0},
    "a negative length": {"length": -1},
    "a huge length": {"length": 1 << 62},
    "a length that is true": {"length": True},
    "a broken length": {"length": 1.5},
    "no checksum": {"checksum": None},
    "another checksum": {"checksum": {"algo": "crc32", "value": "1"}},
    "no value": {"checksum": {"algo": "crc64nvme"}},
    **{
        f"the value {value!r}": {"checksum": CHECKSUM | {"value": value}}
        for value in (1, "", "-1", "0x1", "one", "٣", "1" * 21, str(1 << 64), [])
    },
}


@pytest.mark.parametrize("lie", BAD.values(), ids=BAD)
def test_what_cannot_be_granted_is_refused(sender, lie):
    assert ask(sender, bytes(32), b"x", **lie).status == 400


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 400), (b"[]", 400), (b"\xff", 400), (b"[" * 4096, 400), (b" " * 5000, 413)]
)
def test_a_request_that_is_none_is_refused(sender, body, status):
    assert sender.cas("write", f"v1/xorb-grants/default/{'0' * 64}", "POST", body).status == status


def test_a_grant_ends_after_minutes(sender, data, monkeypatch):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body)
    monkeypatch.setattr(grants, "GRANT_S", -1)
    assert (put(given, body).status, stored_files(data)) == (403, [])


def another_end(signed: bytes) -> bytes:
    """Change the last letter into one that a signature may have, too: other ones lead to no door at all."""
    return signed[:-1] + (b"B" if signed.endswith(b"A") else b"A")


@pytest.mark.parametrize(
    "spoil", [another_end, lambda signed: signed[:-1], lambda _: b"x", lambda _: b"\xe9:\xe9:\xe9"]
)
def test_a_forged_grant_is_none(sender, data, spoil):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body)
    head, signed = given["url"].rsplit("/", 1)
    forged = "".join(f"%{byte:02x}" for byte in spoil(signed.encode()))
    assert call(f"{head}/{forged}", "PUT", body=body).status == 403
    assert stored_files(data) == []


def test_a_pass_is_no_grant_and_a_grant_no_pass(sender):
    table, body = sender.make_xorb(CHUNKS)
    given, entered = grant(sender, table.xorb, body), sender.enter("write")
    assert call(given["url"].replace(given["id"], entered["accessToken"]), "PUT", body=body).status == 403
    address = f"{entered['casUrl']}/v1/xorbs/default/{to_hex(table.xorb)}"
    assert call(address, "POST", token=given["id"], body=body).status == 401


def test_nobody_learns_anything_by_the_grant_of_another(sender, stranger, alice):
    """The xorb is in both repos, and each grant tells of its own bearer's alone."""
    table, body = sender.make_xorb(CHUNKS)
    mine, hers = grant(sender, table.xorb, body), grant(stranger, table.xorb, body)
    put(mine, body)
    put(hers, body)
    assert confirm(stranger, table.xorb, mine).status == 404
    assert confirm(Sender(make_token(alice, "write")), table.xorb, mine).status == 404
    other, other_body = sender.make_xorb(CHUNKS[:2])
    assert confirm(sender, table.xorb, grant(sender, other.xorb, other_body)).status == 404
    assert confirm(stranger, table.xorb, hers).status == 200


def test_readers_and_strangers_are_granted_nothing(sender, reader, stranger):
    table, body = sender.make_xorb(CHUNKS)
    said = json.dumps({"length": len(body), "checksum": CHECKSUM}).encode()
    path = f"v1/xorb-grants/default/{to_hex(table.xorb)}"
    assert sender.cas("read", path, "POST", said).status == 403
    assert reader.cas("read", path, "POST", said).status == 403
    address = f"{sender.enter('write')['casUrl']}/{path}"
    assert call(address, "POST", token=stranger.enter("write")["accessToken"], body=said).status == 403
    assert call(address, "POST", body=said).status == 401


TAKEN = {
    "the token": lambda: AccessToken.objects.filter(user__username="alice").delete(),
    "the token's time": lambda: AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1)),
    "the account": lambda: User.objects.filter(username="alice").update(is_active=False),
    "the repo": lambda: delete_repo(Repo.objects.get()),
}


@pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
def test_rights_that_are_taken_away_in_between_are_gone(sender, data, take: Callable[[], object]):
    table, body = sender.make_xorb(CHUNKS)
    entered, given = sender.enter("write"), grant(sender, table.xorb, body)
    take()
    assert put(given, body).status in {401, 403, 404}
    assert stored_files(data) == []
    address = f"{entered['casUrl']}/v1/xorb-commits/default/{to_hex(table.xorb)}/grant/{given['id']}"
    assert call(address, "POST", token=entered["accessToken"]).status in {401, 403, 404}


@pytest.mark.parametrize("take", TAKEN.values(), ids=TAKEN)
@pytest.mark.parametrize("granted", [True, False])
def test_rights_that_are_taken_away_while_the_bytes_come_are_gone(sender, data, take, granted):
    table, body = sender.make_xorb(CHUNKS)
    entered = sender.enter("write")
    if granted:
        environ = environ_of(grant(sender, table.xorb, body)["url"], "PUT", body=body)
    else:
        address = f"{entered['casUrl']}/v1/xorbs/default/{to_hex(table.xorb)}"
        environ = environ_of(address, "POST", token=entered["accessToken"], body=body)
    environ["wsgi.input"] = Meanwhile(body, take)
    assert send_environ(environ).status in {401, 403, 404}
    assert stored_files(data) == []


def test_a_member_who_becomes_a_reader_ends_nothing_that_was_begun(db, data):
    acme = make_org(admin=make_user("alice"), bob="write")
    make_repo(acme, "weights", gated="manual")
    bob = acme.memberships.get(user__username="bob")
    sender = Sender(make_token(bob.user, "write"), "acme/weights")
    table, body = sender.make_xorb(CHUNKS)
    entered, given = sender.enter("write"), grant(sender, table.xorb, body)
    bob.role = "read"
    bob.save()
    assert (put(given, body).status, stored_files(data)) == (403, [])
    address = f"{entered['casUrl']}/v1/xorb-commits/default/{to_hex(table.xorb)}/grant/{given['id']}"
    assert call(address, "POST", token=entered["accessToken"]).status == 403


def test_a_writer_who_may_not_read_sends_directly_and_learns_nothing(db):
    alice = make_user("alice")
    acme = make_org(admin=alice, bob="write")
    repo = make_repo(acme, "weights", creator=alice)
    sender = Sender(make_token(alice, "write"), "acme/weights")
    bob = Sender(make_token(acme.memberships.get(user__username="bob").user, "write"), "acme/weights")
    other, other_body = bob.make_xorb(CHUNKS[:2])
    before = grant(bob, other.xorb, other_body)
    xorb, body = send(sender)
    Repo.objects.filter(pk=repo.pk).update(gated="manual", org_members_gated=True)
    assert {ask(bob, each, body).status for each in (xorb, bytes(32))} == {404}
    assert put(before, other_body).status == 404
    assert bob.post_xorb(xorb, body).status == 200


def test_pages_of_other_origins_may_put_too(sender):
    table, body = sender.make_xorb(CHUNKS)
    given = grant(sender, table.xorb, body)
    reply = call(given["url"], "OPTIONS")
    assert (reply.status, "PUT" in reply.headers["access-control-allow-methods"]) == (204, True)
    assert put(given, body).headers["access-control-allow-origin"] == "*"
    assert call(given["url"]).status == 405


def test_to_be_told_that_it_is_there_costs_no_statement_of_djangos(sender, repo, django_assert_num_queries):
    xorb, _ = send(sender)
    with django_assert_num_queries(0):  # it goes past Django's cursor
        assert xet_files.has_xorb(repo.pk, xorb)
