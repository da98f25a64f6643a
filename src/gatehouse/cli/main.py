"""The `gatehouse` program: reads the command line, opens the hub on its data folder, runs one command."""

import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from gatehouse.cli.hub import open_hub
from gatehouse.cli.parser import build_parser
from gatehouse.cli.sentences import sentence_for

MISUSED = 2
INTERRUPTED = 128 + signal.SIGINT


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and give its exit code: 2, after one sentence, for whatever the caller can mend."""
    args = build_parser().parse_args(argv)
    try:
        return _run(args)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:  # whoever read our output has seen enough; the interpreter would complain at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        sentence = sentence_for(error)
        if sentence is None:
            raise
        print(sentence, file=sys.stderr)
        return MISUSED


def _run(args: Namespace) -> int:
    if "data" in args:
        os.environ["GATEHOUSE_DATA"] = args.data
        os.environ.pop("GATEHOUSE_DATA_FILE", None)
    if args.module != "serve":  # it opens the hub itself, once the address is known
        # Without a name nothing is made: whoever stands in the wrong folder is told so.
        open_hub(make=bool({"GATEHOUSE_DATA", "GATEHOUSE_DATA_FILE"} & os.environ.keys()))
    # Only now, because the commands import models, and those need Django set up.
    module = import_module(f"gatehouse.cli.{args.module}")
    code: int = getattr(module, args.function)(args) or 0
    return code
