"""Repos come, move and go (HUB-API §5)."""

import base64
import binascii
from http import HTTPStatus
from typing import Annotated, Any, Literal

import yaml
from django.db import transaction
from django.http import HttpRequest
from pydantic import Field

from gatehouse.access import contributions
from gatehouse.access.refusals import Unauthorized, find_case, hidden, require_manage
from gatehouse.accounts.actor import Actor, token_in
from gatehouse.accounts.models import Namespace
from gatehouse.accounts.names import check_repo_name, split_repo_id
from gatehouse.accounts.people import find_namespace, may_create_in, user_of
from gatehouse.accounts.requests import actor_of
from gatehouse.hub_api.callers_address import at_callers_address
from gatehouse.hub_api.cases import person_of, repo_of
from gatehouse.hub_api.errors import InvalidInput, NotOffered
from gatehouse.hub_api.schemas import Sent, Shown, UrlShown, hub_router
from gatehouse.repos import following, repositories
from gatehouse.repos.licenses import LICENSES
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_paths import check_path

router = hub_router()

KindName = Literal["model", "dataset", "space"]
MOST_FIRST_FILES = 100


class FirstFile(Sent):
    """A small file of a new repo."""

    path: str
    content: str
    encoding: Literal["utf-8", "base64"] = "utf-8"


class ForTheHubOnly(Sent):
    """What the Hub offers for a new repo, and this hub refuses, so that nobody relies on it."""

    region: Any = None
    resource_group_id: Any = None
    hardware: Any = None
    sleep_time_seconds: Any = None
    secrets: Any = None
    template: Any = None
    variables: Any = None
    volumes: Any = None

    def refuse(self) -> None:
        """Raise NotOffered for what was sent of these."""
        if self.resource_group_id is not None:
            raise NotOffered("Resource groups are not offered by this hub: who may do what is told by roles.")
        if self.region is not None:
            raise NotOffered("Regions are not offered by this hub: it keeps all files in one place.")
        if any((self.hardware, self.sleep_time_seconds, self.secrets, self.template, self.variables, self.volumes)):
            raise NotOffered("Spaces are not run by this hub: make one without what is for running it.")


class NewRepo(ForTheHubOnly):
    """A repo to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    organization: str | None = None
    type: KindName | None = "model"
    private: bool | None = None
    visibility: Literal["public", "private"] | None = None
    sdk: str | None = None
    license: str | None = None
    files: Annotated[list[FirstFile], Field(max_length=MOST_FIRST_FILES)] = []


class RepoCreated(UrlShown):
    """The new repo."""

    name: str
    id: str


class NamedRepo(Sent):
    """A repo that the body names in parts."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    organization: str | None = None
    type: KindName | None = "model"


class Move(Sent):
    """A repo's present and its new name."""

    from_repo: str
    to_repo: str
    type: KindName | None = "model"


class Nothing(Shown):
    """An empty object: clients read JSON whether or not there is anything to say."""


@router.post("/repos/create", response=RepoCreated, summary="Make a repo")
def create(request: HttpRequest, new: NewRepo) -> RepoCreated:
    actor = person_of(request)
    namespace = _namespace(actor, new.organization)
    kind = new.type or "model"
    new.refuse()
    require_creation(actor, namespace, kind, new.name)
    private = bool(new.private) if new.visibility is None else new.visibility == "private"
    files = _first_files(new, kind)
    with transaction.atomic():
        repo = repositories.create_repo(namespace, new.name, kind, creator=user_of(actor), private=private, files=files)
        contributions.note(actor, token_in(request.headers.get("Authorization", "")), repo)
    if files:
        following.follow_first(repo)
    return RepoCreated(url=at_callers_address(request, repo.url), name=repo.repo_id, id=repo.public_id)


@router.delete("/repos/delete", response=Nothing, summary="Delete a repo")
def delete(request: HttpRequest, doomed: NamedRepo) -> Nothing:
    actor = _somebody(request)
    namespace, name = _full_name(actor, doomed)
    repositories.delete_repo(_present_repo(actor, doomed.type or "model", f"{namespace}/{name}"))
    return Nothing()


@router.post("/repos/move", response=UrlShown, summary="Rename a repo, or give it to somebody else")
def move(request: HttpRequest, wanted: Move) -> UrlShown:
    actor = _somebody(request)
    kind = wanted.type or "model"
    repo = _present_repo(actor, kind, wanted.from_repo)
    to, name = split_repo_id(wanted.to_repo)
    namespace = find_namespace(to)
    require_creation(actor, namespace, kind, name)
    repositories.move_repo(repo, namespace, name)
    return UrlShown(url=at_callers_address(request, repo.url))


def require_creation(actor: Actor, namespace: Namespace, kind: str, name: str) -> None:
    """Refuse unless the actor may make this repo in this namespace, and their token extends to it."""
    check_repo_name(name)
    if not may_create_in(actor, namespace):
        raise Refusal(
            f'You don\'t have the rights to create a {kind} under the namespace "{namespace.name}".',
            status=HTTPStatus.FORBIDDEN,
        )
    key = f"{namespace.key}/{name}".lower()
    # Clients ask for the repo that they write to, too, and are then told that it exists.
    there = Repo.objects.filter(kind=kind, key=key).values_list("pk", flat=True).first()
    if actor.publisher and there is None:
        raise Refusal("A trusted publisher makes no repositories.", status=HTTPStatus.FORBIDDEN)
    if not (actor.covers(kind, key, write=True, repo=there) or contributions.may_make(actor, namespace)):
        raise Refusal(
            f"This token has no right to write to {kind} {namespace.name}/{name}.", status=HTTPStatus.FORBIDDEN
        )


def _namespace(actor: Actor, organization: str | None) -> Namespace:
    return find_namespace(organization) if organization else user_of(actor).namespace


def _somebody(request: HttpRequest) -> Actor:
    """Give the caller; nobody is told apart from a repo that nobody may see (clients pass `missing_ok`)."""
    actor = actor_of(request)
    if actor.anonymous:
        raise Unauthorized(code="RepoNotFound")
    return actor


def _full_name(actor: Actor, named: NamedRepo) -> tuple[str, str]:
    namespace, slash, name = named.name.partition("/")
    if slash and not named.organization:
        return namespace, name
    return named.organization or actor.username, named.name


def _present_repo(actor: Actor, kind: str, repo_id: str) -> Repo:
    """Find a repo that the actor may change, by its present name: a former name is no way to lose a repo."""
    case = find_case(actor, kind, repo_id)
    if case.key != repo_id.lower():
        raise hidden(actor)
    require_manage(case)
    return repo_of(case)


def _first_files(new: NewRepo, kind: str) -> dict[str, bytes]:
    files = {file.path: _content(file) for file in new.files}
    for path in files:
        check_path(path)
    front = {key: value for key, value in (("license", new.license), ("sdk", new.sdk)) if value}
    if new.license and new.license not in LICENSES:
        raise InvalidInput("Invalid option: expected the identifier of a license", "license")
    if front and "README.md" not in files and (new.license or kind == "space"):
        files["README.md"] = f"---\n{yaml.safe_dump(front, sort_keys=False)}---\n".encode()
    return files


def _content(file: FirstFile) -> bytes:
    try:
        return base64.b64decode(file.content, validate=True) if file.encoding == "base64" else file.content.encode()
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("Invalid input: expected base64", "files") from error
