"""What somebody tries who has an account, a token that reads, and hashes and addresses of others."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from factories import make_repo, make_token
from gatehouse.accounts.models import AccessToken, User
from gatehouse.repos import xet_files
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import delete_repo, move_repo
from gatehouse.storage.xet.hashes import chunk_hash, to_hex
from lean import Reply, call
from xet.samples import chunks_of, term
from xet.sender import Sender, addresses

CHUNKS = chunks_of("attack", 6)
UNKNOWN = "0" * 64


@pytest.fixture
def file_hash(sender):
    return sender.upload("model.bin", CHUNKS)


def told(reply: Reply) -> tuple[object, ...]:
    """Give all that the caller can tell an answer by; how often they have asked they know."""
    headers = {
        name: value for name, value in reply.headers.items() if not name.startswith(("ratelimit", "x-request-id"))
    }
    return reply.status, headers, reply.body


@pytest.mark.parametrize("version", ["v2/", "v1/", ""])
def test_no_answer_tells_what_another_repo_has(file_hash, sender, stranger, version):
    """Whatever one asks, what is stored for others and what is stored nowhere get the same answer, at each address."""
    [xorb] = xet_files.xorbs().hashes()
    assert stranger.plan(file_hash).status == 404
    known, new = f"{version}reconstructions/{file_hash}", f"{version}reconstructions/{UNKNOWN}"
    assert told(stranger.cas("read", known)) == told(stranger.cas("read", new))
    version = version.replace("v2", "v1")
    known, new = to_hex(chunk_hash(CHUNKS[0])), UNKNOWN
    for prefix in ("default", "default-merkledb"):
        asked = [stranger.cas("write", f"{version}chunks/{prefix}/{chunk}") for chunk in (known, new)]
        assert told(asked[0]) == told(asked[1])
        assert asked[0].status == 404
    said = b'{"length": 9, "checksum": {"algo": "crc64nvme", "value": "1"}}'
    asked = [stranger.cas("write", f"v1/xorb-grants/default/{name}", "POST", said) for name in (to_hex(xorb), UNKNOWN)]
    assert {reply.status for reply in asked} == {201}
    names = [json.loads(reply.body)["id"] for reply in asked]
    paths = [f"v1/xorb-commits/default/{name}/grant/" for name in (to_hex(xorb), UNKNOWN)]
    asked = [stranger.cas("write", path + name, "POST") for path, name in zip(paths, names, strict=True)]
    assert told(asked[0]) == told(asked[1])
    assert asked[0].status == 404


@pytest.mark.parametrize("path", ["v2/shards", "v1/shards", "shards"])
def test_a_shard_cannot_find_out_which_xorbs_there_are(sender, stranger, path):
    table = sender.send_xorb(CHUNKS)
    stranger.make_xorb(CHUNKS)
    nowhere, _ = stranger.make_xorb(chunks_of("nowhere", 6))
    lies = {"file_hash": bytes(32)}
    asked = [stranger.post_shard(stranger.record(term(each, 0, 6), **lies), path=path) for each in (table, nowhere)]
    assert told(asked[0]) == told(asked[1])
    assert asked[0].status == 400


@pytest.mark.parametrize("epoch", [0, 1, 99])
@pytest.mark.parametrize(
    "path", ["v2/reconstructions/{}", "v1/reconstructions/{}", "reconstructions/{}", "v1/chunks/default/{}"]
)
def test_a_pass_is_good_at_no_other_repos_address(file_hash, stranger, repo, path, epoch):
    for right in ("read", "write"):
        token = stranger.enter(right)["accessToken"]
        reply = call(f"/xet/{repo.public_id}-{epoch}/{path.format(file_hash)}", token=token)
        assert reply.status == 403
        assert "plan" not in reply.text


def test_a_repo_made_anew_under_the_name_knows_nothing_of_the_former(file_hash, sender, reader, repo, alice, carol):
    given = {right: sender.enter(right) for right in ("read", "write")} | {"reader": reader.enter("read")}
    ranges = addresses(reader.plan(file_hash))
    delete_repo(repo)
    make_repo(alice, "weights")
    for each in given.values():
        address = f"{each['casUrl']}/v2/reconstructions/{file_hash}"
        assert call(address, token=each["accessToken"]).status == 404
    assert [call(url, RANGE=wanted).status for url, wanted in ranges] == [404]
    assert sender.plan(file_hash).status == 404
    assert Sender(make_token(carol, "read")).plan(file_hash).status == 404
    [xorb] = sender.tables
    assert sender.post_shard(sender.record(term(sender.tables[xorb], 0, 6))).status == 400


def test_a_former_name_gives_no_more_than_the_present_one(file_hash, sender, repo, alice, carol):
    stranger = Sender(make_token(carol, "write"))
    move_repo(repo, alice.namespace, "moved")
    assert Sender(sender.token).plan(file_hash).status == 200
    assert stranger.ask("read").code == "GatedRepo"
    Repo.objects.filter(pk=repo.pk).update(private=True)
    never = Sender(stranger.token, "alice/never")
    for right in ("read", "write"):
        assert told(stranger.ask(right)) == told(never.ask(right))
        assert stranger.ask(right).code == "RepoNotFound"


def test_a_name_that_somebody_takes_over_leads_to_their_repo_only(file_hash, sender, repo, alice):
    given = sender.enter("read")
    move_repo(repo, alice.namespace, "moved")
    taken = make_repo(alice, "weights")
    assert sender.enter("read")["casUrl"] != given["casUrl"]
    assert sender.plan(file_hash).status == 404
    reply = call(f"/xet/{taken.public_id}-0/v2/reconstructions/{file_hash}", token=given["accessToken"])
    assert reply.status == 403
    reply = call(f"{given['casUrl']}/v2/reconstructions/{file_hash}", token=given["accessToken"])
    assert reply.status == 200


CLOSINGS = {
    "gated by hand": ({"gated": "manual"}, "GatedRepo"),
    "gated automatically": ({"gated": "auto"}, "GatedRepo"),
    "private": ({"gated": "", "private": True}, "RepoNotFound"),
}


@pytest.mark.parametrize(("change", "code"), CLOSINGS.values(), ids=CLOSINGS)
def test_what_was_given_out_while_a_repo_was_open_ends_when_it_closes(file_hash, repo, carol, change, code):
    Repo.objects.filter(pk=repo.pk).update(gated="")
    people = [Sender(None), Sender(make_token(carol))]
    given = [person.enter("read") for person in people]
    plans = [person.plan(file_hash) for person in people]
    Repo.objects.filter(pk=repo.pk).update(**change)
    for one, plan in zip(given, plans, strict=True):
        for version in ("v2/", "v1/", ""):
            reply = call(f"{one['casUrl']}/{version}reconstructions/{file_hash}", token=one["accessToken"])
            assert (reply.status in {401, 403, 404}, reply.code) == (True, code)
        for url, wanted in addresses(plan):
            assert call(url, RANGE=wanted).status in {401, 403, 404}
    Repo.objects.filter(pk=repo.pk).update(gated="", private=False)
    for plan in plans:
        assert [call(url, RANGE=wanted).status for url, wanted in addresses(plan)] == [206]


ENDINGS = {
    "the person is shut out": lambda: User.objects.filter(username="carol").update(is_active=False),
    "the token ends": lambda: AccessToken.objects.filter(user__username="carol").update(
        expires_at=timezone.now() - timedelta(seconds=1)
    ),
    "the person is gone": lambda: User.objects.get(username="carol").delete(),
}


@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS)
def test_passes_and_ranges_end_with_their_bearer(file_hash, reader, end):
    given, [(url, wanted)] = reader.enter("read"), addresses(reader.plan(file_hash))
    end()
    assert call(f"{given['casUrl']}/v2/reconstructions/{file_hash}", token=given["accessToken"]).status == 401
    assert call(url, RANGE=wanted).status == 401


def test_a_pass_of_a_reader_cannot_be_made_one_of_a_writer(file_hash, reader, sender):
    """The parts of two passes do not fit together, nor does the mark of a range fit a pass."""
    mine, hers = reader.enter("read")["accessToken"], sender.enter("write")["accessToken"]
    casurl = sender.enter("write")["casUrl"]
    body, time, mac = mine.rsplit(":", 2)
    other, other_time, other_mac = hers.rsplit(":", 2)
    [(url, _)] = addresses(reader.plan(file_hash))
    claims, mark = url.split("/")[-2:]
    forged = [
        f"{other}:{time}:{mac}",
        f"{other}:{other_time}:{mac}",
        f"{body}:{time}:{other_mac}",
        f"{claims}:{time}:{mark}",
    ]
    for token in forged:
        assert call(f"{casurl}/v1/shards", "POST", token=token, body=b"x").status == 401
