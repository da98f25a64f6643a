"""Where browsers may be sent back to with a code: what an app may name, and what counts as named (RFC 9700 §2.1)."""

import re
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from gatehouse.accounts.oauth_refusal import OAuthRefused

LONGEST, MOST = 1000, 20
# One character of an address as RFC 3986 writes it: no spaces, no letters that look like others, no quotes.
_ADDRESS = re.compile(r"[A-Za-z0-9._~:/?@!$&'()*+,;=%\[\]-]+")
_AUTHORITY = re.compile(r"(?:[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
# What browsers or systems themselves do something with; other schemes belong to a program (RFC 8252 §7.1).
_NO_PROGRAMS = re.compile(
    r"(javascript|data|vbscript|file|blob|about|filesystem|view-source|wss?|ftp|mailto|intent|(search-)?ms(-.*)?)"
)
# huggingface_hub's `attach_huggingface_oauth` adds it to the address that its app has registered.
_ADDED = "_target_url"


def check(uris: list[str]) -> list[str]:
    """Give the addresses an app wants to name; raises OAuthRefused for one that codes must not be sent to."""
    if not uris or len(uris) > MOST:
        raise _refused(f"Name one to {MOST} redirect URIs.")
    for uri in uris:
        if len(uri) > LONGEST or not _ADDRESS.fullmatch(uri):
            raise _refused(f"The redirect URI {uri[:100]!r} is no plain address of at most {LONGEST} characters.")
        _check(uri, _split(uri))
    return list(dict.fromkeys(uris))


def _check(uri: str, parts: SplitResult) -> None:
    web = parts.scheme in {"http", "https"}
    if web and not _AUTHORITY.fullmatch(parts.netloc):
        raise _refused(f"The redirect URI {uri!r} names no host.")
    if parts.scheme == "http" and not is_loopback(parts):
        raise _refused(
            f"The redirect URI {uri!r} must begin with https://, or name a program on the person's own computer."
        )
    if not web and (not parts.scheme or _NO_PROGRAMS.fullmatch(parts.scheme)):
        raise _refused(f"The redirect URI {uri!r} leads to no program: begin it with https:// or a scheme of your own.")


def _split(uri: str) -> SplitResult:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        raise _refused(f"The redirect URI {uri[:100]!r} is no address.") from error
    return parts


def _refused(sentence: str) -> OAuthRefused:
    return OAuthRefused("invalid_redirect_uri", sentence)


def is_loopback(parts: SplitResult) -> bool:
    return parts.scheme == "http" and parts.hostname in LOOPBACK


def is_named(wanted: str, registered: list[str]) -> bool:
    """Whether an app has named this address, to the letter, but for what the two exceptions allow."""
    if len(wanted) > 2 * LONGEST or not _ADDRESS.fullmatch(wanted):
        return False
    try:
        return any(wanted == each or _comparable(wanted) == _comparable(each) for each in registered)
    except ValueError:  # no address at all
        return False


def _comparable(uri: str) -> SplitResult:
    """Leave out the port of a program on one's own computer, which takes any free one (RFC 8252 §7.3), and `_ADDED`."""
    parts = urlsplit(uri)
    if is_loopback(parts) and "@" not in parts.netloc:
        parts = parts._replace(netloc=re.sub(r":[0-9]*$", "", parts.netloc))
    if _ADDED in parts.query:
        kept = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != _ADDED]
        parts = parts._replace(query=urlencode(kept))
    return parts


def with_answer(uri: str, answer: dict[str, str]) -> str:
    """Give the address with an answer added to what it asks already."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(answer)}"
