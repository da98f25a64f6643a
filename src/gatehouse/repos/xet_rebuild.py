"""What the tables know of xorbs and can be written anew: from the footers of xorbs, and from the terms of files.

Not anew can be written what a repo was sent. Where that is lost, clients send their bytes once more.
"""

from collections.abc import Iterator

from django.db import IntegrityError, transaction

from gatehouse.repos import xet_files
from gatehouse.repos.xet_models import RepoXorb, XetDedup, XetFile, XetFileXorb, Xorb
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.storage.xet.terms import Terms
from gatehouse.storage.xet.xorb_table import XorbTable

BATCH = 500


def note_xorb(table: XorbTable) -> None:
    """Note that there is this xorb, and in which repos clients may find its chunks, as far as that is lost."""
    name = to_hex(table.xorb)
    row = Xorb(hash=name, size=table.packed_size, chunks=len(table), unpacked=table.unpacked_size)
    Xorb.objects.bulk_create([row], ignore_conflicts=True)
    repos = RepoXorb.objects.filter(xorb=name).values_list("repo", flat=True)
    chunks = dict.fromkeys(xet_files.asked_for(table))
    rows = [XetDedup(repo_id=repo_pk, chunk=chunk, xorb_id=name) for repo_pk in repos for chunk in chunks]
    XetDedup.objects.bulk_create(rows, BATCH, ignore_conflicts=True)


def note_file(file: XetFile) -> str | None:
    """Note which xorbs a file needs and where its first chunk is, as far as that is lost; give a xorb that is not."""
    terms = Terms(bytes(file.terms))
    needed = list(map(to_hex, terms.xorbs()))
    there = set(_known(needed))
    try:
        with transaction.atomic():
            links = [XetFileXorb(file=file, xorb_id=name) for name in needed if name in there]
            XetFileXorb.objects.bulk_create(links, BATCH, ignore_conflicts=True)
            _note_first_chunk(file, terms)
    except IntegrityError:  # it was given up just now
        return None
    return next((name for name in needed if name not in there), None)


def _known(names: list[str]) -> Iterator[str]:
    for start in range(0, len(names), BATCH):
        yield from Xorb.objects.filter(pk__in=names[start : start + BATCH]).values_list("pk", flat=True)


def _note_first_chunk(file: XetFile, terms: Terms) -> None:
    if not len(terms) or not (table := xet_files.known_table(file.repo_id, terms[0].xorb)):
        return
    first = to_hex(table.chunk_hashes(terms[0].start, terms[0].start + 1))
    row = XetDedup(repo_id=file.repo_id, chunk=first, xorb_id=to_hex(table.xorb))
    XetDedup.objects.bulk_create([row], ignore_conflicts=True)
