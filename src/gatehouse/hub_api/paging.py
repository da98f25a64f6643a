"""Pages of long lists: the `Link` header that carries the cursor of the next one (see repos/keyset.py)."""

from typing import Annotated, TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.encoding import escape_uri_path
from ninja import Query
from pydantic import BaseModel, Field

from gatehouse.repos.keyset import read_number_cursor, write_cursor

LARGEST_PAGE = 1000

Row = TypeVar("Row", bound=Model)


class PageQuery(BaseModel):
    """Which page of them."""

    limit: int = Field(LARGEST_PAGE, ge=1)
    cursor: str = ""


WantedPage = Annotated[PageQuery, Query()]


def newest_page(request: HttpRequest, response: HttpResponse, rows: QuerySet[Row], wanted: PageQuery) -> list[Row]:
    """Give the rows of a page, the newest first, and tell where the next one is."""
    if wanted.cursor:
        rows = rows.filter(pk__lt=read_number_cursor(wanted.cursor)[1])
    limit = min(wanted.limit, LARGEST_PAGE)
    page = list(rows.order_by("-pk")[: limit + 1])
    if len(page) > limit:
        link_next(request, response, cursor=write_cursor(0, page[limit - 1].pk))
    return page[:limit]


def link_next(request: HttpRequest, response: HttpResponse, **changes: str | int) -> None:
    """Tell where the next page is: this request again with `changes` in its query. Absolute (HUB-API finding 5)."""
    query = request.GET.copy()
    for name, value in changes.items():
        query[name] = str(value)
    url = f"{settings.PUBLIC_URL}{escape_uri_path(request.path)}?{query.urlencode()}"
    response.headers["Link"] = f'<{url}>; rel="next"'
