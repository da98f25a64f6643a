"""The database as it is at one moment, in a backup: copied by SQLite itself, or by PostgreSQL's pg_dump."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from gatehouse.repos.models import Repo
from gatehouse.storage.disk import is_about_space, sync
from gatehouse.storage.errors import StorageFull

SQLITE, DUMP = "gatehouse.sqlite3", "gatehouse.dump"
NAME = "The database"
# Everybody sees a command line: of an address's options these are told in a file, the password in the environment.
SECRET = frozenset({"sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key"})
NOT_FOR_PG_DUMP = SECRET | {"prepare_threshold", "password"}
SERVICE = "gatehouse"

Heads = dict[str, str]  # where the database sees `main` of each repository, by its public id


def copy_database(target: Path, lost: dict[str, str]) -> Heads:
    """Copy the database beside its place, or note why it cannot be; give the heads of the moment that it shows."""
    part = _part(target)
    part.unlink(missing_ok=True)
    return _copy_sqlite(part) if connection.vendor == "sqlite" else _dump(part, lost)


def put_in_place(target: Path) -> None:
    """Let the new copy take the place of an earlier one, which counts until all is there that the new one speaks of."""
    part = _part(target)
    if part.exists():
        part.replace(part.with_suffix(""))
        sync(target)


def _part(target: Path) -> Path:
    return target / f"{SQLITE if connection.vendor == 'sqlite' else DUMP}.part"


def _copy_sqlite(part: Path) -> Heads:
    with closing(sqlite3.connect(part)) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
        heads = dict(copy.execute("SELECT public_id, head FROM repos_repo").fetchall())
    sync(part)
    return heads


def _dump(part: Path, lost: dict[str, str]) -> Heads:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("SELECT pg_export_snapshot()")
        heads = dict(Repo.objects.values_list("public_id", "head"))
        problem = _dump_snapshot(cursor.fetchone()[0], part)
    if problem:
        part.unlink(missing_ok=True)
        lost[NAME] = problem
    return heads


def _address() -> str:
    """Give what leads to the server, as the operator wrote it: the program may not know all that our driver does."""
    server = connection.connection.info
    options = connection.settings_dict["OPTIONS"]
    more = {name: value for name, value in options.items() if name not in NOT_FOR_PG_DUMP}
    if SECRET & options.keys():
        more.setdefault("service", SERVICE)
    own = {"host": server.host, "port": server.port, "user": server.user, "dbname": server.dbname}
    return make_conninfo(**more | own)


@contextmanager
def _secrets() -> Iterator[dict[str, str]]:
    """Give the environment in which pg_dump finds what is no matter of others."""
    password = {"PGPASSWORD": connection.connection.info.password}
    options = connection.settings_dict["OPTIONS"]
    if not SECRET & options.keys():
        yield password
        return
    with NamedTemporaryFile("w", encoding="utf-8") as file:  # nobody else may read it
        file.write(f"[{SERVICE}]\n")
        file.writelines(f"{name}={options[name]}\n" for name in sorted(SECRET & options.keys()))
        file.flush()
        yield {**password, "PGSERVICEFILE": file.name}


def _dump_snapshot(snapshot: str, part: Path) -> str:
    """Let pg_dump write what a transaction of ours sees; give what it complains of, or nothing."""
    words = ["--format=custom", "--no-owner", f"--snapshot={snapshot}", f"--file={part}", f"--dbname={_address()}"]
    try:
        with _secrets() as secrets:
            subprocess.run(
                ["pg_dump", *words],
                env=os.environ | secrets,
                check=True,
                capture_output=True,
                text=True,
                errors="replace",
            )
    except FileNotFoundError:
        return "pg_dump is not installed on this machine"
    except subprocess.CalledProcessError as error:
        if is_about_space(error.stderr):
            raise StorageFull(f"There is no space left in {part.parent}.") from error
        return str(error.stderr)
    sync(part)
    return ""
