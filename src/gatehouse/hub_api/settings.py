"""A repo's settings: who sees it, and its gate (HUB-API §4.1, GATING §1.1)."""

from typing import Any, Literal, Self

from django.db import transaction
from django.http import HttpRequest
from pydantic import model_validator

from gatehouse.access import gating
from gatehouse.access.gating import GateSettings
from gatehouse.hub_api.cases import managed_case, repo_of
from gatehouse.hub_api.errors import InvalidInput
from gatehouse.hub_api.schemas import SentExactly, hub_router
from gatehouse.repos import repositories
from gatehouse.repos.models import Gated

router = hub_router()


class RepoSettings(SentExactly):
    """Settings to change; those that are absent stay as they are, those that this hub does not know are refused."""

    private: bool | None = None
    visibility: Literal["public", "private"] | None = None
    gated: Literal[False, "auto", "manual"] | None = None
    org_members_gated: bool | None = None
    gated_notifications_mode: Literal["bulk", "real-time"] | None = None
    gated_notifications_email: str | None = None
    discussions_disabled: Literal[True] | None = None

    @model_validator(mode="after")
    def _refuse_null(self) -> Self:
        if any(getattr(self, name) is None for name in self.model_fields_set):
            raise ValueError("null is not a setting")
        return self


@router.put("/{repo:repo}/settings", response=dict[str, Any], summary="Change settings; gives back what was sent")
def change(request: HttpRequest, repo: str, wanted: RepoSettings) -> dict[str, Any]:
    case = managed_case(request, repo)
    changes = wanted.model_dump(exclude_unset=True)
    private = _private(changes)
    row = repo_of(case)
    with transaction.atomic():
        gating.configure(row, **_gate(changes))
        if private is not None:
            repositories.set_private(row, private=private)
    return wanted.model_dump(exclude_unset=True, by_alias=True)


def _private(changes: dict[str, Any]) -> bool | None:
    said = {changes[name] in {True, "private"} for name in ("private", "visibility") if name in changes}
    if len(said) > 1:
        raise InvalidInput("private and visibility contradict each other", "visibility")
    return next(iter(said), None)


def _gate(changes: dict[str, Any]) -> GateSettings:
    gate = GateSettings()
    for name, value in changes.items():
        match name:
            case "gated":
                gate["gated"] = value or Gated.OFF
            case "org_members_gated":
                gate["org_members_gated"] = value
            case "gated_notifications_mode":
                gate["notifications_mode"] = value
            case "gated_notifications_email":
                gate["notifications_email"] = value
    return gate
