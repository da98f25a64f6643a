"""Opens the hub: prepares its data folder, sets Django up, brings the database up to date."""

import fcntl
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from gatehouse.cli.sentences import CommandError
from gatehouse.config import env
from gatehouse.storage.disk import write_once

KEY_BYTES = 48
# Any number: whoever migrates a PostgreSQL database of this project holds the lock of this number.
MIGRATION_LOCK = 7_146_283_001


def open_hub(*, make: bool) -> None:
    """Make the hub usable for this process; `make` says whether a data folder that is not there yet may be made."""
    env.check_names()
    data = Path(env.read("GATEHOUSE_DATA")).absolute()
    if not make and not data.exists():
        raise env.BadSettingError(f"There is no hub in {data}. Name its data folder by --data or GATEHOUSE_DATA.")
    _prepare_folder(data)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gatehouse.config.settings")
    django.setup()
    if _behind():
        with _alone(data):
            _bring_up_to_date()
    from gatehouse.accounts import hub_settings  # noqa: PLC0415 - models load only now

    hub_settings.apply()


def _prepare_folder(data: Path) -> None:
    """Make the folder, for its owner's eyes only, see that it can be written to, and make its key."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=data):
            pass
        if not env.read("GATEHOUSE_SECRET_KEY"):
            write_once(data / "secret.key", secrets.token_urlsafe(KEY_BYTES) + "\n")  # of this folder's own
    except OSError as error:
        raise env.BadSettingError(f"The data folder {data} cannot be used: {error.strerror}.") from error


def _behind() -> bool:
    """Whether the database waits for migrations; raises CommandError when it has some that are not known here."""
    executor = MigrationExecutor(connection)
    _refuse_newer(executor.loader)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _refuse_newer(loader: MigrationLoader) -> None:
    """See that no newer version was here: what it has added or moved, this one would not heed."""
    ours = {app.label for app in apps.get_app_configs() if app.name.startswith("gatehouse.")}
    known = set(loader.disk_migrations).union(*(each.replaces for each in loader.disk_migrations.values()))
    unknown = sorted(name for app, name in loader.applied_migrations if app in ours and (app, name) not in known)
    if unknown:
        raise CommandError(
            f"A newer version of Gatehouse has worked on this database ({unknown[0]}). Start that version, "
            "or restore a backup from before the upgrade."
        )


def _bring_up_to_date() -> None:
    if _behind():
        call_command("createcachetable", verbosity=0)
        call_command("migrate", interactive=False, verbosity=0)


@contextmanager
def _alone(data: Path) -> Iterator[None]:
    """Keep every other start from migrating at the same time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
        return
    with (data / "migration.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
