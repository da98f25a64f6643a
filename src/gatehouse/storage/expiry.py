"""Removing stored files that nobody needs, while others may be putting the same bytes there again."""

from pathlib import Path

_ASIDE = ".expiring"


def expire(path: Path, deadline: float) -> int | None:
    """Remove a file that was not touched since `deadline` (a Unix time); its size in bytes, None if it stays.

    It steps aside first: whoever wants to keep it either touched it before, which shows, or finds it gone.
    """
    aside = path.with_name(path.name + _ASIDE)
    try:
        if path.stat().st_mtime >= deadline:
            return None
        path.rename(aside)
    except FileNotFoundError:
        return None
    found = aside.stat()
    if found.st_mtime >= deadline:
        aside.rename(path)
        return None
    aside.unlink()
    return found.st_size


def put_back(root: Path) -> None:
    """Put back what a run that was killed had laid aside below `root/ab/cd`."""
    for aside in root.glob(f"[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]/*{_ASIDE}"):
        aside.rename(aside.with_name(aside.name.removesuffix(_ASIDE)))
