"""The page that a letter leads to: somebody agrees to get letters about the access requests of a namespace's repos."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from gatehouse.access import notice_addresses
from gatehouse.web.pages import page


@require_http_methods(["GET", "HEAD", "POST"])
@page
def notice_address(request: HttpRequest, key: str) -> HttpResponse:
    """Ask first: programs that look through letters follow links, but send no forms."""
    address = notice_addresses.find(key)
    if request.method == "POST":
        notice_addresses.confirm(address)
        address.refresh_from_db()
    return render(request, "pages/notice_address.html", {"address": address})
