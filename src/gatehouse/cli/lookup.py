"""Finds people by the names that were typed."""

from gatehouse.accounts import people
from gatehouse.accounts.models import User
from gatehouse.cli.sentences import CommandError


def user_called(name: str) -> User:
    try:
        return people.find_user(name)
    except people.UserNotFound as error:
        raise CommandError(f"There is no user called {name!r}.") from error
