"""Pages of long lists: the `Link` header that carries the cursor of the next one (see repos/keyset.py)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path


def link_next(request: HttpRequest, response: HttpResponse, **changes: str | int) -> None:
    """Tell where the next page is: this request again with `changes` in its query. Absolute (HUB-API finding 5)."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    url = f"{settings.PUBLIC_URL}{escape_uri_path(request.path)}?{query.urlencode()}"
    response.headers["Link"] = f'<{url}>; rel="next"'
