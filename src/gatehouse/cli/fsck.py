"""`gatehouse fsck`: reads all that is stored and says what is damaged; may run while the hub does."""

from argparse import Namespace
from pathlib import Path

from django.conf import settings

from gatehouse.cli import lacking
from gatehouse.repos import inspection, xet_waste
from gatehouse.repos.inspection import Damage

STEPS = {
    "large files": inspection.inspect_blobs,
    "xorbs": inspection.inspect_xorbs,
    "files made of xorbs": inspection.inspect_files,
    "entries of the tables": inspection.inspect_tables,
    "git repositories": inspection.inspect_repos,
}


def run(_args: Namespace) -> int:
    """Give 1 when something is damaged."""
    for line in lacking.tell(Path(settings.DATA)):
        print(line)
    found = set[tuple[str, str]]()
    for name, inspect in STEPS.items():
        checked = 0
        for damage in inspect():
            checked += 1
            if damage and damage.mended:
                print(f"MENDED {damage.what} {damage.name}: {damage.problem}", flush=True)
            elif damage and (damage.what, damage.name) not in found:  # what was just put away is missing, too
                found.add((damage.what, damage.name))
                _tell(damage)
        print(f"{checked} {name} checked.", flush=True)
    _tell_of_waste()
    print(f"{len(found)} damaged." if found else "All is as it was stored.")
    return 1 if found else 0


def _tell(damage: Damage) -> None:
    print(f"DAMAGED {damage.what} {damage.name}: {damage.problem}", flush=True)
    for file in damage.files:
        print(f"    needed by {file}")


def _tell_of_waste() -> None:
    total, wasted = xet_waste.measure()
    if total:
        print(f"{wasted / 1e6:.1f} MB of the {total / 1e6:.1f} MB of xorbs belong to no file ({wasted / total:.0%}).")
