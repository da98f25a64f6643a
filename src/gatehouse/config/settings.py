"""Django's settings, from the GATEHOUSE_* variables (see env.py and docs/settings.md)."""

from http import HTTPStatus
from logging import LogRecord
from pathlib import Path

from django.contrib.messages import ERROR, INFO, SUCCESS, WARNING

from gatehouse.config import env, hub

env.check_names()

DATA = Path(env.read("GATEHOUSE_DATA")).absolute()
SECRET_KEY = env.secret_key(DATA)
TRUSTED_PROXIES = env.number("GATEHOUSE_TRUSTED_PROXIES", 0, 8)
RATE_LIMITS = {
    name: env.number(f"GATEHOUSE_RATE_{name.upper()}", 0, 1_000_000) for name in ("api", "resolvers", "pages")
}
WEBHOOK_NETWORKS = env.networks("GATEHOUSE_WEBHOOK_NETWORKS")

# These change while the hub runs, when administrators set them: accounts/hub_settings.py.
_hub = hub.django_settings({})
HUB_NAME: str = _hub["HUB_NAME"]
SIGNUP: str = _hub["SIGNUP"]
PUBLIC_URL: str = _hub["PUBLIC_URL"]
SECURE: bool = _hub["SECURE"]
SESSION_COOKIE_SECURE: bool = _hub["SESSION_COOKIE_SECURE"]
CSRF_COOKIE_SECURE: bool = _hub["CSRF_COOKIE_SECURE"]
ALLOWED_HOSTS: list[str] = _hub["ALLOWED_HOSTS"]
CSRF_TRUSTED_ORIGINS: list[str] = _hub["CSRF_TRUSTED_ORIGINS"]

DEBUG = False
ROOT_URLCONF = "gatehouse.config.urls"
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("zh-hans", "简体中文"),
    ("ar", "العربية"),
]
LOCALE_PATHS = [Path(__file__).parents[1] / "locale"]
LANGUAGE_COOKIE_NAME = "gatehouse_language"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "gatehouse.web",  # before allauth: its templates override allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_countries",
    "django_htmx",
    "gatehouse.accounts",
    "gatehouse.repos",
    "gatehouse.access",
    "gatehouse.outbox",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "gatehouse.web.compression.CompressedPages",
    "gatehouse.web.security.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "gatehouse.web.security.FormsOfOurOwn",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "gatehouse.web.languages.Languages",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "gatehouse.web.sessions.SessionsSeen",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "gatehouse.web.context.hub",
            ],
        },
    }
]

DATABASES = {"default": env.database(DATA)}
# The level of a message as the component that shows it names it: web/templatetags/components.py.
MESSAGE_TAGS = {INFO: "", SUCCESS: "good", WARNING: "warn", ERROR: "bad"}

# One small cache per process is enough: it holds rate limits of sign-in, and nothing that must be shared exactly.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "gatehouse_cache"}}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"gatehouse.accounts.passwords.{name}"} for name in ("NotLikeTheirNames", "LongEnough", "NotCommon")
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "gatehouse.web.account_adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_USERNAME_VALIDATORS = "gatehouse.accounts.names.username_validators"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
_FORMS = "gatehouse.web.account_forms"
ACCOUNT_FORMS = {
    "signup": f"{_FORMS}.SignupForm",
    "login": f"{_FORMS}.LoginForm",
    "add_email": f"{_FORMS}.AddEmailForm",
    "reset_password": f"{_FORMS}.ResetPasswordForm",
    "reset_password_from_key": f"{_FORMS}.ResetPasswordKeyForm",
    "change_password": f"{_FORMS}.ChangePasswordForm",
    "reauthenticate": f"{_FORMS}.ReauthenticateForm",
}
MFA_ADAPTER = "gatehouse.web.account_adapter.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": f"{_FORMS}.ActivateForm",
    "authenticate": f"{_FORMS}.AuthenticateForm",
    "reauthenticate": f"{_FORMS}.ReauthenticateByCodeForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

SESSION_COOKIE_NAME = "gatehouse_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "gatehouse_csrf"
CSRF_FAILURE_VIEW = "gatehouse.web.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# Bodies of pages and JSON; bytes come in by their own doors and stream to disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

STATIC_URL = "/static/"

_mail = env.mail()
EMAIL_BACKEND = f"{'django.core.mail.backends.smtp' if _mail.host else 'gatehouse.outbox.files'}.EmailBackend"
EMAIL_FILE_PATH = DATA / "letters"
EMAIL_HOST, EMAIL_PORT, EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.host, _mail.port, _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL, EMAIL_TIMEOUT = _mail.starttls, _mail.tls, 20
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.email_from()


def _is_trouble(record: LogRecord) -> bool:
    """A refused request is no trouble of ours; a 5xx is, but for what this hub does not offer."""
    return getattr(record, "status_code", None) != HTTPStatus.NOT_IMPLEMENTED


LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "gatehouse.config.logs.Line",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "filters": {"trouble": {"()": "django.utils.log.CallbackFilter", "callback": _is_trouble}},
    "loggers": {"gatehouse": {"level": "INFO"}, "django.request": {"level": "ERROR", "filters": ["trouble"]}},
}
