"""Sign-up, sign-in and their like: django-allauth's views under short addresses of ours."""

from allauth.account import views as account
from allauth.usersessions import views as usersessions
from django.urls import URLPattern, URLResolver, include, path, re_path

from gatehouse.web.sign_out import sign_out

# The last pattern of a name is the one that links are made from, so the short addresses come after allauth's own.
urlpatterns: list[URLPattern | URLResolver] = [
    path("account/logout/", sign_out),
    path("account/", include("allauth.urls")),
    path("login", account.login, name="account_login"),
    path("logout", sign_out, name="account_logout"),
    path("join", account.signup, name="account_signup"),
    path("password/reset", account.password_reset, name="account_reset_password"),
    path("password/reset/done", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path("confirm-email", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^confirm-email/(?P<key>[-:\w]+)$", account.confirm_email, name="account_confirm_email"),
    path("settings/email", account.email, name="account_email"),
    path("settings/password", account.password_change, name="account_change_password"),
    path("settings/sessions", usersessions.list_usersessions, name="usersessions_list"),
]
