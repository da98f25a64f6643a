"""Who asks too often by the real client waits by itself, and then has its files."""

import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from clients.running import run_python
from live import LiveServer

pytestmark = [pytest.mark.client, pytest.mark.once]

SOON_S, NOT_TOO_SOON_S = 18, 8
FILES = 10

# People until there is one whose window of five minutes ends soon: windows of different people end at different times.
MAKE_SOMEBODY_LUCKY = f"""
import django
django.setup()
from gatehouse.accounts.people import create_user
from gatehouse.accounts.tokens import create_token
from gatehouse.repos.repositories import create_repo
from gatehouse.accounts import rates
for number in range(1000):
    user = create_user(f"person{{number}}", email=f"{{number}}@example.org", password=None)
    _, left_s = rates._counter("resolvers", f"user {{user.pk}}").hit()
    if {NOT_TOO_SOON_S} < left_s < {SOON_S}:
        break
files = {{f"{{each}}.txt": str(each).encode() for each in range({FILES})}}
create_repo(user.namespace, "files", "model", creator=user, files=files)
print(user.username, create_token(user, scope="read"))
"""


def lucky(server: LiveServer) -> tuple[str, str]:
    environ = server.environ | {"DJANGO_SETTINGS_MODULE": "gatehouse.config.settings"}
    told = subprocess.run(
        [sys.executable, "-c", MAKE_SOMEBODY_LUCKY], check=False, env=environ, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    name, token = told.stdout.split()
    return name, token


@pytest.mark.parametrize("client", ["hub-newest", "hub-1.33"])
def test_the_client_waits_and_goes_on(
    client: str, own_server: Callable[..., LiveServer], client_env: Callable[..., dict[str, str]]
) -> None:
    server = own_server(GATEHOUSE_RATE_RESOLVERS=str(FILES + 5))
    name, token = lucky(server)
    began = time.monotonic()
    done = run_python(
        client,
        """
        import os, sys
        from huggingface_hub import snapshot_download
        folder = snapshot_download(sys.argv[1], max_workers=2)
        print(len([name for name in os.listdir(folder) if name.endswith(".txt")]))
        """,
        client_env(server.url, token),
        f"{name}/files",
    )
    assert done.out.split()[-1] == str(FILES)
    assert time.monotonic() - began > NOT_TOO_SOON_S / 2
