"""Times as the clients read and write them."""

from datetime import UTC, datetime

LAST_SECOND = 253_402_300_799  # of the year 9999, the last one a datetime holds


def hub_time(moment: datetime) -> str:
    """Write a time as the clients demand it: UTC, milliseconds, a final Z (HUB-API finding 7)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def in_utc(moment: datetime | None) -> datetime:
    """Give a client's time in UTC; ValueError if it has no zone, or if UTC has no year for it."""
    if moment is None or moment.tzinfo is None:
        raise ValueError("a time with its zone is needed")
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("there is no such time in UTC") from error


def git_time(seconds: int) -> datetime:
    """Give a commit's time; whoever pushes may write any number of seconds, also one that no calendar holds."""
    return datetime.fromtimestamp(min(max(seconds, 0), LAST_SECOND), UTC)
