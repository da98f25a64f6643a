"""`gatehouse gc`: frees stored bytes that nobody needs any more; may run while the hub does."""

from argparse import Namespace
from datetime import timedelta

from gatehouse.cli import store_lock
from gatehouse.repos.garbage import collect


def run(args: Namespace) -> None:
    with store_lock.deleting():
        freed = collect(timedelta(hours=args.grace))
    print(f"{freed.files} files, {freed.size / 1e6:.1f} MB, are freed.")
    if freed.condemned:
        print(
            f"{freed.condemned} more are freed by a run {args.grace} hours from now, unless they are used until then."
        )
