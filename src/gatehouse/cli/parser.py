"""The command line's words: commands, their options, their help."""

import os
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError
from collections.abc import Callable

import gatehouse

ROLES = ("admin", "write", "contributor", "read")
TOKEN_ROLES = ("read", "write")
MOST_DEFAULT_WORKERS = 4
MOST_WORKERS = 128

_DATA = ArgumentParser(add_help=False)
_DATA.add_argument(
    "--data", metavar="DIR", default=SUPPRESS, help="the data folder (default: GATEHOUSE_DATA, else ./data)"
)


class _Group:
    """Commands that share a first word, or (without one) stand alone."""

    def __init__(self, parent: ArgumentParser, module: str = "") -> None:
        self._commands = parent.add_subparsers(metavar="COMMAND", required=True)
        self._module = module

    def command(self, name: str, about: str, *, module: str = "", function: str = "") -> ArgumentParser:
        """Add a command; it is done by `function` of `module`, named after the command unless said otherwise."""
        parser = self._commands.add_parser(name, help=about, description=_as_sentence(about), parents=[_DATA])
        parser.set_defaults(
            module=module or self._module or name, function=function or (name if self._module else "run")
        )
        return parser

    def group(self, name: str, about: str) -> "_Group":
        parser = self._commands.add_parser(name, help=about, description=_as_sentence(about), parents=[_DATA])
        return _Group(parser, name)


def build_parser() -> ArgumentParser:
    parser = ArgumentParser(
        prog="gatehouse", description="A model hub of your own, with a gate before the files.", parents=[_DATA]
    )
    parser.add_argument("--version", action="version", version=f"gatehouse {gatehouse.__version__}")
    commands = _Group(parser)
    _add_serve(commands)
    _add_user(commands.group("user", "make user accounts"))
    _add_org(commands.group("org", "make organizations and add members"))
    _add_token(commands.group("token", "make access tokens"))
    _add_letters(commands)
    _add_settings(commands)
    gc = commands.command("gc", "free stored bytes that nobody needs any more")
    gc.add_argument(
        "--grace",
        type=_whole(0, 10_000),
        metavar="HOURS",
        default=24,
        help="leave alone what was sent within so many hours (default: %(default)s; 0 only while nobody uploads)",
    )
    commands.command("fsck", "read all that is stored, say what is damaged, and put damaged bytes into quarantine")
    backup = commands.command("backup", "copy the hub to a folder, while it runs")
    backup.add_argument("folder", metavar="DIR", help="where to; an earlier copy there is brought up to date")
    commands.command(
        "demo", "fill the hub with a small made-up world: people, gated models, requests", module="demo.command"
    )
    return parser


def _add_serve(commands: _Group) -> None:
    serve = commands.command("serve", "serve the hub, and run its background worker")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve.add_argument(
        "--port", type=_whole(1, 65535), default=8000, help="the port to listen on (default: %(default)s)"
    )
    serve.add_argument(
        "--workers",
        type=_whole(1, MOST_WORKERS),
        metavar="N",
        default=min(os.cpu_count() or 1, MOST_DEFAULT_WORKERS),
        help=f"processes that answer requests (default: one per processor, at most {MOST_DEFAULT_WORKERS})",
    )
    serve.add_argument("--no-worker", action="store_true", help="leave the background work to `gatehouse worker`")
    commands.command("worker", "do the background work alone: send letters, write daily letters, clear up")


def _add_letters(commands: _Group) -> None:
    letters = commands.command("letters", "list the letters that wait to be sent or could not be, and why")
    letters.add_argument("--retry", action="store_true", help="try those that could not be sent again")


def _add_settings(commands: _Group) -> None:
    settings = commands.command("settings", "show or change what administrators set: name, address, sign-up")
    settings.add_argument("--name", metavar="T", help="the name of the hub; empty for the default, like the others")
    settings.add_argument("--public-url", metavar="URL", help="the address that people and programs use")
    settings.add_argument("--signup", metavar="HOW", help="who may make an account: open, invitation or closed")


def _add_user(group: _Group) -> None:
    create = group.command("create", "make a user account whose e-mail address counts as verified")
    create.add_argument("name", metavar="NAME", help="the user name, also the name before the slash of their repos")
    create.add_argument("--email", required=True, metavar="E", help="the e-mail address")
    create.add_argument("--fullname", default="", metavar="T", help="the name that people read")
    create.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    create.add_argument("--admin", action="store_true", help="let them administer this hub")


def _add_org(group: _Group) -> None:
    create = group.command("create", "make an organization")
    create.add_argument("name", metavar="NAME", help="the organization's name, before the slash of its repos")
    create.add_argument("--fullname", default="", metavar="T", help="the name that people read")
    create.add_argument("--admin", required=True, metavar="USER", help="its first admin")
    add = group.command("add", "add a member, or change a member's role")
    add.add_argument("name", metavar="NAME", help="the organization")
    add.add_argument("user", metavar="USER", help="the user")
    add.add_argument("--role", required=True, choices=ROLES, help="what they may do there")


def _add_token(group: _Group) -> None:
    create = group.command("create", "make an access token and print it; it is shown this once")
    bring = group.command(
        "import", "store a token that the user already has, read from standard input", function="import_"
    )
    for parser in (create, bring):
        parser.add_argument("user", metavar="USER", help="whose token it is")
        parser.add_argument("--role", required=True, choices=TOKEN_ROLES, help="what it allows")
        parser.add_argument("--name", default="", metavar="T", help="the name by which they know it")


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not low <= int(text) <= high:
            raise ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return parse


def _as_sentence(about: str) -> str:
    return about[0].upper() + about[1:] + "."
