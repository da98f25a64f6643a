"""Reading pages in tests."""

import re
from html import unescape
from typing import Any


def text_of(page: Any) -> str:
    """Give what a person reads: no markup, single spaces."""
    return text_of_part(page.text.partition("<body>")[2])


def text_of_part(body: str) -> str:
    """Give what a person reads of a part of a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def without_secrets(page: Any) -> str:
    """Give the markup without what differs from one answer to the next by design."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page.text)
