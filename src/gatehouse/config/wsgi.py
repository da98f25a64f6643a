"""The WSGI entry: the lean doors answer first, Django everything else."""

import os
import signal
from collections.abc import Callable, Iterable
from multiprocessing import parent_process
from multiprocessing.util import Finalize
from typing import Any

from django.core.wsgi import get_wsgi_application

# A web process inherits its parent's handler, which would swallow an order to stop that comes while this loads.
signal.signal(signal.SIGTERM, signal.SIG_DFL)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gatehouse.config.settings")

_pages = get_wsgi_application()

from gatehouse.accounts.hub_settings import Follower  # noqa: E402 - models load only now
from gatehouse.config import lean_doors, rate_limits, senders  # noqa: E402
from gatehouse.repos.downloads import Flusher  # noqa: E402

if parent_process() is not None:  # a process of the web server, and not somebody who only imports this
    _flusher = Flusher()
    _flusher.start()
    # Such a process ends by multiprocessing's way, where atexit is not heard.
    Finalize(None, _flusher.stop, exitpriority=1)

_settings = Follower()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one request."""
    _settings.follow()
    return senders.admit(environ, start_response, _answer)


def _answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    answer = lean_doors.answer(environ, start_response)
    return rate_limits.counted_pages(environ, start_response, _pages) if answer is None else answer
