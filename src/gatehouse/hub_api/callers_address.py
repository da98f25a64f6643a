"""A repo's address as the program that made or changed it knows the hub.

`huggingface_hub` refuses an address at another host than that of its HF_ENDPOINT, such as 127.0.0.1 for localhost:
after all was done.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port

from gatehouse.config.hub import LOOPBACK


def at_callers_address(request: HttpRequest, url: str) -> str:
    """Give one of the hub's URLs at the address that the request came to, where that is one of the hub's."""
    return _origin(request.get_host()) + url.removeprefix(settings.PUBLIC_URL)


def _origin(host: str) -> str:
    for origin in settings.CSRF_TRUSTED_ORIGINS:
        if host in {urlsplit(origin).netloc, urlsplit(origin).hostname}:  # web servers before the hub may drop the port
            return str(origin)
    return f"http://{host}" if split_domain_port(host)[0] in LOOPBACK else settings.PUBLIC_URL
