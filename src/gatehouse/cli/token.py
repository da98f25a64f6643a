"""`gatehouse token`: access tokens."""

import sys
from argparse import Namespace

from gatehouse.accounts import people, tokens


def create(args: Namespace) -> None:
    print(tokens.create_token(people.find_user(args.user), scope=args.role, name=args.name))


def import_(args: Namespace) -> None:
    user = people.find_user(args.user)
    tokens.import_token(user, sys.stdin.readline().strip(), scope=args.role, name=args.name)
    print(f"{user.username} can use this token here.")
