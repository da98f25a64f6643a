"""The page that a letter about requests leads to: stop such letters, and let them come again."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from gatehouse.access.unsubscribing import Recipient
from gatehouse.web.pages import page


# Mail programs send the form themselves (RFC 8058), with no cookie: the signed key is what counts.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@page
def letters(request: HttpRequest, key: str) -> HttpResponse:
    """Ask first: programs that look through letters follow links, but send no forms."""
    recipient = Recipient.of_key(key)
    done = ""
    if request.method == "POST":
        done = "resumed" if "resume" in request.POST else "stopped"
        recipient.want(done == "resumed")
    return render(request, "pages/letters.html", {"recipient": recipient, "done": done})
