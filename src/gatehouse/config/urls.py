"""Which door answers which path. The hottest paths are answered earlier, in wsgi.py."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from gatehouse.config.health import healthz
from gatehouse.hub_api import errors
from gatehouse.hub_api.access_report import access_report
from gatehouse.hub_api.api import api
from gatehouse.hub_api.ask_access import ask_access as ask_by_program
from gatehouse.hub_api.device_login import device as begin_device_login
from gatehouse.hub_api.oauth_register import register
from gatehouse.hub_api.oauth_token import token
from gatehouse.hub_api.openid import userinfo
from gatehouse.hub_api.openid_configuration import configuration, keys
from gatehouse.hub_api.unknown import files_elsewhere, oauth
from gatehouse.web.ask import ask_access as ask_by_page
from gatehouse.web.authorize import authorize
from gatehouse.web.device_login import decide
from gatehouse.web.device_login import device as device_page
from gatehouse.web.errors import bad_request as page_of_bad_request

REPO = "<str:namespace>/<str:name>"


@csrf_exempt
def ask_access(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponseBase:
    """Let the page answer the form of a browser, and the API all programs; the page checks its form's origin."""
    program = "Authorization" in request.headers or request.content_type == "application/json"
    return (ask_by_program if program else csrf_protect(ask_by_page))(
        request, kind=kind, namespace=namespace, name=name
    )


@csrf_exempt
def device(request: HttpRequest) -> HttpResponseBase:
    """Let the page answer browsers, and the API the programs that want in; the page's form goes elsewhere."""
    return (begin_device_login if request.method == "POST" else device_page)(request)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Tell programs in JSON what was refused before any door saw it, and people by a page."""
    if request.path.startswith("/api/"):
        return errors.render(errors.refusal_of(exception))
    return page_of_bad_request(request, exception)


def repo_routes(prefix: str, kind: str) -> list[URLPattern]:
    """Give what the clients know below a repo's own address."""
    return [
        path(f"{prefix}{REPO}/ask-access", ask_access, {"kind": kind}),
        path(f"{prefix}{REPO}/user-access-report", access_report, {"kind": kind}),
    ]


urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz),
    path("api/", api.urls),
    path("oauth/device", device),
    path("oauth/device/decide", decide),
    path("oauth/authorize", authorize),
    path("oauth/token", token),
    path("oauth/userinfo", userinfo),
    path("oauth/jwks", keys),
    path("oauth/register", register),
    path(".well-known/openid-configuration", configuration),
    path(".well-known/oauth-authorization-server", configuration),
    path("oauth/<path:rest>", oauth),
    re_path(r"^(?P<what>(?:buckets|kernels|papers)(?=/.)|uploads$)", files_elsewhere),
    *repo_routes("datasets/", "dataset"),
    *repo_routes("spaces/", "space"),
    *repo_routes("", "model"),
    path("", include("gatehouse.web.urls")),
]

handler400 = bad_request
handler403 = "gatehouse.web.errors.forbidden"
handler404 = "gatehouse.web.errors.not_found"
handler500 = "gatehouse.web.errors.server_error"
