"""Runs, inside a client's environment, every `check_` function of the scripts it is given, and tells which failed.

One process for many checks: starting a client costs more than most checks do.
"""

import importlib
import sys
import time
import traceback


def main() -> None:
    """Run the checks of each script named, in the order in which they are written."""
    failed = []
    for script in sys.argv[1:]:
        checks = {name: check for name, check in vars(importlib.import_module(script)).items() if name[:6] == "check_"}
        for name, check in checks.items():
            started = time.monotonic()
            try:
                check()
            except Exception:  # noqa: BLE001 - whatever goes wrong is told, and the next check has its turn
                failed.append(f"{script}.{name}")
                sys.stdout.write(f"\n=== {script}.{name}\n{traceback.format_exc()}")
            sys.stdout.write(f"{script}.{name}: {time.monotonic() - started:.2f} s\n")
    if failed:
        sys.exit(f"failed: {' '.join(failed)}")


if __name__ == "__main__":
    main()
