"""Settings as the operator gives them: GATEHOUSE_* variables, or a file named by GATEHOUSE_*_FILE."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parseaddr
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

PREFIX = "GATEHOUSE_"
SHORTEST_KEY = 40


class BadSettingError(Exception):
    """A setting's value cannot be used; the message says what to write instead."""


@dataclass(frozen=True)
class Setting:
    """One variable: `default` is what its absence means, `help` is its line in docs/settings.md."""

    name: str
    default: str
    help: str
    example: str = ""


SETTINGS = {
    s.name: s
    for s in (
        Setting("GATEHOUSE_DATA", "data", "Folder for the database, the git repositories, the blobs and the letters."),
        Setting(
            "GATEHOUSE_PUBLIC_URL",
            "http://127.0.0.1:8000",
            "The address people and programs use, without a path. With https:// cookies are marked secure.",
            "https://hub.example.org",
        ),
        Setting(
            "GATEHOUSE_DATABASE_URL",
            "",
            "A PostgreSQL database. Without it SQLite is used, in the data folder.",
            "postgresql://user:password@host:5432/name",
        ),
        Setting(
            "GATEHOUSE_EMAIL_URL",
            "",
            "The mail server. Without it letters are written to `letters/` in the data folder.",
            "smtp+starttls://user:password@mail.example.org:587",
        ),
        Setting("GATEHOUSE_EMAIL_FROM", "gatehouse@localhost", "The sender of all letters."),
        Setting(
            "GATEHOUSE_SECRET_KEY",
            "",
            "Signs sessions and links, 40 characters or more. Without it the first start makes `secret.key`.",
        ),
        Setting("GATEHOUSE_SIGNUP", "open", "Who may make an account: `open`, `invitation` or `closed`."),
        Setting("GATEHOUSE_NAME", "Gatehouse", "The name of this hub in page titles and letters."),
        Setting(
            "GATEHOUSE_TRUSTED_PROXIES",
            "0",
            "How many reverse proxies stand before this server; that many entries of X-Forwarded-For are believed.",
        ),
        Setting(
            "GATEHOUSE_RATE_API",
            "10000",
            "How many calls of the API one asker may make in five minutes; 0 is no limit.",
        ),
        Setting(
            "GATEHOUSE_RATE_RESOLVERS",
            "50000",
            "The same for files: downloads, uploads, git, git-lfs and Xet; 0 is no limit.",
        ),
        Setting("GATEHOUSE_RATE_PAGES", "5000", "The same for pages in the browser; 0 is no limit."),
        Setting(
            "GATEHOUSE_WEBHOOK_NETWORKS",
            "",
            "Networks of your own to which webhooks may be sent, and from which keys of CI issuers may be fetched; "
            "without it only public addresses are reached.",
            "10.20.0.0/16, 192.168.7.9/32",
        ),
    )
}


def check_names(environ: Mapping[str, str] = os.environ) -> None:
    """Refuse GATEHOUSE_* variables that nobody reads: a typing error must not pass silently."""
    for name in environ:
        known = name.removesuffix("_FILE") in SETTINGS
        # Test rigs and check scripts carry their own variables.
        if name.startswith(PREFIX) and not known and name not in OTHER_VARIABLES:
            raise BadSettingError(f"{name} is not a setting. Known settings: {', '.join(sorted(SETTINGS))}.")


LISTENS_AT = "GATEHOUSE_LISTENS_AT"  # what `gatehouse serve` tells its children, no setting
SERVED_AT = "served.at"  # and this file in the data folder tells all others
OTHER_VARIABLES = frozenset(
    {LISTENS_AT, "GATEHOUSE_TEST_DATABASE", "GATEHOUSE_TEST_POSTGRES", "GATEHOUSE_CARDS", "GATEHOUSE_OPENAPI"}
)


