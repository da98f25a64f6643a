"""`gatehouse org`: organizations and their members."""

from argparse import Namespace

from gatehouse.accounts import people
from gatehouse.cli.lookup import user_called


def create(args: Namespace) -> None:
    admin = user_called(args.admin)
    people.create_organization(args.name, admin=admin, fullname=args.fullname)
    print(f"{args.name} is made; {admin.username} is its admin.")


def add(args: Namespace) -> None:
    user = user_called(args.user)
    organization = people.find_organization(args.name)
    people.set_member(organization, user, args.role)
    print(f"{user.username} is a member of {organization.namespace.name} as {args.role}.")
