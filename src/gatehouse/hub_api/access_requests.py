"""Access requests, listed and decided on by authors, withdrawn by askers (HUB-API §4.2, §4.3; GATING §1.2, §1.5)."""

from typing import Annotated, Literal, Self

from django.http import HttpRequest, HttpResponse
from ninja import Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, model_validator

from gatehouse.access import access_requests, lists
from gatehouse.access.errors import NotGated, RequestNotFound
from gatehouse.accounts.models import User
from gatehouse.accounts.people import UserNotFound, user_of
from gatehouse.hub_api.cases import case_of, managed_case, person_of, repo_of
from gatehouse.hub_api.paging import link_next
from gatehouse.hub_api.people import find_named, user_shown
from gatehouse.hub_api.repos import Nothing
from gatehouse.hub_api.schemas import HubTime, PublicId, Sent, Shown, UserShown, hub_router
from gatehouse.repos.keyset import read_time_cursor, write_cursor
from gatehouse.repos.models import Repo
from gatehouse.storage.times import in_utc

router = hub_router()

StatusName = Literal["accepted", "rejected", "pending", "reset"]
Reason = Annotated[str, Field(max_length=access_requests.REASON_LENGTH)]
Username = Annotated[str, Field(max_length=200)]
Moment = Annotated[AwareDatetime, AfterValidator(in_utc)]
MOST_AT_ONCE = 100


class Asker(UserShown):
    """Who asks; no e-mail address if they never shared it, because they were let in unasked."""

    email: str | None = None
    verified_org_names: list[str] = []
    orgs: list[str] = []


class AccessRequestShown(Shown):
    """One access request. Clients since 2.3 need `requestId`, older ones `user`."""

    user: Asker
    timestamp: HubTime
    reviewed_at: HubTime | None = None
    status: str
    granted_by: UserShown | None = None
    request_id: str
    fields: dict[str, str] | None = None


class RequestsQuery(BaseModel):
    """Which of the requests in a state; `q` finds names and shared e-mail addresses."""

    limit: int = Field(1000, ge=10, le=1000)
    q: str = Field("", max_length=250)
    after: Moment | None = None
    before: Moment | None = None
    cursor: str = ""


class Who(Sent):
    """A person, by name or by id."""

    user: Username | None = None
    user_id: PublicId | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.user is None) == (self.user_id is None):
            raise ValueError("Either userId or user must be provided, but not both")
        return self


class Handle(Sent):
    """A request, by its person or its own id, and the state that it shall have."""

    user: Username | None = None
    user_id: PublicId | None = None
    request_id: Annotated[str, Field(max_length=200)] | None = None
    status: StatusName
    rejection_reason: Reason | None = None
    reset_reason: Reason | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        if [self.user, self.user_id, self.request_id].count(None) != 2:  # noqa: PLR2004 - two of three
            raise ValueError("Either userId or user must be provided, but not both")
        return self

    @property
    def reason(self) -> str:
        """The reason that belongs to the state; one that belongs to another is dropped."""
        return {"rejected": self.rejection_reason, "reset": self.reset_reason}.get(self.status) or ""


class Batch(Sent):
    """A state for many people's requests at once."""

    status: StatusName
    rejection_reason: Reason | None = None
    reset_reason: Reason | None = None
    requests: Annotated[list[Who], Field(min_length=1, max_length=MOST_AT_ONCE)]


class BatchResult(Shown):
    """What became of one of them."""

    user: str | None = None
    user_id: str | None = None
    ok: bool
    error: Literal["user_not_found", "request_not_found"] | None = None


class Done(Shown):
    """That it is done."""

    ok: bool = True


@router.post("/{repo:repo}/user-access-request/handle", response=Nothing, summary="Decide on a request")
def handle(request: HttpRequest, repo: str, wanted: Handle) -> Nothing:
    row, by = _gated(request, repo)
    person = None if wanted.request_id else find_named(wanted.user, wanted.user_id)
    found = access_requests.find(row, user=person, public_id=wanted.request_id or "")
    access_requests.handle(found, wanted.status, by=by, reason=wanted.reason)
    return Nothing()


@router.post("/{repo:repo}/user-access-request/batch", response=list[BatchResult], summary="Decide on many requests")
def batch(request: HttpRequest, repo: str, wanted: Batch) -> list[BatchResult]:
    row, by = _gated(request, repo)
    return [_decide_one(row, by, who, wanted) for who in wanted.requests]


@router.post("/{repo:repo}/user-access-request/grant", response=Nothing, summary="Let somebody in")
def grant(request: HttpRequest, repo: str, who: Who) -> Nothing:
    row, by = _gated(request, repo)
    access_requests.grant(row, find_named(who.user, who.user_id), by=by)
    return Nothing()


@router.post("/{repo:repo}/user-access-request/cancel", response=Done, summary="Withdraw one's own pending request")
def cancel(request: HttpRequest, repo: str) -> Done:
    actor = person_of(request, acts=True)
    access_requests.withdraw(repo_of(case_of(request, repo)), user_of(actor))
    return Done()


@router.get(
    "/{repo:repo}/user-access-request/{status}", response=list[AccessRequestShown], summary="The requests in a state"
)
def listed(
    request: HttpRequest,
    response: HttpResponse,
    repo: str,
    status: StatusName,
    wanted: Annotated[RequestsQuery, Query()],
) -> list[AccessRequestShown]:
    row = repo_of(managed_case(request, repo))
    start = read_time_cursor(wanted.cursor) if wanted.cursor else None
    page = lists.page(
        row, status, limit=wanted.limit, q=wanted.q, start=start, after=wanted.after, before=wanted.before
    )
    if page.next:
        link_next(request, response, cursor=write_cursor(*page.next))
    return _shown(page)


def _gated(request: HttpRequest, repo: str) -> tuple[Repo, User]:
    """Give the repo, which must be gated, and its author who decides."""
    case = managed_case(request, repo)
    row = repo_of(case)
    if not row.gated:
        raise NotGated(row.kind, row.repo_id)
    return row, user_of(case.actor)


def _decide_one(row: Repo, by: User, who: Who, wanted: Batch) -> BatchResult:
    reason = {"rejected": wanted.rejection_reason, "reset": wanted.reset_reason}.get(wanted.status) or ""
    try:
        found = access_requests.find(row, user=find_named(who.user, who.user_id))
        if found.status != wanted.status:
            access_requests.handle(found, wanted.status, by=by, reason=reason)
    except UserNotFound:
        return BatchResult(user=who.user, user_id=who.user_id, ok=False, error="user_not_found")
    except RequestNotFound:
        return BatchResult(user=who.user, user_id=who.user_id, ok=False, error="request_not_found")
    return BatchResult(user=who.user, user_id=who.user_id, ok=True)


def _shown(page: lists.Page) -> list[AccessRequestShown]:
    return [
        AccessRequestShown(
            user=Asker(**user_shown(row.user).model_dump(), email=row.user.email if row.submitted else None),
            timestamp=row.timestamp,
            reviewed_at=row.reviewed_at,
            status=row.status,
            granted_by=user_shown(row.reviewed_by) if row.reviewed_by and row.status == "accepted" else None,
            request_id=row.public_id,
            fields=row.fields or None,
        )
        for row in page.requests
    ]
