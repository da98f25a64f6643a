"""`gatehouse gc`: frees stored bytes that nobody needs any more; may run while the hub does."""

from argparse import Namespace
from datetime import timedelta

from django.utils import timezone

from gatehouse.cli import store_lock
from gatehouse.repos.garbage import collect
from gatehouse.repos.upkeep import look_after_repos


def run(args: Namespace) -> None:
    packed = look_after_repos(timezone.now())
    with store_lock.deleting():
        freed = collect(timedelta(hours=args.grace))
    print(f"{packed} git repositories are packed.")
    print(f"{freed.files} files, {freed.size / 1e6:.1f} MB, are freed.")
    if freed.condemned:
        print(
            f"{freed.condemned} more are freed by a run {args.grace} hours from now, unless they are used until then."
        )
