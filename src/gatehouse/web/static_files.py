"""Static files, served by ourselves: read once, named by their content, kept by browsers for a year."""

import functools
import gzip
import hashlib
from dataclasses import dataclass
from pathlib import Path

import django_htmx
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

OWN = Path(__file__).parent / "static"
# Name → file; of packages only what the pages use.
BORROWED = {"htmx.js": Path(django_htmx.__file__).parent / "static/django_htmx/htmx-2.min.js"}
# The files of css/ as the one stylesheet that pages load: later ones may say again what earlier ones said.
STYLES = [
    *("tokens", "elements", "frame", "buttons", "forms", "notices", "dialogs", "badges", "panels", "lists", "tabs"),
    *("code", "prose", "repo", "gate", "review", "combobox", "files", "previews", "changes", "uploads"),
    *("settings", "profile", "entrance", "admin", "styleguide", "contrast", "print"),
]
# The files of js/, as the one script that all pages load.
SCRIPTS = ("pages", "dialogs", "toasts", "keep")
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    """One file as it is sent; `digest` is a part of its address."""

    body: bytes
    zipped: bytes
    content_type: str
    digest: str


@functools.cache
def files() -> dict[str, StaticFile]:
    own = {path.name: path for path in OWN.iterdir() if path.suffix in TYPES}
    bodies = {name: path.read_bytes() for name, path in (own | BORROWED).items()}
    bodies["gatehouse.css"] = b"\n".join((OWN / "css" / f"{name}.css").read_bytes() for name in STYLES)
    bodies["gatehouse.js"] = b"\n".join((OWN / "js" / f"{name}.js").read_bytes() for name in SCRIPTS)
    return {name: _made(name, body) for name, body in bodies.items()}


def _made(name: str, body: bytes) -> StaticFile:
    digest = hashlib.sha256(body).hexdigest()[:12]
    return StaticFile(body, gzip.compress(body, mtime=0), f"{TYPES[Path(name).suffix]}; charset=utf-8", digest)


def asset(name: str) -> str:
    """Give the address of a static file; it changes with the file's content."""
    return f"{settings.STATIC_URL}{files()[name].digest}/{name}"


@require_safe
def static_file(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """Send a static file. Under an address of an older page the file of today is sent, and not kept."""
    file = files().get(name)
    if file is None:
        raise Http404
    etag = f'"{file.digest}"'
    if etag in request.headers.get("If-None-Match", ""):
        response = HttpResponse(status=304)
    elif "gzip" in request.headers.get("Accept-Encoding", ""):
        response = HttpResponse(file.zipped, content_type=file.content_type, headers={"Content-Encoding": "gzip"})
    else:
        response = HttpResponse(file.body, content_type=file.content_type)
    response.headers["ETag"] = etag
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOREVER if digest == file.digest else "no-cache"
    return response


def favicon(request: HttpRequest) -> HttpResponse:
    """Answer browsers that ask for /favicon.ico whatever a page says."""
    return static_file(request, "", "favicon.svg")
