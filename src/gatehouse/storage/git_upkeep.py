"""A git repository kept small and quick beside whoever reads and writes it: packed anew, and rid of what is long gone.

Nothing goes that a branch or tag led to, or that was written, within KEPT. What goes at last, goes while nobody moves a
branch: a move may lead back to what git has just found unneeded.
"""

import fcntl
import logging
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pygit2
from pygit2 import Repository

from gatehouse.storage.git_refs import NOTHING, Update, git_environment

log = logging.getLogger(__name__)

KEPT = timedelta(days=14)
DROPPED = "refs/dropped/"  # day/sha: where branches and tags led until that day
MOST_LOOSE, MOST_PACKS, MOST_REFS = 1000, 20, 200
LONGEST_PACKING_S, LONGEST_PRUNING_S = 1800, 60
PATIENCE_S = 10.0
_LOCK = "HEAD"  # a file that every repository has, and that is never replaced
_ZERO_TO_F = 16  # the folders objects/0? hold a sixteenth of all loose objects
_CALMLY = ("nice", "-n", "19", "git", "-c", "pack.threads=1", "-c", "pack.windowMemory=128m")


@contextmanager
def moving_refs(path: Path) -> Iterator[None]:
    """Keep objects from being removed while branches and tags move."""
    with (path / _LOCK).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextmanager
def _nobody_moving_refs(path: Path) -> Iterator[bool]:
    """Wait, not for long, until nobody is, and keep others waiting; gives False when somebody always was."""
    give_up = time.monotonic() + PATIENCE_S
    with (path / _LOCK).open("r+b") as file:  # some file systems want this for a lock held alone
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < give_up:
                    time.sleep(0.02)
                    continue
                yield False
            else:
                yield True
            return


def keep_dropped(repo: Repository, moved: Iterable[Update], today: datetime) -> None:
    """Let the history that these moves have cut off stay for KEPT, under refs of its own that no door shows."""
    lines = [
        f"update {DROPPED}{today:%Y%m%d}/{move.old}\0{move.old}\0\0" for move in moved if not _is_forward(repo, move)
    ]
    if lines:
        try:
            _git(Path(repo.path), "update-ref", "-z", "--stdin", given="".join(lines))
        except subprocess.CalledProcessError as error:  # what was asked for is done all the same
            log.warning("History that %s dropped cannot be kept: %s", repo.path, error.stderr)


def _is_forward(repo: Repository, move: Update) -> bool:
    if NOTHING in (move.old, move.new):
        return move.old == NOTHING
    try:
        return repo.descendant_of(move.new, move.old)
    except (KeyError, ValueError, pygit2.GitError):  # an annotated tag
        return False


def wants_packing(path: Path) -> bool:
    """Whether there are so many small files that reading gets slow."""
    loose = _ZERO_TO_F * sum(1 for _ in path.glob("objects/0?/*"))
    packs = sum(1 for _ in path.glob("objects/pack/*.pack"))
    refs = sum(1 for kind in ("heads", "tags") for _ in path.glob(f"refs/{kind}/*"))
    return loose > MOST_LOOSE or packs > MOST_PACKS or refs > MOST_REFS


def tidy(path: Path, now: datetime) -> bool:
    """Pack all objects and refs, and remove what nothing has led to for KEPT; False if the latter must wait.

    Raises CalledProcessError: the repository is damaged, gone, or too large for the time given; nothing is lost then.
    """
    before = now - KEPT
    _forget_dropped(path, before)
    _git(path, "repack", "-d", "-l", "-q", "--cruft", longest_s=LONGEST_PACKING_S)
    _git(path, "pack-refs", "--all")
    with _nobody_moving_refs(path) as calm:
        if calm:
            _remove_unneeded(path, f"{before.timestamp():.0f}")
    return calm


def _remove_unneeded(path: Path, before: str) -> None:
    if any(path.glob("objects/pack/*.mtimes")):
        _git(path, "repack", "-d", "-l", "-q", "--cruft", f"--cruft-expiration={before}", longest_s=LONGEST_PRUNING_S)
    _git(path, "prune", f"--expire={before}", longest_s=LONGEST_PRUNING_S)  # what pushes that were killed have left


def _forget_dropped(path: Path, before: datetime) -> None:
    names = _git(path, "for-each-ref", "--format=%(refname)", DROPPED).split()
    old = [name for name in names if name.removeprefix(DROPPED).partition("/")[0] < f"{before.astimezone(UTC):%Y%m%d}"]
    if old:
        _git(path, "update-ref", "-z", "--stdin", given="".join(f"delete {name}\0\0" for name in old))


def is_whole(path: Path) -> bool:
    """Whether everything is there that branches and tags lead to."""
    try:
        _git(path, "rev-list", "--objects", "--all", "--quiet", longest_s=LONGEST_PACKING_S)
    except subprocess.CalledProcessError:
        return False
    return True


def _git(path: Path, *words: str, given: str = "", longest_s: int = LONGEST_PRUNING_S) -> str:
    """Run git so that nobody else has to wait for a processor."""
    return subprocess.run(
        ["timeout", str(longest_s), *_CALMLY, *words],
        cwd=path,
        env=git_environment(),
        input=given,
        capture_output=True,
        text=True,
        errors="replace",
        check=True,
    ).stdout