def read(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Give the value of `name`, from the variable, else from the file that `name`_FILE names, else the default."""
    return given(name, environ) or SETTINGS[name].default


def given(name: str, environ: Mapping[str, str] = os.environ) -> str:
    """Give the value of `name` where the operator wrote one."""
    if name in environ and f"{name}_FILE" in environ:
        raise BadSettingError(f"Set {name} or {name}_FILE, not both.")
    if path := environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSettingError(f"{name}_FILE names {path}, which cannot be read: {error.strerror}.") from error
    return environ.get(name, "").strip()


def served_at() -> str:
    """Give the address at which this data folder was last served, by whichever process; nothing if it never was."""
    try:
        return (Path(read("GATEHOUSE_DATA")) / SERVED_AT).read_text("ascii", "replace").strip()
    except OSError:
        return ""


def number(name: str, low: int, high: int) -> int:
    value = read(name)
    if not value.isascii() or not value.isdigit() or not low <= int(value) <= high:
        raise BadSettingError(f"{name} is {value!r}; write a whole number from {low} to {high}.")
    return int(value)


def database(data: Path) -> dict[str, object]:
    """Django's DATABASES entry for SQLite in `data`, or for the PostgreSQL that the setting names."""
    value = read("GATEHOUSE_DATABASE_URL")
    if not value:
        return _sqlite(data)
    url = _parsed("GATEHOUSE_DATABASE_URL", value, urlsplit)
    if url.scheme not in {"postgresql", "postgres"} or not url.path.strip("/"):
        example = SETTINGS["GATEHOUSE_DATABASE_URL"].example
        raise BadSettingError(f"GATEHOUSE_DATABASE_URL must look like {example}.")
    pairs = (pair.partition("=") for pair in url.query.split("&") if "=" in pair)
    options = {unquote(name): unquote(value) for name, _, value in pairs}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.strip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": options.pop("host", "") or unquote(url.hostname or ""),
        "PORT": str(options.pop("port", "") or url.port or ""),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        # The drivers' cursors of the lean doors keep their statements prepared; Django's own never are.
        "OPTIONS": {"prepare_threshold": 5, **options},
    }


def _sqlite(data: Path) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": data / "gatehouse.sqlite3",
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            # A writer takes its lock at BEGIN, so two writers queue instead of failing half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # mmap stays off: long reports must run in flat memory.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-16000;",
        },
    }


@dataclass(frozen=True)
class Mail:
    """Where letters go: an SMTP server, or no host for files in the data folder."""

    host: str = ""
    port: int = 25
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


def mail() -> Mail:
    value = read("GATEHOUSE_EMAIL_URL")
    if not value:
        return Mail()
    url = _parsed("GATEHOUSE_EMAIL_URL", value, urlsplit)
    ports = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
    if url.scheme not in ports or not url.hostname or url.path.strip("/"):
        raise BadSettingError(
            "GATEHOUSE_EMAIL_URL must start with smtp://, smtp+starttls:// or smtps:// and name a host, like "
            + SETTINGS["GATEHOUSE_EMAIL_URL"].example
        )
    return Mail(
        host=url.hostname,
        port=url.port or ports[url.scheme],
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        starttls=url.scheme == "smtp+starttls",
        tls=url.scheme == "smtps",
    )


def networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Give the networks that a setting lists with commas."""
    try:
        return tuple(ip_network(part.strip()) for part in read(name).split(",") if part.strip())
    except ValueError as error:
        raise BadSettingError(
            f"{name} cannot be read: {error}. Write networks with commas, like {SETTINGS[name].example}."
        ) from error


def secret_key(data: Path) -> str:
    """Give the signing key; there is no built-in one.

    Raises BadSettingError when neither the setting nor the file that the first start makes is there.
    """
    value = read("GATEHOUSE_SECRET_KEY")
    path = data / "secret.key"
    if not value and path.exists():
        return _key_in(path)
    if len(value) < SHORTEST_KEY:
        raise BadSettingError(
            f"GATEHOUSE_SECRET_KEY needs {SHORTEST_KEY} or more random characters "
            f"(or start `gatehouse serve`: it makes {path})."
        )
    return value


def _key_in(path: Path) -> str:
    try:
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettingError(f"The key in {path} cannot be read: {getattr(error, 'strerror', error)}.") from error
    if len(key) < SHORTEST_KEY:
        raise BadSettingError(
            f"The key in {path} is not whole. "
            "Bring it back from a backup, or remove the file: then everybody signs in anew."
        )
    return key


def email_from() -> str:
    value = read("GATEHOUSE_EMAIL_FROM")
    if not value.isprintable() or "@" not in parseaddr(value)[1]:
        raise BadSettingError(
            f"GATEHOUSE_EMAIL_FROM is {value!r}; write an address like hub@example.org or Our Hub <hub@example.org>."
        )
    return value


def _parsed(name: str, value: str, parse: Callable[[str], SplitResult]) -> SplitResult:
    try:
        url = parse(value)
        _ = url.port
    except ValueError as error:
        raise BadSettingError(f"{name} is not a URL: {error}.") from error
    return url
