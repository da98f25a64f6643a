"""Pages by keyset: the place behind a row as a cursor, and the rows beyond it as one range of an index."""

import base64
import json
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from gatehouse.storage.errors import Refusal
from gatehouse.storage.times import in_utc

LARGEST_INTEGER = 2**63 - 1


Row = TypeVar("Row", bound=Model)


def beyond(rows: QuerySet[Row], column: str, value: Any, pk: int, *, ascending: bool = False) -> QuerySet[Row]:
    """Give the rows behind (`value`, `pk`) by row value; the ORM's OR form would read everything before it."""
    table = rows.model._meta.db_table  # noqa: SLF001 - Django's documented way to a table's name
    if isinstance(value, datetime) and connection.vendor == "sqlite":
        value = connection.ops.adapt_datetimefield_value(value)
    comparison = ">" if ascending else "<"
    return rows.extra(  # noqa: S610 - names are those of our models, values are parameters
        where=[f'("{table}"."{column}", "{table}"."id") {comparison} (%s, %s)'], params=[value, pk]
    )


def write_cursor(value: datetime | int | str | None, pk: int) -> str:
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


def read_known_number_cursor(cursor: str) -> tuple[int | None, int]:
    """Read a cursor whose value is a whole number or not known; raises Refusal."""
    value, pk = _read(cursor)
    return None if value is None else _integer(value), pk


def read_name_cursor(cursor: str) -> tuple[str, int]:
    """Read a cursor whose value is a name; raises Refusal."""
    value, pk = _read(cursor)
    if not isinstance(value, str) or not value.isascii() or not value.isprintable():
        raise _invalid()
    return value, pk


def _read(cursor: str) -> tuple[object, int]:
    try:
        value, pk = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, TypeError, RecursionError) as error:
        raise _invalid() from error
    return value, _integer(pk)


def _integer(value: object) -> int:
    if type(value) is not int or abs(value) > LARGEST_INTEGER:  # a bool is an int, but not to every database
        raise _invalid()
    return value


def _invalid() -> Refusal:
    return Refusal("* Invalid input: this is no cursor of this list * at cursor")
