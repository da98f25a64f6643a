"""Avatars: a letter on a colour, drawn from the name; and where clients find them."""

import hashlib
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import escape

from gatehouse.accounts.people import find_namespace, find_organization, find_user
from gatehouse.hub_api.schemas import Shown, hub_router

router = hub_router()

ONE_DAY = 86_400
_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" role="img" aria-label="{name}">'
    '<rect width="64" height="64" fill="hsl({hue} 45% 42%)"/>'
    '<text x="32" y="43" font-family="sans-serif" font-size="32" fill="#fff" text-anchor="middle">{letter}</text></svg>'
)


class AvatarUrl(Shown):
    """Where the picture is."""

    avatar_url: str


def avatar_url(name: str) -> str:
    return f"{settings.PUBLIC_URL}/api/avatars/{name}"


def draw(name: str) -> str:
    """Draw the avatar of a user or organization as SVG; the same name always gives the same picture."""
    hue = int.from_bytes(hashlib.sha256(name.lower().encode()).digest()[:2]) % 360
    return _DRAWING.format(name=escape(name), hue=hue, letter=escape(name[:1].upper()))


@router.get("/avatars/{name}", summary="Picture of a user or organization")
def avatar(request: HttpRequest, name: str) -> HttpResponse:  # noqa: ARG001 - the framework gives it
    drawing = draw(find_namespace(name.removesuffix(".svg")).name)
    response = HttpResponse(drawing, content_type="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = f"public, max-age={ONE_DAY}"
    return response


@router.get("/users/{name}/avatar", response=AvatarUrl, summary="Where the picture of a user is")
def user_avatar(request: HttpRequest, name: str) -> AvatarUrl | HttpResponse:
    return _tell(request, find_user(name).username)


@router.get("/organizations/{name}/avatar", response=AvatarUrl, summary="Where the picture of an organization is")
def organization_avatar(request: HttpRequest, name: str) -> AvatarUrl | HttpResponse:
    return _tell(request, find_organization(name).namespace.name)


def _tell(request: HttpRequest, name: str) -> AvatarUrl | HttpResponse:
    if "redirect" in request.GET or request.headers.get("Sec-Fetch-Dest") == "image":
        return HttpResponseRedirect(avatar_url(name), status=HTTPStatus.FOUND)
    return AvatarUrl(avatar_url=avatar_url(name))
