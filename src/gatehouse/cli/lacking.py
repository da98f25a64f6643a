"""The note in a backup of what it lacks; a hub that was restored from it says so, until somebody removes the note."""

from collections.abc import Iterable
from pathlib import Path

from gatehouse.storage.disk import write_whole

NOTE = "not-copied.txt"
UNFINISHED = "The backup did not come to its end: run it again."


def note(folder: Path, lines: Iterable[str]) -> None:
    """Write down what the copy in `folder` lacks; there is no note in a whole one."""
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        (folder / NOTE).unlink(missing_ok=True)
        return
    write_whole(folder / NOTE, text)


def tell(data: Path) -> list[str]:
    """Say in some lines what this data folder lacks, if it is from such a backup."""
    path = data / NOTE
    if not path.exists():
        return []
    lacks = path.read_text("utf-8", "replace").splitlines()
    return [f"This data folder is from a backup that is not whole. Remove {path} when you know:", *lacks]
