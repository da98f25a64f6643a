"""What a password must be: Django's checks, in our words."""

from django.contrib.auth import password_validation as checks
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

RULES = gettext_lazy("At least eight characters, not a common password, and not like your name or your address.")


class NotLikeTheirNames(checks.UserAttributeSimilarityValidator):
    """Not the username, the full name or the e-mail address, or nearly so."""

    def __init__(self) -> None:
        super().__init__(user_attributes=("username", "fullname", "email"))

    def get_error_message(self) -> str:
        return _("This password is too much like your name or your e-mail address.")


class LongEnough(checks.MinimumLengthValidator):
    def get_error_message(self) -> str:
        return _("This password is too short: at least eight characters are needed.")


class NotCommon(checks.CommonPasswordValidator):
    def get_error_message(self) -> str:
        return _("This password is too common: it is among the first that anybody would try.")
