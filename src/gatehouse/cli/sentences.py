"""What an error means to the one who typed the command, in one sentence."""

import sqlite3

from django.core.exceptions import ValidationError
from django.db import DatabaseError

from gatehouse.config.env import BadSettingError
from gatehouse.storage.errors import Refusal

# SQLite does not say what the system told it.
_FULL = " (is the disk full?)"
_HINTS = {"disk I/O error": _FULL, "database or disk is full": _FULL, "unable to open database file": " (whose is it?)"}


class CommandError(Exception):
    """The command cannot be done as it was given."""


def sentence_for(error: Exception) -> str | None:
    """Give the sentence, or None for an error that is our own fault and deserves its traceback."""
    if isinstance(error, CommandError | BadSettingError):
        return str(error)
    if isinstance(error, Refusal):
        return error.message
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, OSError):
        place = f"{error.filename} cannot be used: " if error.filename else ""
        return f"{place}{error.strerror or error}."
    if isinstance(error, DatabaseError | sqlite3.Error):
        words = " ".join(str(error).split())
        return f"The database cannot be used: {words}{_HINTS.get(words, '')}"
    return None
