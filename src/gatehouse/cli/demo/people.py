"""The people of the demo, and the organization that some of them belong to."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from gatehouse.accounts import people
from gatehouse.accounts.models import Membership, Namespace, User

ORGANIZATION = "lumen-health"


@dataclass(frozen=True)
class Person:
    """`role` is theirs in the organization; `part` says what one can see as them, and gives them a password."""

    name: str
    fullname: str
    country: str
    days: int  # since they signed up
    role: str = ""
    part: str = ""


PEOPLE = (
    Person("ines-carvalho", "Ines Carvalho", "PT", 70, "admin", "admin of lumen-health, reviews its requests"),
    Person("tomas-lind", "Tomas Lind", "SE", 68, "admin"),
    Person("priya-raman", "Priya Raman", "IN", 64, "write"),
    Person("jonas-weber", "Jonas Weber", "DE", 50, "contributor"),
    Person("mei-tanaka", "Mei Tanaka", "JP", 41, "read"),
    Person("amara-okafor", "Amara Okafor", "NG", 66, part="author of a model with automatic approval"),
    Person("leo-fontaine", "Leo Fontaine", "FR", 61),
    Person("grace-owusu", "Grace Owusu", "GH", 47, part="was accepted for the gated models"),
    Person("emil-sorensen", "Emil Sørensen", "DK", 12, part="waits for an answer, and was rejected elsewhere"),
    Person("noor-haddad", "Noor Haddad", "LB", 44),
    Person("lucas-almeida", "Lucas Almeida", "BR", 39),
    Person("yuki-sato", "Yuki Sato", "JP", 36),
    Person("sofia-rossi", "Sofia Rossi", "IT", 29),
    Person("david-novak", "David Novák", "CZ", 24),
    Person("hana-kim", "Hana Kim", "KR", 16),
    Person("ola-nilsen", "Ola Nilsen", "NO", 9),
)


def create(now: datetime) -> dict[str, str]:
    """Make everybody and the organization; give the passwords of those whom one can be, by name."""
    passwords = {person.name: secrets.token_urlsafe(12) for person in PEOPLE if person.part}
    for person in PEOPLE:
        user = people.create_user(
            person.name,
            email=f"{person.name}@example.org",
            password=passwords.get(person.name),
            fullname=person.fullname,
        )
        User.objects.filter(pk=user.pk).update(date_joined=now - timedelta(days=person.days))
    members = [person for person in PEOPLE if person.role]
    founder, *others = members
    organization = people.create_organization(ORGANIZATION, admin=find(founder.name), fullname="Lumen Health Lab")
    for person in others:
        people.set_member(organization, find(person.name), person.role)
    for person in members:
        joined = Membership.objects.filter(organization=organization, user__username=person.name)
        joined.update(joined_at=now - timedelta(days=person.days - 1))
    return passwords


def country_of(name: str) -> str:
    return next(person.country for person in PEOPLE if person.name == name)


def find(name: str) -> User:
    return people.find_user(name)


def owner(name: str) -> Namespace:
    return people.find_namespace(name)
