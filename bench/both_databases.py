"""A measurement on SQLite and on PostgreSQL, each in a process of its own: Django knows one database per process."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
import postgres  # the throwaway server of the tests

Figures = dict[str, float]
Rows = list[dict[str, object]]


def main(script: str, measure: Callable[[], Figures], rows: Callable[[Figures, str], Rows]) -> None:
    """Print the rows of both databases. `measure` runs in processes of `script`, and finds Django set up."""
    if "--one" in sys.argv:
        _prepare()
        print(json.dumps(measure()))
        return
    cluster = postgres.Cluster()
    try:
        found = rows(_figures(script, {}), "SQLite")
        found += rows(_figures(script, {"GATEHOUSE_DATABASE_URL": cluster.url}), "PostgreSQL")
        print(json.dumps(found))
    finally:
        cluster.stop()


def _figures(script: str, database: dict[str, str]) -> Figures:
    done = subprocess.run(
        [sys.executable, script, "--one"], env=os.environ | database, stdout=subprocess.PIPE, check=True
    )
    figures: Figures = json.loads(done.stdout)
    return figures


def _prepare() -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "gatehouse.config.settings",
        "GATEHOUSE_DATA": tempfile.mkdtemp(prefix="gatehouse-bench-"),
        "GATEHOUSE_SECRET_KEY": "only for this benchmark " * 3,
        "GATEHOUSE_PUBLIC_URL": "http://testserver",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("createcachetable", verbosity=0)
    call_command("migrate", verbosity=0)
