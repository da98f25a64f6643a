"""How sign-up, sign-in and their letters fit into the hub (django-allauth's adapter)."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from gatehouse.accounts.models import User
from gatehouse.accounts.people import claim_name
from gatehouse.outbox import letters


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Sign-up by the hub's rule; a new user owns their name; letters go through the outbox."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return bool(settings.SIGNUP == "open")

    def save_user(self, request: HttpRequest, user: User, form: Any, commit: bool = True) -> User:
        with transaction.atomic():
            saved: User = super().save_user(request, user, form, commit)
            claim_name(saved.username, user=saved)
        return saved

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        message = self.render_mail(template_prefix, email, {**context, "hub_name": settings.HUB_NAME})
        letters.put(email, message.subject, str(message.body))
