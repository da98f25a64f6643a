"""A usual day with `huggingface_hub`, in each line of its versions: what the scripts do and check."""

from pathlib import Path

import pytest

from clients.environments import HUBS
from clients.running import program, run

pytestmark = pytest.mark.client
SCRIPTS = Path(__file__).with_name("scripts")


@pytest.mark.parametrize("client", HUBS)
@pytest.mark.parametrize("script", sorted(path.stem for path in SCRIPTS.glob("hub_*.py")))
def test_the_day(script: str, client: str, day: dict[str, str]) -> None:
    run([program(client, "python"), SCRIPTS / "run.py", script], day)
