"""A client of the Xet door, one person's for one repo, that can also lie."""

import hashlib
import json
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from gatehouse.access import possession
from gatehouse.access.gate import case_by_token
from gatehouse.repos import card, commits
from gatehouse.repos.models import Repo
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer
from gatehouse.storage.xet.hashes import to_hex
from gatehouse.storage.xet.xorb import scan_xorb
from gatehouse.storage.xet.xorb_table import XorbTable
from lean import Reply, call
from xet import samples
from xet.samples import LZ4, name_of, pack_chunk, term


class Sender:
    """Sends xorbs and shards to `repo_id`; keeps the tables of what it made."""

    def __init__(self, token: str | None, repo_id: str = "alice/weights", kinds: str = "models") -> None:
        self.token, self.repo_id, self.kinds = token, repo_id, kinds
        self.tables: dict[bytes, XorbTable] = {}

    def ask(self, right: str, revision: str = "main", query: str = "") -> Reply:
        return call(f"/api/{self.kinds}/{self.repo_id}/xet-{right}-token/{revision}{query}", token=self.token)

    def enter(self, right: str) -> dict[str, Any]:
        """Get a pass: casUrl, accessToken, exp."""
        reply = self.ask(right)
        assert reply.status == 200, reply.body
        return json.loads(reply.body)

    def cas(self, right: str, path: str, method: str = "GET", body: bytes = b"", **headers: str) -> Reply:
        """Call an address below casUrl with a new pass."""
        given = self.enter(right)
        return call(f"{given['casUrl']}/{path}", method, token=given["accessToken"], body=body, **headers)

    def make_xorb(self, chunks: Sequence[bytes], scheme: int = LZ4) -> tuple[XorbTable, bytes]:
        body = b"".join(pack_chunk(chunk, scheme) for chunk in chunks)
        table = scan_xorb(BytesIO(body), name_of(chunks))
        self.tables[table.xorb] = table
        return table, body

    def send_xorb(self, chunks: Sequence[bytes], scheme: int = LZ4) -> XorbTable:
        table, body = self.make_xorb(chunks, scheme)
        reply = self.post_xorb(table.xorb, body)
        assert reply.status == 200, reply.body
        return table

    def post_xorb(self, xorb: bytes, body: bytes) -> Reply:
        return self.cas("write", f"v1/xorbs/default/{to_hex(xorb)}", "POST", body)

    def post_shard(self, *records: bytes, path: str = "v1/shards") -> Reply:
        return self.cas("write", path, "POST", samples.shard(records, list(self.tables.values())))

    def record(self, *terms: Any, sha256: str | None = None, **lies: bytes) -> bytes:
        return samples.file_record(terms, self.tables, sha256, **lies)

    def upload(self, path: str, chunks: Sequence[bytes]) -> str:
        """Send a file and commit it; give its Xet hash."""
        table = self.send_xorb(chunks)
        content = b"".join(chunks)
        sha256 = hashlib.sha256(content).hexdigest()
        record = self.record(term(table, 0, len(table)), sha256=sha256)
        reply = self.post_shard(record)
        assert reply.status == 200, reply.body
        self.commit(path, sha256, len(content))
        return to_hex(record[:32])

    def commit(self, path: str, sha256: str, size: int) -> None:
        """Commit as the API does: nothing is named that does not belong to the repo."""
        kind = {"models": "model", "datasets": "dataset"}[self.kinds]
        case = case_by_token(self.token or "", kind, self.repo_id)
        assert case
        possession.ensure(case.actor, case.repo_pk, {sha256: size})
        repo = Repo.objects.get(pk=case.repo_pk)
        puts = [Put(path, make_pointer(sha256, size))]
        commits.commit(repo, card.DEFAULT_BRANCH, puts, user=repo.creator, message=f"Add {path}")

    def plan(self, file_hash: str, version: str = "v2", right: str = "read", **headers: str) -> Reply:
        return self.cas(right, f"{version}/reconstructions/{file_hash}", **headers)


def addresses(plan: Reply) -> list[tuple[str, str]]:
    """Give each address of a plan with the Range that is to be sent there."""
    found = json.loads(plan.body)
    pieces = [piece for pieces in found["xorbs"].values() for piece in pieces]
    return [(each["url"], "bytes={start}-{end}".format(**each["ranges"][0]["bytes"])) for each in pieces]
