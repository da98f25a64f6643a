"""What a preview gives to its template."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Shown:
    """How a file is shown: `form` names the template in parts/previews, `data` is what that shows.

    `why` says why a file is not shown, or not in full; `two_ways` that it could be shown as it is written, too.
    """

    form: str
    data: dict[str, Any] = field(default_factory=dict)
    why: str | Promise = ""
    two_ways: bool = False
