"""Suggestions of people while a name is typed."""

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from gatehouse.accounts.models import User
from gatehouse.web.pages import signed_in

MOST = 8
LONGEST = 96


@require_safe
@signed_in
def suggest(request: HttpRequest, _user: User) -> HttpResponse:
    """Give the options of a datalist: people whose username starts with what is typed, or whose name holds it."""
    typed = request.GET.get("user", "").strip()[:LONGEST]
    found = User.objects.none()
    if typed:
        named = Q(username__istartswith=typed) | Q(fullname__icontains=typed)
        found = User.objects.filter(named, is_active=True).order_by("username")[:MOST]
    return render(request, "parts/people_options.html", {"people": found})
