"""Passes to a repo's xorbs: for whom the gate lets in, to what they came for, and no longer than their right lasts."""

import json
import time

import pytest

from factories import make_org, make_repo, make_token, make_user
from gatehouse.access import access_requests
from gatehouse.accounts.models import AccessToken
from gatehouse.accounts.people import set_member
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import delete_repo
from gatehouse.xet import passes
from lean import call
from xet.sender import Sender


def test_it_gives_the_pass_in_headers_and_as_json(sender, repo):
    reply = sender.ask("write")
    given = json.loads(reply.body)
    assert given["casUrl"] == f"http://testserver/xet/{repo.public_id}-0" == reply.headers["x-xet-cas-url"]
    assert given["accessToken"] == reply.headers["x-xet-access-token"]
    assert str(given["exp"]) == reply.headers["x-xet-token-expiration"]
    assert 60 < given["exp"] - time.time() < 15 * 60


@pytest.mark.parametrize("revision", ["main", "None", "refs%2Fpr%2F1", "feature/x", "a" * 40])
def test_it_takes_any_revision(sender, revision):
    assert sender.ask("write", revision).status == 200


def test_it_offers_no_pull_requests(sender):
    reply = sender.ask("write", query="?create_pr=1")
    assert (reply.status, reply.code) == (501, "NotOffered")


def test_the_gate_keeps_strangers_out_in_its_own_words(stranger):
    reply = Sender(stranger.token).ask("read")
    assert (reply.status, reply.code) == (403, "GatedRepo")
    assert Sender(stranger.token).ask("write").status == 403


def test_nobody_may_read_what_is_open(repo):
    Repo.objects.update(gated="")
    assert Sender(None).ask("read").status == 200
    assert Sender(None).ask("write").status == 401


def test_a_private_repo_is_not_there_for_strangers(repo, stranger):
    Repo.objects.filter(pk=repo.pk).update(private=True)
    assert Sender(stranger.token).ask("read").code == "RepoNotFound"
    assert Sender(None).ask("read").code == "RepoNotFound"


def test_a_token_that_only_reads_gets_no_pass_to_write(alice, repo):
    assert Sender(make_token(alice, "read")).ask("write").status == 403


def test_it_works_for_datasets(alice):
    make_repo(alice, "rows", "dataset")
    sender = Sender(make_token(alice, "write"), "alice/rows", "datasets")
    assert sender.ask("write").status == 200


def test_a_pass_to_read_does_not_write(sender):
    _, body = sender.make_xorb([b"data"])
    xorb = next(iter(sender.tables))
    assert sender.cas("read", f"v1/xorbs/default/{xorb.hex()}", "POST", body).status == 403
    assert sender.cas("read", "v1/shards", "POST", b"x").status == 403
    assert sender.cas("read", f"v1/chunks/default/{'0' * 64}").status == 403


def test_a_pass_opens_no_other_repo(sender, alice):
    other = make_repo(alice, "other")
    given = sender.enter("write")
    reply = call(f"/xet/{other.public_id}-0/v1/shards", "POST", token=given["accessToken"], body=b"x")
    assert reply.status == 403


@pytest.mark.parametrize("token", [None, "hf_" + "x" * 34, "made.up:1x:y", "ab"])
def test_only_passes_made_here_count(repo, token):
    assert call(f"/xet/{repo.public_id}-0/v1/shards", "POST", token=token, body=b"x").status == 401


def test_an_access_token_itself_is_no_pass(sender, repo):
    assert call(f"/xet/{repo.public_id}-0/v1/shards", "POST", token=sender.token, body=b"x").status == 401


def test_a_pass_ends(sender, monkeypatch):
    given = sender.enter("write")
    monkeypatch.setattr(passes, "PASS_S", -1)
    reply = call(f"{given['casUrl']}/v1/shards", "POST", token=given["accessToken"], body=b"x")
    assert reply.status == 401


def test_a_pass_dies_with_the_access_token(sender):
    given = sender.enter("write")
    AccessToken.objects.all().delete()
    assert call(f"{given['casUrl']}/v1/shards", "POST", token=given["accessToken"], body=b"x").status == 401


def test_a_pass_dies_with_the_membership(db):
    alice = make_user("alice")
    acme = make_org(admin=alice, bob="write")
    bob = acme.memberships.get(user__username="bob").user
    make_repo(acme, "weights", creator=alice)
    given = Sender(make_token(bob, "write"), "acme/weights").enter("write")
    set_member(acme, bob, "read")
    assert call(f"{given['casUrl']}/v1/shards", "POST", token=given["accessToken"], body=b"x").status == 403


def test_a_pass_dies_with_the_access_that_was_granted(sender, reader, repo, alice):
    file_hash = sender.upload("model.bin", [b"secret"])
    given = reader.enter("read")
    access_requests.reject(repo.access_requests.get(), by=alice)
    reply = call(f"{given['casUrl']}/v2/reconstructions/{file_hash}", token=given["accessToken"])
    assert (reply.status, reply.code) == (403, "GatedRepo")


def test_a_pass_dies_with_the_repo(sender, repo):
    given = sender.enter("write")
    delete_repo(repo)
    assert call(f"{given['casUrl']}/v1/shards", "POST", token=given["accessToken"], body=b"x").status == 404


def test_it_survives_a_new_name_and_a_new_epoch(sender, repo):
    given = sender.enter("write")
    Repo.objects.filter(pk=repo.pk).update(name="renamed", key="alice/renamed")
    url = given["casUrl"].replace("-0", "-7")
    assert call(f"{url}/v1/chunks/default/{'0' * 64}", token=given["accessToken"]).status == 404


@pytest.mark.parametrize(
    "path", ["v2/xorb-grants/default/" + "0" * 64, "v2/file-chunk-hashes/" + "0" * 64, "", "v3/shards", "v1/shards/x"]
)
def test_what_it_does_not_know_is_not_found(sender, path):
    assert sender.cas("write", path or "x", "POST", b"{}").status == 404
    assert sender.cas("write", path or "x").status == 404


def test_telemetry_is_thanked_for_and_forgotten(db):
    assert call("/v1/telemetry", "POST", body=b"{}" * 1000).status == 200


def test_browsers_of_other_origins_may_ask(sender, repo):
    for url in (f"/xet/{repo.public_id}-0/v1/shards", f"/api/models/{sender.repo_id}/xet-read-token/main"):
        reply = call(url, "OPTIONS")
        assert (reply.status, reply.headers["access-control-allow-origin"]) == (204, "*")
