"""Who may read a file gets its plan and exactly the ranges of it, for as long as they may; nobody else gets a byte."""

import json
import re
import time

import pytest
from django.utils import timezone

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.access import access_requests
from gatehouse.accounts.models import AccessToken
from gatehouse.repos import xet_files
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import delete_repo
from gatehouse.xet import files, passes
from lean import add_large_file, call
from xet.samples import RAW, chunks_of, term
from xet.sender import Sender, addresses

CHUNKS = chunks_of("download", 8)
CONTENT = b"".join(CHUNKS)


@pytest.fixture
def file_hash(sender):
    return sender.upload("model.bin", CHUNKS)


@pytest.mark.parametrize("path", ["v2", "v1", ""])
def test_all_versions_of_the_protocol_get_a_plan(file_hash, reader, path):
    address = f"{path}/reconstructions/{file_hash}".lstrip("/")
    plan = json.loads(reader.cas("read", address).body)
    assert sum(each["unpacked_length"] for each in plan["terms"]) == len(CONTENT)
    assert ("xorbs" if path == "v2" else "fetch_info") in plan


def test_the_address_in_a_plan_gives_its_range_and_no_token_is_sent_there(file_hash, reader):
    [(url, wanted)] = addresses(reader.plan(file_hash))
    reply = call(url, RANGE=wanted)
    [table] = [xet_files.xorbs().table(xorb) for xorb in xet_files.xorbs().hashes()]
    assert reply.status == 206
    assert reply.body == xet_files.xorbs().path(table.xorb).read_bytes()[: table.packed_size]
    assert reply.headers["content-range"] == f"bytes 0-{table.packed_size - 1}/*"


def test_a_range_of_the_file_is_planned_in_whole_chunks(file_hash, reader):
    start = len(CHUNKS[0]) + 5
    plan = json.loads(reader.plan(file_hash, RANGE=f"bytes={start}-{start}").body)
    assert plan["offset_into_first_range"] == 5
    assert [each["range"] for each in plan["terms"]] == [{"start": 1, "end": 2}]


def test_a_range_past_the_end_is_refused_as_older_clients_expect(file_hash, reader):
    reply = reader.plan(file_hash, RANGE=f"bytes={len(CONTENT)}-{len(CONTENT) + 100}")
    assert (reply.status, reply.headers["content-range"]) == (416, f"bytes */{len(CONTENT)}")


@pytest.mark.parametrize("sent", ["bytes=0-", "bytes=0-99999999999", "bytes=5-3", "lines=1-2", "bytes=-5"])
def test_other_ranges_give_the_whole(file_hash, reader, sent):
    plan = json.loads(reader.plan(file_hash, RANGE=sent).body)
    assert sum(each["unpacked_length"] for each in plan["terms"]) == len(CONTENT)


def test_an_unknown_file_is_not_found(file_hash, reader):
    assert reader.plan("0" * 64).status == 404


def test_a_file_of_another_repo_is_not_found(file_hash, stranger):
    assert stranger.plan(file_hash).status == 404
    assert stranger.plan(file_hash, right="write").status == 404


def test_a_file_that_no_commit_names_is_found_by_its_sender_only(sender, reader):
    table = sender.send_xorb(CHUNKS)
    record = sender.record(term(table, 0, 8))
    sender.post_shard(record)
    file_hash = xet_files.to_hex(record[:32])
    assert reader.plan(file_hash).status == 404
    assert sender.plan(file_hash).status == 404
    assert sender.plan(file_hash, right="write").status == 200


def widened(url: str, wanted: str) -> tuple[str, str]:
    first, last = wanted.removeprefix("bytes=").split("-")
    return url.replace(f"/{first}-{last}/", f"/{first}-{int(last) + 1}/"), f"bytes={first}-{int(last) + 1}"


