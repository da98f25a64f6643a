"""`gatehouse gc`: what nobody needs goes, in two steps and not before its time; what is used stays."""

import os
from datetime import timedelta

from django.utils import timezone

from gatehouse.cli.main import main
from gatehouse.repos import garbage, possession, xet_files
from gatehouse.repos.models import RepoBlob
from gatehouse.repos.repositories import blobs, delete_repo
from gatehouse.repos.xet_models import RepoXorb, XetFile, Xorb
from gatehouse.storage.pointers import make_pointer
from lean import add_large_file, call, commit_file
from xet.samples import chunks_of, term

CHUNKS = chunks_of("garbage", 5)
CONTENT = b"".join(CHUNKS)
DAY = timedelta(hours=24)


def pass_days(days: int, data) -> None:
    """Make everything that there is so much older."""
    earlier = timezone.now() - timedelta(days=days)
    RepoBlob.objects.update(added_at=earlier)
    RepoXorb.objects.update(added_at=earlier)
    Xorb.objects.exclude(condemned_at=None).update(condemned_at=earlier)
    for path in data.rglob("*"):
        os.utime(path, (earlier.timestamp(), earlier.timestamp()))


def stored(data) -> list[str]:
    return sorted(path.name for store in ("xet", "blobs") for path in (data / store).rglob("*") if path.is_file())


def test_what_is_in_use_stays(sender, repo, alice, data):
    sender.upload("model.bin", CHUNKS)
    add_large_file(repo, "raw.bin", b"raw" * 1000, by=alice)
    before = stored(data)
    for _ in range(3):
        pass_days(2, data)
        garbage.collect(DAY)
    assert stored(data) == before
    assert call("/alice/weights/resolve/main/model.bin", token=sender.token).body == CONTENT


def test_a_deleted_repo_frees_its_bytes_in_two_steps(sender, repo, alice, data):
    sender.upload("model.bin", CHUNKS)
    add_large_file(repo, "raw.bin", b"raw" * 1000, by=alice)
    delete_repo(repo)
    pass_days(2, data)
    first = garbage.collect(DAY)
    assert (first.files, first.condemned) == (1, 1)
    pass_days(2, data)
    assert garbage.collect(DAY).files == 1
    assert stored(data) == []
    assert not Xorb.objects.exists()


def test_nothing_goes_before_its_time(sender, repo, alice, data):
    sender.send_xorb(CHUNKS)
    blobs().receive([b"raw"])
    garbage.collect(DAY)
    pass_days(2, data)
    garbage.collect(timedelta(days=3))
    assert len(stored(data)) == 2
    assert not Xorb.objects.exclude(condemned_at=None).exists()


def test_an_upload_that_broke_off_goes_at_last(sender, data):
    sender.send_xorb(CHUNKS)
    for _ in range(2):
        pass_days(2, data)
        garbage.collect(DAY)
    assert stored(data) == []


def test_what_no_commit_ever_named_goes(sender, repo, data):
    table = sender.send_xorb(CHUNKS)
    sender.post_shard(sender.record(term(table, 0, 5)))
    possession.take_in(repo.pk, blobs().receive([b"raw"]), user_pk=None)
    for _ in range(2):
        pass_days(2, data)
        garbage.collect(DAY)
    assert stored(data) == []
    assert not XetFile.objects.exists()
    assert not RepoBlob.objects.exists()


def test_git_has_the_last_word_on_what_is_named(repo, alice, data):
    blob = add_large_file(repo, "raw.bin", b"raw" * 1000, by=alice)
    assert RepoBlob.objects.get().named_at is None
    pass_days(2, data)
    garbage.collect(DAY)
    assert RepoBlob.objects.get().named_at
    assert blobs().size(blob.oid) == 3000


def test_what_was_named_once_stays_with_its_history(sender, repo, alice, data):
    sender.upload("model.bin", CHUNKS)
    commit_file(repo, "model.bin", make_pointer("0" * 64, 1), by=alice)
    for _ in range(2):
        pass_days(2, data)
        garbage.collect(DAY)
    assert len(stored(data)) == 1


def test_a_condemned_xorb_comes_back_when_a_shard_names_it(sender, data):
    table = sender.send_xorb(CHUNKS)
    pass_days(2, data)
    assert garbage.collect(DAY).condemned == 1
    assert sender.post_shard(sender.record(term(table, 0, 5))).status == 200
    assert Xorb.objects.get().condemned_at is None
    pass_days(2, data)
    RepoBlob.objects.update(named_at=timezone.now())
    garbage.collect(DAY)
    assert len(stored(data)) == 1


def test_a_condemned_xorb_comes_back_when_it_is_sent_again(sender, data):
    sender.send_xorb(CHUNKS)
    pass_days(2, data)
    garbage.collect(DAY)
    sender.send_xorb(CHUNKS)
    assert Xorb.objects.get().condemned_at is None


def test_clients_forget_what_was_condemned(sender, data):
    sender.send_xorb(CHUNKS)
    first = sender.enter("write")["casUrl"]
    pass_days(2, data)
    garbage.collect(DAY)
    second = sender.enter("write")["casUrl"]
    assert (first[-2:], second[-2:]) == ("-0", "-1")
    garbage.collect(DAY)
    assert sender.enter("write")["casUrl"] == second


def test_a_xorb_of_two_repos_stays_while_one_needs_it(sender, stranger, repo, data):
    sender.upload("model.bin", CHUNKS)
    stranger.upload("model.bin", CHUNKS)
    delete_repo(repo)
    for _ in range(2):
        pass_days(2, data)
        garbage.collect(DAY)
    assert call("/carol/own/resolve/main/model.bin", token=stranger.token).body == CONTENT


def test_a_file_that_is_given_up_goes(sender, repo, data):
    sender.upload("model.bin", CHUNKS)
    RepoBlob.objects.all().delete()
    for _ in range(2):
        pass_days(2, data)
        garbage.collect(DAY)
    assert stored(data) == []


def test_strays_of_the_store_go(sender, data):
    sender.send_xorb(CHUNKS)
    (xet_files.xorbs().incoming / "half").write_bytes(b"half an upload")
    Xorb.objects.all().delete()
    pass_days(2, data)
    assert garbage.collect(DAY).files == 1
    assert stored(data) == []


def test_what_a_killed_run_laid_aside_is_put_back(sender, data):
    sender.upload("model.bin", CHUNKS)
    [xorb] = xet_files.xorbs().hashes()
    path = xet_files.xorbs().path(xorb)
    path.rename(path.with_name(path.name + ".expiring"))
    garbage.collect(DAY)
    assert path.exists()


def test_the_command_says_what_it_did(sender, repo, data, capsys, monkeypatch):
    monkeypatch.setattr("gatehouse.cli.main.open_hub", lambda **_: None)
    sender.upload("model.bin", CHUNKS)
    delete_repo(repo)
    assert main(["gc", "--grace", "0"]) == 0
    assert main(["gc", "--grace", "0"]) == 0
    assert "1 files, 0.0 MB, are freed." in capsys.readouterr().out
