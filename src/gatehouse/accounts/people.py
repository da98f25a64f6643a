"""Users and organizations: made and found."""

from typing import Any

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

from gatehouse.accounts.actor import Actor
from gatehouse.accounts.models import Membership, Namespace, Organization, Role, User
from gatehouse.accounts.names import check_namespace
from gatehouse.storage.errors import Refusal


class NameTaken(Refusal):
    """Somebody already has that name."""

    status = 409

    def __init__(self, name: str) -> None:
        super().__init__(f"The name {name!r} is taken.", status=409)


class EmailTaken(Refusal):
    """Somebody already has that e-mail address."""

    status = 409

    def __init__(self, email: str) -> None:
        super().__init__(f"The e-mail address {email!r} belongs to another account.", status=409)


class UserNotFound(Refusal):
    """No such user (GATING §1.5)."""

    status = 404

    def __init__(self) -> None:
        super().__init__("User not found", status=404)


def create_user(name: str, *, email: str, password: str | None, fullname: str = "", admin: bool = False) -> User:
    """Make a user whose e-mail address counts as verified (an operator vouches for it)."""
    check_namespace(name)
    email = email.lower()  # as at sign-up: one address is one account, however it is typed
    with transaction.atomic():
        claim_name(name)
        if EmailAddress.objects.filter(email=email, verified=True).exists():
            raise EmailTaken(email)
        user = User(username=name, email=email, fullname=fullname, is_superuser=admin, is_staff=admin)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save()
        claim_name(name, user=user)
        EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
    return user


def is_address_of_member(namespace: Namespace, email: str) -> bool:
    """Whether the user, or a member of the organization, has proved to read letters to this address."""
    proved = EmailAddress.objects.filter(email__iexact=email, verified=True, user__is_active=True)
    if namespace.organization_id is None:
        return bool(proved.filter(user=namespace.user_id).exists())
    members = Membership.objects.filter(organization=namespace.organization_id)
    return bool(proved.filter(user__in=members.values("user")).exists())


def claim_name(name: str, *, user: User | None = None, organization: Organization | None = None) -> None:
    """Give `name` to its owner; raises NameTaken. Without an owner it only looks whether the name is free."""
    if Namespace.objects.filter(key=name.lower()).exists():
        raise NameTaken(name)
    if user or organization:
        try:
            with transaction.atomic():
                Namespace.objects.create(name=name, key=name.lower(), user=user, organization=organization)
        except IntegrityError as error:
            raise NameTaken(name) from error


def create_organization(name: str, *, admin: User, fullname: str = "") -> Organization:
    check_namespace(name)
    with transaction.atomic():
        organization = Organization.objects.create(fullname=fullname)
        claim_name(name, organization=organization)
        Membership.objects.create(organization=organization, user=admin, role=Role.ADMIN)
    return organization


def set_member(organization: Organization, user: User, role: str) -> Membership:
    """Add `user` or change their role; the last admin of an organization cannot be demoted."""
    if role not in Role.values:
        raise Refusal(f"{role!r} is not a role: use {', '.join(Role.values)}.")
    with transaction.atomic():
        if role != Role.ADMIN:
            _keep_an_admin(organization, user)
        membership, _ = Membership.objects.update_or_create(
            organization=organization, user=user, defaults={"role": role}
        )
    return membership


def remove_member(organization: Organization, user: User) -> None:
    with transaction.atomic():
        _keep_an_admin(organization, user)
        Membership.objects.filter(organization=organization, user=user).delete()


def _keep_an_admin(organization: Organization, user: User) -> None:
    admins = Membership.objects.select_for_update().filter(organization=organization, role=Role.ADMIN)
    if {m.user_id for m in admins} == {user.pk}:
        raise Refusal("An organization needs at least one admin.", status=409)


def find_user(name: str) -> User:
    """Find an active user by name, whatever the case; raises UserNotFound."""
    user = User.objects.filter(namespace__key=name.lower(), is_active=True).first()
    if user is None:
        raise UserNotFound
    return user


def find_organization(name: str) -> Organization:
    organization = Organization.objects.filter(namespace__key=name.lower()).select_related("namespace").first()
    if organization is None:
        raise Refusal(f"There is no organization called {name!r}.", status=404)
    return organization


def find_namespace(name: str, **columns: Any) -> Namespace:
    """Find a user's or an organization's name, with `columns` besides (as followers.py has some); raises Refusal."""
    found = Namespace.objects.filter(key=name.lower()).select_related("user", "organization")
    namespace: Namespace | None = found.annotate(**columns).first()
    if namespace is None:
        raise Refusal(f"There is no user or organization called {name[:100]!r}.", status=404)
    return namespace


def user_of(actor: Actor) -> User:
    """Give the person behind `actor`, who must not be anonymous."""
    return User.objects.get(pk=actor.user_id or 0)


def may_create_in(actor: Actor, namespace: Namespace) -> bool:
    """Whether `actor` may make repos in `namespace`: one's own, or an organization where one is more than a reader."""
    if actor.user_id is None:
        return False
    if namespace.organization_id is None:
        return namespace.user_id == actor.user_id
    roles = Membership.objects.filter(organization_id=namespace.organization_id, user_id=actor.user_id)
    return roles.exclude(role=Role.READ).exists()
