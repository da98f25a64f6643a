"""What a repo knows of a chunk that a client is about to send: the xorbs in which it, and what follows it, lies."""

from gatehouse.repos.xet_models import RepoXorb, XetFile
from gatehouse.storage.database import fetch_row
from gatehouse.storage.xet.hashes import from_hex, to_hex
from gatehouse.storage.xet.terms import Terms

MOST_XORBS = 64  # 4 GiB of a file; further on in it, clients ask again
MOST_FILES = 8
# Of uploads that broke off, or go on: small beside a file's own, for each file that is known brings them along.
BESIDE_A_FILE = 8
_WHERE_IS = """
    SELECT d.xorb_id FROM repos_xetdedup d JOIN repos_xorb x ON x.hash = d.xorb_id
    WHERE d.repo_id = %s AND d.chunk = %s AND x.condemned_at IS NULL
"""


def around(repo_pk: int, chunk: bytes) -> list[bytes]:
    """Give the xorbs of the repo's files that share the chunk, and of uploads that broke off; none if it is new."""
    row = fetch_row(_WHERE_IS, (repo_pk, to_hex(chunk)))
    if row is None:
        return []
    name: str = row[0]
    of_files = _of_files(repo_pk, name)
    others = [*of_files, *_of_no_file(repo_pk, BESIDE_A_FILE if of_files else MOST_XORBS)]
    mine = RepoXorb.objects.filter(repo=repo_pk, xorb__in={name, *others}, xorb__condemned_at__isnull=True)
    return [from_hex(found) for found in mine.values_list("xorb_id", flat=True)]


def _of_files(repo_pk: int, name: str) -> list[str]:
    """Give the xorbs of the newest files that need this one, of each file from this one on."""
    xorb, found = from_hex(name), dict[str, None]()
    files = XetFile.objects.filter(repo=repo_pk, xorbs__xorb=name).order_by("-verified_at").only("terms")
    for file in files[:MOST_FILES]:
        needed = Terms(bytes(file.terms)).xorbs()
        found |= dict.fromkeys(map(to_hex, needed[needed.index(xorb) :][:MOST_XORBS]))
    return list(found)[:MOST_XORBS]


def _of_no_file(repo_pk: int, most: int) -> list[str]:
    """Give what was sent last and belongs to no file yet."""
    rows = RepoXorb.objects.filter(repo=repo_pk, xorb__files=None).order_by("-added_at")
    return list(rows.values_list("xorb_id", flat=True)[:most])
