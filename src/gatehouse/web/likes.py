"""Liking a repo by the button beside its card."""

from django.http import HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from gatehouse.repos import likes
from gatehouse.web.visits import Visit, repo_page


@require_POST
@repo_page
def like(visit: Visit) -> HttpResponse:
    """Like this repo, or no longer."""
    if "unlike" in visit.request.POST:
        likes.unlike(visit.repo, visit.person)
    else:
        likes.like(visit.repo, visit.person)
    return HttpResponseRedirect(visit.repo.path)
