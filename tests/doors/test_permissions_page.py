"""docs/permissions.md holds the table that the doors themselves give. `WRITE_DOCS=1 pytest tests/doors` writes it."""

import os
from pathlib import Path

import pytest
from django.db import transaction
from test_doors import DOORS
from world import CALLERS, Caller, build

PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
HEAD = """# Who may read what

This table is found by asking every door as every caller, on a gated model of an organization; a test fails when it
no longer agrees with the program. `yes` means the content was sent. Otherwise it says what was answered: the HTTP
status, and the `X-Error-Code` where programs are told one. git and git-lfs never look at cookies: to them a browser
is nobody.

The name, the card, the licence, the list of files with their sizes, and the history's titles of a gated repo are open
to everybody; the hashes of its large files are not. A private repo that a caller may not see is answered, at every
door, exactly as one that does not exist.

"""


def answers(caller: Caller) -> list[str]:
    world = build()
    headers = caller.make(world)
    cells = []
    for door in DOORS:
        reply = door.take(world, headers)
        code = reply.headers.get("X-Error-Code", "")
        cells.append("yes" if door.opened(reply) else f"{reply.status} {code}".strip())
    return cells


@pytest.mark.django_db
def test_the_page_says_what_the_doors_do() -> None:
    columns = []
    for caller in CALLERS:
        world_of_one_caller = transaction.atomic()
        world_of_one_caller._from_testcase = True  # as around each test: what must be a transaction of its own may be
        with world_of_one_caller:
            columns.append(answers(caller))
            transaction.set_rollback(True)
    lines = [[door.name, *(cells[number] for cells in columns)] for number, door in enumerate(DOORS)]
    head = ["door", *(caller.name for caller in CALLERS)]
    table = [f"| {' | '.join(line)} |" for line in (head, ["---"] * len(head), *lines)]
    found = HEAD + "\n".join(table) + "\n"
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(found, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == found
