"""`gatehouse settings`: the hub's name, address and sign-up, shown or changed while it runs."""

from argparse import Namespace

from gatehouse.accounts import hub_settings
from gatehouse.config import hub


def run(args: Namespace) -> None:
    changes = {name: getattr(args, name).strip() for name in hub.NAMES if getattr(args, name) is not None}
    if changes:
        hub_settings.change(changes, by="the command line")
    for name, value in hub_settings.values().items():
        print(f"{name:10}  {value}{'  (set in the environment)' if hub.fixed(name) else ''}")
