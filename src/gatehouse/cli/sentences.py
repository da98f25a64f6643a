"""What an error means to the one who typed the command, in one sentence."""

import sqlite3

from django.core.exceptions import ValidationError
from django.db import DatabaseError

from gatehouse.config.env import BadSettingError
from gatehouse.storage.errors import Refusal


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
        return f"The database cannot be used: {' '.join(str(error).split())}"
    return None
