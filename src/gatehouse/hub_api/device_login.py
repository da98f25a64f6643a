"""`hf auth login` without a token begins here: `POST /oauth/device` (RFC 8628, HUB-API §2)."""

import re

from django.conf import settings
from django.http import HttpRequest

from gatehouse.accounts import device_logins
from gatehouse.accounts.requests import client_address
from gatehouse.hub_api.oauth_exchange import Fields, endpoint, needed

_HUB = re.compile(r"\bhf_hub/([\w.+-]{1,30})", re.ASCII)
_PRODUCT = re.compile(r"[\w.+/-]{1,60}", re.ASCII)


@endpoint
def device(request: HttpRequest, fields: Fields) -> dict[str, object]:
    """Give a program the codes with which it and its user begin."""
    begun = device_logins.begin(
        needed(fields, "client_id"),
        scope=fields.get("scope", ""),
        program=program_of(request.headers.get("User-Agent", "")),
        address=client_address(request),
    )
    page, code = f"{settings.PUBLIC_URL}/oauth/device", f"{begun.user_code[:4]}-{begun.user_code[4:]}"
    return {
        "device_code": begun.device_code,
        "user_code": code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={code}",
        "expires_in": int(device_logins.CODE_VALID.total_seconds()),
        "interval": device_logins.INTERVAL_S,
    }


def program_of(user_agent: str) -> str:
    """Give the name that a program calls itself by: that of its client_id, and what its requests say besides."""
    if found := _HUB.search(user_agent):
        return f"huggingface_hub {found[1]}"
    found = _PRODUCT.search(user_agent)
    return f"huggingface_hub ({found[0].replace('/', ' ', 1)})" if found else "huggingface_hub"
