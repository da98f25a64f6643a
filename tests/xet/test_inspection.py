"""`gatehouse fsck`: damage is found, put away and told of; what clients send again takes its place."""

import pytest

from gatehouse.cli.main import main
from gatehouse.repos import xet_files, xet_waste
from gatehouse.repos.repositories import blobs, git_path
from gatehouse.repos.xet_models import XetDedup, XetFileXorb, Xorb
from gatehouse.storage.xet.xorb_table import write_footer
from lean import add_large_file, call
from xet.samples import RAW, chunks_of, term

CHUNKS = chunks_of("inspection", 5)


@pytest.fixture
def fsck(sender, monkeypatch, capsys):
    """Give a function that runs the command and gives its exit code and what it printed."""
    monkeypatch.setattr("gatehouse.cli.main.open_hub", lambda **_: None)

    def run() -> tuple[int, str]:
        return main(["fsck"]), capsys.readouterr().out

    return run


@pytest.fixture
def stored(sender):
    """Give the path of the only xorb."""
    sender.upload("model.bin", CHUNKS)
    [xorb] = xet_files.xorbs().hashes()
    return xet_files.xorbs().path(xorb)


def flip(path) -> None:
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)


def test_all_is_well(fsck, stored, repo, alice):
    add_large_file(repo, "raw.bin", b"raw" * 1000, by=alice)
    code, out = fsck()
    assert code == 0
    assert "1 large files checked.\n1 xorbs checked." in out
    assert out.endswith("All is as it was stored.\n")


def test_a_damaged_xorb_is_found_and_put_away(fsck, stored, data):
    flip(stored)
    code, out = fsck()
    assert (code, stored.exists()) == (1, False)
    assert (data / "quarantine" / "xet" / stored.name).exists()
    assert f"DAMAGED xorb {stored.name}" in out
    assert "needed by alice/weights " in out


def test_what_is_sent_again_takes_its_place(fsck, stored, sender):
    flip(stored)
    fsck()
    assert sender.enter("write")["casUrl"].endswith("-1")
    sender.upload("model.bin", CHUNKS)
    assert fsck()[0] == 0
    assert call("/alice/weights/resolve/main/model.bin", token=sender.token).body == b"".join(CHUNKS)


def test_a_damaged_footer_is_written_anew(fsck, stored):
    sound = stored.read_bytes()
    stored.write_bytes(sound[:-20])
    assert fsck()[0] == 0
    assert stored.read_bytes() == sound


def test_a_missing_xorb_is_told_of(fsck, stored):
    stored.unlink()
    code, out = fsck()
    assert code == 1
    assert f"DAMAGED xorb {stored.name}: is missing" in out


def test_the_table_of_xorbs_is_made_anew_from_their_footers(fsck, sender):
    table = sender.send_xorb(CHUNKS)
    Xorb.objects.all().delete()
    assert fsck()[0] == 0
    row = Xorb.objects.get()
    assert (row.size, row.chunks, row.unpacked) == (table.packed_size, 5, table.unpacked_size)
    assert write_footer(table)


def test_all_that_follows_from_xorbs_and_terms_is_made_anew(fsck, sender, stranger):
    first, second = sender.send_xorb(CHUNKS[:3]), sender.send_xorb(CHUNKS[3:])
    sender.post_shard(sender.record(term(first, 1, 3), term(second, 0, 2)))
    stranger.send_xorb(CHUNKS[3:])
    tables = {XetFileXorb: ("file", "xorb"), XetDedup: ("repo", "chunk", "xorb")}
    before = {table: set(table.objects.values_list(*columns)) for table, columns in tables.items()}
    assert [len(rows) for rows in before.values()] == [2, 4]
    for table in tables:
        table.objects.all().delete()
    assert fsck()[0] == 0
    assert {table: set(table.objects.values_list(*columns)) for table, columns in tables.items()} == before


def test_a_file_whose_xorb_is_unknown_and_gone_is_told_of(fsck, stored):
    stored.unlink()
    XetFileXorb.objects.all().delete()
    Xorb.objects.all().delete()
    code, out = fsck()
    assert code == 1
    assert f"DAMAGED xorb {stored.name}: is missing\n    needed by alice/weights " in out


def test_chunks_that_belong_to_no_file_are_counted(fsck, sender):
    table = sender.send_xorb(CHUNKS, RAW)
    sender.post_shard(sender.record(term(table, 0, 2), term(table, 1, 2), term(table, 0, 1)))
    sender.send_xorb(CHUNKS[:1], RAW)
    used = table.packed_ends[1]
    total = table.packed_size + table.packed_ends[0]
    assert xet_waste.measure() == (total, total - used)
    assert "MB of xorbs belong to no file" in fsck()[1]


def test_a_damaged_blob_is_found_and_put_away(fsck, repo, alice, data, sender):
    blob = add_large_file(repo, "raw.bin", b"raw" * 1000, by=alice)
    flip(blobs().path(blob.oid))
    code, out = fsck()
    assert (code, blobs().size(blob.oid)) == (1, None)
    assert (data / "quarantine" / "blobs" / blob.oid).exists()
    assert f"DAMAGED blob {blob.oid}: does not have its sha256 any more\n    needed by alice/weights" in out
    assert call("/alice/weights/resolve/main/raw.bin", token=sender.token).status == 500


def test_a_missing_blob_is_told_of(fsck, repo, alice):
    blob = add_large_file(repo, "raw.bin", b"raw" * 1000, by=alice)
    blobs().delete(blob.oid)
    assert f"DAMAGED blob {blob.oid}: is missing" in fsck()[1]


def test_a_damaged_git_repository_is_told_of_and_left_alone(fsck, repo):
    path = git_path(repo.public_id)
    [pack, *_] = [*path.glob("objects/pack/*.pack"), *path.glob("objects/??/*")]
    pack.chmod(0o600)
    pack.write_bytes(b"x" * 40)
    code, out = fsck()
    assert (code, path.exists()) == (1, True)
    assert "DAMAGED repository alice/weights:" in out
