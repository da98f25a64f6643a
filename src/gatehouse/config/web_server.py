"""`python -m gatehouse.config.web_server OPTIONS`: granian by its command line, with the hub's code already in memory.

The processes that answer are forked from this one. So what they all need is loaded once, they share its memory, and one
that takes the place of another answers at once. Nothing here opens a database or starts a thread: a fork keeps neither.
"""

import gc
import os

import django
from granian.cli import entrypoint

from gatehouse.cli.children import end_with_parent

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gatehouse.config.settings")
    django.setup()
    import gatehouse.config.urls  # noqa: F401 - loads every door

    os.register_at_fork(after_in_child=end_with_parent)  # killed alone, it would leave them answering beside the next
    gc.freeze()  # else the first collection in each process writes to, and so copies, all that is shared
    entrypoint()  # type: ignore[no-untyped-call]
