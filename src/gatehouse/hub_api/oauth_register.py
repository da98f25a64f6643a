"""`POST /oauth/register`: programs that make themselves known, so that people may let them in (RFC 7591)."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from gatehouse.accounts import oauth_apps, rates
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.program_logins import SCOPES
from gatehouse.accounts.requests import client_address
from gatehouse.hub_api.cors import open_to_pages
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.oauth_exchange import answer_or_refuse, body_of

MOST = 20  # from one address, in five minutes
GRANTS = ["authorization_code", "refresh_token"]
SECRETLY, OPENLY = ("client_secret_basic", "client_secret_post"), "none"


@open_to_pages
@exchange
@require_POST
def register(request: HttpRequest) -> HttpResponse:
    """Make an app that belongs to nobody; people are told so before they let it in."""
    rates.allow_from("registrations", client_address(request), most=MOST)
    return answer_or_refuse(lambda: _registered(body_of(request)))


def _registered(wanted: dict[str, object]) -> HttpResponse:
    method = wanted.get("token_endpoint_auth_method", SECRETLY[0])
    if method not in (*SECRETLY, OPENLY):
        raise _wrong(f"The token_endpoint_auth_method is one of {', '.join((*SECRETLY, OPENLY))}.")
    _check_flow(wanted)
    uris = _texts(wanted, "redirect_uris")
    name = wanted.get("client_name", "") or "A program without a name"
    if not isinstance(name, str):
        raise _wrong("The client_name is a text.")
    made = oauth_apps.create(None, name=name, uris=uris, confidential=method != OPENLY)
    told: dict[str, object] = {
        "client_id": made.app.client_id,
        "client_id_issued_at": int(made.app.created_at.timestamp()),
        "client_name": made.app.name,
        "redirect_uris": made.app.redirect_uris.split("\n"),
        "token_endpoint_auth_method": method,
        "grant_types": GRANTS,
        "scope": " ".join(sorted(SCOPES)),
        "client_secret_expires_at": 0,  # told to all, as on the Hub
    }
    secret = {"client_secret": made.secret} if made.secret else {}
    return JsonResponse(told | secret, status=HTTPStatus.CREATED)


def _check_flow(wanted: dict[str, object]) -> None:
    """Refuse a program that means to come in by a way that there is not; others it names are passed over."""
    if "grant_types" in wanted and GRANTS[0] not in _texts(wanted, "grant_types"):
        raise _wrong(f"An app comes in by the grant type {GRANTS[0]}.")
    if "response_types" in wanted and "code" not in _texts(wanted, "response_types"):
        raise _wrong("An app comes in by the response type code.")


def _texts(wanted: dict[str, object], name: str) -> list[str]:
    found = wanted.get(name)
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise _wrong(f"The field {name} is a list of texts.")
    return found


def _wrong(sentence: str) -> OAuthRefused:
    return OAuthRefused("invalid_client_metadata", sentence)
