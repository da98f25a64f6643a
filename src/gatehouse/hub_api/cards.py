"""Is this card's metadata sound? Clients ask before they upload a README (HUB-API §5, §8a)."""

from http import HTTPStatus
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse, JsonResponse
from pydantic import Field

from gatehouse.hub_api.schemas import Sent, Shown, hub_router
from gatehouse.repos import card_data, front_matter
from gatehouse.repos.card import LARGEST_CARD

router = hub_router()


class CardText(Sent):
    """A README."""

    content: Annotated[str, Field(max_length=LARGEST_CARD)]
    repo_type: Literal["model", "dataset", "space"] | None = "model"


class Problem(Shown):
    """One sentence about the metadata."""

    message: str


class Verdict(Shown):
    """What is wrong, and what is odd."""

    errors: list[Problem]
    warnings: list[Problem]


@router.post("/validate-yaml", response={200: Verdict, 400: Verdict}, summary="Check the metadata of a card")
def validate_yaml(request: HttpRequest, text: CardText) -> HttpResponse:
    card = front_matter.parse(text.content)
    errors, warnings = (
        ([card.problem], []) if card.problem else card_data.validate(card.data, text.repo_type or "model")
    )
    warnings = [*card.warnings, *warnings]
    status = HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK
    if request.headers.get("Accept", "").startswith("text/plain"):
        lines = [*(f"- Error: {each}" for each in errors), *(f"- Warning: {each}" for each in warnings)]
        return HttpResponse("\n".join(lines), status=status, content_type="text/plain; charset=utf-8")
    told = {"errors": [{"message": each} for each in errors], "warnings": [{"message": each} for each in warnings]}
    return JsonResponse(told, status=status)
