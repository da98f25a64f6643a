"""`gatehouse token`: access tokens."""

import sys
from argparse import Namespace

from gatehouse.accounts import tokens
from gatehouse.cli.lookup import user_called


def create(args: Namespace) -> None:
    print(tokens.create_token(user_called(args.user), scope=args.role, name=args.name))


def import_(args: Namespace) -> None:
    user = user_called(args.user)
    tokens.import_token(user, sys.stdin.readline().strip(), scope=args.role, name=args.name)
    print(f"{user.username} can use this token here.")
