"""Is this card's metadata sound? Clients ask before they upload a README (HUB-API §5, §8a)."""

from http import HTTPStatus
from typing import Literal

from django.http import HttpRequest, HttpResponse, JsonResponse

from gatehouse.hub_api.schemas import Sent, Shown, hub_router
from gatehouse.repos import card_data, front_matter
from gatehouse.repos.card import LARGEST_CARD

router = hub_router()


class CardText(Sent):
    """A README."""

    content: str
    repo_type: Literal["model", "dataset", "space"] | None = "model"


class Problem(Shown):
    """One sentence about the metadata."""

    message: str


class Refused(Shown):
    """Why the question itself was refused."""

    error: str


class Verdict(Shown):
    """What is wrong, and what is odd."""

    errors: list[Problem]
    warnings: list[Problem]


@router.post("/validate-yaml", response={200: Verdict, 400: Verdict | Refused}, summary="Check the metadata of a card")
def validate_yaml(request: HttpRequest, text: CardText) -> HttpResponse:
    errors, warnings = _judge(text)
    status = HTTPStatus.BAD_REQUEST if errors else HTTPStatus.OK
    if request.headers.get("Accept", "").startswith("text/plain"):
        lines = [*(f"- Error: {each}" for each in errors), *(f"- Warning: {each}" for each in warnings)]
        return HttpResponse("\n".join(lines), status=status, content_type="text/plain; charset=utf-8")
    told = {"errors": [{"message": each} for each in errors], "warnings": [{"message": each} for each in warnings]}
    return JsonResponse(told, status=status)


def _judge(text: CardText) -> tuple[list[str], list[str]]:
    if len(text.content) > LARGEST_CARD:
        return [f"a card holds at most {LARGEST_CARD // 2**20} MiB of text"], []
    card = front_matter.parse(text.content)
    if card.problem:
        return [card.problem], [*card.warnings]
    errors, warnings = card_data.validate(card.data, text.repo_type or "model")
    return errors, [*card.warnings, *warnings]
