"""Repos that an app made for a person, with the scope `contribute-repos`: it may use those, and no others of theirs.

An app keeps them when its person signs in anew. Its tokens have them as rights, as fine-grained ones do, by their
rows: another repo that has such a name later is none of the app's. The gate lets nobody do by them what the person may
not.
"""

from gatehouse.accounts import tokens
from gatehouse.accounts.actor import Actor, Right, digest, token_scope
from gatehouse.accounts.models import AccessToken, Namespace
from gatehouse.accounts.program_logins import Issued
from gatehouse.repos.models import Repo

MOST = 1000  # of one app for one person: every request reads them, the newest count


def may_make(actor: Actor, namespace: Namespace) -> bool:
    """Whether the token is one that makes repos: in its person's own name alone."""
    return actor.token is not None and actor.token.contributes and namespace.user_id == actor.user_id


def note(actor: Actor, token: str | None, repo: Repo) -> None:
    """Let a token reach the new repo that it made, as far as it reaches single repos; remember which app it was."""
    if token is None or actor.token is None or not (actor.token.contributes or actor.token.rights):
        return
    row = tokens.live_token(token)
    if not actor.token.contributes:
        tokens.bind_rights(row, repo.kind, repo.key, repo.pk)
        return
    Repo.objects.filter(pk=repo.pk).update(made_by=row.login and row.login.app)
    tokens.add_rights(row, [_right(repo)], most=MOST)


def remember(issued: Issued) -> None:
    """Let an app's new token reach what the app made for this person before."""
    row = AccessToken.objects.get(digest=digest(issued.access_token))
    app = issued.login.app_id
    if app is None or not token_scope(row.scope, row.rights).contributes:
        return
    made = Repo.objects.filter(made_by=app, creator=row.user_id).order_by("-pk")[:MOST]
    tokens.add_rights(row, [_right(repo) for repo in reversed(made)], most=MOST)


def _right(repo: Repo) -> Right:
    return Right(repo.key, repo.kind, write=True, repo=repo.pk)
