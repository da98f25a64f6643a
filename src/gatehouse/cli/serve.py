"""`gatehouse serve`: looks after the web server and the background worker until told to stop."""

import os
import shlex
import socket
import sys
from argparse import Namespace
from pathlib import Path

from gatehouse.cli import lacking
from gatehouse.cli.children import Child, stop_all
from gatehouse.cli.health import wait_until_healthy
from gatehouse.cli.hub import open_hub
from gatehouse.cli.sentences import CommandError
from gatehouse.cli.stopping import Stop
from gatehouse.config import env
from gatehouse.storage.disk import write_whole

# Per process; a slow download holds one thread for as long as it lasts.
THREADS = 128
TICK_S = 0.2
WEB_STOP_S = 8  # how long downloads under way may go on after the order to stop
STOP_S = 15
ANY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


def run(args: Namespace) -> int:
    """Serve until told to stop; give 1 when the web server does not come up."""
    _check_address(args)
    host = "127.0.0.1" if args.host in ANY_ADDRESS else args.host
    os.environ[env.LISTENS_AT] = f"http://{f'[{host}]' if ':' in host else host}:{args.port}"
    open_hub(make=True)
    _leave_address()
    stop = Stop()
    web = Child("web server", _web_command(args))
    children = [web]
    try:
        if not wait_until_healthy(args.host, args.port, give_up=lambda: stop.is_set() or web.ended):
            return 0 if stop.is_set() else 1
        _greet(args)
        if not args.no_worker:
            children.append(Child("background worker", _worker_command()))
        while not stop.wait(TICK_S):
            for child in children:
                child.restart_if_ended()
    finally:
        stop_all(children, within_s=STOP_S)
    return 0


def _leave_address() -> None:
    """Tell commands on this data folder what leads here, for the links in their letters."""
    write_whole(Path(env.read("GATEHOUSE_DATA")) / env.SERVED_AT, os.environ[env.LISTENS_AT])


def _check_address(args: Namespace) -> None:
    """See that nobody else listens there: the web server would share the port without a word."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(args.host, args.port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise CommandError(f"Cannot listen on {args.host} port {args.port}: {error.strerror}.") from error


def _web_command(args: Namespace) -> list[str]:
    options = {
        "--host": args.host,
        "--port": args.port,
        "--interface": "wsgi",
        "--http": "1",
        "--workers": args.workers,
        "--blocking-threads": THREADS,
        "--workers-kill-timeout": WEB_STOP_S,
        "--log-level": "error",
    }
    words = [str(word) for option in options.items() for word in option]
    server = [sys.executable, "-m", "gatehouse.config.web_server"]
    return [*server, *words, "--respawn-failed-workers", "gatehouse.config.wsgi:application"]


def _worker_command() -> list[str]:
    return [sys.executable, "-m", "gatehouse.cli", "worker"]


def _greet(args: Namespace) -> None:
    """Say where the hub is; on the first start also how its administrator comes in."""
    from django.conf import settings  # noqa: PLC0415 - Django is set up only now

    from gatehouse.accounts.models import User  # noqa: PLC0415

    if args.host in ANY_ADDRESS and os.environ[env.LISTENS_AT] == settings.PUBLIC_URL:
        print("The hub has no address yet, so only this machine can use it. To set one:", file=sys.stderr)
        print(f"  {sys.argv[0]} settings --public-url https://hub.example.org", file=sys.stderr)
    for line in lacking.tell(settings.DATA):
        print(line, file=sys.stderr)
    if not User.objects.exists():
        data = shlex.quote(getattr(args, "data", str(settings.DATA)))
        print("There is nobody here yet. Make yourself the first administrator, in another terminal:")
        print(f"  {sys.argv[0]} user create NAME --email YOU@EXAMPLE.ORG --admin --data {data}")
    print(f"Gatehouse is ready at {settings.PUBLIC_URL}", flush=True)
