"""An empty database of the newest shape, made once for a run: migrating takes longer than all else of a server's start."""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psycopg

from environment import wants_postgres

OPEN_HUB = "from gatehouse.cli.hub import open_hub; open_hub(make=True)"
TEMPLATE = "template_live"


def copy_database(data: Path) -> str | None:
    """Put a copy into the data folder, which it makes; with PostgreSQL give the name of a new database instead."""
    made = _made()
    if wants_postgres():
        return _create(f"TEMPLATE {TEMPLATE}")
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copy(made / "gatehouse.sqlite3", data)
    return None


def empty_database() -> str | None:
    """Give the name of a new, empty database of PostgreSQL; None with SQLite, where a first start makes the file."""
    return _create("") if wants_postgres() else None


def address_of(database: str) -> str:
    server, _ = os.environ["GATEHOUSE_TEST_POSTGRES"].rsplit("/", 1)
    return f"{server}/{database}"


def drop(database: str) -> None:
    _administer(f'DROP DATABASE "{database}" WITH (FORCE)')


def _made() -> Path:
    """Give the folder of the first one, which whoever comes first makes: all processes of a run share it."""
    folder = Path(os.environ["GATEHOUSE_DATA"]) / "prepared"
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            environ = os.environ | {"GATEHOUSE_DATA": str(folder)}
            if wants_postgres():
                _administer(f"CREATE DATABASE {TEMPLATE}")
                environ["GATEHOUSE_DATABASE_URL"] = address_of(TEMPLATE)
            subprocess.run([sys.executable, "-c", OPEN_HUB], env=environ, check=True)
    return folder


def _create(like: str) -> str:
    name = f"live_{uuid4().hex}"
    _administer(f'CREATE DATABASE "{name}" {like}')
    return name


def _administer(statement: str) -> None:
    with psycopg.connect(os.environ["GATEHOUSE_TEST_POSTGRES"], autocommit=True) as connection:
        connection.execute(statement)
