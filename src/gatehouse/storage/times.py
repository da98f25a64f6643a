"""Times as the clients read them."""

from datetime import UTC, datetime


def hub_time(moment: datetime) -> str:
    """Write a time as the clients demand it: UTC, milliseconds, a final Z (HUB-API finding 7)."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