FORGERIES = {
    "no range": lambda url, _: (url, None),
    "a wider range": lambda url, wanted: (url, f"{wanted}0"),
    "a narrower range": lambda url, _: (url, "bytes=0-1"),
    "two ranges": lambda url, wanted: (url, f"{wanted},0-1"),
    "a wider address": widened,
    "another xorb": lambda url, wanted: (re.sub(r"/bytes/\w{64}", "/bytes/" + "0" * 64, url), wanted),
    "no signature": lambda url, wanted: (url.rpartition("/")[0] + "/x", wanted),
    "claims of one's own": lambda url, wanted: (f"{url.rsplit('/', 2)[0]}/WzEsIiIsOTk5OTk5OTk5OV0/x", wanted),
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_an_address_is_good_for_its_own_range_only(file_hash, reader, forge):
    [(url, wanted)] = addresses(reader.plan(file_hash))
    url, sent = forge(url, wanted)
    reply = call(url, **({"RANGE": sent} if sent else {}))
    assert reply.status in {403, 404}
    assert b"download" not in reply.body


def test_an_address_ends(file_hash, reader, monkeypatch):
    [(url, wanted)] = addresses(reader.plan(file_hash))
    monkeypatch.setattr(passes.time, "time", lambda: time.monotonic() + 4e9)
    assert call(url, RANGE=wanted).status == 403


def test_an_address_dies_with_the_access(file_hash, reader, repo, alice):
    [(url, wanted)] = addresses(reader.plan(file_hash))
    access_requests.reject(repo.access_requests.get(), by=alice)
    reply = call(url, RANGE=wanted)
    assert (reply.status, reply.code) == (403, "GatedRepo")


def test_an_address_dies_with_the_token(file_hash, reader, carol):
    [(url, wanted)] = addresses(reader.plan(file_hash))
    AccessToken.objects.filter(user=carol).delete()
    assert call(url, RANGE=wanted).status == 401


def test_an_address_dies_with_the_repo(file_hash, reader, repo):
    [(url, wanted)] = addresses(reader.plan(file_hash))
    delete_repo(repo)
    assert call(url, RANGE=wanted).status == 404


def test_what_is_open_is_open_to_nobody_in_particular(file_hash, repo):
    Repo.objects.filter(pk=repo.pk).update(gated="")
    [(url, wanted)] = addresses(Sender(None).plan(file_hash))
    assert call(url, RANGE=wanted).status == 206
    Repo.objects.filter(pk=repo.pk).update(gated="auto")
    assert call(url, RANGE=wanted).status == 401


def test_a_download_is_counted_once(file_hash, reader, monkeypatch):
    counted = []
    monkeypatch.setattr(files.downloads, "count", lambda pk, *_: counted.append(pk))
    reader.plan(file_hash, RANGE="bytes=0-10")
    reader.plan(file_hash, RANGE="bytes=11-20")
    assert len(counted) == 1


def resolve(client, *, repo_id="alice/weights", path="model.bin", **headers):
    return call(f"/{repo_id}/resolve/main/{path}", token=client.token, **headers)


def test_by_plain_http_the_same_bytes_come(file_hash, reader):
    reply = resolve(reader)
    assert (reply.status, reply.body) == (200, CONTENT)
    assert reply.headers["x-linked-size"] == str(len(CONTENT))


@pytest.mark.parametrize(("first", "last"), [(0, 0), (5, 1700), (900, 2200), (len(CONTENT) - 1, len(CONTENT) - 1)])
def test_by_plain_http_any_range_comes(file_hash, reader, first, last):
    reply = resolve(reader, RANGE=f"bytes={first}-{last}")
    assert (reply.status, reply.body) == (206, CONTENT[first : last + 1])


def test_readers_of_a_file_share_its_terms_until_there_are_newer_ones(file_hash, repo, alice):
    def terms():
        return xet_files.terms_of(repo.pk, xet_files.from_hex(file_hash), registered_by=None)

    first = terms()
    assert terms() is first
    xet_files.XetFile.objects.update(verified_at=timezone.now())
    assert terms() is not first


def test_by_git_lfs_the_same_bytes_come(file_hash, reader):
    oid = json.loads(resolve(reader, ACCEPT="x").headers["x-linked-etag"])
    batch = {"operation": "download", "objects": [{"oid": oid, "size": len(CONTENT)}]}
    url = "/alice/weights.git/info/lfs/objects/batch"
    reply = call(url, "POST", token=reader.token, body=json.dumps(batch).encode())
    action = json.loads(reply.body)["objects"][0]["actions"]["download"]
    assert call(action["href"]).body == CONTENT


def test_git_lfs_need_not_send_what_came_in_by_xet(file_hash, sender):
    oid = json.loads(resolve(sender).headers["x-linked-etag"])
    batch = {"operation": "upload", "objects": [{"oid": oid, "size": len(CONTENT)}]}
    url = "/alice/weights.git/info/lfs/objects/batch"
    reply = call(url, "POST", token=sender.token, body=json.dumps(batch).encode())
    assert "actions" not in json.loads(reply.body)["objects"][0]


def test_damage_is_noticed_and_never_served_as_the_file(sender, reader):
    sender.upload("model.bin", CHUNKS)
    [path] = [xet_files.xorbs().path(xorb) for xorb in xet_files.xorbs().hashes()]
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    with pytest.raises(Exception, match=r"Chunk 0 of xorb \w+ (has changed|is not)"):
        resolve(reader)


def test_bytes_that_are_lost_are_said_to_be(sender, reader):
    sender.upload("model.bin", CHUNKS)
    xet_files.XetFile.objects.all().delete()
    assert resolve(reader).status == 500


def test_resolve_leads_to_the_chunks(file_hash, reader, repo):
    reply = resolve(reader)
    assert reply.headers["x-xet-hash"] == file_hash
    token = (
        f'<http://testserver/api/models/alice/weights/xet-read-token/{reply.headers["x-repo-commit"]}>; rel="xet-auth"'
    )
    assert token in reply.headers["link"]
    [plan] = [part for part in reply.headers["link"].split(", ") if "xet-reconstruction-info" in part]
    url = plan.partition(";")[0].strip("<>")
    assert call(url, token=reader.enter("read")["accessToken"]).status == 200


def test_clients_that_ask_for_chunks_get_no_bytes(file_hash, reader):
    reply = resolve(reader, ACCEPT="application/vnd.xet-fileinfo+json, */*", RANGE="bytes=0-0")
    assert reply.headers["content-type"] == "application/vnd.xet-fileinfo+json"
    assert json.loads(reply.body) == {"hash": file_hash, "size": len(CONTENT)}


def test_what_came_in_otherwise_has_no_chunks(sender, repo, alice):
    add_large_file(repo, "raw.bin", b"raw" * 1000, by=alice)
    reply = resolve(sender, path="raw.bin", ACCEPT="application/vnd.xet-fileinfo+json")
    assert (reply.status, reply.body) == (200, b"raw" * 1000)
    assert "x-xet-hash" not in reply.headers


def test_the_card_of_a_gated_repo_does_not_lead_to_its_chunks(sender, carol):
    sender.upload("LICENSE.txt", CHUNKS)
    reply = resolve(Sender(make_token(carol)), path="LICENSE.txt")
    assert (reply.status, reply.body) == (200, CONTENT)
    assert "x-xet-hash" not in reply.headers


def test_trees_tell_the_hash_to_readers_only(file_hash, reader, alice, client, django_user_model):
    url = "/api/models/alice/weights/tree/main"
    [entry] = [each for each in client.get(url, headers=auth(reader.token)).json() if "xetHash" in each]
    assert (entry["path"], entry["xetHash"]) == ("model.bin", file_hash)
    masked = client.get(url, headers=auth(make_token(make_user("mallory")))).json()
    assert {each["xetHash"] for each in masked if "xetHash" in each} == {"*" * 64}


def test_a_copy_is_read_in_its_new_repo(file_hash, reader, carol):
    make_repo(carol, "copy")
    copier = Sender(make_token(carol, "write"), "carol/copy")
    oid = json.loads(resolve(reader).headers["x-linked-etag"])
    copier.commit("copied.bin", oid, len(CONTENT))
    assert resolve(copier, repo_id="carol/copy", path="copied.bin").body == CONTENT
    assert copier.plan(file_hash).status == 200


def test_a_copy_outlives_its_origin(file_hash, reader, carol, repo):
    make_repo(carol, "copy")
    copier = Sender(make_token(carol, "write"), "carol/copy")
    oid = json.loads(resolve(reader).headers["x-linked-etag"])
    copier.commit("copied.bin", oid, len(CONTENT))
    delete_repo(repo)
    assert resolve(copier, repo_id="carol/copy", path="copied.bin").body == CONTENT


def test_a_copy_gives_no_right_to_the_rest_of_its_xorbs(sender, reader, carol):
    table = sender.send_xorb([*CHUNKS, b"secret of another file" * 50], RAW)
    record = sender.record(term(table, 0, 8))
    sender.post_shard(record)
    sha256 = xet_files.XetFile.objects.get().sha256
    sender.commit("model.bin", sha256, len(CONTENT))
    make_repo(carol, "copy")
    copier = Sender(make_token(carol, "write"), "carol/copy")
    copier.commit("copied.bin", sha256, len(CONTENT))
    copier.tables = sender.tables
    assert copier.post_shard(copier.record(term(table, 0, 9))).status == 400
    [(url, wanted)] = addresses(copier.plan(xet_files.to_hex(record[:32])))
    assert b"secret" not in call(url, RANGE=wanted).body


def test_a_writer_who_may_not_read_gets_no_plan(db):
    alice = make_user("alice")
    acme = make_org(admin=alice, bob="write")
    repo = make_repo(acme, "weights", creator=alice)
    file_hash = Sender(make_token(alice, "write"), "acme/weights").upload("model.bin", CHUNKS)
    Repo.objects.filter(pk=repo.pk).update(gated="manual", org_members_gated=True)
    bob = Sender(make_token(acme.memberships.get(user__username="bob").user, "write"), "acme/weights")
    assert bob.plan(file_hash, right="write").code == "GatedRepo"
