"""Pages of long lists: the cursor that a client hands back, and the `Link` header that carries it."""

import base64
import json
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path

from gatehouse.storage.errors import Refusal
from gatehouse.storage.times import in_utc

LARGEST_INTEGER = 2**63 - 1


def link_next(request: HttpRequest, response: HttpResponse, **changes: str | int) -> None:
    """Tell where the next page is: this request again with `changes` in its query. Absolute (HUB-API finding 5)."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    url = f"{settings.PUBLIC_URL}{escape_uri_path(request.path)}?{query.urlencode()}"
    response.headers["Link"] = f'<{url}>; rel="next"'


def write_cursor(value: datetime | int | str, pk: int) -> str:
    """Write the place behind a row that has `value` in the list's order."""
    plain = value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([plain, pk]).encode()).decode().rstrip("=")


def read_time_cursor(cursor: str) -> tuple[datetime, int]:
    """Read a cursor whose value is a time; raises Refusal."""
    value, pk = _read(cursor)
    try:
        moment = datetime.fromisoformat(str(value))
        return in_utc(moment if moment.tzinfo else moment.replace(tzinfo=UTC)), pk
    except ValueError as error:
        raise _invalid() from error


def read_number_cursor(cursor: str) -> tuple[int, int]:
    """Read a cursor whose value is a whole number; raises Refusal."""
    value, pk = _read(cursor)
    return _integer(value), pk


def _read(cursor: str) -> tuple[object, int]:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError) as error:
        raise _invalid() from error
    return value, _integer(pk)


def _integer(value: object) -> int:
    if not isinstance(value, int) or abs(value) > LARGEST_INTEGER:
        raise _invalid()
    return value


def _invalid() -> Refusal:
    return Refusal("* Invalid input: this is no cursor of this list * at cursor")
