"""How much of the stored xorbs belongs to no file: chunks that stay because others of their xorb are needed."""

from collections import defaultdict
from collections.abc import Iterable

from gatehouse.repos import xet_files
from gatehouse.repos.xet_models import XetFile, Xorb
from gatehouse.storage.xet.errors import DamagedXorbError
from gatehouse.storage.xet.hashes import from_hex
from gatehouse.storage.xet.terms import Terms
from gatehouse.storage.xet.xorb_table import XorbTable

FILES_IN_MEMORY = 50


def measure() -> tuple[int, int]:
    """Give the bytes of all xorbs, and of those chunks in them that no file has."""
    used, total, wasted, store = _used_chunks(), 0, 0, xet_files.xorbs()
    for name, size in Xorb.objects.values_list("pk", "size").iterator():
        ranges = used.get(from_hex(name))
        total += size
        try:
            wasted += size - _packed(store.table(from_hex(name)), ranges) if ranges else size
        except DamagedXorbError:
            continue  # told of elsewhere
    return total, wasted


def _used_chunks() -> dict[bytes, set[tuple[int, int]]]:
    used = defaultdict[bytes, set[tuple[int, int]]](set)
    for file in XetFile.objects.only("terms").iterator(FILES_IN_MEMORY):
        for term in Terms(bytes(file.terms)):
            used[term.xorb].add((term.start, term.end))
    return used


def _packed(table: XorbTable, ranges: Iterable[tuple[int, int]]) -> int:
    """Give the bytes that these ranges of chunks take, each chunk counted once."""
    size = done = 0
    for start, end in sorted(ranges):
        if end > done:
            first, stop = table.packed_range(max(start, done), end)
            size, done = size + stop - first, end
    return size
