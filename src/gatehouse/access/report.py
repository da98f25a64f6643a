"""The access report: every request of one repo as a JSON array, streamed in flat memory (GATING §1.8)."""

import json
from collections.abc import Iterator
from datetime import datetime

from gatehouse.access.models import AccessRequest
from gatehouse.repos.models import Repo
from gatehouse.storage.times import hub_time

CHUNK = 2000


def stream(repo: Repo) -> Iterator[bytes]:
    """Give the report piece by piece, newest request first; keys and their order as on the Hub, plus `fields`."""
    rows = (
        AccessRequest.objects.filter(repo=repo)
        .order_by("-timestamp", "-id")
        .values_list(
            "user__fullname",
            "user__username",
            "user__email",
            "submitted",
            "timestamp",
            "reviewed_at",
            "status",
            "reviewed_by__fullname",
            "reviewed_by__username",
            "fields",
        )
    )
    lead, pieces = b"[", []
    for number, row in enumerate(rows.iterator(chunk_size=CHUNK), start=1):
        pieces.append(lead + b"\n" + json.dumps(_entry(*row), ensure_ascii=False).encode())
        lead = b","
        if number % CHUNK == 0:
            yield b"".join(pieces)
            pieces = []
    yield b"".join(pieces) + (b"[]" if lead == b"[" else b"\n]") + b"\n"


def _entry(
    fullname: str,
    user: str,
    email: str,
    submitted: bool,
    timestamp: datetime,
    reviewed_at: datetime | None,
    status: str,
    by_fullname: str | None,
    by_user: str | None,
    fields: dict[str, str],
) -> dict[str, object]:
    entry: dict[str, object] = {"fullname": fullname or user, "user": user}
    if submitted:
        entry["email"] = email
    entry["time"] = hub_time(timestamp)
    if reviewed_at:
        entry["reviewedAt"] = hub_time(reviewed_at)
    entry["status"] = status
    if by_user and status == "accepted":
        entry["grantedBy"] = {"fullname": by_fullname or by_user, "user": by_user}
    if fields:
        entry["fields"] = fields
    return entry
