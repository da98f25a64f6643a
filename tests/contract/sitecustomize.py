"""Python imports this in every process of a live server, whose PYTHONPATH names this folder: it sets up the witness.

Passwords are hashed fast there: a third of a second for each of some hundred people is what tests would wait for.
"""

import os
import sys
from pathlib import Path

if "CONTRACT_REPORT" in os.environ:
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    PBKDF2PasswordHasher.iterations = 1000

if "CONTRACT_REPORT" in os.environ and "gatehouse.config.web_server" in sys.orig_argv:
    sys.path.append(str(Path(__file__).parents[1]))
    from contract import witness

    told: set[str] = set()

    def report(line: str) -> None:
        """Write a difference down, once."""
        if line not in told:
            told.add(line)
            with Path(os.environ["CONTRACT_REPORT"]).open("a") as file:
                file.write(f"{line}\n")

    witness.watch(report)
