"""What apps must know of this hub to ask: addresses, what is offered, and the key of ID tokens."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from gatehouse.accounts import signing_key
from gatehouse.accounts.program_logins import SCOPES
from gatehouse.hub_api.cors import open_to_pages
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.oauth_token import GRANTS


@open_to_pages
@exchange
@require_safe
def configuration(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Name what there is (OpenID Connect Discovery, RFC 8414)."""
    here = settings.PUBLIC_URL
    return JsonResponse(
        {
            "issuer": here,
            "authorization_endpoint": f"{here}/oauth/authorize",
            "token_endpoint": f"{here}/oauth/token",
            "userinfo_endpoint": f"{here}/oauth/userinfo",
            "jwks_uri": f"{here}/oauth/jwks",
            "registration_endpoint": f"{here}/oauth/register",
            "device_authorization_endpoint": f"{here}/oauth/device",
            "scopes_supported": sorted(SCOPES),
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": list(GRANTS),
            "code_challenge_methods_supported": ["S256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "authorization_response_iss_parameter_supported": True,
            "request_uri_parameter_supported": False,
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [signing_key.ALGORITHM],
        }
    )


@open_to_pages
@exchange
@require_safe
def keys(request: HttpRequest) -> HttpResponse:  # noqa: ARG001 - Django names it
    """Give the key by which ID tokens are checked."""
    return JsonResponse({"keys": [signing_key.public_key()]}, headers={"Cache-Control": "public, max-age=600"})
