"""`gatehouse user`: accounts."""

import getpass
import sys
from argparse import Namespace

from django.contrib.auth.password_validation import validate_password

from gatehouse.accounts import people
from gatehouse.accounts.models import User
from gatehouse.cli.sentences import CommandError


def create(args: Namespace) -> None:
    password = _password(args)
    if password is not None:
        validate_password(password, User(username=args.name, email=args.email))
    user = people.create_user(args.name, email=args.email, password=password, fullname=args.fullname, admin=args.admin)
    print(f"{user.username} can sign in." if password else _how_to_get_a_password(user))


def _password(args: Namespace) -> str | None:
    """Read the password, or ask for it twice; without a terminal to ask on there is none."""
    if args.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        return None
    first = getpass.getpass(f"Password for {args.name}: ")
    if getpass.getpass("The same again: ") != first:
        raise CommandError("The two passwords differ.")
    return first


def _how_to_get_a_password(user: User) -> str:
    return (
        f"{user.username} has no password yet and cannot sign in by one: "
        '"Forgot it?" on the sign-in page sends them a letter to set one.'
    )
