"""The names of users, organizations and repos: one rule, one namespace for users and organizations."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from gatehouse.storage.errors import Refusal

_PART = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,94}[A-Za-z0-9_])?")
_RULE = "letters, digits, '-', '_' and '.', no '--' or '..', no '-' or '.' at either end, not ending in '.git'."
NAMESPACE_LENGTH = 42
NOT_A_USERNAME = _("Use 2 to 42 letters, digits, '-', '_' and '.', without '--' and '..', and no '-' or '.' at an end.")
# First path segments that pages and doors use, and words that would mislead people as an owner's name.
RESERVED = frozenset(
    {
        "-",
        "about",
        "account",
        "accounts",
        "activity",
        "admin",
        "administrator",
        "api",
        "apple-touch-icon",
        "assets",
        "auth",
        "blog",
        "buckets",
        "chat",
        "collections",
        "confirm-email",
        "contact",
        "dataset",
        "datasets",
        "discussions",
        "docs",
        "favicon",
        "favicon.ico",
        "gated-repos",
        "gatehouse",
        "git",
        "health",
        "healthz",
        "help",
        "home",
        "hub",
        "internal",
        "invitations",
        "invite",
        "join",
        "kernels",
        "lfs",
        "login",
        "logout",
        "metrics",
        "model",
        "models",
        "new",
        "news",
        "notifications",
        "null",
        "oauth",
        "organization",
        "organizations",
        "orgs",
        "papers",
        "password",
        "privacy",
        "profile",
        "public",
        "quicksearch",
        "resolve",
        "robots.txt",
        "root",
        "search",
        "security",
        "security.txt",
        "sessions",
        "settings",
        "sign-in",
        "sign-out",
        "sign-up",
        "signin",
        "signup",
        "space",
        "spaces",
        "static",
        "status",
        "storage",
        "styleguide",
        "support",
        "system",
        "tasks",
        "terms",
        "token",
        "tokens",
        "undefined",
        "uploads",
        "user",
        "users",
        "v1",
        "webhooks",
        "well-known",
        "www",
        "xet",
    }
)


def check_repo_name(name: str) -> str:
    """Give back `name` if a repo may be called so (HUB-API §1); raise Refusal 400 otherwise."""
    if not _is_name(name):
        raise Refusal(f"{name[:100]!r} is not a valid repo name: use up to 96 {_RULE}")
    return name


def check_namespace(name: str) -> str:
    """Give back `name` if a user or an organization may be called so; raise Refusal 400 otherwise."""
    if not _is_name(name) or not 2 <= len(name) <= NAMESPACE_LENGTH:  # noqa: PLR2004 - said below
        raise Refusal(f"{name[:100]!r} is not a valid name: use 2 to {NAMESPACE_LENGTH} {_RULE}")
    if name.lower() in RESERVED:
        raise Refusal(f"The name {name!r} is reserved.")
    return name


def _is_name(name: str) -> bool:
    return bool(_PART.fullmatch(name)) and not ("--" in name or ".." in name or name.lower().endswith(".git"))


def split_repo_id(repo_id: str) -> tuple[str, str]:
    """Split `namespace/name`; raise Refusal 400 for anything else."""
    namespace, slash, name = repo_id.partition("/")
    if not slash or "/" in name:
        raise Refusal(f"{repo_id[:200]!r} is not a repo id of the form namespace/name.")
    return namespace, check_repo_name(name)


def _validate_username(name: str) -> None:
    """Say it in the words of the sign-up page."""
    from gatehouse.accounts.models import Namespace  # noqa: PLC0415 - Django reads this list before models are ready

    try:
        check_namespace(name)
    except Refusal as refusal:
        reserved = name.lower() in RESERVED
        raise ValidationError(_("This name is reserved.") if reserved else NOT_A_USERNAME) from refusal
    if Namespace.objects.filter(key=name.lower()).exists():
        raise ValidationError(_("This name is taken."))


username_validators = [_validate_username]
