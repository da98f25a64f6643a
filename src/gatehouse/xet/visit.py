"""Who is at the door of /xet/, and with which pass."""

from dataclasses import dataclass

from gatehouse.access.gate import Case
from gatehouse.xet.passes import Pass


@dataclass(frozen=True, slots=True)
class Visit:
    """A pass, and the case of its bearer as the gate found it just now."""

    given: Pass
    case: Case
